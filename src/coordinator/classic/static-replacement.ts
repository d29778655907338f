import type { Cause } from '../events.ts'
import { clientReason, emit, eventMember } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { Ticket } from '../step.ts'
import type { ClassicGroup } from './classic-group.ts'
import { noteRemoved } from './handover.ts'
import type { JoinCommand } from './join-request.ts'
import { copyProtocols, rebalanceTimeoutMs } from './join-request.ts'
import type { ClassicMember } from './member.ts'
import { createMember } from './member.ts'
import { appendGroupMetadata, isTooLarge } from './metadata-record.ts'
import { completeJoinIfAllJoined, prepareRebalance } from './rebalance.ts'
import { answerJoin, answerSync, awaitJoin, joinError, joinSuccess, syncError } from './responses.ts'
import { renewSession } from './session.ts'

/** From this version on a leader may be told to take the members but not to assign (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9

/**
 * A static member that restarted comes back without its member id (KIP-345): it gets a new one, takes over the old one's place and
 * assignment, and whoever still uses the old one is fenced. In a stable group nothing else happens, unless the group's
 * protocol would change: no rebalance.
 */
export function joinAsReplacement(
  group: ClassicGroup,
  old: ClassicMember,
  newMemberId: string,
  command: JoinCommand,
  ticket: Ticket,
  context: GroupContext,
): void {
  const { apiVersion, request } = command
  const formerLeader = group.leaderId
  answerJoin(group, old, context, (version) => joinError('FENCED_INSTANCE_ID', version, old.memberId))
  answerSync(old, context, syncError('FENCED_INSTANCE_ID'))
  const member = createMember(group.groupId, {
    memberId: newMemberId,
    groupInstanceId: old.groupInstanceId,
    // Kafka keeps what it knows of the client: the member is the same, only its process is new.
    clientId: old.clientId,
    clientHost: old.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs(command),
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: copyProtocols(request.protocols),
    assignment: old.assignment,
    isNew: false,
    idKnown: false,
  })
  const oldSessionTimeoutMs = old.sessionTimeoutMs
  group.replace(old, member, context.deadlines)
  renewSession(group, member, context, oldSessionTimeoutMs)
  awaitJoin(group, member, { ticket, apiVersion }, context)

  const what = `static member ${newMemberId} with instance id ${request.groupInstanceId}`
  const told = `client reason: ${clientReason(request.reason)}`
  const cause = (reason: string): Cause => ({
    trigger: 'static-replacement',
    reason: `${reason}; ${told}`,
    member: eventMember(member, request.reason),
  })
  // In a rebalance nobody else is waited for: its partitions are given out anew.
  const rebalance = (why: Cause): void => {
    noteRemoved(group, old.memberId, context)
    prepareRebalance(group, why, context)
  }
  emit(group, context, 'member-replaced', cause(`${what} takes the place of ${old.memberId}`))
  switch (group.state) {
    case 'Empty':
      throw new Error(`group '${group.groupId}' is empty and has a static member`)
    case 'PreparingRebalance':
      noteRemoved(group, old.memberId, context)
      return completeJoinIfAllJoined(group, cause(`Updating metadata for ${what}`), context)
    case 'CompletingRebalance':
      // The leader may be assigning to the old member id: the new one would get nothing.
      return rebalance(cause(`Updating metadata for ${what}`))
    case 'Stable':
      if (group.selectProtocol() !== group.protocolName) {
        const reason = `Group's selectedProtocol will change because ${what} joined with change of protocol`
        return rebalance(cause(reason))
      }
      if (isTooLarge(group, new Map(), context)) {
        return rebalance(cause(`The group's metadata is too large with that of ${what}`))
      }
  }
  // What the group consumes stays as it is until the next generation: the assignment does too.
  appendGroupMetadata(group, new Map(), context)
  answerJoin(group, member, context, () => {
    if (apiVersion >= SKIP_ASSIGNMENT_VERSION) {
      return joinSuccess(group, newMemberId, apiVersion, { skipAssignment: group.isLeader(newMemberId) })
    }
    // An old client that finds itself the leader would assign; it is told the former leader's id, and so that it is none.
    return joinSuccess(group, newMemberId, apiVersion, { leader: formerLeader ?? '', members: 'none' })
  })
}
