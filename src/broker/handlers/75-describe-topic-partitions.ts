import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponseInput,
  ErrorCode,
  ZERO_UUID,
} from '../../wire/index.ts'
import { AuthorizedOperations } from '../authorized-operations.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import type { Topic } from '../metadata/metadata-store.ts'
import { describedPartition } from '../topics/described-partition.ts'
import { isInternalTopic, topicNameProblem } from '../topics/topic-name.ts'

type TopicResponse = DescribeTopicPartitionsResponseInput['topics'][number]

/**
 * Topics in the order of their names, as many partitions as fit, and a cursor to where the next request goes on (KIP-966). Java's
 * AdminClient describes topics this way as soon as the API is advertised.
 */
export const handleDescribeTopicPartitions: Handler<
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponseInput
> = (request, _, broker) => {
  const { cursor } = request
  const from = cursor?.topicName ?? ''
  const all = request.topics.length === 0
  const requested = all ? broker.metadata.image.topicsByName.keys() : request.topics.map(({ name }) => name)
  const names = [...new Set(requested)].filter((name) => name >= from).sort(byCodeUnit)
  if (cursor !== null && (cursor.partitionIndex < 0 || (!all && !names.includes(from)))) return refuseAll(request)

  const limit = Number(broker.config.get('max.request.partition.size.limit'))
  let remaining = Math.max(Math.min(limit, request.responsePartitionLimit), 1)
  const topics: TopicResponse[] = []
  for (const name of names) {
    if (remaining === 0) return respond(topics, { topicName: name, partitionIndex: 0 })
    const topic = broker.metadata.image.topicsByName.get(name)
    if (topic === undefined) {
      topics.push(failed(name))
      continue
    }
    const first = name === from && cursor !== null ? cursor.partitionIndex : 0
    const end = Math.min(first + remaining, topic.partitionCount)
    topics.push(describe(topic, first, end, broker))
    if (end < topic.partitionCount) return respond(topics, { topicName: name, partitionIndex: end })
    remaining -= Math.max(0, end - first)
  }
  return respond(topics, null)
}

function describe(topic: Topic, first: number, end: number, broker: Broker): TopicResponse {
  const partitions: TopicResponse['partitions'][number][] = []
  for (let index = first; index < end; index++) {
    partitions.push({ ...describedPartition(topic, index, broker), eligibleLeaderReplicas: [], lastKnownElr: [] })
  }
  const { name, topicId, isInternal } = topic
  const topicAuthorizedOperations = AuthorizedOperations.topic
  return { errorCode: ErrorCode.NONE, name, topicId, isInternal, partitions, topicAuthorizedOperations }
}

function failed(name: string): TopicResponse {
  const valid = topicNameProblem(name) === undefined
  return {
    errorCode: valid ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: AuthorizedOperations.topic,
  }
}

/** A cursor that points nowhere: Kafka refuses each topic, as the response has no error of its own. */
function refuseAll({ topics }: DescribeTopicPartitionsRequest): DescribeTopicPartitionsResponseInput {
  const errorCode = ErrorCode.INVALID_REQUEST
  return respond(
    topics.map(({ name }) => ({ errorCode, name, topicId: ZERO_UUID, isInternal: false, partitions: [] })),
    null,
  )
}

function respond(
  topics: readonly TopicResponse[],
  nextCursor: { readonly topicName: string; readonly partitionIndex: number } | null,
): DescribeTopicPartitionsResponseInput {
  return { throttleTimeMs: 0, topics, nextCursor }
}

/** Java compares strings by UTF-16 code unit, and the cursor counts on it. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
