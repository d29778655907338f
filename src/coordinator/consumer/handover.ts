import type { TopicPartitions } from '../../assignor/index.ts'
import type { TopicImage } from '../commands.ts'
import type { GroupContext } from '../group.ts'
import type { AssignmentChange, GroupEvent } from '../group-event.ts'
import { difference, type PartitionGap } from '../partition-gaps.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'

// What the group timeline says of partitions.

/** A rebalance begins, unless one is under way: called before the group changes, so that it is known who had what. */
export function noteRebalanceStart(group: ConsumerGroup, { step }: GroupContext): void {
  if (group.rebalanceStartedMs !== undefined) return
  group.rebalanceStartedMs = step.nowMs
  const before = new Map<string, TopicPartitions>()
  for (const { memberId, assigned, memberEpoch } of group.members.values()) {
    if (memberEpoch !== 0) before.set(memberId, assigned)
  }
  group.assignmentsBefore = before
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
  if (before.state === 'UNREVOKED_PARTITIONS' && after.state !== 'UNREVOKED_PARTITIONS') group.revokedMs = step.nowMs
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
  { step, topics }: GroupContext,
): Pick<GroupEvent, 'phases' | 'assignments' | 'unowned'> {
  const { nowMs } = step
  const { rebalanceStartedMs, assignedMs, revokedMs, assignMs } = group
  const since = (ms: number | undefined, startMs: number | undefined): number | undefined =>
    ms === undefined || startMs === undefined ? undefined : Math.round(ms - startMs)
  const outcome = {
    phases: {
      prepareMs: since(assignedMs, rebalanceStartedMs),
      syncMs: since(nowMs, assignedMs),
      assignMs: Math.round(assignMs),
      revokeMs: assignedMs === undefined ? undefined : Math.round(Math.max(0, (revokedMs ?? assignedMs) - assignedMs)),
    },
    assignments: changesOf(group, group.assignmentsBefore ?? new Map(), topics),
    unowned: group.gaps.takeEnded().map((gap) => withName(gap, topics)),
  }
  group.rebalanceStartedMs = undefined
  group.assignmentsBefore = undefined
  group.assignedMs = undefined
  group.revokedMs = undefined
  group.assignMs = 0
  return outcome
}

function changesOf(
  group: ConsumerGroup,
  before: ReadonlyMap<string, TopicPartitions>,
  topics: TopicImage,
): readonly AssignmentChange[] {
  const read = (partitions: TopicPartitions | undefined): TopicPartitions | null =>
    partitions === undefined
      ? null
      : new Map([...partitions].map(([topicId, numbers]) => [topics.topicName(topicId) ?? topicId, numbers]))
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
function withName({ topic, ...gap }: PartitionGap, topics: TopicImage): PartitionGap {
  return { topic: topics.topicName(topic) ?? topic, ...gap }
}
