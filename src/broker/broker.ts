import type { LogStore, PartitionLog } from '../log/index.ts'
import type { Clock, Logger } from '../platform/index.ts'
import type { GroupRuntime } from '../runtime/index.ts'
import type { BrokerConfig } from './configs/index.ts'
import type { MetadataResult, MetadataStore, Topic } from './metadata/metadata-store.ts'
import type { DeletedTopics } from './topics/deleted-topics.ts'

/** What handlers may use. One object a node; several nodes may live in one process later, so nothing here is global. */
export interface Broker {
  readonly nodeId: number
  readonly clusterId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly config: BrokerConfig
  readonly metadata: MetadataStore
  readonly logs: LogStore
  readonly groups: GroupRuntime
  readonly storage: BrokerStorage
  readonly logLevels: LogLevels
  /** Names of topics that are gone since a moment ago. */
  readonly deletedTopics: DeletedTopics

  /** A random UUID in Kafka's base64url form. */
  randomId(): string
  /** Node that leads a partition. Ask this, never "am I it": several workers and a cluster come later. */
  leaderOf(topic: Topic, partition: number): number
  /** Node whose runtime has the group's shard. */
  coordinatorOf(groupId: string): number
  /** The log of a partition that this node leads; undefined when the topic or partition does not exist. */
  partitionLog(topic: Topic, partition: number): PartitionLog | undefined
  /** Removes a topic, its committed offsets and its records; resolves when all of it is durable. */
  deleteTopic(topic: Topic): Promise<MetadataResult>
}

/** Where the records are, for DescribeLogDirs. */
export interface BrokerStorage {
  /** Absolute path of the data folder; 'memory' when there is none. */
  readonly directory: string
  /** Size of the volume and what is free on it, in bytes; -1n where nobody knows. */
  space(): Promise<{ readonly totalBytes: bigint; readonly usableBytes: bigint }>
}

/** Levels of the loggers by name, 'root' among them, as the resource BROKER_LOGGER shows and sets them; empty = not adjustable. */
export interface LogLevels {
  read(): ReadonlyMap<string, string>
  write(levels: ReadonlyMap<string, string>): void
}
