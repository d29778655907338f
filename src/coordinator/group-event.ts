import type { TopicPartitions } from '../assignor/index.ts'
import type { PartitionGap } from './partition-gaps.ts'

/** Who caused an event, or whom it is about. */
export interface EventMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
  /** What the client itself gave as its reason to join or leave (KIP-800); undefined when it gave none. */
  readonly clientReason?: string
}

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
  readonly type:
    | 'group-created'
    | 'member-joined'
    /** Classic: a member is back for the rebalance under way, which waits for others. The last one is not told: the rebalance goes on with it. */
    | 'member-rejoined'
    | 'member-left'
    | 'member-evicted'
    | 'member-replaced'
    /** A request of a member was refused because another has its instance id (FENCED_INSTANCE_ID) or it is in a wrong epoch (FENCED_MEMBER_EPOCH). */
    | 'member-fenced'
    | 'rebalance-started'
    | 'rebalance-completed'
    /** Classic: a member asked for its partitions only after the group was stable, and some of them had waited for it. */
    | 'partitions-handed-over'
    | 'group-emptied'
    | 'group-deleted'
    /** Classic to consumer, or back, while members are in it. */
    | 'group-converted'
    | 'offsets-expired'
  readonly trigger:
    | 'join'
    | 'leave'
    /** A member left because its application did not poll within `max.poll.interval.ms`: so clients say that send reasons (KIP-800). */
    | 'max-poll-interval'
    | 'fenced'
    | 'session-timeout'
    | 'rebalance-timeout'
    | 'sync-timeout'
    | 'subscription-change'
    | 'leader-rejoin'
    | 'static-replacement'
    | 'admin-removal'
    | 'coordinator-load'
    | 'expiry'
    | 'topic-deleted'
    | 'topic-created'
    | 'topic-partitions-added'
    /** Several of these, or which of them happened before a restart. */
    | 'topic-change'
    | 'migration'
  /** The member that caused it, where there is one. */
  readonly member?: EventMember
  /** What happened, in a sentence. */
  readonly reason: string
  /** For `rebalance-completed`. */
  readonly phases?: RebalancePhases
  /** For `rebalance-completed`, `group-emptied` and `group-converted`, of groups whose members are consumers. */
  readonly assignments?: readonly AssignmentChange[]
  /** Partitions that were handed out, with the time for which they had had no owner. */
  readonly unowned?: readonly PartitionGap[]
}
