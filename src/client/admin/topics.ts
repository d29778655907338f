import { apis, ZERO_UUID } from '../../wire/index.ts'
import { updatedImage } from '../cluster/image-update.ts'
import type { PartitionMetadata, TopicMetadata } from '../cluster/metadata-image.ts'
import { emptyImage } from '../cluster/metadata-image.ts'
import { KafkaError } from '../kafka-error.ts'
import { type AdminCallOptions, type AdminContext, byController, fanOut, outcomeOf, type Results } from './fan-out.ts'

export interface NewTopic {
  readonly name: string
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number | undefined
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined
  /** Node ids of the replicas of each partition, instead of the two numbers. */
  readonly assignments?: readonly (readonly number[])[] | undefined
  readonly configs?: Readonly<Record<string, string>> | undefined
}

export interface CreateTopicsOptions extends AdminCallOptions {
  /** Only checks whether they could be created. */
  readonly validateOnly?: boolean | undefined
}

export interface CreatedTopic {
  readonly name: string
  /** undefined where the broker does not say it (before Kafka 2.8). */
  readonly topicId: string | undefined
  /** -1 where the broker does not say it (before Kafka 2.4). */
  readonly partitions: number
  readonly replicationFactor: number
}

/** Version 4 is the first in which -1 stands for the broker's defaults (Kafka 2.4). */
const DEFAULTS_VERSION = 4

export function createTopics(
  context: AdminContext,
  topics: readonly (NewTopic | string)[],
  { validateOnly = false, ...options }: CreateTopicsOptions,
): Promise<Results<CreatedTopic>> {
  const items = topics.map((topic): NewTopic => (typeof topic === 'string' ? { name: topic } : topic))
  const needsDefaults = items.some(
    ({ assignments, partitions, replicationFactor }) =>
      assignments === undefined && (partitions === undefined || replicationFactor === undefined),
  )
  return fanOut<NewTopic, CreatedTopic>(
    context,
    {
      what: 'creating topics',
      items,
      keyOf: ({ name }) => name,
      ...byController(context),
      async ask({ target, items: asked, options: callOptions, remainingMs }) {
        const body = { topics: asked.map(requested), timeoutMs: Math.trunc(remainingMs), validateOnly }
        const minVersion = needsDefaults ? { minVersion: DEFAULTS_VERSION } : {}
        const answer = await context.cluster.call(target, apis.CreateTopics, body, { ...callOptions, ...minVersion })
        return new Map(
          answer.body.topics.map((topic) => [
            topic.name,
            outcomeOf(topic.errorCode, () => created(topic), topic.errorMessage),
          ]),
        )
      },
    },
    options,
  )
}

export function deleteTopics(
  context: AdminContext,
  names: readonly string[],
  options: AdminCallOptions,
): Promise<Results<true>> {
  return fanOut<string, true>(
    context,
    {
      what: 'deleting topics',
      items: names,
      keyOf: (name) => name,
      ...byController(context),
      isFinal: isUnknownTopic,
      async ask({ target, items, options: callOptions, remainingMs }) {
        const timeoutMs = Math.trunc(remainingMs)
        const body = (version: number) =>
          version >= 6
            ? { topics: items.map((name) => ({ name, topicId: ZERO_UUID })), timeoutMs }
            : { topicNames: items, timeoutMs }
        const answer = await context.cluster.call(target, apis.DeleteTopics, body, callOptions)
        return new Map(
          answer.body.responses.map((one) => [
            one.name ?? '',
            outcomeOf(one.errorCode, () => true as const, one.errorMessage),
          ]),
        )
      },
    },
    options,
  )
}

export interface NewPartitions {
  readonly topic: string
  /** Partitions that the topic shall have in all. */
  readonly totalCount: number
  /** Node ids of the replicas of each new partition. */
  readonly assignments?: readonly (readonly number[])[] | undefined
}

export function createPartitions(
  context: AdminContext,
  partitions: readonly NewPartitions[],
  { validateOnly = false, ...options }: CreateTopicsOptions,
): Promise<Results<true>> {
  return fanOut<NewPartitions, true>(
    context,
    {
      what: 'creating partitions',
      items: partitions,
      keyOf: ({ topic }) => topic,
      ...byController(context),
      isFinal: isUnknownTopic,
      async ask({ target, items, options: callOptions, remainingMs }) {
        const topics = items.map(({ topic, totalCount, assignments }) => ({
          name: topic,
          count: totalCount,
          assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
        }))
        const body = { topics, timeoutMs: Math.trunc(remainingMs), validateOnly }
        const answer = await context.cluster.call(target, apis.CreatePartitions, body, callOptions)
        return new Map(
          answer.body.results.map((one) => [one.name, outcomeOf(one.errorCode, () => true as const, one.errorMessage)]),
        )
      },
    },
    options,
  )
}

export interface TopicDescription {
  readonly name: string
  readonly topicId: string | undefined
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export function describeTopics(
  context: AdminContext,
  names: readonly string[],
  options: AdminCallOptions,
): Promise<Results<TopicDescription>> {
  return fanOut<string, TopicDescription>(
    context,
    {
      what: 'describing topics',
      items: names,
      keyOf: (name) => name,
      route: () => ({ together: 'any', target: 'any' }),
      isFinal: isUnknownTopic,
      async ask({ items, options: callOptions }) {
        const { topics, errors } = await imageOf(context, items, callOptions)
        const failed = Array.from(errors, ([name, code]): [string, KafkaError] => [name, new KafkaError(code)])
        return new Map<string, TopicMetadata | KafkaError>([...topics, ...failed])
      },
    },
    options,
  )
}

export interface ListedTopic {
  readonly name: string
  readonly topicId: string | undefined
  readonly isInternal: boolean
  readonly partitions: number
}

export interface ListTopicsOptions extends AdminCallOptions {
  /** Whether topics of Kafka itself are listed; default false. */
  readonly includeInternal?: boolean | undefined
}

export async function listTopics(
  context: AdminContext,
  { includeInternal = false, ...options }: ListTopicsOptions,
): Promise<readonly ListedTopic[]> {
  const found = await fanOut<'all', readonly ListedTopic[]>(
    context,
    {
      what: 'listing topics',
      items: ['all'],
      keyOf: () => 'all',
      route: () => ({ together: 'any', target: 'any' }),
      async ask({ options: callOptions }) {
        const { topics } = await imageOf(context, null, callOptions)
        const listed = Array.from(topics.values(), ({ name, topicId, isInternal, partitions }) => {
          return { name, topicId, isInternal, partitions: partitions.length }
        })
        return new Map([['all', listed.filter(({ isInternal }) => includeInternal || !isInternal)]])
      },
    },
    { ...options, partial: false },
  )
  return found.get('all')!
}

/** @param names null for all */
async function imageOf({ cluster }: AdminContext, names: readonly string[] | null, options: object) {
  const topics = names?.map((name) => ({ name })) ?? null
  const body = (version: number) => (version >= 4 ? { topics, allowAutoTopicCreation: false } : { topics })
  const { body: answer } = await cluster.call('any', apis.Metadata, body, { ...options, minVersion: 1 })
  return updatedImage(emptyImage, [answer])
}

function isUnknownTopic({ code }: KafkaError): boolean {
  return code === 'UNKNOWN_TOPIC_OR_PARTITION'
}

function requested({ name, partitions = -1, replicationFactor = -1, assignments, configs = {} }: NewTopic) {
  return {
    name,
    numPartitions: assignments === undefined ? partitions : -1,
    replicationFactor: assignments === undefined ? replicationFactor : -1,
    assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
  }
}

function created(topic: {
  name: string
  topicId: string
  numPartitions: number
  replicationFactor: number
}): CreatedTopic {
  const { name, topicId, numPartitions, replicationFactor } = topic
  return { name, topicId: topicId === ZERO_UUID ? undefined : topicId, partitions: numPartitions, replicationFactor }
}
