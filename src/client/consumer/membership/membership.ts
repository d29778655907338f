import type { RacksByTopic, TopicPartition } from '../../../assignor/index.ts'
import type { ErrorName } from '../../../wire/index.ts'
import type { KafkaError } from '../../kafka-error.ts'

/** What a commit must carry to count: who the member is, as of now. */
export interface GroupMetadata {
  readonly groupId: string
  /** '' outside of the group. */
  readonly memberId: string
  /** Generation of a classic group, member epoch of a consumer group; -1 outside of the group. */
  readonly generationId: number
  readonly groupInstanceId: string | null
}

/** What the application wants from the group. */
export interface GroupSubscription {
  /** By name, without duplicates. */
  readonly topics: readonly string[]
  /** Matched here against all topics of the cluster, again with each new one. */
  readonly patterns: readonly RegExp[]
  /** KIP-848 only: RE2 syntax, matched as a whole by the broker. */
  readonly remotePattern?: string | undefined
}

/** For `consumer.explain()`, statistics and logs. */
export interface MembershipReport extends GroupMetadata {
  readonly protocol: 'classic' | 'consumer'
  /** Ours, of either protocol: 'unjoined', 'revoking', 'joining', 'assigning', 'syncing', 'assigned', 'stable', 'fenced', 'left', 'failed'. */
  readonly state: string
  /** Monotonic ms at which `state` began. */
  readonly sinceMs: number
  /** One sentence: what it does, or waits for. */
  readonly waitsFor: string
  /** Classic: this member computes the assignment. */
  readonly isLeader: boolean
  /** The assignor the group uses: of the clients (classic) or of the broker; null while it is not known. */
  readonly assignor: string | null
  /** Why it joined, or shall join again, last. */
  readonly rejoinReason: string
  /** KIP-848: the broker wants it to have these partitions, and it has not all of them yet. */
  readonly target: readonly TopicPartition[] | null
  /** Where heartbeats are sent: in a thread of their own, or between the turns of the event loop. */
  readonly heartbeats: 'thread' | 'inline' | 'none'
}

/** Before it joins. */
export const WAITS_FOR_CLUSTER =
  'it waits for the cluster: for the coordinator, and for the topics that its patterns mean'

export interface LeaveOptions {
  /** Ends the waiting, not the leaving. */
  readonly signal?: AbortSignal | undefined
  /**
   * Whether the coordinator is told (KIP-345, KIP-1092). `default`: dynamic members leave, static ones stay until their session ends, so
   * that a restart moves nothing.
   */
  readonly groupMembershipOperation?: 'default' | 'leave-group' | 'remain-in-group'
}

/** A consumer's part in a group, over either protocol. */
export interface Membership {
  /** Joins and stays; every failure that ends it goes to `host.failed`. Again after `leave`: joins anew. */
  start(): void
  /** `host.subscription()` answers otherwise than before. */
  subscriptionChanged(): void
  /** The application asked for records, or has made progress: moves the `max.poll.interval.ms` deadline. Cheap: may be called for each record. */
  polled(): void
  /**
   * The application waits for an answer to what it asked: as long as the event loop turns, its deadline stands still, and a member that was
   * put out for not asking joins again. Call with false when it has its records.
   */
  waiting(isWaiting: boolean): void
  /** Code of the application is about to run, and may hold up the event loop: heartbeats must not need that any more. Cheap. */
  mayBlock(): void
  /** Classic: joins again, with the reason for the broker's log (KIP-568, KIP-800). Of no effect under KIP-848, as in Java. */
  enforceRebalance(reason?: string): void
  /** For OffsetCommit and transactions: as of now. */
  groupMetadata(): GroupMetadata
  /** The coordinator refused a commit of this member: where that says that it is out of the group, or that others join, it joins again at once (as in Java). */
  commitRefused(error: Exclude<ErrorName, 'NONE'>, sentAs: GroupMetadata): void
  /** KIP-848: the next groupMetadata() that is newer than this epoch, for a commit that was refused with STALE_MEMBER_EPOCH; undefined when none comes. */
  newerThan(generationId: number, options: { readonly timeoutMs: number }): Promise<GroupMetadata | undefined>
  describe(): MembershipReport
  /** Revokes what is owned, then says so to the coordinator. Resolves when it is done or the signal aborts; does not reject. */
  leave(reason: string, options?: LeaveOptions): Promise<void>
}

/**
 * What the membership needs of its consumer. Of assigned, revoked and lost never two run at once, and each is called when the one before
 * is done. Heartbeats go on meanwhile; who takes longer than the rebalance timeout (`max.poll.interval.ms`) is put out by the coordinator.
 * A rejection is the application's error: the membership goes on, as in Java, and hands it to `listenerFailed`.
 */
export interface MembershipHost {
  subscription(): GroupSubscription
  /** `added` are new; `all` is what is owned from now on. Changes the subscription first, then awaits the user's listener. Called without new ones too. */
  assigned(added: readonly TopicPartition[], all: readonly TopicPartition[]): Promise<void>
  /**
   * Stops handing out, awaits running handlers and the user's listener, commits what auto-commit would; then they are not owned any more.
   * @param lost aborted, with the reason in words, when the member is put out of its group meanwhile: they may have another owner now, and who was not told yet
   * that they are revoked is told that they are lost (Java: whatever happened before poll() is called, the listener hears of what is true then)
   */
  revoked(partitions: readonly TopicPartition[], reason: string, lost: AbortSignal): Promise<void>
  /** They may have another owner already: nothing can be committed. */
  lost(partitions: readonly TopicPartition[], reason: string): Promise<void>
  listenerFailed(error: unknown): void
  /** The membership is over. What was owned has been lost by then. */
  failed(error: KafkaError): void
}

/** The part of the consumer's configuration that is the group's; Kafka's names and meanings. */
export interface MembershipConfig {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Also the rebalance timeout, as in Java. */
  readonly maxPollIntervalMs: number
  readonly groupProtocol: 'classic' | 'consumer' | 'auto'
  /** Names of Kafka's assignors, or the application's own, in the order of preference. */
  readonly partitionAssignmentStrategy: readonly (string | ClientAssignor)[]
  /** KIP-848: `uniform`, `range` or another that the broker has; null for the broker's default. */
  readonly groupRemoteAssignor: string | null
  readonly clientRack: string
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /** Whether patterns match internal topics (`__consumer_offsets`) not. */
  readonly excludeInternalTopics: boolean
  /** 'worker': heartbeats are sent by a thread of their own, where one can start. */
  readonly heartbeat: 'worker' | 'inline'
}

/** A member as an assignor of the application sees it. */
export interface GroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
  readonly ownedPartitions: readonly TopicPartition[]
  /** Generation in which `ownedPartitions` were given; -1 when it does not say. */
  readonly generationId: number
  readonly rackId: string | null
  /** What the member's assignor told with `subscriptionUserData`. */
  readonly userData: Uint8Array | null
}

export interface AssignedPartitions {
  readonly partitions: readonly TopicPartition[]
  /** Goes to the member's `onAssignment`. */
  readonly userData?: Uint8Array | null
}

/** An assignor of the application (Java's ConsumerPartitionAssignor). All members of a group must offer a common one, by name. */
export interface ClientAssignor {
  readonly name: string
  /** COOPERATIVE: members keep what they own while they join; it must never give an owned partition to another at once (KIP-429). Default EAGER. */
  readonly rebalanceProtocol?: 'EAGER' | 'COOPERATIVE'
  /** What this member tells the leader's assignor. */
  subscriptionUserData?(topics: readonly string[]): Uint8Array | null
  /**
   * Runs on the leader. An entry for each member; who has none gets nothing.
   * @param racksByTopic of each partition the racks of its replicas (KIP-881)
   */
  assign(
    members: readonly GroupMember[],
    partitionsByTopic: ReadonlyMap<string, number>,
    racksByTopic: RacksByTopic,
  ): ReadonlyMap<string, AssignedPartitions> | Promise<ReadonlyMap<string, AssignedPartitions>>
  /** Runs on each member, with what the leader gave it. */
  onAssignment?(assignment: AssignedPartitions, group: GroupMetadata): void
}
