import type { PartitionLog } from '../../log/index.ts'
import type { ErrorName } from '../../wire/index.ts'
import type { ConfigResourceTypeName } from './records.ts'

/** A topic as the metadata log has it. Replaced, never changed, so that a handler may keep one across an await. */
export interface Topic {
  readonly name: string
  readonly topicId: string
  readonly partitionCount: number
  /** `__consumer_offsets`, `__transaction_state`. */
  readonly isInternal: boolean
  /** Overrides only, in Kafka's config names. */
  readonly configs: ReadonlyMap<string, string>
}

/** Topics at one moment; a new object after every change. */
export interface MetadataImage {
  /** Rises by one with each change. */
  readonly version: number
  readonly topicsByName: ReadonlyMap<string, Topic>
  readonly topicsById: ReadonlyMap<string, Topic>
  /** Stamped on batches; rises on each start that no clean stop preceded. */
  readonly leaderEpoch: number
}

export type MetadataResult =
  | { readonly errorCode: 'NONE' }
  | { readonly errorCode: Exclude<ErrorName, 'NONE'>; readonly message: string }

/** Whose dynamic configs: a topic, a broker by its id ('' = all brokers), a group, a client metrics subscription. */
export interface ConfigResource {
  readonly type: ConfigResourceTypeName
  readonly name: string
}

/**
 * The cluster's metadata: a fold over the metadata log. Changes are decided in the order of calls, written together where they come
 * together, and seen in `image` once they are durable, when they are answered too: a failed write changes nothing, and nothing that a client
 * has seen is lost. Validation of names, counts and configs has happened in the handler; conflicts (TOPIC_ALREADY_EXISTS,
 * UNKNOWN_TOPIC_OR_PARTITION, a partition count that does not rise) are decided here.
 */
export interface MetadataStore {
  readonly image: MetadataImage
  readonly clusterId: string
  /** The metadata log itself, for those who report on it. */
  readonly log: PartitionLog
  createTopic(request: {
    readonly name: string
    readonly partitionCount: number
    readonly configs: ReadonlyMap<string, string>
    /** Default false. */
    readonly isInternal?: boolean
  }): Promise<MetadataResult & { readonly topic?: Topic }>
  /** Forgets the topic and its configs. The records go when whoever owns the logs drops them. */
  deleteTopic(topic: Topic): Promise<MetadataResult>
  setPartitionCount(topic: Topic, partitionCount: number): Promise<MetadataResult>
  /** Dynamic configs of a resource, whole: the overrides that shall hold from now on. */
  setConfigs(resource: ConfigResource, configs: ReadonlyMap<string, string>): Promise<MetadataResult>
  /** As `setConfigs`, with what `change` makes of the overrides that hold when its turn comes; a result other than a map refuses. */
  updateConfigs(resource: ConfigResource, change: ConfigChange): Promise<MetadataResult>
  configsOf(resource: ConfigResource): ReadonlyMap<string, string>
  /** Names of the resources of a type that have dynamic configs. */
  resourcesWithConfigs(type: ConfigResourceTypeName): readonly string[]
  /** A producer id never given before, durable in blocks. */
  allocateProducerId(): Promise<{ readonly errorCode: ErrorName; readonly producerId: bigint }>
  /** Called after each change of the image or of dynamic configs, in the same turn. */
  onChange(listener: (image: MetadataImage, previous: MetadataImage) => void): void
}

export type ConfigChange = (
  current: ReadonlyMap<string, string>,
) => ReadonlyMap<string, string> | Exclude<MetadataResult, { readonly errorCode: 'NONE' }>
