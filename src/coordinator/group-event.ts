import type { TopicPartitions } from '../assignor/index.ts'
import type { GroupEventMember, GroupEventTrigger, GroupEventType } from '../wire/index.ts'
import type { PartitionGap } from './partition-gaps.ts'

/** How long the phases of a rebalance took, in milliseconds; undefined when one began before a restart. */
export interface RebalancePhases {
  /** Classic: from its start until all members have joined. Consumer: from the new group epoch until its target assignment is there. */
  readonly prepareMs: number | undefined
  /** Classic: from then until the leader's assignment is there. Consumer: from then until all members have what they shall have. */
  readonly syncMs: number | undefined
  /** Consumer groups, a part of `prepareMs`: the assignment was being computed off the event loop. */
  readonly assignMs?: number | undefined
  /** Consumer groups, a part of `syncMs`: until the last member had given up what it was asked for. */
  readonly revokeMs?: number | undefined
}

/** What a member had and has, by topic name. Null: it was, or is, not there. */
export interface AssignmentChange {
  readonly memberId: string
  readonly before: TopicPartitions | null
  readonly after: TopicPartitions | null
}

/**
 * Why a group changed: built where the change is decided, never reconstructed (design: the group timeline). Events are published when their
 * step is durable; the broker keeps them in `__group_events`.
 */
export interface GroupEvent {
  readonly groupId: string
  readonly protocol: 'classic' | 'consumer'
  /** Generation (classic) or group epoch (KIP-848) after the change. */
  readonly generationId: number
  readonly wallMs: number
  readonly type: GroupEventType
  readonly trigger: GroupEventTrigger
  /** The member that caused it, where there is one. */
  readonly member?: GroupEventMember
  /** What happened, in a sentence. */
  readonly reason: string
  /** For `rebalance-completed`. */
  readonly phases?: RebalancePhases
  /** For `rebalance-completed`, `group-emptied` and `group-converted`, of groups whose members are consumers. */
  readonly assignments?: readonly AssignmentChange[]
  /** Partitions that were handed out, with the time for which they had had no owner. */
  readonly unowned?: readonly PartitionGap[]
}
