import type {
  ErrorName,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  SyncGroupResponse,
} from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import { copyProtocols, type JoinCommand, rebalanceTimeoutMs } from '../classic/join-request.ts'
import { prepareRebalance } from '../classic/rebalance.ts'
import { joinError, syncError } from '../classic/responses.ts'
import { CONSUMER_PROTOCOL_TYPE } from '../classic/subscription.ts'
import type { CommandOf } from '../commands.ts'
import type { Deadline } from '../deadlines.ts'
import { type Cause, clientReason, emit, eventMember, leaveTrigger } from '../events.ts'
import type { DeadlineOwner, GroupContext } from '../group.ts'
import { readSubscription, writeAssignment } from './classic-protocol.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { canDowngradeWithout, downgrade } from './convert.ts'
import { noteBack } from './handover.ts'
import { removeMembers } from './leave.ts'
import type { ConsumerMember } from './member.ts'
import { topicSet } from './member.ts'
import { findDynamicMember, findStaticMember, hasRoomFor, replaceStaticMember } from './membership.ts'
import { includes } from './partitions.ts'
import { isRefusal } from './refusal.ts'
import { evaluateRegexesIfDue } from './regexes.ts'
import { renewSession } from './session.ts'
import { assignIfDue } from './target-assignment.ts'
import { bumpEpochIfChanged, reconcileMember, updateMember } from './update.ts'

// Members of the classic protocol in a consumer group: while a live group is moved from one protocol to the other, both are in it.

const MEMBER_ID_REQUIRED_VERSION = 4

/** JoinGroup: the member is moved a step towards its target at once, and told its epoch as the generation. It waits for nobody. */
export function joinConsumerGroup(
  group: ConsumerGroup,
  command: JoinCommand,
  context: GroupContext,
): JoinGroupResponse {
  const { apiVersion, request } = command
  // Unlike a classic group's, Kafka's refusals of this kind name no member.
  const refuse = (error: ErrorName): JoinGroupResponse => joinError(error, apiVersion, '')
  const isUnknown = request.memberId === ''
  const memberId = isUnknown ? context.step.randomId() : request.memberId
  if (!hasRoomFor(group, memberId, context)) return refuse('GROUP_MAX_SIZE_REACHED')
  const names = request.protocols.map(({ name }) => name)
  if (!group.supportsClassicProtocols(request.protocolType, names)) return refuse('INCONSISTENT_GROUP_PROTOCOL')
  const instanceId = request.groupInstanceId
  if (isUnknown && instanceId === null && apiVersion >= MEMBER_ID_REQUIRED_VERSION) {
    return joinError('MEMBER_ID_REQUIRED', apiVersion, memberId)
  }
  const identity = { memberId, memberEpoch: -1, owned: [], isClassic: true }
  const existing =
    instanceId === null
      ? findDynamicMember(group, { ...identity, isJoining: true })
      : findStaticMember(group, instanceId, { ...identity, isJoining: isUnknown })
  if (isRefusal(existing)) return refuse(existing.error)
  const subscription = readSubscription(request.protocols[0]!.metadata, context.topics)
  if (subscription === undefined) return refuse('INCONSISTENT_GROUP_PROTOCOL')
  // A member that was evicted unawares, and still consumes what may be another's by now. Kafka takes it for a new one; so it loses all first.
  if (!isUnknown && instanceId === null && !group.members.has(memberId) && subscription.owned.length > 0)
    return refuse('UNKNOWN_MEMBER_ID')

  const away = existing.replaced === undefined ? undefined : group.members.get(existing.replaced)
  const before = replaceStaticMember(group, existing, memberId, context)
  const after: ConsumerMember = {
    ...before,
    instanceId: instanceId ?? before.instanceId,
    rackId: subscription.rackId ?? before.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs(command),
    subscribedTopicNames: topicSet(subscription.topics),
    subscribedTopicRegex: '',
    clientId: command.client.clientId,
    clientHost: command.client.clientHost,
    classic: { sessionTimeoutMs: request.sessionTimeoutMs, supportedProtocols: copyProtocols(request.protocols) },
  }
  const cause = causeOf(group, { isReplacement: existing.replaced !== undefined, after, told: request.reason })
  if (cause.trigger === 'static-replacement') emit(group, context, 'member-replaced', cause)
  if (cause.trigger === 'join') emit(group, context, 'member-joined', cause)
  const change = updateMember(group, before, after, context)
  evaluateRegexesIfDue(group, context)
  bumpEpochIfChanged(group, change.hasSubscriptionChanged ? cause : undefined, context)
  const respond = (generationId: number): JoinGroupResponse => ({
    ...joinError('NONE', apiVersion, memberId),
    generationId,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName: names[0]!,
  })
  // Where it took the place of the last member with the consumer protocol, the group is a classic one from now on.
  if (
    existing.replaced !== undefined &&
    existing.member.classic === null &&
    canDowngradeWithout(group, new Set(), context)
  ) {
    if (!change.hasSubscriptionChanged) reconcileMember(group, memberId, subscription.owned, false, context)
    const generationId = group.groupEpoch
    // A classic group at rest tells nobody of what it was still to get (Kafka does not look whether it is at rest).
    const isAtRest = group.state === 'Stable'
    const classic = downgrade(group, { gone: new Set(), isAtRest }, cause, context)
    if (!isAtRest) prepareRebalance(classic, cause, context)
    return respond(generationId)
  }
  assignIfDue(group, context)
  const member = reconcileMember(group, memberId, subscription.owned, change.hasSubscriptionChanged, context)
  noteBack(group, { before: away, after: member }, context)
  const timers = group.timersOf(memberId)
  context.deadlines.clear(timers.join)
  renewSession(group, member, context)
  context.deadlines.set(timers.sync, context.step.nowMs + member.rebalanceTimeoutMs)
  return respond(member.memberEpoch)
}

/** What it means when the member's join gives the group its next epoch. */
function causeOf(
  group: ConsumerGroup,
  {
    isReplacement,
    after,
    told,
  }: { readonly isReplacement: boolean; readonly after: ConsumerMember; readonly told: string | null },
): Cause {
  const { memberId } = after
  const joins = `member ${memberId} joins with the classic protocol; client reason: ${clientReason(told)}`
  const member = eventMember(after, told)
  if (isReplacement) return { trigger: 'static-replacement', reason: joins, member }
  if (!group.members.has(memberId)) return { trigger: 'join', reason: joins, member }
  const reason = `member ${memberId} subscribes to something else; client reason: ${clientReason(told)}`
  return { trigger: 'subscription-change', reason, member }
}

/** SyncGroup: what the member's join has brought. */
export function syncConsumerGroup(
  group: ConsumerGroup,
  { request }: CommandOf<'SyncGroup'>,
  context: GroupContext,
): SyncGroupResponse {
  const member = findClassicMember(group, request.memberId, request.groupInstanceId)
  if (typeof member === 'string') return syncError(member)
  if (request.generationId !== member.memberEpoch) return syncError('ILLEGAL_GENERATION')
  const { protocolType, protocolName } = request
  const { name, metadata } = member.classic!.supportedProtocols[0]!
  if (
    (protocolType !== null && protocolType !== CONSUMER_PROTOCOL_TYPE) ||
    (protocolName !== null && protocolName !== name)
  ) {
    return syncError('INCONSISTENT_GROUP_PROTOCOL')
  }
  const timers = group.timersOf(member.memberId)
  // A member that owes partitions has joined again already: it gives them up first.
  if (group.groupEpoch > member.memberEpoch && member.state !== 'UNREVOKED_PARTITIONS') {
    awaitRejoin(timers.join, member, context)
    return syncError('REBALANCE_IN_PROGRESS')
  }
  context.deadlines.clear(timers.sync)
  renewSession(group, member, context)
  const assignment = writeAssignment(member.assigned, metadata, context.topics)
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, protocolType, protocolName, assignment }
}

/** Heartbeat: tells the member to join again when there is something new for it, or something to give up. */
export function heartbeatConsumerGroup(
  group: ConsumerGroup,
  { request }: CommandOf<'Heartbeat'>,
  context: GroupContext,
): ErrorName {
  const member = findClassicMember(group, request.memberId, request.groupInstanceId)
  if (typeof member === 'string') return member
  if (request.generationId !== member.memberEpoch) return 'ILLEGAL_GENERATION'
  renewSession(group, member, context)
  // Kafka looks at the topics when members of the consumer protocol ask, of which a group that stays one may have none.
  bumpEpochIfChanged(group, undefined, context)
  assignIfDue(group, context)
  const hasToRejoin =
    member.memberEpoch < group.groupEpoch ||
    member.state === 'UNREVOKED_PARTITIONS' ||
    (member.state === 'UNRELEASED_PARTITIONS' && !waitsForOthers(group, member))
  if (!hasToRejoin) return 'NONE'
  awaitRejoin(group.timersOf(member.memberId).join, member, context)
  return 'REBALANCE_IN_PROGRESS'
}

/** LeaveGroup: members themselves, or an administrator who names static members; of either protocol. */
export function leaveGroupOfConsumerGroup(
  group: ConsumerGroup,
  identities: LeaveGroupRequest['members'],
  context: GroupContext,
): LeaveGroupResponse['members'] {
  const leaving = new Map<string, ConsumerMember>()
  let told: string | null = null
  let isAdmin = false
  const answers = identities.map(({ memberId, groupInstanceId, reason: said }) => {
    const member = groupInstanceId === null ? group.members.get(memberId) : group.staticMember(groupInstanceId)
    let error: ErrorName = 'NONE'
    if (member === undefined) error = 'UNKNOWN_MEMBER_ID'
    else if (groupInstanceId !== null && memberId !== '' && member.memberId !== memberId) error = 'FENCED_INSTANCE_ID'
    else {
      leaving.set(member.memberId, member)
      told = said
      isAdmin = memberId === ''
    }
    return { memberId, groupInstanceId, errorCode: ErrorCode[error] }
  })
  const trigger = isAdmin ? 'admin-removal' : leaveTrigger(told)
  removeMembers(group, [...leaving.values()], 'member-left', { trigger, reason: clientReason(told), told }, context)
  return answers
}

function findClassicMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ConsumerMember | 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID' {
  const member = instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId)
  if (member === undefined) return 'UNKNOWN_MEMBER_ID'
  if (member.memberId !== memberId) return 'FENCED_INSTANCE_ID'
  return member.classic === null ? 'UNKNOWN_MEMBER_ID' : member
}

/** It has its rebalance timeout to join again, from the first time that it was told to. */
function awaitRejoin(
  deadline: Deadline<DeadlineOwner>,
  member: ConsumerMember,
  { step, deadlines }: GroupContext,
): void {
  if (deadline.index < 0) deadlines.set(deadline, step.nowMs + member.rebalanceTimeoutMs)
}

/** Whether something of its target is still another's. */
function waitsForOthers(group: ConsumerGroup, member: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.targetOf(member.memberId)) {
    const assigned = member.assigned.get(topicId) ?? []
    if (partitions.some((partition) => !includes(assigned, partition) && !group.owners.isFree(topicId, partition)))
      return true
  }
  return false
}
