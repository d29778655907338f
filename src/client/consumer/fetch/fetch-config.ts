/** The part of the consumer's configuration that concerns fetching; Kafka's names, meanings and defaults, unless said. */
export interface FetchConfig {
  /** For who looks on. */
  readonly groupId?: string | undefined
  readonly fetchMinBytes: number
  readonly fetchMaxBytes: number
  readonly fetchMaxWaitMs: number
  readonly maxPartitionFetchBytes: number
  /** Ours: most bytes of fetched records in memory, over all partitions and nodes, those under way included; one fetch is always let through. */
  readonly maxBufferedBytes: number
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly checkCrcs: boolean
  readonly clientRack: string
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /** How long a replica that the leader names is read from before the leader is asked again. */
  readonly metadataMaxAgeMs: number
}
