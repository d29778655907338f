import type { TopicPartition } from '../../../assignor/index.ts'
import { apis, type ErrorName, errorName } from '../../../wire/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { withRetries } from '../../cluster/retries.ts'
import { errorOfCode, KafkaError } from '../../kafka-error.ts'

/** What ListOffsets takes for the ends of a log. */
export const LATEST = -1n
export const EARLIEST = -2n

export interface OffsetQuery extends TopicPartition {
  /** Ms since the epoch, or LATEST, EARLIEST. */
  readonly timestamp: bigint
}

export interface ListedOffset {
  /** -1n where no record is as young as the timestamp. */
  readonly offset: bigint
  /** Of the record; -1 at the ends of the log. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

export interface ListOffsetsConfig {
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

export interface ListOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface Listed {
  /** By `topic-partition`. */
  readonly offsets: ReadonlyMap<string, ListedOffset>
  /** Partitions that could not be answered for now, with why. */
  readonly failures: ReadonlyMap<string, KafkaError>
}

/** One attempt: one request a leader, all at once. Does not reject but with the signal's reason. */
export async function listOffsetsOnce(
  cluster: Cluster,
  config: ListOffsetsConfig,
  queries: readonly OffsetQuery[],
  signal?: AbortSignal,
): Promise<Listed> {
  const offsets = new Map<string, ListedOffset>()
  const failures = new Map<string, KafkaError>()
  const byLeader = new Map<number, OffsetQuery[]>()
  for (const query of queries) {
    const { leader, failure } = leaderOf(cluster, query)
    if (failure !== undefined) failures.set(nameOf(query), failure)
    else append(byLeader, leader!, query)
  }
  const ask = async ([nodeId, ofLeader]: [number, OffsetQuery[]]): Promise<void> => {
    try {
      await askLeader(cluster, config, nodeId, ofLeader, { offsets, failures }, signal)
    } catch (error) {
      signal?.throwIfAborted()
      for (const query of ofLeader) failures.set(nameOf(query), asKafkaError(error))
    }
  }
  await Promise.all(Array.from(byLeader, ask))
  return { offsets, failures }
}

/**
 * Repeats until all partitions are answered for.
 * @throws KafkaError of the first partition that cannot be; TIMEOUT; the signal's reason
 */
export async function listOffsets(
  cluster: Cluster,
  config: ListOffsetsConfig,
  queries: readonly OffsetQuery[],
  { signal, timeoutMs }: ListOptions,
): Promise<ReadonlyMap<string, ListedOffset>> {
  const found = new Map<string, ListedOffset>()
  if (queries.length === 0) return found
  const watch = cluster.watchTopics([...new Set(queries.map(({ topic }) => topic))])
  const backoff = { initialMs: config.retryBackoffMs, maxMs: config.retryBackoffMaxMs }
  try {
    await watch.ready({ signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
    await withRetries(cluster, { what: 'listing offsets', backoff, timeoutMs, signal }, async () => {
      const open = queries.filter((query) => !found.has(nameOf(query)))
      const { offsets, failures } = await listOffsetsOnce(cluster, config, open, signal)
      for (const [name, offset] of offsets) found.set(name, offset)
      const hopeless = [...failures.values()].find((error) => !error.isRetriable)
      const failure = hopeless ?? failures.values().next().value
      if (failure === undefined) return
      if (hopeless === undefined) await cluster.refresh('listing offsets failed', { signal })
      throw failure
    })
  } finally {
    watch.release()
  }
  return found
}

async function askLeader(
  cluster: Cluster,
  config: ListOffsetsConfig,
  nodeId: number,
  queries: readonly OffsetQuery[],
  into: { readonly offsets: Map<string, ListedOffset>; readonly failures: Map<string, KafkaError> },
  signal: AbortSignal | undefined,
): Promise<void> {
  const topics = new Map<string, OffsetQuery[]>()
  for (const query of queries) append(topics, query.topic, query)
  const { body } = await cluster.call(
    { nodeId },
    apis.ListOffsets,
    {
      replicaId: -1,
      isolationLevel: config.isolationLevel === 'read_committed' ? 1 : 0,
      timeoutMs: config.requestTimeoutMs,
      topics: Array.from(topics, ([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ topic, partition, timestamp }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: cluster.metadata.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1,
          timestamp,
        })),
      })),
    },
    { signal },
  )
  for (const { name, partitions } of body.topics) {
    for (const { partitionIndex, errorCode, offset, timestamp, leaderEpoch } of partitions) {
      const key = `${name}-${partitionIndex}`
      const error = errorOfCode(errorCode, { what: `the offsets of ${key}` })
      if (error === undefined) into.offsets.set(key, { offset, timestamp: Number(timestamp), leaderEpoch })
      else into.failures.set(key, PASSING.has(errorName(errorCode)) ? asRetriable(error) : error)
    }
  }
}

/** Not retriable by their class, but answered by a leader that has just changed. */
const PASSING: ReadonlySet<ErrorName> = new Set(['UNKNOWN_LEADER_EPOCH', 'FENCED_LEADER_EPOCH', 'OFFSET_NOT_AVAILABLE'])

function asRetriable(error: KafkaError): KafkaError {
  return error.isRetriable ? error : new KafkaError(error.code, error.message, { kind: 'retriable' })
}

function leaderOf(
  { metadata }: Cluster,
  { topic, partition }: TopicPartition,
): { readonly leader?: number; readonly failure?: KafkaError } {
  const error = metadata.errors.get(topic)
  if (error !== undefined) return { failure: new KafkaError(error, `the offsets of ${topic}-${partition}: ${error}`) }
  const found = metadata.topics.get(topic)?.partitions[partition]
  if (found === undefined) {
    return {
      failure: new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${topic}-${partition} does not exist, as far as is known`),
    }
  }
  if (found.leaderId < 0)
    return { failure: new KafkaError('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader`) }
  return { leader: found.leaderId }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('UNKNOWN_SERVER_ERROR', 'offsets could not be listed', { cause: error, kind: 'bug' })
}

function append<A, B>(lists: Map<A, B[]>, key: A, value: B): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
