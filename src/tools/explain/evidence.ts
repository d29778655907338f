import type { GroupDescription, GroupMemberDescription } from '../../client/index.ts'
import type { GroupLag, PartitionLag } from '../lag/index.ts'
import type { TimelineEntry } from '../timeline/index.ts'

/** A partition. */
export interface Place {
  readonly topic: string
  readonly partition: number
}

/** What a member told when it joined, as `__consumer_offsets` has it. */
export interface MemberSettings {
  readonly protocol: 'classic' | 'consumer'
  /** undefined for members of the consumer protocol: there it is the group's. */
  readonly sessionTimeoutMs: number | undefined
  /** Of Kafka's own clients: `max.poll.interval.ms`. */
  readonly rebalanceTimeoutMs: number | undefined
  /** KIP-848: the assignor that it asks for; null: the broker's choice. */
  readonly serverAssignor: string | null
  /** Assignors that a classic member of a consumer group offers; undefined where they are not stored. */
  readonly assignors: readonly string[] | undefined
  /** KIP-848: what it was told to give up and has not. A describe shows it no longer. */
  readonly revoking: readonly Place[]
  /** Whether its subscription has user data of its assignor. */
  readonly hasUserData: boolean
}

/** An offset that was committed, and when, by the wall clock. */
export interface Commit {
  readonly timeMs: number
  readonly offset: bigint
}

/** A record, without its value. */
export interface RecordFacts extends Place {
  readonly offset: bigint
  readonly timestampMs: number
  /** As text, shortened; null for none. */
  readonly key: string | null
  readonly keyBytes: number
  readonly valueBytes: number
  readonly headers: readonly string[]
}

/** How fast the brokers gave us what a member has not read yet. */
export interface Probe extends Place {
  readonly records: number
  readonly bytes: number
  readonly ms: number
}

/**
 * Everything that is known of a group at one moment: gathered once, judged by rules that are pure functions of it. What could not be read is
 * undefined or empty; maps of partitions are by `topic-partition`.
 */
export interface Evidence {
  readonly groupId: string
  /** Wall clock, ms. */
  readonly atMs: number
  /** undefined: there is no such group. */
  readonly group: GroupDescription | undefined
  /** Lag twice, `elapsedMs` apart. */
  readonly before: GroupLag
  readonly now: GroupLag
  readonly elapsedMs: number
  /** Last stable offsets: below the high watermark where a transaction is open. */
  readonly stableOffsets: ReadonlyMap<string, bigint>
  readonly timeline: readonly TimelineEntry[]
  readonly timelineSinceMs: number
  /** `unknown`: neither `__group_events` nor `__consumer_offsets` may be read. */
  readonly timelineSource: 'recorded' | 'inferred' | 'unknown'
  /** By member id. */
  readonly members: ReadonlyMap<string, MemberSettings>
  /** The last commits of partitions, oldest first; those that compaction has left. */
  readonly commits: ReadonlyMap<string, readonly Commit[]>
  /** Since when a group has had no members; undefined where it has, or where it is not stored. */
  readonly emptySinceMs: number | undefined
  /** Partition counts of topics that members subscribe to or the group has committed for. */
  readonly topics: ReadonlyMap<string, number>
  /** Such topics that do not exist. */
  readonly missingTopics: readonly string[]
  readonly brokerConfigs: ReadonlyMap<string, string>
  readonly groupConfigs: ReadonlyMap<string, string>
  /** Records at committed offsets that do not move, and at last stable offsets that hold readers. */
  readonly records: ReadonlyMap<string, RecordFacts>
  readonly probes: readonly Probe[]
  /** Whether the cluster has KIP-848 groups; undefined where it does not say. */
  readonly hasConsumerProtocol: boolean | undefined
}

export function keyOf({ topic, partition }: Place): string {
  return `${topic}-${partition}`
}

/** A partition with its owner and how fast it moved while we looked. */
export interface MovingPartition extends PartitionLag {
  readonly owner: GroupMemberDescription | undefined
  /** Records a second; undefined where an end of it is not known. */
  readonly producedPerSecond: number | undefined
  readonly consumedPerSecond: number | undefined
  readonly lagBefore: bigint | undefined
}

export function movingPartitions({ group, before, now, elapsedMs }: Evidence): readonly MovingPartition[] {
  const former = new Map(before.partitions.map((one) => [keyOf(one), one]))
  const owners = new Map<string, GroupMemberDescription>()
  for (const member of group?.members ?? []) for (const place of member.assignment) owners.set(keyOf(place), member)
  const perSecond = (from: bigint | undefined, to: bigint | undefined): number | undefined =>
    from === undefined || to === undefined || elapsedMs <= 0 ? undefined : (Number(to - from) * 1_000) / elapsedMs
  return now.partitions.map((one) => {
    const old = former.get(keyOf(one))
    return {
      ...one,
      owner: owners.get(keyOf(one)),
      producedPerSecond: perSecond(old?.logEndOffset, one.logEndOffset),
      consumedPerSecond: perSecond(old?.committedOffset, one.committedOffset),
      lagBefore: old?.lag,
    }
  })
}

/** Since when the group has been at this committed offset; undefined where its commits do not tell. */
export function atOffsetSinceMs({ commits }: Evidence, place: Place, offset: bigint): number | undefined {
  const history = commits.get(keyOf(place)) ?? []
  let sinceMs: number | undefined
  for (const commit of history.toReversed()) {
    if (commit.offset !== offset) break
    sinceMs = commit.timeMs
  }
  return sinceMs
}

/** What a member still has: also what it is about to give up. */
export function heldBy({ members }: Evidence, { memberId, assignment }: GroupMemberDescription): readonly Place[] {
  return [...assignment, ...(members.get(memberId)?.revoking ?? [])]
}

/** Session timeout of a member: its own, or the group's. */
export function sessionTimeoutMsOf(evidence: Evidence, memberId: string | undefined): number | undefined {
  const own = memberId === undefined ? undefined : evidence.members.get(memberId)?.sessionTimeoutMs
  if (own !== undefined) return own
  if (evidence.group?.type !== 'consumer') return undefined
  const { groupConfigs, brokerConfigs } = evidence
  return numberOf(
    groupConfigs.get('consumer.session.timeout.ms') ?? brokerConfigs.get('group.consumer.session.timeout.ms'),
  )
}

/** When a member that was removed was last heard of: one that its session timeout has ended, so much earlier. */
export function lastHeardMs(evidence: Evidence, { trigger, member, reason, timeMs }: TimelineEntry): number {
  if (trigger !== 'session-timeout') return timeMs
  const told = /session timeout of (\d+) ms/.exec(reason)?.[1]
  if (told !== undefined) return timeMs - Number(told)
  const others = (evidence.group?.members ?? []).filter(({ clientId }) => clientId === member?.clientId)
  return timeMs - Math.max(0, ...others.flatMap(({ memberId }) => sessionTimeoutMsOf(evidence, memberId) ?? []))
}

export function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text)
}
