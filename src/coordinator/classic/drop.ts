import type { GroupContext, WaitingTicket } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { Cause } from './events.ts'
import { eventMember } from './events.ts'
import { completeJoinIfAllJoined, takeMember } from './rebalance.ts'

/**
 * The connection that waited is closed. The member stays, and counts as joined, until its session ends: its client may come
 * back with the same id, and a rebalance need not wait for it twice (Kafka does not even notice). But nobody can come back
 * with an id that was never told: such a member is let go at once, and gets no partitions that nobody would read.
 */
export function dropWaitingRequest(group: ClassicGroup, waiting: WaitingTicket, context: GroupContext): void {
  const member = group.members.get(waiting.memberId)
  if (member === undefined) return
  if (waiting.request === 'sync') {
    if (member.awaitingSync !== undefined) member.awaitingSync.ticket = undefined
    return
  }
  if (member.awaitingJoin === undefined) return
  member.awaitingJoin.ticket = undefined
  if (!member.isNew || member.idKnown || member.groupInstanceId !== null) return
  const reason = `the connection of member ${member.memberId} closed before it learned its member id`
  const cause: Cause = { trigger: 'leave', reason, member: eventMember(member) }
  takeMember(group, member, 'member-left', cause, context)
  completeJoinIfAllJoined(group, cause, context)
}
