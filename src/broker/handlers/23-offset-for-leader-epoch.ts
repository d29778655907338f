import {
  ErrorCode,
  type ErrorName,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponseInput,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import { leaderEpochError } from '../leader-epoch.ts'

type PartitionRequest = OffsetForLeaderEpochRequest['topics'][number]['partitions'][number]

/** OffsetForLeaderEpoch: where an epoch ended, so that a client sees whether records it read were cut off (KIP-101, KIP-320). */
export const handleOffsetForLeaderEpoch: Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponseInput> = (
  request,
  _context,
  broker,
) => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((partition) => {
      const end = endOf(topic, partition, broker)
      if (typeof end === 'string') return { partition: partition.partition, errorCode: ErrorCode[end] }
      return { partition: partition.partition, errorCode: ErrorCode.NONE, ...end }
    }),
  })),
})

interface EpochEnd {
  readonly leaderEpoch: number
  readonly endOffset: bigint
}

const UNDEFINED_END: EpochEnd = { leaderEpoch: -1, endOffset: -1n }

function endOf(name: string, partition: PartitionRequest, broker: Broker): EpochEnd | ErrorName {
  const { image } = broker.metadata
  const topic = image.topicsByName.get(name)
  const log = topic === undefined ? undefined : broker.partitionLog(topic, partition.partition)
  if (log === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  const epochError = leaderEpochError(partition.currentLeaderEpoch, image.leaderEpoch)
  if (epochError !== undefined) return epochError
  if (partition.leaderEpoch < 0) return UNDEFINED_END
  // The leader's own epoch has not ended: its end is the log's, also before its first batch.
  if (partition.leaderEpoch === image.leaderEpoch) {
    return { leaderEpoch: image.leaderEpoch, endOffset: log.highWatermark }
  }
  return log.endOffsetForEpoch(partition.leaderEpoch) ?? UNDEFINED_END
}
