import { ClassicGroup } from './classic/classic-group.ts'
import { removeMember } from './classic/rebalance.ts'
import { renewSession as renewClassic } from './classic/session.ts'
import { ConsumerGroup, onConsumerDeadline, renewConsumerSession } from './consumer/index.ts'
import { eventMember } from './events.ts'
import type { Group, GroupContext } from './group.ts'

// What tests do to sessions from outside.

/** The member's session ends now, as if it had been silent for so long; also that of one which waits. False when it is not there. */
export function expireSession(group: Group | undefined, memberId: string, context: GroupContext): boolean {
  if (group instanceof ConsumerGroup && group.members.has(memberId)) {
    onConsumerDeadline(group, { kind: 'session', groupId: group.groupId, memberId }, context)
    return true
  }
  const member = group instanceof ClassicGroup ? group.members.get(memberId) : undefined
  if (!(group instanceof ClassicGroup) || member === undefined) return false
  const reason = `no heartbeat of member ${memberId} within its session timeout of ${member.sessionTimeoutMs} ms`
  removeMember(
    group,
    member,
    'member-evicted',
    { trigger: 'session-timeout', reason, member: eventMember(member) },
    context,
  )
  return true
}

/** A sign of life, if the member is there. */
export function renewSession(group: Group | undefined, memberId: string, context: GroupContext): void {
  if (group instanceof ClassicGroup) {
    const member = group.members.get(memberId)
    // Whose first join waits has a longer one.
    if (member !== undefined && !member.isNew) renewClassic(group, member, context)
  }
  if (group instanceof ConsumerGroup) {
    const member = group.members.get(memberId)
    if (member !== undefined) renewConsumerSession(group, member, context)
  }
}
