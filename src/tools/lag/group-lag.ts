import type { Admin, GroupOffset } from '../../client/index.ts'
import { Results } from '../../client/index.ts'
import { keyOf, type PartitionEnds, readPartitionEnds } from './partition-ends.ts'

/**
 * - `known`: there is a committed offset, and it lies in the log.
 * - `never-committed`: a member has the partition, and the group has no committed offset there.
 * - `no-such-partition`: something is committed for what does not exist (any more).
 * - `out-of-range`: the committed offset lies before the log's start (retention or DeleteRecords took what was not read) or behind its end (the
 *   log was truncated, or its topic made anew). A consumer meets `auto.offset.reset` there.
 * - `unknown`: `reason` says why.
 */
export type LagState = 'known' | 'never-committed' | 'no-such-partition' | 'out-of-range' | 'unknown'

/** A number that is not known is undefined; never negative. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** Of the topic as it is now; undefined where that is not known (before Kafka 2.8, too). */
  readonly topicId: string | undefined
  readonly state: LagState
  /** Of what comes next, as consumers commit it. */
  readonly committedOffset: bigint | undefined
  /** -1 where the committer did not tell it (KIP-320); undefined without a committed offset. */
  readonly committedLeaderEpoch: number | undefined
  /** As it was committed; '' for none; undefined without a committed offset. */
  readonly metadata: string | undefined
  readonly logStartOffset: bigint | undefined
  /** The high watermark: what consumers can read. */
  readonly logEndOffset: bigint | undefined
  /** Offsets that are there and not read: `logEndOffset` minus the committed offset, or minus the log's start where that is later. */
  readonly lag: bigint | undefined
  /** `out-of-range`: offsets between the committed one and the log's start, deleted before this group has read them. */
  readonly lostOffsets: bigint | undefined
  /** `out-of-range`: offsets by which the committed one lies behind the log's end. Then no lag is known: it depends on where the consumer begins anew. */
  readonly excessOffsets: bigint | undefined
  /** For `no-such-partition`, `out-of-range` and `unknown`: one sentence. */
  readonly reason: string | undefined
}

/** Where a group is in its partitions, at one moment. */
export interface GroupLag {
  readonly groupId: string
  /** Wall clock, in ms: when the last of its offsets had been read. */
  readonly atMs: number
  /** By topic and partition. */
  readonly partitions: readonly PartitionLag[]
}

/** A group, and what its members have. */
export interface GroupToRead {
  readonly groupId: string
  /** Partitions that members have: those without a committed offset are `never-committed`. Others of that kind are not seen. */
  readonly assigned?: readonly { readonly topic: string; readonly partition: number }[] | undefined
}

/** What is read, and how long that may take. */
export interface ReadGroupLagOptions {
  readonly signal?: AbortSignal | undefined
  /** For each round of requests; default: the admin client's. */
  readonly timeoutMs?: number | undefined
  /** Other topics are left out; default: all. */
  readonly includesTopic?: ((topic: string) => boolean) | undefined
}

/**
 * One view of groups: committed offsets first (one OffsetFetch a coordinator), then the ends of the logs (ListOffsets a leader), so that no lag is
 * negative while records are produced and commits are made. A group that cannot be read is in `failures`; one that does not exist has no partitions.
 */
export async function readGroupLag(
  admin: Admin,
  groups: readonly (string | GroupToRead)[],
  options: ReadGroupLagOptions = {},
): Promise<Results<GroupLag>> {
  const asked = groups.map((group) => (typeof group === 'string' ? { groupId: group } : group))
  const { view, ends } = await readOnce(admin, asked, options)
  const suspects = asked.filter(({ groupId }) => view.get(groupId)?.partitions.some(isOutOfRange) === true)
  if (suspects.length === 0) return view
  const second = (await readOnce(admin, suspects, options, ends)).view
  const failures = new Map([...view.failures, ...second.failures])
  const entries = [...view].flatMap(([groupId, lag]): [string, GroupLag][] =>
    second.failures.has(groupId) ? [] : [[groupId, second.get(groupId) ?? lag]],
  )
  return new Results(entries, failures)
}

/**
 * @param before ends of an earlier look: their starts are the ones that count. A start that was read after an offset may have passed it while the
 *   consumer went on; one that was read before it and lies behind it proves that records are lost.
 */
async function readOnce(
  admin: Admin,
  groups: readonly GroupToRead[],
  { signal, timeoutMs, includesTopic = () => true }: ReadGroupLagOptions,
  before?: ReadonlyMap<string, PartitionEnds>,
): Promise<{ readonly view: Results<GroupLag>; readonly ends: ReadonlyMap<string, PartitionEnds> }> {
  const committed = await admin.listGroupOffsets(
    groups.map(({ groupId }) => groupId),
    { signal, timeoutMs, partial: true },
  )
  const places = new Map<string, readonly Place[]>()
  for (const { groupId, assigned = [] } of groups) {
    const offsets = committed.get(groupId)
    if (offsets !== undefined) places.set(groupId, placesOf(offsets, assigned, includesTopic))
  }
  const ends = await readPartitionEnds(admin, [...places.values()].flat(), { signal, timeoutMs })
  const atMs = admin.clock.wallMs()
  const endsOf = (place: Place): PartitionEnds => {
    const key = keyOf(place)
    const now = ends.get(key)!
    const then = before?.get(key)
    if (now.state !== 'known' || then?.state !== 'known' || then.topicId !== now.topicId) return now
    return { ...now, logStartOffset: then.logStartOffset }
  }
  const views = Array.from(places, ([groupId, ofGroup]): [string, GroupLag] => {
    return [groupId, { groupId, atMs, partitions: ofGroup.map((place) => partitionLag(place, endsOf(place))) }]
  })
  return { view: new Results(views, committed.failures), ends }
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly committed: GroupOffset | undefined
}

function placesOf(
  committed: readonly GroupOffset[],
  assigned: readonly { readonly topic: string; readonly partition: number }[],
  includesTopic: (topic: string) => boolean,
): readonly Place[] {
  const places = new Map<string, Place>()
  for (const { topic, partition } of assigned)
    places.set(keyOf({ topic, partition }), { topic, partition, committed: undefined })
  for (const offset of committed) {
    const { topic, partition, error } = offset
    // A group may be asked for partitions that it has nothing for.
    if (offset.offset >= 0n || error !== undefined) {
      places.set(keyOf(offset), { topic, partition, committed: offset })
    }
  }
  return [...places.values()]
    .filter(({ topic }) => includesTopic(topic))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

/** What a committed offset and the ends of its log say together; the ends must have been read after the offset. */
export function partitionLag({ topic, partition, committed }: Place, ends: PartitionEnds): PartitionLag {
  const found = committed?.error === undefined ? committed : undefined
  const offset = found?.offset
  const isKnown = ends.state === 'known'
  const lag = {
    topic,
    partition,
    topicId: isKnown ? ends.topicId : undefined,
    state: 'known' as LagState,
    committedOffset: offset,
    committedLeaderEpoch: found?.leaderEpoch,
    metadata: found?.metadata,
    logStartOffset: isKnown ? ends.logStartOffset : undefined,
    logEndOffset: isKnown ? ends.logEndOffset : undefined,
    lag: undefined as bigint | undefined,
    lostOffsets: undefined as bigint | undefined,
    excessOffsets: undefined as bigint | undefined,
    reason: undefined as string | undefined,
  }
  if (ends.state !== 'known') {
    lag.state = ends.state
    lag.reason = ends.reason
  } else if (committed?.error !== undefined) {
    lag.state = 'unknown'
    lag.reason = committed.error.message
  } else if (offset === undefined) {
    lag.state = 'never-committed'
  } else if (offset < ends.logStartOffset) {
    lag.state = 'out-of-range'
    lag.lostOffsets = ends.logStartOffset - offset
    lag.lag = ends.logEndOffset - ends.logStartOffset
    lag.reason = `${countOf(lag.lostOffsets)} deleted before this group has read ${lag.lostOffsets === 1n ? 'it' : 'them'}`
  } else if (offset > ends.logEndOffset) {
    lag.state = 'out-of-range'
    lag.excessOffsets = offset - ends.logEndOffset
    lag.reason = `the log ends at ${ends.logEndOffset}, ${countOf(lag.excessOffsets)} before the committed one: it was truncated, or the topic made anew`
  } else lag.lag = ends.logEndOffset - offset
  return lag
}

function countOf(offsets: bigint): string {
  return `${offsets} ${offsets === 1n ? 'offset' : 'offsets'}`
}

function isOutOfRange({ state }: PartitionLag): boolean {
  return state === 'out-of-range'
}
