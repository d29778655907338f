import {
  type DeleteRecordsRequest,
  type DeleteRecordsResponseInput,
  ErrorCode,
  type ErrorName,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'

/** The offset that stands for the high watermark. */
const HIGH_WATERMARK = -1n
const INVALID_LOW_WATERMARK = -1n

/** DeleteRecords: moves the start of partitions (KIP-107); answered when the move is durable. */
export const handleDeleteRecords: Handler<DeleteRecordsRequest, DeleteRecordsResponseInput> = async (
  request,
  _context,
  broker,
) => {
  const topics = request.topics.map(async ({ name, partitions }) => ({
    name,
    partitions: await Promise.all(
      partitions.map(async ({ partitionIndex, offset }) => {
        const { errorCode, lowWatermark } = await deleteBefore(name, partitionIndex, offset, broker)
        return { partitionIndex, lowWatermark, errorCode: ErrorCode[errorCode] }
      }),
    ),
  }))
  return { throttleTimeMs: 0, topics: await Promise.all(topics) }
}

async function deleteBefore(
  name: string,
  partition: number,
  offset: bigint,
  broker: Broker,
): Promise<{ readonly errorCode: ErrorName; readonly lowWatermark: bigint }> {
  const topic = broker.metadata.image.topicsByName.get(name)
  const log = topic === undefined ? undefined : broker.partitionLog(topic, partition)
  if (topic === undefined || log === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION')
  if (topic.isInternal) return refused('INVALID_TOPIC_EXCEPTION')
  const { cleanupPolicy } = broker.config.topicConfig(topic.configs)
  if (cleanupPolicy.includes('compact') && !cleanupPolicy.includes('delete')) return refused('POLICY_VIOLATION')
  if (offset < HIGH_WATERMARK || offset > log.highWatermark) return refused('OFFSET_OUT_OF_RANGE')
  const { errorCode, logStartOffset } = await log.deleteRecordsBefore(offset)
  return errorCode === 'NONE' ? { errorCode, lowWatermark: logStartOffset } : refused(errorCode)
}

function refused(errorCode: ErrorName): { readonly errorCode: ErrorName; readonly lowWatermark: bigint } {
  return { errorCode, lowWatermark: INVALID_LOW_WATERMARK }
}
