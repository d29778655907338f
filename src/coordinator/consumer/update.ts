import { type Cause, emit } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { reconcile } from './current-assignment.ts'
import { noteProgress, noteRebalanceStart, noteReconciled } from './handover.ts'
import type { ConsumerMember } from './member.ts'
import { regexOf, sameMetadata, sameTopics } from './member.ts'
import { metadataHash } from './metadata-hash.ts'
import type { PartitionList } from './partitions.ts'
import { currentAssignmentRecord, epochRecord, memberMetadataRecord, partitionMetadataTombstone } from './records.ts'
import { noteRegexChange, type RegexChange } from './regexes.ts'
import { watchRevocation } from './session.ts'
import { assignIfDue, subscribedTopicIds } from './target-assignment.ts'
import { seenTopics, topicChange } from './topic-change.ts'

/** What became of a member's subscription. */
export interface SubscriptionChange {
  readonly namesChanged: boolean
  readonly regex: RegexChange
  readonly hasSubscriptionChanged: boolean
}

/** Writes what is new of a member. */
export function updateMember(
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
  context: GroupContext,
): SubscriptionChange {
  const counts = {
    old: group.subscriptions.membersWith(regexOf(before)),
    new: group.subscriptions.membersWith(regexOf(after)),
  }
  const isSame = group.members.has(after.memberId) && sameMetadata(before, after)
  if (!isSame) context.step.append(memberMetadataRecord(group.groupId, after))
  const namesChanged = !sameTopics(before.subscribedTopicNames, after.subscribedTopicNames)
  const regex = noteRegexChange(group, { before, after, counts }, context)
  return { namesChanged, regex, hasSubscriptionChanged: namesChanged || regex !== 'none' }
}

/** Gives the group its next epoch where what it subscribes to, or its topics, are not what they were; then a target assignment. */
export function updateGroup(
  group: ConsumerGroup,
  /** `isMidRebalance`: it was a classic group a moment ago, whose rebalance was not over. */
  change: SubscriptionChange & { readonly isMidRebalance: boolean },
  cause: Cause,
  context: GroupContext,
): void {
  // A new group must leave epoch 0. An expression that is not evaluated yet bumps the epoch later, when it is; but what a classic group was
  // about to rebalance for is not to be forgotten (as it is in Kafka).
  const { isMidRebalance, namesChanged, regex } = change
  const bump = group.groupEpoch === 0 || isMidRebalance || namesChanged || regex === 'resolved'
  bumpEpochIfChanged(group, bump ? cause : undefined, context)
  assignIfDue(group, context)
}

/** @param cause why the epoch rises in any case; undefined: where topics have changed. */
export function bumpEpochIfChanged(group: ConsumerGroup, cause: Cause | undefined, context: GroupContext): void {
  const { topics, step } = context
  if (cause === undefined && group.checkedVersion === topics.version) return
  const seen = seenTopics(group.subscriptions.topicNames.keys(), topics)
  const hash = metadataHash(group.subscriptions.topicNames.keys(), topics)
  const topicsChanged = hash !== group.metadataHash
  group.checkedVersion = topics.version
  if (cause !== undefined || topicsChanged) {
    step.append(epochRecord(group.groupId, group.groupEpoch + 1, hash))
    startRebalance(group, cause ?? topicChange(group.seenTopics, seen), context)
  }
  group.seenTopics = seen
  if (group.hasPartitionMetadata) step.append(partitionMetadataTombstone(group.groupId))
}

/** The group epoch has risen. */
export function startRebalance(group: ConsumerGroup, cause: Cause, context: GroupContext): void {
  noteRebalanceStart(group, cause, context)
  emit(group, context, 'rebalance-started', cause)
}

/** Moves a member a step towards its target. Who is in a state that we do not know was refused before. */
export function reconcileMember(
  group: ConsumerGroup,
  memberId: string,
  owned: PartitionList | null,
  hasSubscriptionChanged: boolean,
  context: GroupContext,
): ConsumerMember {
  const member = group.members.get(memberId)!
  const { assignmentEpoch } = group
  if (!hasSubscriptionChanged && member.state === 'STABLE' && member.memberEpoch === assignmentEpoch) return member
  const next = reconcile({
    member,
    targetEpoch: assignmentEpoch,
    target: group.targetOf(memberId),
    subscribedTopicIds: subscribedTopicIds(group, member, context.topics),
    hasSubscriptionChanged,
    isFree: (topicId, partition) => group.owners.isFree(topicId, partition),
    owned,
  })
  if (next === undefined) throw new Error(`member ${memberId} of group ${group.groupId} is in an unknown state`)
  if (next === member) return member
  context.step.append(currentAssignmentRecord(group.groupId, next))
  const written = group.members.get(memberId)!
  noteReconciled(group, member, written, context)
  watchRevocation(group, written, context)
  noteProgress(group, context)
  return written
}
