import {
  type CreateTopicsRequest,
  type CreateTopicsResponseInput,
  ErrorCode,
  type ErrorName,
  ZERO_UUID,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { type AlterConfigsResult, type BrokerConfig, describeConfigs, newTopicConfigs } from '../configs/index.ts'
import type { Handler } from '../handler.ts'
import { METADATA_TOPIC } from '../metadata/metadata-log.ts'
import { replicasProblem } from '../topics/assignment.ts'
import { PARTITIONS_PER_REQUEST_MAX, REPLICATION_FACTOR_MAX, tooManyPartitions } from '../topics/limits.ts'
import { collidingTopic, isInternalTopic, topicNameProblem } from '../topics/topic-name.ts'

type TopicRequest = CreateTopicsRequest['topics'][number]
type TopicResponse = CreateTopicsResponseInput['topics'][number]
interface Failure {
  readonly errorCode: Exclude<ErrorName, 'NONE'>
  readonly message: string | null
}
interface Plan {
  readonly partitionCount: number
  readonly overrides: ReadonlyMap<string, string>
}
interface Creation {
  readonly validateOnly: boolean
  readonly configs: RequestConfigs
  readonly broker: Broker
}

/**
 * Creates topics, answering when they are durable. Kafka's checks in Kafka's order and words, but for the replication factor: more than one
 * replica is accepted and reported as one, because Streams and Connect ask for three by habit, and on one node that is what they get.
 */
export const handleCreateTopics: Handler<CreateTopicsRequest, CreateTopicsResponseInput> = async (
  request,
  context,
  broker,
) => {
  const counts = new Map<string, number>()
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1)
  const unique = [...new Map(request.topics.map((topic) => [topic.name, topic])).values()]
  const failure = requestProblem(request, broker)
  const configs = new RequestConfigs(context.apiVersion, broker.config)
  // All are judged before the first is written, so that their records are one batch.
  const results = unique.map((topic) => {
    const problem = failure ?? (counts.get(topic.name)! > 1 ? DUPLICATE : undefined)
    const decided = problem ?? plan(topic, configs, broker)
    return create(topic, decided, { validateOnly: request.validateOnly, configs, broker })
  })
  return { throttleTimeMs: 0, topics: await Promise.all(results) }
}

const DUPLICATE: Failure = { errorCode: 'INVALID_REQUEST', message: 'Duplicate topic name.' }

function requestProblem(request: CreateTopicsRequest, broker: Broker): Failure | undefined {
  // Kafka's controller lets the change pass its deadline before it looks at it.
  if (request.timeoutMs <= 0) return { errorCode: 'REQUEST_TIMED_OUT', message: null }
  let total = 0
  for (const { numPartitions, assignments } of request.topics) {
    if (assignments.length > 0) total += assignments.length
    else if (numPartitions > 0) total += numPartitions
    else total += broker.config.values.numPartitions
  }
  if (total > PARTITIONS_PER_REQUEST_MAX) {
    return { errorCode: 'POLICY_VIOLATION', message: 'Excessively large number of partitions per request.' }
  }
  const message = tooManyPartitions(broker.metadata.image, total)
  return message === undefined ? undefined : { errorCode: 'POLICY_VIOLATION', message }
}

async function create(
  topic: TopicRequest,
  decided: Plan | Failure,
  { validateOnly, configs, broker }: Creation,
): Promise<TopicResponse> {
  const { name } = topic
  if ('errorCode' in decided) return failed(name, decided)
  if (validateOnly) return created(name, broker.randomId(), decided, configs)
  const { partitionCount, overrides } = decided
  const result = await broker.metadata.createTopic({ name, partitionCount, configs: overrides })
  if (result.errorCode !== 'NONE') return failed(name, result)
  if (topic.replicationFactor > 1) {
    const { replicationFactor } = topic
    const message = `topic ${name} was asked for with ${replicationFactor} replicas; one node keeps one, and reports 1`
    broker.logger.info({ topic: name, replicationFactor }, message)
  }
  return created(name, result.topic!.topicId, decided, configs)
}

function plan(topic: TopicRequest, requestConfigs: RequestConfigs, broker: Broker): Plan | Failure {
  const { name, numPartitions, replicationFactor, assignments } = topic
  const problem = nameProblem(name, broker)
  if (problem !== undefined) return problem
  const configs = requestConfigs.check(topic.configs)
  if (!configs.ok) return configs
  if (assignments.length > 0) {
    const wrong = assignmentsProblem(topic, broker)
    return wrong ?? { partitionCount: assignments.length, overrides: configs.overrides }
  }
  if (replicationFactor < -1 || replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.'
    return { errorCode: 'INVALID_REPLICATION_FACTOR', message }
  }
  if (replicationFactor > REPLICATION_FACTOR_MAX) {
    const reason = `The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`
    const message = `Unable to replicate the partition ${replicationFactor} time(s): ${reason}`
    return { errorCode: 'INVALID_REPLICATION_FACTOR', message }
  }
  if (numPartitions < -1 || numPartitions === 0) {
    const message = 'Number of partitions was set to an invalid non-positive value.'
    return { errorCode: 'INVALID_PARTITIONS', message }
  }
  const partitionCount = numPartitions === -1 ? broker.config.values.numPartitions : numPartitions
  return { partitionCount, overrides: configs.overrides }
}

function nameProblem(name: string, broker: Broker): Failure | undefined {
  const { topicsByName } = broker.metadata.image
  if (topicsByName.has(name)) return { errorCode: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` }
  // Kafka lets clients create its internal topics; with another partition count than the groups' shards they would be of no use.
  if (name === METADATA_TOPIC || isInternalTopic(name)) {
    return { errorCode: 'INVALID_REQUEST', message: `Creation of internal topic ${name} is prohibited.` }
  }
  const invalid = topicNameProblem(name)
  if (invalid !== undefined) return { errorCode: 'INVALID_TOPIC_EXCEPTION', message: invalid }
  const collision = collidingTopic(name, topicsByName)
  if (collision === undefined) return undefined
  return { errorCode: 'INVALID_TOPIC_EXCEPTION', message: `Topic '${name}' collides with existing topic: ${collision}` }
}

function assignmentsProblem(topic: TopicRequest, broker: Broker): Failure | undefined {
  const { numPartitions, replicationFactor, assignments } = topic
  if (replicationFactor !== -1) {
    const message = 'A manual partition assignment was specified, but replication factor was not set to -1.'
    return { errorCode: 'INVALID_REQUEST', message }
  }
  if (numPartitions !== -1) {
    const message = 'A manual partition assignment was specified, but numPartitions was not set to -1.'
    return { errorCode: 'INVALID_REQUEST', message }
  }
  const invalid = (message: string): Failure => ({ errorCode: 'INVALID_REPLICA_ASSIGNMENT', message })
  const partitions = new Set<number>()
  for (const { partitionIndex, brokerIds } of assignments) {
    if (partitions.has(partitionIndex)) {
      return invalid(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    }
    const problem = replicasProblem(brokerIds, broker.nodeId)
    if (problem !== undefined) return invalid(problem)
    partitions.add(partitionIndex)
  }
  for (let index = 0; index < partitions.size; index++) {
    if (!partitions.has(index)) return invalid('partitions should be a consecutive 0-based integer sequence')
  }
  return undefined
}

/** Topics of one request often have the same configs: each kind is checked and described once, as that takes its time. */
class RequestConfigs {
  readonly #apiVersion: number
  readonly #config: BrokerConfig
  readonly #checked = new Map<string, AlterConfigsResult>()
  readonly #described = new Map<ReadonlyMap<string, string>, TopicResponse['configs']>()

  constructor(apiVersion: number, config: BrokerConfig) {
    this.#apiVersion = apiVersion
    this.#config = config
  }

  check(configs: TopicRequest['configs']): AlterConfigsResult {
    const key = JSON.stringify(configs)
    let result = this.#checked.get(key)
    if (result === undefined) {
      result = newTopicConfigs(this.#config, configs)
      this.#checked.set(key, result)
    }
    return result
  }

  /** @param overrides as `check` gave them. */
  describe(overrides: ReadonlyMap<string, string>): TopicResponse['configs'] {
    // KIP-525.
    if (this.#apiVersion < 5) return []
    let rows = this.#described.get(overrides)
    if (rows === undefined) {
      const options = { configurationKeys: null, includeSynonyms: false, includeDocumentation: false }
      const described = describeConfigs(this.#config, { type: 'TOPIC', overrides }, options)
      rows = described.map(({ name, value, readOnly, configSource, isSensitive }) => ({
        name,
        value,
        readOnly,
        configSource,
        isSensitive,
      }))
      this.#described.set(overrides, rows)
    }
    return rows
  }
}

function created(name: string, topicId: string, plan: Plan, configs: RequestConfigs): TopicResponse {
  return {
    name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions: plan.partitionCount,
    replicationFactor: 1,
    configs: configs.describe(plan.overrides),
  }
}

function failed(name: string, { errorCode, message }: Failure): TopicResponse {
  const numbers = { numPartitions: -1, replicationFactor: -1, configs: [] }
  return { name, topicId: ZERO_UUID, errorCode: ErrorCode[errorCode], errorMessage: message, ...numbers }
}
