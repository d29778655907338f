import {
  type DescribeProducersRequest,
  type DescribeProducersResponseInput,
  ErrorCode,
  errorMessage,
} from '../../wire/index.ts'
import type { Handler } from '../handler.ts'
import { topicNameProblem } from '../topics/topic-name.ts'

/** DescribeProducers: producers with state in a partition (KIP-664). */
export const handleDescribeProducers: Handler<DescribeProducersRequest, DescribeProducersResponseInput> = (
  request,
  _context,
  broker,
) => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ name, partitionIndexes }) => {
    const problem = topicNameProblem(name)
    const topic = broker.metadata.image.topicsByName.get(name)
    return {
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        if (problem !== undefined) {
          return {
            partitionIndex,
            errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
            errorMessage: problem,
            activeProducers: [],
          }
        }
        const log = topic === undefined ? undefined : broker.partitionLog(topic, partitionIndex)
        if (log === undefined) {
          const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
          const message = topic === undefined ? errorMessage('UNKNOWN_TOPIC_OR_PARTITION') : null
          return { partitionIndex, errorCode, errorMessage: message, activeProducers: [] }
        }
        const activeProducers = log.producers().map((producer) => ({
          producerId: producer.producerId,
          producerEpoch: producer.producerEpoch,
          lastSequence: producer.lastSequence,
          lastTimestamp: producer.lastTimestampMs,
          coordinatorEpoch: producer.coordinatorEpoch,
          currentTxnStartOffset: producer.currentTxnStartOffset,
        }))
        return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers }
      }),
    }
  }),
})
