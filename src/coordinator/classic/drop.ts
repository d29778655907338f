import type { Cause } from '../events.ts'
import { eventMember } from '../events.ts'
import type { GroupContext, WaitingTicket } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { completeJoinIfAllJoined, takeMember } from './rebalance.ts'
import { renewSession } from './session.ts'

/**
 * The connection that waited is closed. The member stays, and counts as joined: its client may come back with the same id. But its session
 * runs from now on, so that a dead client is not taken into the next generation much later (Kafka does not notice, and does). And
 * nobody can come back with an id that was never told: such a member is let go at once.
 */
export function dropWaitingRequest(group: ClassicGroup, waiting: WaitingTicket, context: GroupContext): void {
  const member = group.members.get(waiting.memberId)
  if (member === undefined) return
  if (waiting.request === 'sync') {
    if (member.awaitingSync === undefined) return
    member.awaitingSync.ticket = undefined
    renewSession(group, member, context)
    return
  }
  if (member.awaitingJoin === undefined) return
  member.awaitingJoin.ticket = undefined
  if (!member.isNew || member.idKnown || member.groupInstanceId !== null) {
    renewSession(group, member, context)
    return
  }
  const reason = `the connection of member ${member.memberId} closed before it learned its member id`
  const cause: Cause = { trigger: 'leave', reason, member: eventMember(member) }
  takeMember(group, member, 'member-left', cause, context)
  completeJoinIfAllJoined(group, cause, context)
}
