import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import { type Cause, emit, eventMember } from '../events.ts'
import type { Group, GroupContext } from '../group.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { canDowngradeWithout, downgradeWithout } from './convert.ts'
import { noteAway, noteRebalanceStart, noteRemoved, takeOutcome } from './handover.ts'
import type { ConsumerMember } from './member.ts'
import { regexOf, STATIC_LEAVE_EPOCH } from './member.ts'
import { fencedInstance } from './membership.ts'
import { metadataHash } from './metadata-hash.ts'
import { NO_PARTITIONS } from './partitions.ts'
import { currentAssignmentRecord, epochRecord, memberTombstones, regexTombstone } from './records.ts'
import { type Refusal, refuse } from './refusal.ts'
import { assignLater } from './target-assignment.ts'
import { seenTopics } from './topic-change.ts'
import { startRebalance } from './update.ts'

/** Epoch -1: the member leaves. Epoch -2: a static member leaves and will be back; until its session ends it keeps its partitions. */
export function leaveConsumerGroup(
  group: Group | undefined,
  request: ConsumerGroupHeartbeatRequest,
  context: GroupContext,
): ConsumerGroupHeartbeatResponse | Refusal {
  const { groupId, memberId, instanceId, memberEpoch } = request
  if (group === undefined) return refuse('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`)
  if (!(group instanceof ConsumerGroup)) {
    return refuse('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
  }
  const member = instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId)
  if (member === undefined) {
    return refuse(
      'UNKNOWN_MEMBER_ID',
      instanceId === null
        ? `Member ${memberId} is not a member of group ${groupId}.`
        : `Instance id ${instanceId} is unknown.`,
    )
  }
  if (instanceId !== null && member.memberId !== memberId) return fencedInstance(instanceId, memberId, member.memberId)
  if (instanceId !== null && memberEpoch === STATIC_LEAVE_EPOCH) {
    const away = { ...member, memberEpoch: STATIC_LEAVE_EPOCH, pendingRevocation: NO_PARTITIONS }
    noteAway(group, member, context)
    context.step.append(currentAssignmentRecord(groupId, away))
    const reason = `static member ${memberId} leaves and will be back within its session`
    emit(group, context, 'member-left', { trigger: 'leave', reason, member: eventMember(member) })
  } else {
    const reason = `member ${memberId} leaves`
    removeMembers(group, [member], 'member-left', { trigger: 'leave', reason }, context)
  }
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
}

/**
 * Members are gone: their partitions are free at once. When none but classic members are left the group becomes a classic one, where the
 * migration policy allows it.
 */
export function removeMembers(
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  type: 'member-left' | 'member-evicted',
  /** `told`: the reason that the members' client gave. */
  { told = null, ...why }: Cause & { readonly told?: string | null },
  context: GroupContext,
): void {
  const [only, ...others] = members
  if (only === undefined) return
  for (const member of members) emit(group, context, type, { ...why, member: eventMember(member, told) })
  const cause = others.length > 0 ? why : { ...why, member: eventMember(only, told) }
  const gone = new Set(members.map(({ memberId }) => memberId))
  if (canDowngradeWithout(group, gone, context)) return downgradeWithout(group, gone, cause, context)
  const { groupId, subscriptions } = group
  noteRebalanceStart(group, cause, context)
  noteRemoved(group, members, context)
  for (const { memberId } of members) {
    for (const record of memberTombstones(groupId, memberId)) context.step.append(record)
    group.dropTimers(memberId, context.deadlines)
  }
  for (const regex of new Set(members.map((member) => regexOf(member)))) {
    if (regex === undefined || subscriptions.membersWith(regex) > 0 || !subscriptions.resolved.has(regex)) continue
    context.step.append(regexTombstone(groupId, regex))
  }
  const hash = metadataHash(subscriptions.topicNames.keys(), context.topics)
  context.step.append(epochRecord(groupId, group.groupEpoch + 1, hash))
  group.checkedVersion = context.topics.version
  // What only they subscribed to is not missed.
  group.seenTopics = seenTopics(subscriptions.topicNames.keys(), context.topics)
  if (group.isEmpty()) {
    context.deadlines.clear(group.assignDeadline)
    const { assignments } = takeOutcome(group, context)
    return emit(group, context, 'group-emptied', cause, { ...(assignments && { assignments }) })
  }
  startRebalance(group, cause, context)
  assignLater(group, context)
}
