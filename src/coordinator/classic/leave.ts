import type { LeaveGroupResponse } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import type { CommandOf } from '../commands.ts'
import type { Cause } from '../events.ts'
import { clientReason, eventMember, leaveTrigger } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { completeJoinIfAllJoined, rebalanceOrCompleteJoin, takeMember } from './rebalance.ts'

type LeaveCommand = CommandOf<'LeaveGroup'>
type MemberIdentity = LeaveCommand['request']['members'][number]
type MemberAnswer = LeaveGroupResponse['members'][number]

/** LeaveGroup: the members themselves, or an administrator who names static members by their instance ids (KIP-345). */
export function leaveGroup(
  group: ClassicGroup,
  members: readonly MemberIdentity[],
  context: GroupContext,
): MemberAnswer[] {
  const answers: MemberAnswer[] = []
  const left: Cause[] = []
  for (const identity of members) {
    const { memberId, groupInstanceId } = identity
    const outcome = leaveOne(group, identity, context)
    if (typeof outcome !== 'string') left.push(outcome)
    const errorCode = typeof outcome === 'string' ? ErrorCode[outcome] : ErrorCode.NONE
    answers.push({ memberId, groupInstanceId, errorCode })
  }
  const cause = left[0]
  if (cause === undefined) return answers
  switch (group.state) {
    case 'Empty':
      break
    case 'PreparingRebalance':
      completeJoinIfAllJoined(group, cause, context)
      break
    case 'CompletingRebalance':
    case 'Stable':
      rebalanceOrCompleteJoin(group, cause, context)
  }
  return answers
}

/** The cause of what follows, or the error. */
function leaveOne(
  group: ClassicGroup,
  { memberId, groupInstanceId, reason }: MemberIdentity,
  context: GroupContext,
): Cause | 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID' {
  if (memberId === '') {
    const staticId = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
    if (staticId === undefined) return 'UNKNOWN_MEMBER_ID'
    return takeLeaving(group, staticId, 'admin-removal', reason, context)
  }
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId, context.deadlines)
    return { trigger: leaveTrigger(reason), reason: clientReason(reason) }
  }
  const error = group.validateMember(memberId, groupInstanceId)
  if (error === 'UNKNOWN_MEMBER_ID' || error === 'FENCED_INSTANCE_ID') return error
  return takeLeaving(group, memberId, leaveTrigger(reason), reason, context)
}

function takeLeaving(
  group: ClassicGroup,
  memberId: string,
  trigger: Cause['trigger'],
  told: string | null,
  context: GroupContext,
): Cause {
  const member = group.members.get(memberId)!
  const cause: Cause = { trigger, reason: clientReason(told), member: eventMember(member, told) }
  takeMember(group, member, 'member-left', cause, context)
  return cause
}
