import type { ErrorName } from '../../wire/index.ts'

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

export type MetadataResult = { readonly errorCode: 'NONE' } | { readonly errorCode: Exclude<ErrorName, 'NONE'>; readonly message: string }

/**
 * The cluster's metadata: a fold over the metadata log. Changes are applied at once and answered when durable. Validation of names, counts
 * and configs has happened in the handler; conflicts (TOPIC_ALREADY_EXISTS) are decided here, in order.
 */
export interface MetadataStore {
  readonly image: MetadataImage
  createTopic(request: {
    readonly name: string
    readonly partitionCount: number
    readonly configs: ReadonlyMap<string, string>
  }): Promise<MetadataResult & { readonly topic?: Topic }>
  deleteTopic(topic: Topic): Promise<MetadataResult>
  setPartitionCount(topic: Topic, partitionCount: number): Promise<MetadataResult>
  /** Dynamic configs of a resource, whole: the overrides that shall hold from now on. `name` '' = the brokers' cluster-wide default. */
  setConfigs(resource: { readonly type: 'TOPIC' | 'BROKER' | 'GROUP' | 'CLIENT_METRICS'; readonly name: string }, configs: ReadonlyMap<string, string>): Promise<MetadataResult>
  configsOf(resource: { readonly type: 'TOPIC' | 'BROKER' | 'GROUP' | 'CLIENT_METRICS'; readonly name: string }): ReadonlyMap<string, string>
  /** A producer id never given before, durable in blocks. */
  allocateProducerId(): Promise<{ readonly errorCode: ErrorName; readonly producerId: bigint }>
  /** Called after each change of the image, in the same turn. */
  onChange(listener: (image: MetadataImage, previous: MetadataImage) => void): void
}
