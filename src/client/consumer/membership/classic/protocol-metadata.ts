import { Buffer } from 'node:buffer'
import type { TopicPartition } from '../../../../assignor/index.ts'
import {
  type ConsumerProtocolSubscription,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  Writer,
} from '../../../../wire/index.ts'
import { groupByTopic, topicPartitionsOf } from '../topic-partitions.ts'

/** What stands before both messages: their version. */
const VERSION_BYTES = 2
const { highestVersion } = consumerProtocolSubscription

export interface MemberSubscription {
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
  readonly ownedPartitions: readonly TopicPartition[]
  /** -1 where the member does not say (versions 0 and 1). */
  readonly generationId: number
  readonly rackId: string | null
}

/** The metadata that a consumer offers with each of its protocols in JoinGroup; always in the highest version, as Java does. */
export function encodeSubscription(subscription: MemberSubscription): Buffer {
  const { topics, userData, ownedPartitions, generationId, rackId } = subscription
  const writer = new Writer()
  writer.int16(highestVersion)
  consumerProtocolSubscription.write(
    writer,
    {
      // Java sorts them; equal subscriptions are equal bytes then, and a member that joins again changes nothing.
      topics: [...topics].sort(),
      userData: userData === null ? null : Buffer.from(userData),
      ownedPartitions: groupByTopic(ownedPartitions),
      generationId,
      rackId,
    },
    highestVersion,
  )
  return writer.toBuffer()
}

/** Of another member, of any client: a version that we do not know is read as the newest that we do (KIP-429: fields are only added). */
export function decodeSubscription(metadata: Buffer): MemberSubscription {
  const version = versionOf(metadata)
  const read: ConsumerProtocolSubscription = consumerProtocolSubscription.decodePrefix(
    metadata.subarray(VERSION_BYTES),
    version,
  )
  return {
    topics: read.topics,
    userData: read.userData,
    ownedPartitions: topicPartitionsOf(read.ownedPartitions),
    generationId: version >= 2 ? read.generationId : -1,
    rackId: read.rackId === '' ? null : read.rackId,
  }
}

export function encodeAssignment(partitions: readonly TopicPartition[], userData: Uint8Array | null): Buffer {
  const writer = new Writer()
  writer.int16(highestVersion)
  const body = {
    assignedPartitions: groupByTopic(partitions),
    userData: userData === null ? null : Buffer.from(userData),
  }
  consumerProtocolAssignment.write(writer, body, highestVersion)
  return writer.toBuffer()
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array | null
}

/** Of SyncGroup. Without bytes there is no assignment: a leader that left this member out. */
export function decodeAssignment(assignment: Buffer): MemberAssignment {
  if (assignment.length === 0) return { partitions: [], userData: null }
  const read = consumerProtocolAssignment.decodePrefix(assignment.subarray(VERSION_BYTES), versionOf(assignment))
  return { partitions: topicPartitionsOf(read.assignedPartitions), userData: read.userData }
}

function versionOf(bytes: Buffer): number {
  const version = bytes.readInt16BE(0)
  return Math.max(0, Math.min(version, highestVersion))
}
