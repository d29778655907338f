import type { TopicPartition } from '../../assignor/index.ts'
import type { GroupDescription } from '../admin/index.ts'
import type { KafkaError } from '../kafka-error.ts'
import type { FetcherReport } from './fetch/fetcher.ts'
import type { MembershipReport } from './membership/membership.ts'
import type { PartitionPhase } from './partition-state.ts'
import type { SubscriptionMode } from './subscription.ts'

export interface PartitionReport extends TopicPartition {
  readonly phase: PartitionPhase
  readonly paused: boolean
  readonly isRevoking: boolean
  readonly failure: KafkaError | undefined
  /** Of the next record to hand out. */
  readonly position: bigint | undefined
  /** Behind the last record that may be read; -1n before the first fetch. */
  readonly end: bigint
  readonly highWatermark: bigint
  readonly hasLeader: boolean
  readonly unreadBytes: number
  /** The first record that the application has in its hands; undefined where it has none. */
  readonly inHand: bigint | undefined
  /** Monotonic ms since when its reason and position are what they are, to some seconds; undefined where nobody has looked before. */
  readonly sinceMs?: number
}

/** A consumer at one moment. Times are monotonic ms. */
export interface ConsumerReport {
  readonly nowMs: number
  readonly mode: SubscriptionMode
  readonly topics: readonly string[]
  /** Subscribed topics that the cluster does not have, or does not show. */
  readonly missingTopics: readonly string[]
  /** Subscribed topics that this client may not see. */
  readonly unauthorizedTopics: readonly string[]
  /** Patterns that match no topic, as far as is known; of a member that has no partition. */
  readonly unmatchedPatterns: readonly string[]
  /** What a broker refused last, other than what passes by itself, and the application was told. */
  readonly refused: { readonly error: KafkaError; readonly atMs: number } | undefined
  readonly isClosed: boolean
  readonly failure: KafkaError | undefined
  readonly membership: MembershipReport | undefined
  /** The way of consuming in use. */
  readonly face: string | undefined
  readonly isWaiting: boolean
  readonly lastAskedMs: number | undefined
  /** When the oldest handler at work was called. */
  readonly busySinceMs: number | undefined
  readonly maxPollIntervalMs: number
  readonly fetcher: FetcherReport
  readonly commits: { readonly lastCommitAtMs: number | undefined; readonly lastFailure: unknown } | undefined
  readonly partitions: readonly PartitionReport[]
  /** What the coordinator says of the group, or why it does not; undefined where it was not asked. */
  readonly group?: GroupDescription | KafkaError | undefined
}

/** Why no records arrive, the most telling reason first. */
export type Reason =
  | 'closed'
  | 'failed'
  | 'not-subscribed'
  | 'unauthorized'
  | 'refused'
  | 'topic-missing'
  | 'not-asked'
  | 'not-joined'
  | 'held-by-others'
  | 'idle-member'
  | 'handler-busy'
  | 'partition-failed'
  | 'revoking'
  | 'paused'
  | 'no-leader'
  | 'no-position'
  | 'throttled'
  | 'unreachable'
  | 'open-transaction'
  | 'at-end'
  | 'records-waiting'
  | 'fetching'

export interface ReasonFound {
  readonly reason: Reason
  /** For people. */
  readonly sentence: string
  /** The partitions that it is about; empty: the whole consumer. */
  readonly partitions: readonly TopicPartition[]
}

export interface Explanation {
  /** All that is true now, the most telling first. */
  readonly reasons: readonly ReasonFound[]
  /** The sentences. */
  readonly text: string
  readonly report: ConsumerReport
}

export interface Health {
  /** `stuck`: there is something to read, or a group to join, and no progress for too long. `failed`: it ended with an error. */
  readonly status: 'ok' | 'stuck' | 'failed' | 'closed'
  /** What a load balancer wants: whether the process should be left running. */
  readonly isHealthy: boolean
  readonly reasons: readonly ReasonFound[]
}
