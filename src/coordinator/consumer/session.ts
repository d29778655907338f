import type { GroupContext } from '../group.ts'
import { consumerConfigOf } from '../group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'

/** A sign of life. Classic members bring their own session timeout; the others have the group's, or the broker's. */
export function renewSession(group: ConsumerGroup, member: ConsumerMember, context: GroupContext): void {
  const { groups } = consumerConfigOf(context.config)
  const timeoutMs = member.classic?.sessionTimeoutMs ?? groups(group.groupId).sessionTimeoutMs
  context.deadlines.set(group.timersOf(member.memberId).session, context.step.nowMs + timeoutMs)
}

/** A member that owes partitions is waited for as long as its rebalance timeout; a classic member has other deadlines. */
export function watchRevocation(group: ConsumerGroup, member: ConsumerMember, context: GroupContext): void {
  if (member.classic !== null) return
  const timers = group.timersOf(member.memberId)
  if (member.state !== 'UNREVOKED_PARTITIONS') return context.deadlines.clear(timers.rebalance)
  timers.rebalanceEpoch = member.memberEpoch
  context.deadlines.set(timers.rebalance, context.step.nowMs + member.rebalanceTimeoutMs)
}

/** After a load, or a conversion: each member has a session, and those that owe partitions as long as they had. */
export function restoreTimers(group: ConsumerGroup, context: GroupContext): void {
  for (const member of group.members.values()) {
    renewSession(group, member, context)
    watchRevocation(group, member, context)
  }
}
