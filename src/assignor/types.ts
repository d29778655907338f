export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A member of the group as its consumer protocol subscription describes it (ConsumerProtocolSubscription). */
export interface AssignorMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
  /** What the member holds, or says that it held: `range` and `roundrobin` ignore it. */
  readonly ownedPartitions: readonly TopicPartition[]
  /** Generation in which it was given `ownedPartitions`; -1 when it does not say (subscription versions 0 and 1). */
  readonly generationId: number
  /** `client.rack`; null where the member does not say. */
  readonly rackId?: string | null
}

export interface AssignmentInput {
  /** In any order: no assignor's result depends on it. Member ids are unique. */
  readonly members: readonly AssignorMember[]
  /** Number of partitions of each topic that exists. Topics to which nobody subscribes are ignored. */
  readonly partitionsByTopic: ReadonlyMap<string, number>
  /** Racks of each partition's replicas, by its number (KIP-881). `roundrobin` does not look at them. Default: not known. */
  readonly racksByTopic?: RacksByTopic | undefined
}

/** Of each partition of a topic the racks of its replicas; those of brokers without a rack are not there. */
export type RacksByTopic = ReadonlyMap<string, readonly (readonly string[])[]>

/** One entry a member, in the order of member ids; partitions in the order of topic and number. */
export type Assignment = Map<string, TopicPartition[]>

export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky'

/** A pure function from subscriptions to an assignment. */
export interface Assignor {
  /** As it appears among the protocols of JoinGroup. */
  readonly name: AssignorName
  /** EAGER: members give up everything before they rejoin. COOPERATIVE: they keep what they own (KIP-429). */
  readonly rebalanceProtocol: 'EAGER' | 'COOPERATIVE'
  assign(input: AssignmentInput): Assignment
}
