import {
  ErrorCode,
  type ErrorName,
  type MetadataRequest,
  type MetadataResponseInput,
  ZERO_UUID,
} from '../../wire/index.ts'
import { AuthorizedOperations, OPERATIONS_NOT_REQUESTED } from '../authorized-operations.ts'
import type { Broker } from '../broker.ts'
import type { Handler, RequestContext } from '../handler.ts'
import type { Topic } from '../metadata/metadata-store.ts'
import { autoCreateTopics } from '../topics/auto-create.ts'
import { describedPartition } from '../topics/described-partition.ts'
import { isInternalTopic, topicNameProblem } from '../topics/topic-name.ts'

type TopicResponse = MetadataResponseInput['topics'][number]

/**
 * Brokers, and topics by name or by id (KIP-516). A topic that is created on the way is answered whole once it is durable, where Kafka
 * answers UNKNOWN_TOPIC_OR_PARTITION and creates behind the answer: clients that do not ask again (segment's kafka-go) need not. Only a topic
 * deleted a moment ago is told of as Kafka would, so that its deletion can be seen by clients that create whatever they ask for.
 */
export const handleMetadata: Handler<MetadataRequest, MetadataResponseInput> = (request, context, broker) => {
  const { apiVersion } = context
  const { topics } = request
  const operations = request.includeTopicAuthorizedOperations ? AuthorizedOperations.topic : OPERATIONS_NOT_REQUESTED
  const respond = (responses: TopicResponse[]): MetadataResponseInput => ({
    throttleTimeMs: 0,
    brokers: [brokerResponse(context, broker)],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics: responses,
    ...(request.includeClusterAuthorizedOperations && { clusterAuthorizedOperations: AuthorizedOperations.cluster }),
  })
  if (topics === null || (apiVersion === 0 && topics.length === 0)) {
    return respond(Array.from(broker.metadata.image.topicsByName.values(), (topic) => whole(topic, operations, broker)))
  }
  const byId = topics.some(({ topicId }) => topicId !== ZERO_UUID)
  const malformed = byId ? apiVersion < 12 : topics.some(({ name }) => name === null)
  if (malformed) return refuseAll(topics, apiVersion)
  if (byId) {
    // As Kafka: where one topic has an id, those without are passed over, and names beside ids do not count.
    const ids = new Set(topics.map(({ topicId }) => topicId).filter((topicId) => topicId !== ZERO_UUID))
    return respond(
      Array.from(ids, (topicId) => {
        const topic = broker.metadata.image.topicsById.get(topicId)
        return topic === undefined ? unknownId(topicId) : whole(topic, operations, broker)
      }),
    )
  }
  const names = new Set(topics.map(({ name }) => name!))
  const byName = (failures: ReadonlyMap<string, ErrorName>): MetadataResponseInput => {
    const { topicsByName } = broker.metadata.image
    return respond(
      Array.from(names, (name) => {
        const topic = topicsByName.get(name)
        return topic === undefined
          ? failed(name, failures.get(name) ?? 'UNKNOWN_TOPIC_OR_PARTITION', operations)
          : whole(topic, operations, broker)
      }),
    )
  }
  const missing: string[] = []
  const failures = new Map<string, ErrorName>()
  for (const name of names) {
    if (broker.metadata.image.topicsByName.has(name)) continue
    if (topicNameProblem(name) !== undefined) failures.set(name, 'INVALID_TOPIC_EXCEPTION')
    else missing.push(name)
  }
  const mayCreate = request.allowAutoTopicCreation && broker.config.values.autoCreateTopicsEnable
  const create = async (wanted: readonly string[]) =>
    byName(new Map([...failures, ...(await autoCreateTopics(wanted, broker))]))
  if (missing.length === 0 || !mayCreate) return byName(failures)
  const gone = new Set(missing.filter((name) => broker.deletedTopics.take(name)))
  if (gone.size === 0) return create(missing)
  const response = missing.length === gone.size ? byName(failures) : create(missing.filter((name) => !gone.has(name)))
  // Behind the answer, as in Kafka: who asks again finds them.
  autoCreateTopics([...gone], broker).catch((error: unknown) => {
    broker.logger.error({ err: error }, 'Topics could not be created by a mistake of the broker.')
  })
  return response
}

function brokerResponse({ connection }: RequestContext, broker: Broker): MetadataResponseInput['brokers'][number] {
  const { host, port } = connection.advertised
  return { nodeId: broker.nodeId, host, port, rack: broker.config.values.brokerRack }
}

function whole(topic: Topic, topicAuthorizedOperations: number, broker: Broker): TopicResponse {
  const partitions: TopicResponse['partitions'][number][] = []
  for (let index = 0; index < topic.partitionCount; index++) partitions.push(describedPartition(topic, index, broker))
  const { name, topicId, isInternal } = topic
  return { errorCode: ErrorCode.NONE, name, topicId, isInternal, partitions, topicAuthorizedOperations }
}

function failed(name: string, errorCode: ErrorName, topicAuthorizedOperations: number): TopicResponse {
  const isInternal = isInternalTopic(name)
  return { errorCode: ErrorCode[errorCode], name, isInternal, partitions: [], topicAuthorizedOperations }
}

function unknownId(topicId: string): TopicResponse {
  return { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId, isInternal: false, partitions: [] }
}

/** Kafka's answer to a request that it cannot read: every topic refused, no brokers, no controller. */
function refuseAll(topics: NonNullable<MetadataRequest['topics']>, apiVersion: number): MetadataResponseInput {
  const errorCode = ErrorCode.INVALID_REQUEST
  const refused = topics.map(({ name, topicId }) => ({
    errorCode,
    name: name ?? '',
    topicId,
    isInternal: false,
    partitions: [],
  }))
  return { throttleTimeMs: 0, brokers: [], topics: refused, ...(apiVersion >= 13 && { errorCode }) }
}
