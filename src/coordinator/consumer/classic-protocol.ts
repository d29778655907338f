import type { TopicPartitions } from '../../assignor/index.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription, WireError } from '../../wire/index.ts'
import type { TopicImage } from '../commands.ts'
import { type PartitionList, partitionsOf } from './partitions.ts'

/** What a classic consumer says in its JoinGroup. */
export interface ClassicSubscription {
  readonly topics: readonly string[]
  readonly owned: PartitionList
  readonly rackId: string | null
}

const VERSION_MAX = 3

/** Undefined when it cannot be read. A version that we do not know is read as the newest that we do, as in Kafka. */
export function readSubscription(metadata: Buffer, topics: TopicImage): ClassicSubscription | undefined {
  const read = readVersioned(metadata, (bytes, version) => consumerProtocolSubscription.decodePrefix(bytes, version))
  if (read === undefined) return undefined
  const owned = read.ownedPartitions.flatMap(({ topic, partitions }) => {
    const topicId = topics.topicId(topic)
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })
  return { topics: read.topics, owned, rackId: read.rackId === '' ? null : read.rackId }
}

/** Partitions of topics that exist; 'custom' when an assignor has put in more than those. */
export function readAssignment(bytes: Buffer, topics: TopicImage): TopicPartitions | 'custom' | undefined {
  if (bytes.length === 0) return partitionsOf([])
  const read = readVersioned(bytes, (rest, version) => consumerProtocolAssignment.decodePrefix(rest, version))
  if (read === undefined) return undefined
  if (read.userData !== null && read.userData.length > 0) return 'custom'
  const list = read.assignedPartitions.flatMap(({ topic, partitions }) => {
    const topicId = topics.topicId(topic)
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })
  return partitionsOf(list)
}

/** @param metadata the member's own: it is answered in the version in which it speaks. */
export function writeAssignment(partitions: TopicPartitions, metadata: Buffer, topics: TopicImage): Buffer {
  const version = Math.min(Math.max(versionOf(metadata) ?? 0, 0), VERSION_MAX)
  const assignedPartitions = [...partitions].flatMap(([topicId, numbers]) => {
    const topic = topics.topicName(topicId)
    return topic === undefined ? [] : [{ topic, partitions: [...numbers] }]
  })
  const body = consumerProtocolAssignment.encode({ assignedPartitions }, version)
  const prefix = Buffer.alloc(2)
  prefix.writeInt16BE(version)
  return Buffer.concat([prefix, body])
}

function versionOf(bytes: Buffer): number | undefined {
  return bytes.length < 2 ? undefined : bytes.readInt16BE(0)
}

function readVersioned<T>(bytes: Buffer, decode: (bytes: Buffer, version: number) => T): T | undefined {
  const version = versionOf(bytes)
  if (version === undefined || version < 0) return undefined
  try {
    return decode(bytes.subarray(2), Math.min(version, VERSION_MAX))
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
