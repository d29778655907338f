import type { ErrorName } from '../../wire/index.ts'

export interface Node {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  /** `broker.rack`; null where the broker has none. */
  readonly rack: string | null
}

export interface PartitionMetadata {
  readonly partition: number
  /** -1 while there is none. */
  readonly leaderId: number
  /** -1 where the broker does not tell it (before Kafka 2.1). */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export interface TopicMetadata {
  readonly name: string
  /** undefined where the broker gives none (before Kafka 2.8). */
  readonly topicId: string | undefined
  readonly isInternal: boolean
  /** The index is the partition's number. */
  readonly partitions: readonly PartitionMetadata[]
}

/** What the cluster said last about itself and the topics that are watched. Never changes: each refresh makes a new one. */
export interface MetadataImage {
  /** Rises with each image; 0 = nothing is known yet. */
  readonly version: number
  readonly clusterId: string | null
  /** Takes the requests of an admin client; -1 while there is none. */
  readonly controllerId: number
  readonly nodes: ReadonlyMap<number, Node>
  /** Topics that exist, by name. */
  readonly topics: ReadonlyMap<string, TopicMetadata>
  readonly topicsById: ReadonlyMap<string, TopicMetadata>
  /** Topics that were asked for and that the cluster has none of, or does not show: UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED, ... */
  readonly errors: ReadonlyMap<string, Exclude<ErrorName, 'NONE'>>
}

export const emptyImage: MetadataImage = {
  version: 0,
  clusterId: null,
  controllerId: -1,
  nodes: new Map(),
  topics: new Map(),
  topicsById: new Map(),
  errors: new Map(),
}

/** An image with its index by topic id. */
export function metadataImage(
  parts: Partial<Omit<MetadataImage, 'topics' | 'nodes' | 'topicsById'>> & {
    readonly nodes?: Iterable<Node>
    readonly topics?: Iterable<TopicMetadata>
  },
): MetadataImage {
  const { nodes = [], topics = [], ...others } = parts
  const byName = new Map<string, TopicMetadata>()
  const byId = new Map<string, TopicMetadata>()
  for (const topic of topics) {
    byName.set(topic.name, topic)
    if (topic.topicId !== undefined) byId.set(topic.topicId, topic)
  }
  const byNodeId = new Map(Array.from(nodes, (node) => [node.nodeId, node]))
  return { ...emptyImage, ...others, nodes: byNodeId, topics: byName, topicsById: byId }
}
