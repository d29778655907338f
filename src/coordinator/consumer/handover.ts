import type { TopicPartitions } from '../../assignor/index.ts'
import type { TopicImage } from '../commands.ts'
import { type Cause, completed, emit, eventMember } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { AssignmentChange, GroupEvent } from '../group-event.ts'
import { difference, type PartitionGap } from '../partition-gaps.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, STATIC_LEAVE_EPOCH } from './member.ts'

// What the group timeline says of rebalances and partitions.

/** A rebalance under way: from a new group epoch until all members have their targets. Times are monotonic. */
export interface Rebalance {
  /** What began it; more may have come while it went on. Undefined when that was before a restart, as `startedMs`. */
  readonly cause: Cause | undefined
  readonly startedMs: number | undefined
  /** What the members had when it began, or after the restart. */
  readonly before: ReadonlyMap<string, TopicPartitions>
  /** When the last target assignment was there. */
  assignedMs: number | undefined
  /** When the last member had given up what it was asked for. */
  revokedMs: number | undefined
  /** For how long target assignments were being computed elsewhere. */
  assignMs: number
}

/** A rebalance begins, unless one is under way: called before members are removed, so that it is known who had what. */
export function noteRebalanceStart(group: ConsumerGroup, cause: Cause, { step }: GroupContext): void {
  group.rebalance ??= newRebalance(group, { cause, startedMs: step.nowMs })
}

/** After a load: a rebalance that was under way will be told of when it is over, although nobody knows when and why it began. */
export function noteUnfinishedRebalance(group: ConsumerGroup): void {
  if (group.state === 'Empty' || group.state === 'Stable') return
  group.rebalance = newRebalance(group, { cause: undefined, startedMs: undefined })
}

function newRebalance(group: ConsumerGroup, begun: Pick<Rebalance, 'cause' | 'startedMs'>): Rebalance {
  const before = new Map<string, TopicPartitions>()
  for (const { memberId, assigned, memberEpoch } of group.members.values()) {
    if (memberEpoch !== 0) before.set(memberId, assigned)
  }
  return { ...begun, before, assignedMs: undefined, revokedMs: undefined, assignMs: 0 }
}

/** After a step that may have been the last one of a rebalance: says so once. */
export function noteProgress(group: ConsumerGroup, context: GroupContext): void {
  const { rebalance, state } = group
  if (rebalance === undefined || (state !== 'Stable' && state !== 'Empty')) return
  const outcome = takeOutcome(group, context)
  if (state === 'Empty') return
  const reason = `all ${group.members.size} members have their target assignment of epoch ${group.assignmentEpoch}`
  emit(group, context, 'rebalance-completed', completed(rebalance.cause, reason), outcome)
}

/** A target assignment is there. */
export function noteAssigned(group: ConsumerGroup, context: GroupContext): void {
  const { rebalance } = group
  if (rebalance !== undefined) {
    rebalance.assignedMs = context.step.nowMs
    rebalance.revokedMs = undefined
  }
  noteProgress(group, context)
}

/** A static member says that it will be back. Until then, or until its session ends, nobody consumes its partitions, although they stay its own. */
export function noteAway(group: ConsumerGroup, member: ConsumerMember, context: GroupContext): void {
  noteRemoved(group, [member], context)
}

/** It is back, under another member id, and has been answered with what it may have. */
export function noteBack(
  group: ConsumerGroup,
  { before, after }: { readonly before: ConsumerMember | undefined; readonly after: ConsumerMember },
  context: GroupContext,
): void {
  if (before?.memberEpoch !== STATIC_LEAVE_EPOCH) return
  group.gaps.take(after.assigned, context.step.nowMs)
  // A rebalance that it completes, or that goes on, will tell.
  if (group.rebalance !== undefined) return
  const unowned = takeEnded(group, context)
  if (unowned.length === 0) return
  const reason = `static member ${after.memberId} with instance id ${after.instanceId} is back`
  const cause = { trigger: 'static-replacement', reason, member: eventMember(after) } as const
  emit(group, context, 'partitions-handed-over', cause, { unowned })
}

/** The member is answered with what it may have now. */
export function noteReconciled(
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
  { step }: GroupContext,
): void {
  if (before.assigned !== after.assigned) {
    group.gaps.release(difference(before.assigned, after.assigned), step.nowMs)
    group.gaps.take(difference(after.assigned, before.assigned), step.nowMs)
  }
  const { rebalance } = group
  const hasRevoked = before.state === 'UNREVOKED_PARTITIONS' && after.state !== 'UNREVOKED_PARTITIONS'
  if (rebalance !== undefined && hasRevoked) rebalance.revokedMs = step.nowMs
}

export function noteRemoved(group: ConsumerGroup, members: readonly ConsumerMember[], { step }: GroupContext): void {
  for (const { assigned, pendingRevocation } of members) {
    group.gaps.release(assigned, step.nowMs)
    group.gaps.release(pendingRevocation, step.nowMs)
  }
}

/** What the rebalance that ends now has come to; the group forgets it. */
export function takeOutcome(
  group: ConsumerGroup,
  context: GroupContext,
): Pick<GroupEvent, 'phases' | 'assignments' | 'unowned'> {
  const { nowMs } = context.step
  const { startedMs, assignedMs, revokedMs, assignMs = 0, before = new Map() } = group.rebalance ?? {}
  const since = (ms: number | undefined, fromMs: number | undefined): number | undefined =>
    ms === undefined || fromMs === undefined ? undefined : Math.round(ms - fromMs)
  group.rebalance = undefined
  return {
    phases: {
      prepareMs: since(assignedMs, startedMs),
      syncMs: since(nowMs, assignedMs),
      assignMs: startedMs === undefined ? undefined : Math.round(assignMs),
      revokeMs: assignedMs === undefined ? undefined : Math.round(Math.max(0, (revokedMs ?? assignedMs) - assignedMs)),
    },
    assignments: changesOf(group, before, context.topics),
    unowned: takeEnded(group, context),
  }
}

/** Gaps that have ended; a topic that is gone has its id only. */
function takeEnded(group: ConsumerGroup, { topics }: GroupContext): readonly PartitionGap[] {
  return group.gaps.takeEnded().map(({ topic, ...gap }) => ({ topic: topics.topicName(topic) ?? topic, ...gap }))
}

/** Partitions of each member before and after. */
function changesOf(
  group: ConsumerGroup,
  before: ReadonlyMap<string, TopicPartitions>,
  topics: TopicImage,
): readonly AssignmentChange[] {
  const read = (partitions: TopicPartitions | undefined): TopicPartitions | null =>
    partitions === undefined ? null : byName(partitions, topics)
  const changes: AssignmentChange[] = []
  for (const { memberId, assigned } of group.members.values()) {
    changes.push({ memberId, before: read(before.get(memberId)), after: read(assigned) })
  }
  for (const [memberId, assigned] of before) {
    if (!group.members.has(memberId)) changes.push({ memberId, before: read(assigned), after: null })
  }
  return changes
}

/** A topic that is gone has its id only. */
export function byName(partitions: TopicPartitions, topics: TopicImage): TopicPartitions {
  return new Map([...partitions].map(([topicId, numbers]) => [topics.topicName(topicId) ?? topicId, numbers]))
}
