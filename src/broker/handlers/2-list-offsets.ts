import type { IsolationLevel, PartitionLog } from '../../log/index.ts'
import { ErrorCode, type ErrorName, type ListOffsetsRequest, type ListOffsetsResponseInput } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import { leaderEpochError } from '../leader-epoch.ts'

type TopicRequest = ListOffsetsRequest['topics'][number]
type PartitionRequest = TopicRequest['partitions'][number]
type PartitionAnswer = ListOffsetsResponseInput['topics'][number]['partitions'][number]

/** Timestamps with a meaning of their own (org.apache.kafka.common.requests.ListOffsetsRequest). */
const LATEST = -1n
const EARLIEST = -2n
const MAX_TIMESTAMP = -3n
const EARLIEST_LOCAL = -4n
const LATEST_TIERED = -5n
const EARLIEST_PENDING_UPLOAD = -6n

/** The request version that brought each. */
const firstVersions: ReadonlyMap<bigint, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])

/** The first response with leader epochs; an older one may not name any. */
const LEADER_EPOCH_VERSION = 4

const NOT_FOUND = { timestamp: -1n, offset: -1n, leaderEpoch: -1 }

/** ListOffsets: the offset of a moment, or the start or end of a partition. */
export const handleListOffsets: Handler<ListOffsetsRequest, ListOffsetsResponseInput> = async (
  request,
  context,
  broker,
) => {
  const isolation: IsolationLevel = request.isolationLevel === 1 ? 1 : 0
  const duplicates = duplicatesOf(request)
  const topics = request.topics.map(async (topic) => ({
    name: topic.name,
    partitions: await Promise.all(
      withoutRepetition(topic.partitions).map(async (partition) => {
        const { partitionIndex } = partition
        const known = firstVersions.get(partition.timestamp)
        let answer: Found | ErrorName
        if (duplicates.has(`${topic.name}-${partitionIndex}`)) answer = 'INVALID_REQUEST'
        else if (partition.timestamp < 0n && (known === undefined || context.apiVersion < known)) {
          answer = 'UNSUPPORTED_VERSION'
        } else answer = await offsetOf(topic.name, partition, isolation, broker)
        return answerOf(partitionIndex, answer, context.apiVersion)
      }),
    ),
  }))
  return { throttleTimeMs: 0, topics: await Promise.all(topics) }
}

interface Found {
  readonly timestamp: bigint
  readonly offset: bigint
  readonly leaderEpoch: number
}

function answerOf(partitionIndex: number, answer: Found | ErrorName, apiVersion: number): PartitionAnswer {
  const errorCode = typeof answer === 'string' ? ErrorCode[answer] : ErrorCode.NONE
  const { timestamp, offset, leaderEpoch } = typeof answer === 'string' ? NOT_FOUND : answer
  return {
    partitionIndex,
    errorCode,
    timestamp,
    offset,
    leaderEpoch: apiVersion >= LEADER_EPOCH_VERSION ? leaderEpoch : -1,
  }
}

async function offsetOf(
  name: string,
  partition: PartitionRequest,
  isolation: IsolationLevel,
  broker: Broker,
): Promise<Found | ErrorName> {
  const { image } = broker.metadata
  const topic = image.topicsByName.get(name)
  const log = topic === undefined ? undefined : broker.partitionLog(topic, partition.partitionIndex)
  if (log === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  const epochError = leaderEpochError(partition.currentLeaderEpoch, image.leaderEpoch)
  if (epochError !== undefined) return epochError
  // With acks=1 the producer had its answer before the flush, and on one Kafka node it would find its record here at once.
  await log.caughtUp()
  const limit = isolation === 1 ? log.lastStableOffset : log.highWatermark
  switch (partition.timestamp) {
    case LATEST:
      return { timestamp: -1n, offset: limit, leaderEpoch: image.leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { timestamp: -1n, offset: log.logStartOffset, leaderEpoch: epochOf(log, image.leaderEpoch) }
    // Nothing is tiered: there is no such offset, and that is no error (KIP-1005).
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return NOT_FOUND
    default: {
      const found =
        partition.timestamp === MAX_TIMESTAMP
          ? await log.maxTimestamp()
          : await log.offsetForTimestamp(partition.timestamp, isolation)
      if (typeof found === 'string') return found
      if (found === undefined || found.offset >= limit) return NOT_FOUND
      return { timestamp: found.timestampMs, offset: found.offset, leaderEpoch: found.leaderEpoch }
    }
  }
}

/** Of the batch at the log's start; an empty log has the epoch of its leader, as in Kafka. */
function epochOf(log: PartitionLog, leaderEpoch: number): number {
  const epoch = log.epochAt(log.logStartOffset)
  return epoch < 0 ? leaderEpoch : epoch
}

/** A partition that stands there twice is answered once, with an error. */
function withoutRepetition(partitions: readonly PartitionRequest[]): readonly PartitionRequest[] {
  const byIndex = new Map(partitions.map((partition) => [partition.partitionIndex, partition]))
  return byIndex.size === partitions.length ? partitions : [...byIndex.values()]
}

/** Kafka refuses a partition that stands in the request twice. */
function duplicatesOf(request: ListOffsetsRequest): ReadonlySet<string> {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const topic of request.topics) {
    for (const { partitionIndex } of topic.partitions) {
      const key = `${topic.name}-${partitionIndex}`
      if (seen.has(key)) duplicates.add(key)
      seen.add(key)
    }
  }
  return duplicates
}
