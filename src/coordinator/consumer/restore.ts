import type { GroupContext } from '../group.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { noteUnfinishedRebalance } from './handover.ts'
import { restoreTimers } from './session.ts'

/** After a load. */
export function restoreConsumerGroup(group: ConsumerGroup, context: GroupContext): void {
  restoreTimers(group, context)
  noteUnfinishedRebalance(group)
}
