import type { GroupContext } from '../group.ts'
import { consumerConfigOf } from '../group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'

/** While a group converges its members are asked for this many heartbeats a second in all, and each for ten at most. */
const CONVERGING_HEARTBEATS_A_SECOND = 500
const CONVERGING_MS_MIN = 100
/** At rest all members of the node together. Each learns that others came or went by its next heartbeat, so they shall not be rare. */
const RESTING_HEARTBEATS_A_SECOND = 200
const RESTING_MS_MIN = 500

/**
 * When the member shall send its next heartbeat. In Kafka always the configured interval, 5 s by default, and a rebalance takes as long. Here
 * short while the group converges and longer while it rests, in proportion to the members that there are, so that the cost is bounded: at
 * rest at most 200 heartbeats a second for the whole node. A configured interval, of the group or the broker, is an upper bound.
 */
export function heartbeatIntervalMs(group: ConsumerGroup, context: GroupContext): number {
  const consumer = consumerConfigOf(context.config)
  const { heartbeatIntervalMs: configuredMs } = consumer.groups(group.groupId)
  const intervalMs =
    group.state === 'Stable'
      ? Math.max(RESTING_MS_MIN, (consumer.membersOnNode() * 1_000) / RESTING_HEARTBEATS_A_SECOND)
      : Math.max(CONVERGING_MS_MIN, (group.members.size * 1_000) / CONVERGING_HEARTBEATS_A_SECOND)
  return Math.min(Math.ceil(intervalMs), configuredMs)
}
