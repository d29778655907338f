import type {
  GroupEventMember,
  TimelineAssignment,
  TimelineEntry,
  TimelineTrigger,
  TimelineType,
} from '../timeline-entry.ts'

export type Partitions = Readonly<Record<string, readonly number[]>>

export interface SnapshotMember extends Omit<GroupEventMember, 'clientReason'> {
  readonly assignment: Partitions
  /** What it subscribes to, as one text to compare. */
  readonly subscription: string
}

/** A group as it was at one moment, as far as records or a describe tell it. */
export interface GroupSnapshot {
  readonly groupId: string
  readonly protocol: NonNullable<TimelineEntry['protocol']>
  /** -1 where it is not known: a describe of a classic group does not say it. */
  readonly generationId: number
  readonly assignor?: string | undefined
  readonly leaderId?: string | undefined
  readonly members: readonly SnapshotMember[]
}

/**
 * What must have happened between two moments of a classic group, or of one that was described. `before` is undefined where nothing is known of
 * the time before: then it is only said how the group was. Pure.
 */
export function differences(before: GroupSnapshot | undefined, after: GroupSnapshot, timeMs: number): TimelineEntry[] {
  const about = entries(after, timeMs)
  const isNew = before === undefined && (after.generationId === 0 || after.generationId === 1)
  if (before === undefined && !isNew) return after.members.length === 0 ? [] : [about.first()]
  const old = new Map((before?.members ?? []).map((member) => [member.memberId, member]))
  const now = new Map(after.members.map((member) => [member.memberId, member]))
  const left = [...old.values()].filter(({ memberId }) => !now.has(memberId))
  const joined = [...now.values()].filter(({ memberId }) => !old.has(memberId))
  const replaced = joined.flatMap((member) => {
    const former = left.find(
      ({ groupInstanceId }) => groupInstanceId !== null && groupInstanceId === member.groupInstanceId,
    )
    return former === undefined ? [] : [{ former, member }]
  })
  const isReplaced = (member: SnapshotMember): boolean =>
    replaced.some((pair) => pair.former === member || pair.member === member)
  const reallyLeft = left.filter((member) => !isReplaced(member))
  const reallyJoined = joined.filter((member) => !isReplaced(member))
  const found: TimelineEntry[] = []
  if (isNew) found.push(about.entry('group-created', 'join', 'the group began'))
  if (before !== undefined && before.protocol !== after.protocol)
    found.push(about.entry('group-converted', 'migration', `from ${before.protocol} to ${after.protocol}`))
  for (const member of reallyLeft)
    found.push(about.of('member-left', 'unknown', member, 'it left, or was removed: what is stored does not say which'))
  for (const { member } of replaced)
    found.push(about.of('member-replaced', 'static-replacement', member, 'the static member came back under a new id'))
  for (const member of reallyJoined) found.push(about.of('member-joined', 'join', member, 'it joined'))
  const assignments = changes(old, now)
  const isRebalance =
    before === undefined || before.generationId !== after.generationId || assignments.some(isDifferent)
  if (after.members.length === 0) {
    if (old.size > 0) found.push({ ...about.entry('group-emptied', 'unknown', 'the last member is gone'), assignments })
  } else if (isRebalance) {
    const { trigger, why } = causeOf(before, after, { left: reallyLeft, joined: reallyJoined })
    found.push({
      ...about.entry('rebalance-completed', trigger, `${about.outcome()}; ${why}`),
      assignments,
      ...about.who,
    })
  }
  return found
}

function entries(group: GroupSnapshot, timeMs: number) {
  const { groupId, protocol, generationId, assignor, leaderId } = group
  const base = { source: 'inferred', timeMs, groupId, protocol, generationId } as const
  const who = { ...(assignor && { assignor }), ...(leaderId && { leaderId }) }
  const size = `${group.members.length} ${group.members.length === 1 ? 'member' : 'members'}`
  const generation = protocol === 'classic' ? 'generation' : 'epoch'
  const outcome = (): string =>
    generationId < 0 ? `the group has ${size}` : `${generation} ${generationId} has ${size}`
  const entry = (type: TimelineType, trigger: TimelineTrigger, reason: string): TimelineEntry => {
    return { ...base, type, trigger, reason }
  }
  return {
    who,
    outcome,
    entry,
    first: (): TimelineEntry => ({
      ...entry('rebalance-completed', 'unknown', `${outcome()}, the first that is known`),
      ...who,
    }),
    of: (type: TimelineType, trigger: TimelineTrigger, member: SnapshotMember, reason: string): TimelineEntry => {
      const { memberId, groupInstanceId, clientId, clientHost } = member
      return { ...entry(type, trigger, reason), member: { memberId, groupInstanceId, clientId, clientHost } }
    },
  }
}

function causeOf(
  before: GroupSnapshot | undefined,
  after: GroupSnapshot,
  { left, joined }: { readonly left: readonly SnapshotMember[]; readonly joined: readonly SnapshotMember[] },
): { readonly trigger: TimelineTrigger; readonly why: string } {
  const names = (members: readonly SnapshotMember[]): string => members.map(({ clientId }) => clientId).join(', ')
  if (left.length > 0 && joined.length > 0)
    return { trigger: 'unknown', why: `${names(left)} went and ${names(joined)} came` }
  if (joined.length > 0) return { trigger: 'join', why: `${names(joined)} joined` }
  if (left.length > 0) return { trigger: 'leave', why: `${names(left)} left, or was removed` }
  const old = new Map((before?.members ?? []).map((member) => [member.memberId, member.subscription]))
  const changed = after.members.filter(
    ({ memberId, subscription }) => (old.get(memberId) ?? subscription) !== subscription,
  )
  if (changed.length > 0)
    return { trigger: 'subscription-change', why: `${names(changed)} subscribes to something else` }
  if (before !== undefined && partitionCount(before) !== partitionCount(after))
    return { trigger: 'topic-change', why: 'there are more partitions, or fewer, than before' }
  return {
    trigger: 'unknown',
    why: 'the members are the same: one of them joined again, or one came and went in between',
  }
}

function partitionCount({ members }: GroupSnapshot): number {
  return members.reduce((sum, { assignment }) => sum + Object.values(assignment).flat().length, 0)
}

export function changes(
  before: ReadonlyMap<string, { readonly assignment: Partitions }>,
  after: ReadonlyMap<string, { readonly assignment: Partitions }>,
): TimelineAssignment[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort()
  return ids.map((memberId) => ({
    memberId,
    before: before.get(memberId)?.assignment ?? null,
    after: after.get(memberId)?.assignment ?? null,
  }))
}

function isDifferent({ before, after }: TimelineAssignment): boolean {
  return text(before) !== text(after)
}

function text(partitions: Partitions | null): string {
  if (partitions === null) return 'none'
  const topics = Object.keys(partitions).sort()
  return topics.map((topic) => `${topic}:${[...partitions[topic]!].sort((a, b) => a - b)}`).join(';')
}
