/** Partitions by topic id, each list ascending and none empty. Never changed: what a new one keeps it shares with the old. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>

export interface ServerAssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /**
   * Not looked at, as in Kafka 4.2: its server assignors place partitions without regard to racks (the rack of a partition counts in the
   * metadata hash alone), and every partition here is on the one node.
   */
  readonly rackId: string | null
  /** Of topics that exist. Members with the same subscription may share one set. */
  readonly subscribedTopicIds: ReadonlySet<string>
  /** Target assignment as it was. No partition is in two of them. */
  readonly assignment: TopicPartitions
}

export interface ServerAssignorInput {
  readonly members: readonly ServerAssignorMember[]
  /** Of every topic that somebody subscribes to. */
  readonly partitionCounts: ReadonlyMap<string, number>
  /** All members have the same subscription. */
  readonly isHomogeneous: boolean
}

/** One entry a member. */
export type ServerAssignment = Map<string, TopicPartitions>

export type ServerAssignorName = 'uniform' | 'range'

/** A pure function from subscriptions and the former target assignment to a new one (KIP-848). */
export interface ServerAssignor {
  readonly name: ServerAssignorName
  assign(input: ServerAssignorInput): ServerAssignment
}
