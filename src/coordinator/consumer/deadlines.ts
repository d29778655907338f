import type { DeadlineOwner, GroupContext } from '../group.ts'
import type { GroupEvent } from '../group-event.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { removeMembers } from './leave.ts'
import type { ConsumerMember } from './member.ts'
import { assignIfDue } from './target-assignment.ts'

export function onConsumerDeadline(group: ConsumerGroup, owner: DeadlineOwner, context: GroupContext): void {
  if (owner.kind === 'assign') return assignIfDue(group, context)
  const member = 'memberId' in owner ? group.members.get(owner.memberId) : undefined
  if (member === undefined) return
  switch (owner.kind) {
    case 'session':
      return evict(group, member, 'session-timeout', 'no heartbeat within its session timeout', context)
    case 'member-rebalance':
      if (member.memberEpoch !== group.timersOf(member.memberId).rebalanceEpoch) return
      return evict(
        group,
        member,
        'rebalance-timeout',
        `it did not leave epoch ${member.memberEpoch} within its rebalance timeout of ${member.rebalanceTimeoutMs} ms`,
        context,
      )
    case 'member-join':
      return evict(
        group,
        member,
        'rebalance-timeout',
        'the classic member did not join again within its rebalance timeout',
        context,
      )
    case 'member-sync':
      return evict(
        group,
        member,
        'sync-timeout',
        'the classic member did not sync within its rebalance timeout',
        context,
      )
    case 'join':
    case 'sync':
    case 'offset-expiry':
      throw new Error(`a consumer group has no deadline '${owner.kind}'`)
  }
}

function evict(
  group: ConsumerGroup,
  member: ConsumerMember,
  trigger: GroupEvent['trigger'],
  why: string,
  context: GroupContext,
): void {
  removeMembers(group, [member], 'member-evicted', { trigger, reason: `member ${member.memberId}: ${why}` }, context)
}
