import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import type { CommandOf } from '../commands.ts'
import { type Cause, clientReason, emit, eventMember } from '../events.ts'
import type { GroupContext } from '../group.ts'
import { type ConsumerGroupConfig, consumerConfigOf } from '../group-config.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { findForJoin, joinableGroup } from './convert.ts'
import { consumerHeartbeatError } from './errors.ts'
import { noteBack } from './handover.ts'
import { heartbeatIntervalMs } from './heartbeat-interval.ts'
import { leaveConsumerGroup } from './leave.ts'
import type { ConsumerMember } from './member.ts'
import { isReconciled, LEAVE_EPOCH, STATIC_LEAVE_EPOCH, topicSet } from './member.ts'
import { type FoundMember, findDynamicMember, findStaticMember, hasRoomFor, replaceStaticMember } from './membership.ts'
import { listOf, type PartitionList, samePartitions } from './partitions.ts'
import { isRefusal, type Refusal, refuse } from './refusal.ts'
import { evaluateRegexesIfDue } from './regexes.ts'
import { renewSession } from './session.ts'
import { reconcileMember, updateGroup, updateMember } from './update.ts'

type HeartbeatCommand = CommandOf<'ConsumerGroupHeartbeat'>

/** ConsumerGroupHeartbeat: joins, stays in, or leaves a group, and moves the member a step towards its target assignment. */
export function consumerGroupHeartbeat(
  command: HeartbeatCommand,
  context: GroupContext,
): ConsumerGroupHeartbeatResponse {
  const group = context.groups.get(command.groupId)
  if (group instanceof ConsumerGroup && isQuiet(group, command, context)) return quietAnswer(group, command, context)
  const { request } = command
  const problem = validate(command, consumerConfigOf(context.config))
  if (problem !== undefined) return refused(problem)
  const answer =
    request.memberEpoch === LEAVE_EPOCH || request.memberEpoch === STATIC_LEAVE_EPOCH
      ? leaveConsumerGroup(group, request, context)
      : heartbeat(command, context)
  if (isRefusal(answer) && answer.error.startsWith('FENCED_') && group instanceof ConsumerGroup) {
    emitFenced(group, command, answer, context)
  }
  return isRefusal(answer) ? refused(answer) : answer
}

function emitFenced(
  group: ConsumerGroup,
  { request, client }: HeartbeatCommand,
  { error, message }: Refusal,
  context: GroupContext,
): void {
  const { memberId, instanceId: groupInstanceId } = request
  const member = { memberId, groupInstanceId, ...client }
  emit(group, context, 'member-fenced', { trigger: 'fenced', reason: `${error}: ${message}`, member })
}

/** Most heartbeats say that nothing has changed, and nothing has. */
function isQuiet(group: ConsumerGroup, { request, client }: HeartbeatCommand, { topics }: GroupContext): boolean {
  const member = group.members.get(request.memberId)
  return (
    member !== undefined &&
    request.memberEpoch > 0 &&
    request.memberEpoch === member.memberEpoch &&
    request.topicPartitions === null &&
    request.subscribedTopicNames === null &&
    request.subscribedTopicRegex === null &&
    (request.instanceId === null || request.instanceId === member.instanceId) &&
    (request.rackId === null || request.rackId === member.rackId) &&
    (request.rebalanceTimeoutMs === -1 || request.rebalanceTimeoutMs === member.rebalanceTimeoutMs) &&
    (request.serverAssignor === null || request.serverAssignor === member.serverAssignor) &&
    member.classic === null &&
    member.clientId === client.clientId &&
    member.clientHost === client.clientHost &&
    isReconciled(member, group.assignmentEpoch) &&
    group.groupEpoch === group.assignmentEpoch &&
    group.checkedVersion === topics.version &&
    group.subscriptions.regexes.size === 0
  )
}

function quietAnswer(
  group: ConsumerGroup,
  { request }: HeartbeatCommand,
  context: GroupContext,
): ConsumerGroupHeartbeatResponse {
  renewSession(group, group.members.get(request.memberId)!, context)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId: request.memberId,
    memberEpoch: request.memberEpoch,
    heartbeatIntervalMs: heartbeatIntervalMs(group, context),
    assignment: null,
  }
}

/** Errors come before anything is written. */
function heartbeat(command: HeartbeatCommand, context: GroupContext): ConsumerGroupHeartbeatResponse | Refusal {
  const { groupId, request, regexProblem } = command
  const isJoining = request.memberEpoch === 0
  const found = findForJoin(groupId, { isJoining }, context)
  if (isRefusal(found)) return found
  const memberId = request.memberId === '' ? context.step.randomId() : request.memberId
  if (!hasRoomFor(found, memberId, context)) {
    const { groupMaxSize } = consumerConfigOf(context.config)
    return refuse(
      'GROUP_MAX_SIZE_REACHED',
      `The consumer group has reached its maximum capacity of ${groupMaxSize} members.`,
    )
  }
  const { instanceId, memberEpoch, topicPartitions: owned } = request
  const identity = { memberId, memberEpoch, owned, isJoining, isClassic: false }
  const existing =
    instanceId === null ? findDynamicMember(found, identity) : findStaticMember(found, instanceId, identity)
  if (isRefusal(existing)) return existing
  if (existing.member.state === 'UNKNOWN' && (owned === null || owned.length > 0))
    return refuse('FENCED_MEMBER_EPOCH', LOST)
  const oldRegex = existing.member.subscribedTopicRegex
  if (regexProblem !== null && request.subscribedTopicRegex !== oldRegex) {
    return refuse('INVALID_REGULAR_EXPRESSION', regexProblem)
  }

  const isMidRebalance = found instanceof ClassicGroup && !found.isEmpty() && found.state !== 'Stable'
  const group = joinableGroup(found, groupId, context)
  const away = existing.replaced === undefined ? undefined : group.members.get(existing.replaced)
  const before = replaceStaticMember(group, existing, memberId, context)
  const after = merged(before, command)
  const cause = causeOf(group, existing, after)
  if (cause.trigger === 'join') emit(group, context, 'member-joined', cause)
  if (cause.trigger === 'static-replacement') emit(group, context, 'member-replaced', cause)
  const change = updateMember(group, before, after, context)
  evaluateRegexesIfDue(group, context)
  updateGroup(group, { ...change, isMidRebalance }, cause, context)
  const reconciled = reconcileMember(group, after.memberId, owned, change.hasSubscriptionChanged, context)
  noteBack(group, { before: away, after: reconciled }, context)
  renewSession(group, reconciled, context)
  const showsAssignment = isJoining || isFullRequest(request) || !samePartitions(reconciled.assigned, before.assigned)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch: reconciled.memberEpoch,
    heartbeatIntervalMs: heartbeatIntervalMs(group, context),
    assignment: showsAssignment ? { topicPartitions: listOf(reconciled.assigned) } : null,
  }
}

/** What it means when the member's subscription gives the group its next epoch. */
function causeOf(group: ConsumerGroup, { replaced }: FoundMember, after: ConsumerMember): Cause {
  const { memberId } = after
  const joins = `member ${memberId} joins with the consumer protocol; client reason: ${clientReason(null)}`
  const member = eventMember(after)
  if (replaced !== undefined) return { trigger: 'static-replacement', reason: joins, member }
  if (!group.members.has(memberId)) return { trigger: 'join', reason: joins, member }
  return { trigger: 'subscription-change', reason: `member ${memberId} subscribes to something else`, member }
}

const LOST = 'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.'

/** What is not said stays as it was. */
function merged(member: ConsumerMember, { client, request }: HeartbeatCommand): ConsumerMember {
  const { subscribedTopicNames: names } = request
  return {
    ...member,
    instanceId: request.instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? member.serverAssignor,
    subscribedTopicNames: names === null ? member.subscribedTopicNames : topicSet(names),
    subscribedTopicRegex: request.subscribedTopicRegex ?? member.subscribedTopicRegex,
    clientId: client.clientId,
    clientHost: client.clientHost,
    classic: null,
  }
}

/** A member that is not sure what the group knows of it says everything, and is told its assignment. */
function isFullRequest(request: ConsumerGroupHeartbeatRequest): boolean {
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request
  return (
    rebalanceTimeoutMs !== -1 &&
    (subscribedTopicNames !== null || subscribedTopicRegex !== null) &&
    (topicPartitions as PartitionList | null) !== null
  )
}

/** What is wrong with the request itself (Kafka: throwIfConsumerGroupHeartbeatRequestIsInvalid). */
function validate({ apiVersion, request }: HeartbeatCommand, { assignors }: ConsumerGroupConfig): Refusal | undefined {
  const { memberEpoch } = request
  const invalid = (message: string): Refusal => refuse('INVALID_REQUEST', message)
  const needsMemberId = apiVersion >= 1 || memberEpoch > 0 || memberEpoch === LEAVE_EPOCH
  if (needsMemberId && isBlank(request.memberId)) return invalid("MemberId can't be empty.")
  if (isBlank(request.groupId)) return invalid("GroupId can't be empty.")
  if (isBlank(request.instanceId)) return invalid("InstanceId can't be empty.")
  if (isBlank(request.rackId)) return invalid("RackId can't be empty.")
  if (memberEpoch === 0) {
    if (request.rebalanceTimeoutMs === -1) return invalid('RebalanceTimeoutMs must be provided in first request.')
    if (request.topicPartitions === null || request.topicPartitions.length > 0) {
      return invalid('TopicPartitions must be empty when (re-)joining.')
    }
    if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
      return invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
    }
  } else if (memberEpoch === STATIC_LEAVE_EPOCH) {
    if (request.instanceId === null) return invalid("InstanceId can't be null.")
  } else if (memberEpoch < STATIC_LEAVE_EPOCH) {
    return invalid('MemberEpoch is invalid.')
  }
  const { serverAssignor } = request
  if (serverAssignor === null || assignors.some((name) => name === serverAssignor)) return undefined
  const supported = assignors.join(', ')
  return refuse(
    'UNSUPPORTED_ASSIGNOR',
    `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${supported}.`,
  )
}

function isBlank(text: string | null): boolean {
  return text !== null && text.trim() === ''
}

function refused({ error, message }: Refusal): ConsumerGroupHeartbeatResponse {
  return consumerHeartbeatError(error, message)
}
