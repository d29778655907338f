import type { TopicPartitions } from '../../assignor/index.ts'
import type { ConsumerMember } from './member.ts'
import { sameAssignmentState } from './member.ts'
import { includes, intersects, NO_PARTITIONS, type PartitionList } from './partitions.ts'

export interface Reconciliation {
  readonly member: ConsumerMember
  readonly targetEpoch: number
  readonly target: TopicPartitions
  /** Of its topic names and its regular expression together, those that exist. */
  readonly subscribedTopicIds: ReadonlySet<string>
  /** It has just changed what it subscribes to: what it has of other topics is taken away at once. */
  readonly hasSubscriptionChanged: boolean
  /** Whether no member has the partition, or still owes it. */
  isFree(topicId: string, partition: number): boolean
  /** What the member says that it owns; null when it did not say. */
  readonly owned: PartitionList | null
}

/**
 * The next step of a member towards its target (KIP-848; Kafka: CurrentAssignmentBuilder): first it gives up what is not its own any more and
 * stays in its epoch until it has; then it moves to the target's epoch and gets what is free, and the rest as it becomes free.
 * @returns the same member when nothing changes; undefined when it has to abandon everything and join anew.
 */
export function reconcile(step: Reconciliation): ConsumerMember | undefined {
  const { member } = step
  const next = nextOf(step)
  return next !== undefined && sameAssignmentState(member, next) ? member : next
}

function nextOf(step: Reconciliation): ConsumerMember | undefined {
  const { member, targetEpoch, owned } = step
  switch (member.state) {
    case 'STABLE':
      if (member.memberEpoch !== targetEpoch) return computeNext(step, member.memberEpoch)
      return step.hasSubscriptionChanged ? dropUnsubscribed(step) : member
    case 'UNREVOKED_PARTITIONS':
      if (owns(owned, member.pendingRevocation)) return step.hasSubscriptionChanged ? dropUnsubscribed(step) : member
      return computeNext(step, member.memberEpoch)
    case 'UNRELEASED_PARTITIONS':
      return computeNext(step, member.memberEpoch)
    case 'UNKNOWN':
      return owned === null || owned.length > 0 ? undefined : computeNext(step, targetEpoch)
  }
}

/** A member that does not say what it owns may own all of it. */
function owns(owned: PartitionList | null, partitions: TopicPartitions): boolean {
  return owned === null || intersects(owned, partitions)
}

function dropUnsubscribed({ member, subscribedTopicIds, owned }: Reconciliation): ConsumerMember {
  const assigned = new Map<string, readonly number[]>()
  const pendingRevocation = new Map(member.pendingRevocation)
  for (const [topicId, partitions] of member.assigned) {
    if (subscribedTopicIds.has(topicId)) assigned.set(topicId, partitions)
    else pendingRevocation.set(topicId, union(pendingRevocation.get(topicId), partitions))
  }
  if (assigned.size === member.assigned.size) return member
  if (!owns(owned, pendingRevocation)) return { ...member, assigned }
  return { ...member, state: 'UNREVOKED_PARTITIONS', assigned, pendingRevocation }
}

function computeNext(step: Reconciliation, memberEpoch: number): ConsumerMember {
  const { member, target, targetEpoch, subscribedTopicIds, owned } = step
  const assigned = new Map<string, readonly number[]>()
  const pendingRevocation = new Map<string, readonly number[]>()
  const added = new Map<string, readonly number[]>()
  let hasUnreleased = false
  for (const topicId of new Set([...target.keys(), ...member.assigned.keys()])) {
    const wanted = subscribedTopicIds.has(topicId) ? (target.get(topicId) ?? NONE) : NONE
    const current = member.assigned.get(topicId) ?? NONE
    const kept = current === wanted ? current : current.filter((partition) => includes(wanted, partition))
    if (kept.length > 0) assigned.set(topicId, kept)
    if (kept.length < current.length) {
      const revoked = current.filter((partition) => !includes(wanted, partition))
      pendingRevocation.set(topicId, revoked)
    }
    if (kept.length === wanted.length) continue
    const missing = wanted.filter((partition) => !includes(kept, partition))
    // What this member itself has yet to give up is nobody else's: it may have it again.
    const own = member.pendingRevocation.get(topicId) ?? NONE
    const free = missing.filter((partition) => step.isFree(topicId, partition) || includes(own, partition))
    if (free.length < missing.length) hasUnreleased = true
    if (free.length > 0) added.set(topicId, free)
  }
  const previousMemberEpoch = member.memberEpoch
  if (pendingRevocation.size > 0 && owns(owned, pendingRevocation)) {
    return { ...member, state: 'UNREVOKED_PARTITIONS', memberEpoch, previousMemberEpoch, assigned, pendingRevocation }
  }
  for (const [topicId, partitions] of added) assigned.set(topicId, union(assigned.get(topicId), partitions))
  return {
    ...member,
    state: hasUnreleased ? 'UNRELEASED_PARTITIONS' : 'STABLE',
    memberEpoch: targetEpoch,
    previousMemberEpoch,
    assigned,
    pendingRevocation: NO_PARTITIONS,
  }
}

const NONE: readonly number[] = []

function union(a: readonly number[] | undefined, b: readonly number[]): readonly number[] {
  if (a === undefined) return b
  return [...new Set([...a, ...b])].sort((x, y) => x - y)
}
