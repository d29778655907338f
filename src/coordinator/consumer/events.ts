import type { Cause } from '../classic/events.ts'
import type { GroupContext } from '../group.ts'
import type { GroupEvent } from '../group-event.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'

export function emit(
  group: ConsumerGroup,
  context: GroupContext,
  type: GroupEvent['type'],
  cause: Cause,
  more: Pick<GroupEvent, 'phases'> = {},
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

export function eventMember(member: ConsumerMember): NonNullable<GroupEvent['member']> {
  const { memberId, instanceId, clientId, clientHost } = member
  return { memberId, groupInstanceId: instanceId, clientId, clientHost }
}

/** After a step that may have been the last one of a rebalance: says so once. */
export function noteProgress(group: ConsumerGroup, context: GroupContext): void {
  const { state } = group
  if (group.rebalanceStartedMs === undefined || (state !== 'Stable' && state !== 'Empty')) return
  const { nowMs } = context.step
  const { rebalanceStartedMs, assignedMs } = group
  group.rebalanceStartedMs = undefined
  group.assignedMs = undefined
  if (state === 'Empty') return
  const reason = `all ${group.members.size} members have their target assignment of epoch ${group.assignmentEpoch}`
  emit(
    group,
    context,
    'rebalance-completed',
    { trigger: 'join', reason },
    {
      phases: {
        prepareMs: assignedMs === undefined ? undefined : Math.round(assignedMs - rebalanceStartedMs),
        syncMs: assignedMs === undefined ? undefined : Math.round(nowMs - assignedMs),
      },
    },
  )
}
