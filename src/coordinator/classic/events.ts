import type { ClientInfo } from '../commands.ts'
import type { GroupContext } from '../group.ts'
import type { EventMember, GroupEvent } from '../group-event.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember } from './member.ts'

/** What made a group change, to be told in its events. */
export interface Cause {
  readonly trigger: GroupEvent['trigger']
  readonly reason: string
  readonly member?: EventMember
}

export function emit(
  group: ClassicGroup,
  context: GroupContext,
  type: GroupEvent['type'],
  cause: Cause,
  more: Pick<GroupEvent, 'phases' | 'assignments' | 'unowned'> = {},
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

/** @param told the reason that the client gives in the request which causes the event. */
export function eventMember(member: ClassicMember, told: string | null = null): EventMember {
  const { memberId, groupInstanceId, clientId, clientHost } = member
  return { memberId, groupInstanceId, clientId, clientHost, ...sentReason(told) }
}

/** A member that uses an id which is another's by now: its request was refused. */
export function emitFenced(
  group: ClassicGroup,
  context: GroupContext,
  { memberId, groupInstanceId }: { readonly memberId: string; readonly groupInstanceId: string | null },
  client: ClientInfo = UNKNOWN_CLIENT,
): void {
  const owner = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
  emit(group, context, 'member-fenced', {
    trigger: 'fenced',
    reason: `a request of member ${memberId} was refused: ${owner} has its instance id ${groupInstanceId} now`,
    member: { memberId, groupInstanceId, ...client },
  })
}

/** Heartbeat and SyncGroup do not keep who sends them. */
const UNKNOWN_CLIENT: ClientInfo = { clientId: '', clientHost: '' }

/** The Java client's words (AbstractCoordinator.HeartbeatThread); others send none, or none that tell. */
const POLL_TIMEOUT = /poll timeout|max\.poll\.interval/i

export function leaveTrigger(told: string | null): 'leave' | 'max-poll-interval' {
  return told !== null && POLL_TIMEOUT.test(told) ? 'max-poll-interval' : 'leave'
}

export function sentReason(told: string | null): { readonly clientReason?: string } {
  return told === null || told === '' ? {} : { clientReason: told.slice(0, CLIENT_REASON_LENGTH_MAX) }
}

const CLIENT_REASON_LENGTH_MAX = 255

/** The client's own words (KIP-800), of which clients send at most 255 characters and we keep no more. */
export function clientReason(reason: string | null): string {
  return reason === null || reason === '' ? 'not provided' : reason.slice(0, CLIENT_REASON_LENGTH_MAX)
}
