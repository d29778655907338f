import { type Cause, sentReason } from '../classic/events.ts'
import type { GroupContext } from '../group.ts'
import type { EventMember, GroupEvent } from '../group-event.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { takeOutcome } from './handover.ts'
import type { ConsumerMember } from './member.ts'

export function emit(
  group: ConsumerGroup,
  context: GroupContext,
  type: GroupEvent['type'],
  cause: Cause,
  more: Pick<GroupEvent, 'phases' | 'assignments' | 'unowned'> = {},
): void {
  context.step.event({
    groupId: group.groupId,
    protocol: 'consumer',
    generationId: group.groupEpoch,
    wallMs: context.step.wallMs,
    type,
    trigger: cause.trigger,
    reason: cause.reason,
    ...(cause.member && { member: cause.member }),
    ...more,
  })
}

/** @param told the reason that a classic client gives in the request which causes the event. */
export function eventMember(member: ConsumerMember, told: string | null = null): EventMember {
  const { memberId, instanceId, clientId, clientHost } = member
  return { memberId, groupInstanceId: instanceId, clientId, clientHost, ...sentReason(told) }
}

/** After a step that may have been the last one of a rebalance: says so once. */
export function noteProgress(group: ConsumerGroup, context: GroupContext): void {
  const { state } = group
  if (group.rebalanceStartedMs === undefined || (state !== 'Stable' && state !== 'Empty')) return
  const outcome = takeOutcome(group, context)
  if (state === 'Empty') return
  const reason = `all ${group.members.size} members have their target assignment of epoch ${group.assignmentEpoch}`
  emit(group, context, 'rebalance-completed', { trigger: 'join', reason }, outcome)
}
