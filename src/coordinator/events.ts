import type { GroupEventMember } from '../wire/index.ts'
import type { GroupContext } from './group.ts'
import type { GroupEvent } from './group-event.ts'

// What groups of both kinds say in their events.

/** What made a group change, to be told in its events. */
export interface Cause {
  readonly trigger: GroupEvent['trigger']
  readonly reason: string
  readonly member?: GroupEventMember
}

export function emit(
  group: { readonly groupId: string; readonly type: GroupEvent['protocol']; readonly generationId: number },
  { step }: Pick<GroupContext, 'step'>,
  type: GroupEvent['type'],
  cause: Cause,
  more: Pick<GroupEvent, 'phases' | 'assignments' | 'unowned'> = {},
): void {
  step.event({
    groupId: group.groupId,
    protocol: group.type,
    generationId: group.generationId,
    wallMs: step.wallMs,
    type,
    trigger: cause.trigger,
    reason: cause.reason,
    ...(cause.member && { member: cause.member }),
    ...more,
  })
}

/** Who caused an event, or whom it is about. @param told the reason that the client gives in the request which causes it (KIP-800). */
export function eventMember(
  member: {
    readonly memberId: string
    readonly clientId: string
    readonly clientHost: string
    /** Of a classic member. */
    readonly groupInstanceId?: string | null
    /** Of a consumer group's member. */
    readonly instanceId?: string | null
  },
  told: string | null = null,
): GroupEventMember {
  const { memberId, clientId, clientHost, groupInstanceId, instanceId } = member
  return { memberId, groupInstanceId: groupInstanceId ?? instanceId ?? null, clientId, clientHost, ...sentReason(told) }
}

/** How a rebalance is told of that is over: by the trigger and the member that began it. */
export function completed(cause: Cause | undefined, outcome: string): Cause {
  if (cause === undefined)
    return { trigger: 'coordinator-load', reason: `${outcome}; it began before the broker started` }
  return { ...cause, reason: outcome }
}

/** The Java client's words (ConsumerMembershipManager, AbstractCoordinator.HeartbeatThread); others send none, or none that tell. */
const POLL_TIMEOUT = /poll timeout|max\.poll\.interval/i

export function leaveTrigger(told: string | null): 'leave' | 'max-poll-interval' {
  return told !== null && POLL_TIMEOUT.test(told) ? 'max-poll-interval' : 'leave'
}

function sentReason(told: string | null): { readonly clientReason?: string } {
  return told === null || told === '' ? {} : { clientReason: told.slice(0, CLIENT_REASON_LENGTH_MAX) }
}

const CLIENT_REASON_LENGTH_MAX = 255

/** The client's own words (KIP-800), of which clients send at most 255 characters and we keep no more. */
export function clientReason(reason: string | null): string {
  return reason === null || reason === '' ? 'not provided' : reason.slice(0, CLIENT_REASON_LENGTH_MAX)
}
