import { type ErrorName, errorName, isRetriable, type MetadataResponse, ZERO_UUID } from '../../wire/index.ts'
import {
  type MetadataImage,
  metadataImage,
  type Node,
  type PartitionMetadata,
  type TopicMetadata,
} from './metadata-image.ts'

/** The image that Metadata answers make of the one before. A partition's older leader epoch does not replace a newer one (KIP-320). */
export function updatedImage(previous: MetadataImage, answers: readonly MetadataResponse[]): MetadataImage {
  const newest = answers.at(-1)!
  const topics = new Map<string, TopicMetadata>()
  const errors = new Map<string, Exclude<ErrorName, 'NONE'>>()
  for (const topic of answers.flatMap((answer) => answer.topics)) {
    if (topic.name === null) continue
    const error = errorName(topic.errorCode)
    if (error !== 'NONE') errors.set(topic.name, error)
    else topics.set(topic.name, topicOf(topic, topic.name, previous.topics.get(topic.name)))
  }
  for (const name of topics.keys()) errors.delete(name)
  return metadataImage({
    version: previous.version + 1,
    clusterId: newest.clusterId,
    controllerId: newest.controllerId,
    nodes: newest.brokers,
    topics: topics.values(),
    errors,
  })
}

export interface LearnedLeader {
  readonly topic: string
  readonly partition: number
  readonly nodeId: number
  readonly leaderEpoch: number
}

/** The image with leaders that answers have named (KIP-951); the same image when none is news. */
export function withLeaders(
  image: MetadataImage,
  leaders: readonly LearnedLeader[],
  nodes: readonly Node[],
): MetadataImage {
  const topics = new Map(image.topics)
  let isChanged = false
  for (const { topic: name, partition, nodeId, leaderEpoch } of leaders) {
    const topic = topics.get(name)
    const known = topic?.partitions[partition]
    if (topic === undefined || known === undefined || known.leaderEpoch >= leaderEpoch || nodeId < 0) continue
    const partitions = topic.partitions.with(partition, { ...known, leaderId: nodeId, leaderEpoch })
    topics.set(name, { ...topic, partitions })
    isChanged = true
  }
  if (!isChanged) return image
  const merged = new Map(image.nodes)
  for (const node of nodes) merged.set(node.nodeId, node)
  return metadataImage({ ...image, version: image.version + 1, nodes: merged.values(), topics: topics.values() })
}

/** Whether asking again soon may tell more: leaders are being elected, topics are being created. */
export function isUnsettled(image: MetadataImage): boolean {
  for (const error of image.errors.values()) if (isRetriable(error)) return true
  for (const { partitions } of image.topics.values())
    for (const { leaderId } of partitions) if (leaderId < 0) return true
  return false
}

type TopicAnswer = MetadataResponse['topics'][number]

function topicOf(answer: TopicAnswer, name: string, previous: TopicMetadata | undefined): TopicMetadata {
  const topicId = answer.topicId === ZERO_UUID ? undefined : answer.topicId
  const isSame = previous !== undefined && previous.topicId === topicId
  const partitions: PartitionMetadata[] = []
  for (const found of answer.partitions) {
    const partition = found.partitionIndex
    const known = isSame ? previous.partitions[partition] : undefined
    const isOlder = known !== undefined && found.leaderEpoch !== -1 && found.leaderEpoch < known.leaderEpoch
    partitions[partition] = isOlder
      ? known
      : {
          partition,
          leaderId: found.leaderId,
          leaderEpoch: found.leaderEpoch,
          replicas: found.replicaNodes,
          isr: found.isrNodes,
          offlineReplicas: found.offlineReplicas,
        }
  }
  for (let partition = 0; partition < partitions.length; partition++) partitions[partition] ??= leaderless(partition)
  return { name, topicId, isInternal: answer.isInternal, partitions }
}

function leaderless(partition: number): PartitionMetadata {
  return { partition, leaderId: -1, leaderEpoch: -1, replicas: [], isr: [], offlineReplicas: [] }
}
