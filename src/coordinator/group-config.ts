import type { ServerAssignorName } from '../assignor/index.ts'

/** What the coordinator reads of the broker's configuration, at each use: dynamic changes take effect with the next request. */
export interface GroupConfig {
  readonly groupMinSessionTimeoutMs: number
  readonly groupMaxSessionTimeoutMs: number
  readonly groupMaxSize: number
  /** How long the first rebalance of an empty group waits for more members (KIP-134). */
  readonly groupInitialRebalanceDelayMs: number
  /** Longest metadata of one committed offset, in characters as in Kafka. */
  readonly offsetMetadataMaxBytes: number
  readonly offsetsRetentionMs: number
  readonly offsetsRetentionCheckIntervalMs: number
  /**
   * Largest record of a group (all members' metadata and assignments): `max.message.bytes` of `__consumer_offsets`.
   * A larger one fails the rebalance with UNKNOWN_SERVER_ERROR, as in Kafka. Default 1 048 588.
   */
  readonly groupMetadataBytesMax?: number
  /** Of groups of the consumer protocol (KIP-848). Default: Kafka's, without overrides. */
  readonly consumer?: ConsumerGroupConfig
}

export interface ConsumerGroupConfig {
  /** `group.consumer.max.size`. */
  readonly groupMaxSize: number
  /** `group.consumer.assignors`; the first is the default. */
  readonly assignors: readonly ServerAssignorName[]
  /** `group.consumer.migration.policy`: which groups may change their protocol while members are in them. */
  readonly migrationPolicy: 'DISABLED' | 'UPGRADE' | 'DOWNGRADE' | 'BIDIRECTIONAL'
  /** `group.consumer.regex.refresh.interval.ms`. */
  readonly regexRefreshIntervalMs: number
  /** `group.consumer.assignment.interval.ms`: shortest time between two target assignments of a group; 0 = none. */
  readonly assignmentIntervalMs: number
  /**
   * Cost of a target assignment, in members and partitions, up to which it is computed at once: a few milliseconds. A larger one is asked
   * for, and the group goes on with its former target until it is there. Default 12 000.
   */
  readonly inlineAssignmentCostMax?: number
  /** What holds for a group: its own configs, else the broker's. */
  groups(groupId: string): ConsumerGroupOverrides
  /** How many members there are in all consumer groups of this node: their heartbeats are what rest costs. */
  membersOnNode(): number
}

export interface ConsumerGroupOverrides {
  readonly sessionTimeoutMs: number
  /** Upper bound of what members are told. */
  readonly heartbeatIntervalMs: number
}

export const INLINE_ASSIGNMENT_COST_MAX_DEFAULT = 12_000

const KAFKAS_DEFAULTS: ConsumerGroupConfig = {
  groupMaxSize: 2_147_483_647,
  assignors: ['uniform', 'range'],
  migrationPolicy: 'BIDIRECTIONAL',
  regexRefreshIntervalMs: 600_000,
  assignmentIntervalMs: 0,
  groups: () => ({ sessionTimeoutMs: 45_000, heartbeatIntervalMs: 5_000 }),
  membersOnNode: () => 0,
}

export function consumerConfigOf(config: GroupConfig): ConsumerGroupConfig {
  return config.consumer ?? KAFKAS_DEFAULTS
}

export const GROUP_METADATA_BYTES_MAX_DEFAULT = 1_048_588
