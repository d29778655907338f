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
}

export const GROUP_METADATA_BYTES_MAX_DEFAULT = 1_048_588
