import {
  type CreatePartitionsRequest,
  type CreatePartitionsResponseInput,
  ErrorCode,
  type ErrorName,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import { replicasProblem } from '../topics/assignment.ts'
import { PARTITIONS_PER_REQUEST_MAX, tooManyPartitions } from '../topics/limits.ts'

type TopicRequest = CreatePartitionsRequest['topics'][number]
type Result = CreatePartitionsResponseInput['results'][number]
interface Failure {
  readonly errorCode: Exclude<ErrorName, 'NONE'>
  readonly message: string | null
}

/** Adds partitions to topics; Kafka's checks, in Kafka's order and words. */
export const handleCreatePartitions: Handler<CreatePartitionsRequest, CreatePartitionsResponseInput> = async (
  request,
  _,
  broker,
) => {
  const byName = new Map<string, TopicRequest[]>()
  for (const topic of request.topics) {
    const same = byName.get(topic.name)
    if (same === undefined) byName.set(topic.name, [topic])
    else same.push(topic)
  }
  const results = Array.from(byName, async ([name, [wanted, ...others]]): Promise<Result> => {
    if (others.length > 0) return failed(name, { errorCode: 'INVALID_REQUEST', message: 'Duplicate topic name.' })
    if (request.timeoutMs <= 0) return failed(name, { errorCode: 'REQUEST_TIMED_OUT', message: null })
    const failure = problem(wanted!, broker)
    if (failure !== undefined) return failed(name, failure)
    if (!request.validateOnly) {
      const topic = broker.metadata.image.topicsByName.get(name)!
      const result = await broker.metadata.setPartitionCount(topic, wanted!.count)
      if (result.errorCode !== 'NONE') return failed(name, result)
    }
    return { name, errorCode: ErrorCode.NONE, errorMessage: null }
  })
  return { throttleTimeMs: 0, results: await Promise.all(results) }
}

function problem({ name, count, assignments }: TopicRequest, broker: Broker): Failure | undefined {
  const topic = broker.metadata.image.topicsByName.get(name)
  if (topic === undefined) return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', message: null }
  if (topic.isInternal) {
    const message = `Topic ${name} is internal: the number of its partitions cannot change.`
    return { errorCode: 'INVALID_TOPIC_EXCEPTION', message }
  }
  const current = topic.partitionCount
  if (count === current) return { errorCode: 'INVALID_PARTITIONS', message: `Topic already has ${count} partition(s).` }
  if (count < current) {
    const message = `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`
    return { errorCode: 'INVALID_PARTITIONS', message }
  }
  const added = count - current
  if (added > PARTITIONS_PER_REQUEST_MAX) {
    return { errorCode: 'POLICY_VIOLATION', message: 'Excessively large number of partitions per request.' }
  }
  const tooMany = tooManyPartitions(broker.metadata.image, added)
  if (tooMany !== undefined) return { errorCode: 'POLICY_VIOLATION', message: tooMany }
  if (assignments === null) return undefined
  if (assignments.length !== added) {
    const message = `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`
    return { errorCode: 'INVALID_REPLICA_ASSIGNMENT', message }
  }
  for (const { brokerIds } of assignments) {
    const message = replicasProblem(brokerIds, broker.nodeId)
    if (message !== undefined) return { errorCode: 'INVALID_REPLICA_ASSIGNMENT', message }
  }
  return undefined
}

function failed(name: string, { errorCode, message }: Failure): Result {
  return { name, errorCode: ErrorCode[errorCode], errorMessage: message }
}
