import type { ErrorName } from '../../wire/index.ts'
import { Deadline } from '../deadlines.ts'
import type { Cause } from '../events.ts'
import { clientReason, emit, eventMember } from '../events.ts'
import type { DeadlineOwner, GroupContext } from '../group.ts'
import type { Ticket } from '../step.ts'
import type { ClassicGroup } from './classic-group.ts'
import { emitFenced } from './fenced.ts'
import { noteRemoved, noteTold } from './handover.ts'
import type { JoinCommand } from './join-request.ts'
import { copyProtocols, rebalanceTimeoutMs } from './join-request.ts'
import type { ClassicMember } from './member.ts'
import { createMember, sameProtocols } from './member.ts'
import { completeJoinIfAllJoined, rebalanceOrCompleteJoin } from './rebalance.ts'
import { awaitJoin, joinError, joinSuccess } from './responses.ts'
import { renewSession } from './session.ts'
import { joinAsReplacement } from './static-replacement.ts'

/** How long a first join waits: longer than any rebalance should take, since a client that gave up cannot be told from one that waits. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000
/** From this version on a dynamic member first gets its id and joins with it, so that retries leave no ghosts (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4
/**
 * Ids handed out and not used yet, of one group. A client may ask for as many as it likes, so the oldest makes room:
 * its owner, if there is one, is told UNKNOWN_MEMBER_ID and asks again.
 */
const PENDING_MEMBERS_MAX = 10_000

/** JoinGroup. The answer comes when the join phase ends, at once where there is nothing to wait for. */
export function joinGroup(group: ClassicGroup, command: JoinCommand, ticket: Ticket, context: GroupContext): void {
  const { memberId } = command.request
  if (!hasRoomFor(group, memberId, context)) {
    rejectJoin(command, ticket, 'GROUP_MAX_SIZE_REACHED', '', context)
    leaveFullGroup(group, memberId, context)
    return
  }
  const protocolNames = command.request.protocols.map((protocol) => protocol.name)
  if (!group.supportsProtocols(command.request.protocolType, protocolNames)) {
    return rejectJoin(command, ticket, 'INCONSISTENT_GROUP_PROTOCOL', memberId, context)
  }
  if (memberId === '') joinAsNew(group, command, ticket, context)
  else joinAgain(group, command, ticket, context)
}

/**
 * While the group gathers joins, those that wait count: so the last ones to rejoin find no place when the limit was lowered.
 * Later the members count, because those that did not rejoin are gone.
 */
function hasRoomFor(group: ClassicGroup, memberId: string, context: GroupContext): boolean {
  const { groupMaxSize } = context.config
  const member = group.members.get(memberId)
  switch (group.state) {
    case 'Empty':
      return true
    case 'PreparingRebalance':
      return member?.awaitingJoin !== undefined || group.awaitingJoinCount < groupMaxSize
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < groupMaxSize
  }
}

/** A member that found no place is no longer waited for. Kafka forgets to look whether it was the last one. */
function leaveFullGroup(group: ClassicGroup, memberId: string, context: GroupContext): void {
  const member = group.members.get(memberId)
  if (member !== undefined) noteRemoved(group, memberId, context)
  group.remove(memberId, context.deadlines)
  const cause: Cause = {
    trigger: 'join',
    reason: `the group has its maximum of ${context.config.groupMaxSize} members`,
    ...(member && { member: eventMember(member) }),
  }
  if (member !== undefined) emit(group, context, 'member-evicted', cause)
  completeJoinIfAllJoined(group, cause, context)
}

function joinAsNew(group: ClassicGroup, command: JoinCommand, ticket: Ticket, context: GroupContext): void {
  const { apiVersion, client, request } = command
  const newMemberId = `${request.groupInstanceId ?? client.clientId}-${context.step.randomId()}`
  if (request.groupInstanceId !== null) {
    const existing = group.staticMembers.get(request.groupInstanceId)
    if (existing === undefined) return addMember(group, command, ticket, newMemberId, context)
    return joinAsReplacement(group, group.members.get(existing)!, newMemberId, command, ticket, context)
  }
  if (apiVersion < MEMBER_ID_REQUIRED_VERSION) return addMember(group, command, ticket, newMemberId, context)
  const pending = new Deadline<DeadlineOwner>({ kind: 'session', groupId: group.groupId, memberId: newMemberId })
  group.pendingMembers.set(newMemberId, pending)
  context.deadlines.set(pending, context.step.nowMs + request.sessionTimeoutMs)
  rejectJoin(command, ticket, 'MEMBER_ID_REQUIRED', newMemberId, context)
  if (group.pendingMembers.size <= PENDING_MEMBERS_MAX) return
  group.remove(group.pendingMembers.keys().next().value!, context.deadlines)
}

function joinAgain(group: ClassicGroup, command: JoinCommand, ticket: Ticket, context: GroupContext): void {
  const { request } = command
  const { memberId, groupInstanceId } = request
  if (group.pendingMembers.has(memberId)) {
    // Ids are handed out to dynamic members only: a static one that uses such an id is not who it says.
    if (groupInstanceId !== null) return rejectJoin(command, ticket, 'UNKNOWN_MEMBER_ID', memberId, context)
    return addMember(group, command, ticket, memberId, context)
  }
  const error = group.validateMember(memberId, groupInstanceId)
  if (error === 'FENCED_INSTANCE_ID') emitFenced(group, context, request, command.client)
  if (error !== 'NONE') return rejectJoin(command, ticket, error, memberId, context)
  const member = group.members.get(memberId)!
  const reason = clientReason(request.reason)
  const rejoin = (trigger: Cause['trigger'], what: string): void =>
    updateMember(
      group,
      member,
      command,
      ticket,
      { trigger, reason: `${what}; client reason: ${reason}`, member: eventMember(member, request.reason) },
      context,
    )
  const changed = (): boolean => !sameProtocols(request.protocols, member.protocols)
  switch (group.state) {
    case 'Empty':
      throw new Error(`group '${group.groupId}' is empty and has a member`)
    case 'PreparingRebalance':
      return rejoin('join', `Member ${memberId} is joining group during ${group.state}`)
    case 'CompletingRebalance':
      if (changed())
        return rejoin('subscription-change', `Updating metadata for member ${memberId} during ${group.state}`)
      // The answer to its join was lost: it gets it again.
      return context.step.reply(ticket, joinSuccess(group, memberId, command.apiVersion))
    case 'Stable':
      // The leader may have seen something that its metadata does not show, such as new partitions.
      if (group.isLeader(memberId))
        return rejoin('leader-rejoin', `Leader ${memberId} re-joining group during ${group.state}`)
      if (changed())
        return rejoin('subscription-change', `Updating metadata for member ${memberId} during ${group.state}`)
      return context.step.reply(ticket, joinSuccess(group, memberId, command.apiVersion))
  }
}

function addMember(
  group: ClassicGroup,
  command: JoinCommand,
  ticket: Ticket,
  memberId: string,
  context: GroupContext,
): void {
  const { apiVersion, client, request } = command
  const member = createMember(group.groupId, {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: client.clientId,
    clientHost: client.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs(command),
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: copyProtocols(request.protocols),
    isNew: true,
    idKnown: request.memberId !== '',
  })
  const pending = group.pendingMembers.get(memberId)
  if (pending !== undefined) context.deadlines.clear(pending)
  group.pendingMembers.delete(memberId)
  if (group.members.size === 0) group.protocolType = request.protocolType
  if (group.initialDelay !== undefined) group.newMemberAdded = true
  group.add(member)
  awaitJoin(group, member, { ticket, apiVersion }, context)
  renewSession(group, member, context, NEW_MEMBER_JOIN_TIMEOUT_MS)
  const cause: Cause = {
    trigger: 'join',
    reason: `Adding new member ${memberId} with group instance id ${request.groupInstanceId}; client reason: ${clientReason(request.reason)}`,
    member: eventMember(member, request.reason),
  }
  emit(group, context, 'member-joined', cause)
  rebalanceOrCompleteJoin(group, cause, context)
}

function updateMember(
  group: ClassicGroup,
  member: ClassicMember,
  command: JoinCommand,
  ticket: Ticket,
  cause: Cause,
  context: GroupContext,
): void {
  group.setProtocols(member, copyProtocols(command.request.protocols))
  member.rebalanceTimeoutMs = rebalanceTimeoutMs(command)
  member.sessionTimeoutMs = command.request.sessionTimeoutMs
  noteTold(member, context)
  const hadJoined = member.awaitingJoin !== undefined
  awaitJoin(group, member, { ticket, apiVersion: command.apiVersion }, context)
  // Told only while others are still waited for: of a rebalance that stands still one asks who is missing.
  if (group.state === 'PreparingRebalance' && !hadJoined && !group.hasAllMembersJoined())
    emit(group, context, 'member-rejoined', cause)
  // Its connection may have closed, and its session run, since it joined for the first time.
  if (member.isNew) renewSession(group, member, context, NEW_MEMBER_JOIN_TIMEOUT_MS)
  rebalanceOrCompleteJoin(group, cause, context)
}

function rejectJoin(
  command: JoinCommand,
  ticket: Ticket,
  error: ErrorName,
  memberId: string,
  context: GroupContext,
): void {
  context.step.reply(ticket, joinError(error, command.apiVersion, memberId))
}
