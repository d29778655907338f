import type { Rule } from '../finding.ts'
import { crashDuringRebalance } from './crash-during-rebalance.ts'
import { crashLoop } from './crash-loop.ts'
import { eagerRebalances } from './eager-rebalances.ts'
import { hotPartition } from './hot-partition.ts'
import { idleMembers } from './idle-members.ts'
import { maxPollInterval } from './max-poll-interval.ts'
import { migration } from './migration.ts'
import { mixedAssignors } from './mixed-assignors.ts'
import { mixedSubscriptions } from './mixed-subscriptions.ts'
import { neverCommitted } from './never-committed.ts'
import { noSuchGroup } from './no-such-group.ts'
import { nobodyConsumes } from './nobody-consumes.ts'
import { offsetsExpiring } from './offsets-expiring.ts'
import { openTransaction } from './open-transaction.ts'
import { outOfRange } from './out-of-range.ts'
import { poisonPill } from './poison-pill.ts'
import { rebalanceStorm } from './rebalance-storm.ts'
import { restartsWithoutStaticId } from './restarts-without-static-id.ts'
import { sessionTimeout } from './session-timeout.ts'
import { shareGroup } from './share-group.ts'
import { slowConsumer } from './slow-consumer.ts'
import { staticIdConflict } from './static-id-conflict.ts'
import { stuckPartition } from './stuck-partition.ts'
import { unassignedPartitions } from './unassigned-partitions.ts'
import { unevenAssignment } from './uneven-assignment.ts'
import { unevenLoad } from './uneven-load.ts'
import { waitingForMember } from './waiting-for-member.ts'
import { waitingForRevocation } from './waiting-for-revocation.ts'

/** All rules by their names; of findings of one severity those come first whose rule does. */
export const rules = {
  'no-such-group': noSuchGroup,
  'share-group': shareGroup,
  'nobody-consumes': nobodyConsumes,
  'waiting-for-member': waitingForMember,
  'waiting-for-revocation': waitingForRevocation,
  'poison-pill': poisonPill,
  'crash-loop': crashLoop,
  'stuck-partition': stuckPartition,
  'out-of-range': outOfRange,
  'rebalance-storm': rebalanceStorm,
  'static-id-conflict': staticIdConflict,
  'offsets-expiring': offsetsExpiring,
  'max-poll-interval': maxPollInterval,
  'session-timeout': sessionTimeout,
  'crash-during-rebalance': crashDuringRebalance,
  'slow-consumer': slowConsumer,
  'hot-partition': hotPartition,
  'open-transaction': openTransaction,
  'unassigned-partitions': unassignedPartitions,
  'uneven-load': unevenLoad,
  'uneven-assignment': unevenAssignment,
  'idle-members': idleMembers,
  'mixed-assignors': mixedAssignors,
  'mixed-subscriptions': mixedSubscriptions,
  'never-committed': neverCommitted,
  'restarts-without-static-id': restartsWithoutStaticId,
  'eager-rebalances': eagerRebalances,
  migration,
} as const satisfies Record<string, Rule>

/** What a finding is called: `idle-members`, `rebalance-storm`, … */
export type RuleName = keyof typeof rules
