import type { IsolationLevel, PartitionLog, ReadOutcome } from '../../log/index.ts'
import { ErrorCode, type ErrorName } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { AnswerMemory } from '../handler.ts'
import { leaderEpochError } from '../leader-epoch.ts'
import { TOPIC_ID_VERSION } from './fetch-context.ts'
import type { FetchAllowance } from './fetch-memory.ts'
import type { FetchAnswer, FetchPartition, FetchPartitionAnswer } from './fetch-partition.ts'

export interface FetchParams {
  readonly apiVersion: number
  readonly isolation: IsolationLevel
  /** What it may read over all partitions, asked before each read. */
  allowance(): FetchAllowance
  /** Nobody waits for the answer any more. */
  isAbandoned(): boolean
  /** For what takes a while to read. */
  readonly memory: AnswerMemory
  /** The sender says that it is a replica: refused, one node has none. */
  readonly isFollower: boolean
}

export interface FetchRead {
  readonly answers: readonly FetchAnswer[]
  readonly sizeBytes: number
  /** Some partition has an error or a diverging epoch: the answer must not wait. */
  readonly hasError: boolean
  /** There are records, but so little memory for answers that none of them could be read: try again when there is more. */
  readonly isStarved: boolean
}

/** Reads partitions in order, within the limits. Synchronous as long as the logs are. */
export function readPartitions(
  targets: readonly FetchPartition[],
  params: FetchParams,
  broker: Broker,
): FetchRead | Promise<FetchRead> {
  const reader = new PartitionReader(targets, params, broker)
  const read = reader.readFrom(0)
  if (!(read instanceof Promise)) return read
  const { memory } = params
  const bytes = Math.min(
    reader.maxBytes,
    targets.reduce((sum, target) => sum + target.maxBytes, 0),
  )
  memory.reserve(bytes)
  return read.finally(() => memory.release(bytes))
}

class PartitionReader {
  readonly #targets: readonly FetchPartition[]
  readonly #params: FetchParams
  readonly #broker: Broker
  readonly maxBytes: number
  readonly #answers: FetchAnswer[] = []
  /** Of topics that nobody knows; they come last, as in Kafka. */
  readonly #unknown: FetchAnswer[] = []
  readonly #atLeastOneBatch: boolean
  #sizeBytes = 0
  #hasError = false
  #hasUnread = false

  constructor(targets: readonly FetchPartition[], params: FetchParams, broker: Broker) {
    this.#targets = targets
    this.#params = params
    this.#broker = broker
    const { maxBytes, atLeastOneBatch } = params.allowance()
    this.maxBytes = maxBytes
    this.#atLeastOneBatch = atLeastOneBatch
  }

  readFrom(start: number): FetchRead | Promise<FetchRead> {
    for (let i = start; i < this.#targets.length; i++) {
      const target = this.#targets[i]!
      const log = logOf(target, this.#params, this.#broker)
      if (typeof log === 'string') {
        this.#fail(target, log)
        continue
      }
      const diverging = divergingEpoch(target, log)
      if (diverging !== undefined) {
        if (diverging === 'OFFSET_OUT_OF_RANGE') this.#fail(target, diverging)
        else this.#diverge(target, log, diverging)
        continue
      }
      const outcome = log.read({
        offset: target.fetchOffset,
        maxBytes: Math.min(target.maxBytes, Math.max(0, this.maxBytes - this.#sizeBytes)),
        atLeastOneBatch: this.#atLeastOneBatch && this.#sizeBytes === 0,
        isolation: this.#params.isolation,
      })
      if (outcome instanceof Promise) {
        return outcome.then((read) => {
          this.#add(target, log, read)
          return this.readFrom(this.#params.isAbandoned() ? this.#targets.length : i + 1)
        })
      }
      this.#add(target, log, outcome)
    }
    for (const answer of this.#unknown) this.#answers.push(answer)
    const isStarved = this.#hasUnread && this.#sizeBytes === 0 && !this.#hasError
    return { answers: this.#answers, sizeBytes: this.#sizeBytes, hasError: this.#hasError, isStarved }
  }

  #add(target: FetchPartition, log: PartitionLog, outcome: ReadOutcome): void {
    const { errorCode, sizeBytes } = outcome
    if (errorCode !== 'NONE' && errorCode !== 'OFFSET_OUT_OF_RANGE') {
      this.#fail(target, errorCode)
      return
    }
    this.#sizeBytes += sizeBytes
    if (!this.#atLeastOneBatch && sizeBytes === 0 && target.fetchOffset < this.#limitOf(outcome)) this.#hasUnread = true
    if (errorCode !== 'NONE') this.#hasError = true
    this.#answers.push({ target, answer: answerOf(target, outcome, this.#params.isolation), sizeBytes, log })
  }

  #limitOf({ highWatermark, lastStableOffset }: ReadOutcome): bigint {
    return this.#params.isolation === 1 ? lastStableOffset : highWatermark
  }

  #fail(target: FetchPartition, error: ErrorName): void {
    this.#hasError = true
    // Clients before Fetch 6 do not know KAFKA_STORAGE_ERROR; this one makes them refresh and retry, as in Kafka.
    const told = error === 'KAFKA_STORAGE_ERROR' && this.#params.apiVersion <= 5 ? 'NOT_LEADER_OR_FOLLOWER' : error
    const answers = isUnknownTopic(error) ? this.#unknown : this.#answers
    answers.push({ target, answer: failedAnswer(target, told), sizeBytes: 0 })
  }

  #diverge(target: FetchPartition, log: PartitionLog, diverging: Diverging): void {
    this.#hasError = true
    const { highWatermark, lastStableOffset, logStartOffset } = log
    const at = { errorCode: 'NONE', records: [], highWatermark, lastStableOffset, logStartOffset } as const
    const answer = answerOf(target, { ...at, sizeBytes: 0, abortedTransactions: [] }, this.#params.isolation)
    this.#answers.push({ target, answer: { ...answer, divergingEpoch: diverging }, sizeBytes: 0 })
  }
}

/** The partition's log, or what the client is told instead. */
export function logOf(
  target: FetchPartition,
  { apiVersion, isFollower }: FetchParams,
  broker: Broker,
): PartitionLog | ErrorName {
  const { image } = broker.metadata
  const { topicKey, partition } = target
  const byId = apiVersion >= TOPIC_ID_VERSION
  const topic = byId ? image.topicsById.get(topicKey) : image.topicsByName.get(topicKey)
  if (topic === undefined) return byId ? unknownTopicId(target, broker) : 'UNKNOWN_TOPIC_OR_PARTITION'
  target.topicName = topic.name
  const log = broker.partitionLog(topic, partition)
  if (log === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (isFollower) return 'NOT_LEADER_OR_FOLLOWER'
  return leaderEpochError(target.currentLeaderEpoch, image.leaderEpoch) ?? log
}

/** A session remembers the name of an id: the topic may be gone, or another one may have its name now (KIP-516). */
function unknownTopicId({ topicName }: FetchPartition, broker: Broker): ErrorName {
  if (topicName === undefined) return 'UNKNOWN_TOPIC_ID'
  return broker.metadata.image.topicsByName.has(topicName) ? 'INCONSISTENT_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
}

interface Diverging {
  readonly epoch: number
  readonly endOffset: bigint
}

/** KIP-595: a reader whose last epoch ended here before the offset that it asks for has read what was cut off. */
function divergingEpoch(
  { lastFetchedEpoch, fetchOffset }: FetchPartition,
  log: PartitionLog,
): Diverging | 'OFFSET_OUT_OF_RANGE' | undefined {
  if (lastFetchedEpoch < 0 || fetchOffset < log.logStartOffset) return undefined
  const end = log.endOffsetForEpoch(lastFetchedEpoch)
  if (end === undefined) return 'OFFSET_OUT_OF_RANGE'
  const diverges = end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset
  return diverges ? { epoch: end.leaderEpoch, endOffset: end.endOffset } : undefined
}

function answerOf(target: FetchPartition, outcome: ReadOutcome, isolation: IsolationLevel): FetchPartitionAnswer {
  return {
    partitionIndex: target.partition,
    errorCode: ErrorCode[outcome.errorCode],
    highWatermark: outcome.highWatermark,
    lastStableOffset: outcome.lastStableOffset,
    logStartOffset: outcome.logStartOffset,
    abortedTransactions: isolation === 1 ? outcome.abortedTransactions : null,
    // Empty, never null: librdkafka takes null for a broken message set.
    records: outcome.records,
  }
}

function failedAnswer(target: FetchPartition, error: ErrorName): FetchPartitionAnswer {
  return {
    partitionIndex: target.partition,
    errorCode: ErrorCode[error],
    highWatermark: -1n,
    lastStableOffset: -1n,
    logStartOffset: -1n,
    // Empty where the topic is not found, null where the log refuses: as in Kafka.
    abortedTransactions: isUnknownTopic(error) ? [] : null,
    records: [],
  }
}

function isUnknownTopic(error: ErrorName): boolean {
  return error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'UNKNOWN_TOPIC_ID'
}
