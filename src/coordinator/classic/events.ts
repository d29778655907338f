import type { GroupContext } from '../group.ts'
import type { GroupEvent } from '../group-event.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember } from './member.ts'

/** What made a group change, to be told in its events. */
export interface Cause {
  readonly trigger: GroupEvent['trigger']
  readonly reason: string
  readonly member?: NonNullable<GroupEvent['member']>
}

export function emit(
  group: ClassicGroup,
  context: GroupContext,
  type: GroupEvent['type'],
  cause: Cause,
  more: Pick<GroupEvent, 'phases' | 'assignments'> = {},
): void {
  context.step.event({
    groupId: group.groupId,
    protocol: 'classic',
    generationId: group.generationId,
    wallMs: context.step.wallMs,
    type,
    trigger: cause.trigger,
    reason: cause.reason,
    ...(cause.member && { member: cause.member }),
    ...more,
  })
}

export function eventMember(member: ClassicMember): NonNullable<GroupEvent['member']> {
  const { memberId, groupInstanceId, clientId, clientHost } = member
  return { memberId, groupInstanceId, clientId, clientHost }
}

const CLIENT_REASON_LENGTH_MAX = 255

/** The client's own words (KIP-800), of which clients send at most 255 characters and we keep no more. */
export function clientReason(reason: string | null): string {
  return reason === null || reason === '' ? 'not provided' : reason.slice(0, CLIENT_REASON_LENGTH_MAX)
}
