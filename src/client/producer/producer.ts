import { loadCodecs } from '../../wire/index.ts'
import { bounded } from '../bounded.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { PartitionMetadata, TopicMetadata } from '../cluster/metadata-image.ts'
import { invalidArgument, shown } from '../config/call-options.ts'
import {
  type CommonConfig,
  type ProducerSettings,
  producerSettings,
  type ResolvedProducerConfig,
} from '../config/index.ts'
import { isTraced, sendTrace } from '../diagnostics.ts'
import { KafkaError } from '../kafka-error.ts'
import { onAbort } from '../on-abort.ts'
import { RecordHeaders, type Serializer } from '../serdes/index.ts'
import { Accumulator, type RecordToAppend } from './accumulator.ts'
import { MemoryTurns } from './memory-turns.ts'
import { PartitionChooser } from './partition-chooser.ts'
import type { ProducerBatch, Tracker } from './producer-batch.ts'
import type { ProducerRecord } from './producer-record.ts'
import { checkedTimestamp, RecordEncoder } from './record-encoder.ts'
import type { SenderStats } from './send-counts.ts'
import { Sender } from './sender.ts'
import { TopicsInUse } from './topics-in-use.ts'
import { ManyTracker, type RecordMetadata, SingleTracker } from './trackers.ts'

export interface SendOptions {
  /** Ends the wait with the signal's reason. Records that are in a batch already may be sent all the same. */
  readonly signal?: AbortSignal | undefined
}

export interface CloseProducerOptions {
  /** How long records that wait may take to be sent; default: as long as `deliveryTimeoutMs` lets them. 0 = not at all. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait: what is not sent by then is given up. */
  readonly signal?: AbortSignal | undefined
}

/** Of `producer.stats()`. */
export interface ProducerStats extends SenderStats {
  /** Bytes of records that wait or are under way. */
  readonly bufferedBytes: number
  /** What `bufferedBytes` may be: `buffer.memory`. */
  readonly bufferMemory: number
  /** Calls of `send` and `sendBatch` that wait for memory, metadata or a serializer. */
  readonly waitingCalls: number
  readonly unfinishedBatches: number
}

export interface ProducerOptions {
  readonly cluster: Cluster
  readonly config: ResolvedProducerConfig
  readonly common: CommonConfig
  onClosed(): void
}

/** Records of one call that could not be put into batches at once. */
interface Blocked<K, V> {
  readonly records: readonly ProducerRecord<K, V>[]
  readonly tracker: Tracker
  next: number
  /** Whose order it keeps, of all its records: `laneOf`. */
  readonly lanes: ReadonlySet<string>
  readonly deadlineMs: number
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal | undefined
  /** All its records are in batches, or given up. */
  done: Promise<void>
}

const DONE = 1
const NEEDS_METADATA = 2
const NEEDS_MEMORY = 3
type Appended = typeof DONE | typeof NEEDS_METADATA | typeof NEEDS_MEMORY

/**
 * Sends records. Those of one partition keep the order of the calls; each is there once (KIP-98), unless configured otherwise.
 * Records wait for nothing but each other: a lone `await producer.send()` goes at once.
 */
export class Producer<K = string | Uint8Array | null, V = string | Uint8Array | null> implements AsyncDisposable {
  readonly #onClosed: () => void
  readonly #cluster: Cluster
  readonly #config: ResolvedProducerConfig
  readonly #settings: ProducerSettings
  readonly #accumulator: Accumulator
  readonly #sender: Sender
  readonly #encoder: RecordEncoder<K, V>
  readonly #chooser: PartitionChooser
  readonly #topics: TopicsInUse
  readonly #memory: MemoryTurns
  readonly #blocked = new Set<Blocked<K, V>>()
  /** Of each lane the last call that waits: the next one waits for it, and calls in other lanes do not. */
  readonly #lastBlocked = new Map<string, Blocked<K, V>>()
  #flushes = 0
  /** Of the last call. */
  #nowMs = 0
  #codecs: Promise<void> | undefined
  #closed: Promise<void> | undefined

  /** Made by `kafka.producer()`. */
  constructor({ cluster, config, common, onClosed }: ProducerOptions) {
    this.#onClosed = onClosed
    this.#cluster = cluster
    this.#config = config
    this.#settings = producerSettings(config, common)
    this.#encoder = new RecordEncoder({
      key: config.key as Serializer<K> | undefined,
      value: config.value as Serializer<V> | undefined,
    })
    const { bufferMemory, compressionType, maxBlockMs, maxRequestSize, metadataMaxIdleMs, retries } = config
    this.#accumulator = new Accumulator({
      batchSize: this.#settings.batchSize,
      bufferMemory,
      monotonicMs: () => cluster.clock.monotonicMs(),
    })
    this.#sender = new Sender({
      cluster,
      settings: this.#settings,
      maxInFlight: config.maxInFlightRequestsPerConnection,
      maxRequestSize,
      retries,
      backoff: { initialMs: common.retryBackoffMs, maxMs: common.retryBackoffMaxMs },
      compression: compressionType,
      compressionLevel: compressionType === 'gzip' ? config.compressionGzipLevel : config.compressionZstdLevel,
      isUrged: () => this.#flushes > 0 || this.#memory.needsRoom,
      onDone: (batch) => this.#done(batch),
      onSplit: (batch, parts) => this.#accumulator.replaced(batch, parts),
    })
    this.#memory = new MemoryTurns({
      clock: cluster.clock,
      bufferMemory,
      maxBlockMs,
      onWait: () => this.#sender.wake(),
    })
    this.#chooser = new PartitionChooser({
      config,
      batchSize: this.#settings.batchSize,
      topic: (name) => cluster.metadata.topics.get(name),
      isUnavailable: (nodeId, timeoutMs) => this.#sender.isUnavailable(nodeId, timeoutMs),
      waiting: (topic, partition) => this.#accumulator.waiting(topic, partition),
    })
    this.#topics = new TopicsInUse({
      cluster,
      metadataMaxIdleMs,
      onForgotten: (topic) => this.#chooser.forget(topic),
    })
    // Node before 22.15 has zstd as WebAssembly only.
    if (compressionType === 'zstd') this.#codecs = loadCodecs().then(() => this.#codecsLoaded())
  }

  /** Bytes of records that wait or are under way. */
  get bufferedBytes(): number {
    return this.#accumulator.usedBytes
  }

  /**
   * Resolves when the record is acknowledged, as `acks` says.
   * @throws KafkaError TIMEOUT after `deliveryTimeoutMs`; MESSAGE_TOO_LARGE, TOPIC_AUTHORIZATION_FAILED, ...; SERIALIZATION_FAILED; UNKNOWN_TOPIC_OR_PARTITION
   *   after `maxBlockMs`; CLOSED; the signal's reason
   */
  send(record: ProducerRecord<K, V>, { signal }: SendOptions = {}): Promise<RecordMetadata> {
    if (typeof record !== 'object' || record === null)
      return Promise.reject(invalidArgument(`send() takes a record, { topic, value, … }, not ${shown(record)}`))
    if (isTraced(sendTrace)) return this.#traced([record], ([given]) => this.#sendOne(given!, signal))
    return this.#sendOne(record, signal)
  }

  /**
   * Sends many with one promise, which resolves when all are acknowledged, in their order. They are not a transaction.
   * @throws KafkaItemsError when some failed: `failures` and `results` by their index; the signal's reason
   */
  sendBatch(
    records: readonly ProducerRecord<K, V>[],
    { signal }: SendOptions = {},
  ): Promise<readonly RecordMetadata[]> {
    if (records.length === 0) return Promise.resolve([])
    if (isTraced(sendTrace)) return this.#traced(records, (given) => this.#sendMany(given, signal))
    return this.#sendMany(records, signal)
  }

  /** A snapshot, for metrics and for looking at a producer that hangs. Counts are since it was made. Cheap. */
  stats(): ProducerStats {
    return {
      bufferedBytes: this.bufferedBytes,
      bufferMemory: this.#config.bufferMemory,
      waitingCalls: this.#blocked.size,
      unfinishedBatches: this.#accumulator.incomplete.size,
      ...this.#sender.stats(),
    }
  }

  /** Sends at once what waits, and resolves when all records that were given before have their outcome, good or bad. */
  async flush({ signal }: SendOptions = {}): Promise<void> {
    const blocked = [...this.#blocked].map(({ done }) => done)
    this.#flushes++
    try {
      this.#sender.wake()
      await bounded(Promise.all(blocked), { signal }, this.#cluster.clock, 'flush')
      const batches = [...this.#accumulator.incomplete]
      await bounded(Promise.all(batches.map(whenDone)), { signal }, this.#cluster.clock, 'flush')
    } finally {
      this.#flushes--
    }
  }

  /** Partitions of a topic, with their leaders. */
  async partitionsFor(topic: string, { signal }: SendOptions = {}): Promise<readonly PartitionMetadata[]> {
    const { maxBlockMs } = this.#config
    const deadlineMs = this.#cluster.clock.monotonicMs() + maxBlockMs
    return (await this.#topics.ready(topic, { deadlineMs, signal })).partitions
  }

  /** Sends what waits, then closes. Records that have no outcome after `timeoutMs` fail with CLOSED. */
  close(options: CloseProducerOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close({ timeoutMs, signal }: CloseProducerOptions): Promise<void> {
    const { clock, logger } = this.#cluster
    const error = new KafkaError('CLOSED', 'the producer was closed')
    try {
      if (timeoutMs !== 0)
        await bounded(this.flush(), { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) }, clock, 'flush')
    } catch (cause) {
      logger.warn({ cause, bufferedBytes: this.bufferedBytes }, 'the producer is closed before all records were sent')
    }
    const blocked = [...this.#blocked]
    this.#blocked.clear()
    for (const one of blocked) failRest(one, error)
    this.#sender.close(error)
    for (const batch of [...this.#accumulator.incomplete]) this.#sender.fail(batch, error)
    this.#topics.release()
    this.#onClosed()
  }

  #sendOne(record: ProducerRecord<K, V>, signal: AbortSignal | undefined): Promise<RecordMetadata> {
    return this.#start([record], (resolve, reject) => new SingleTracker(record.topic, { resolve, reject }), signal)
  }

  #sendMany(
    records: readonly ProducerRecord<K, V>[],
    signal: AbortSignal | undefined,
  ): Promise<readonly RecordMetadata[]> {
    return this.#start(records, (resolve, reject) => new ManyTracker(records, { resolve, reject }), signal)
  }

  /** Sends what is in the context when its `start` has been published. */
  #traced<T>(
    given: readonly ProducerRecord<K, V>[],
    send: (records: readonly ProducerRecord<K, V>[]) => Promise<T>,
  ): Promise<T> {
    const records = [...given]
    const context = { clientId: this.#cluster.clientId, records: records as ProducerRecord<unknown, unknown>[] }
    return sendTrace.tracePromise(() => send(records), context)
  }

  #start<T>(
    records: readonly ProducerRecord<K, V>[],
    track: (resolve: (value: T) => void, reject: (error: unknown) => void) => Tracker,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(new KafkaError('CLOSED', 'the producer was closed'))
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    return new Promise<T>((resolve, reject) => {
      if (signal === undefined) {
        this.#append(records, track(resolve, reject), undefined)
        return
      }
      const forget = onAbort(signal, () => reject(signal.reason))
      const ended = <A>(settle: (value: A) => void) => {
        return (value: A): void => {
          forget()
          settle(value)
        }
      }
      this.#append(records, track(ended(resolve), ended(reject)), signal)
    })
  }

  #append(records: readonly ProducerRecord<K, V>[], tracker: Tracker, signal: AbortSignal | undefined): void {
    let next = 0
    this.#nowMs = this.#cluster.clock.monotonicMs()
    if (this.#codecs === undefined && !this.#hasToWait(records)) {
      for (; next < records.length; next++) {
        const outcome = this.#appendOne(records[next]!, tracker, next)
        if (outcome !== DONE) break
      }
      if (next === records.length) return
    }
    const lanes = new Set<string>()
    const before = new Set<Promise<void>>()
    for (let i = next; i < records.length; i++) {
      lanes.add(this.#laneOf(records[i]!))
      for (const { done } of this.#blockedBefore(records[i]!)) before.add(done)
    }
    const deadlineMs = this.#nowMs + this.#config.maxBlockMs
    const blocked: Blocked<K, V> = { records, tracker, next, lanes, deadlineMs, signal, done: Promise.resolve() }
    this.#blocked.add(blocked)
    blocked.done = this.#drain(blocked, before)
    for (const lane of lanes) this.#lastBlocked.set(lane, blocked)
  }

  /** Calls for a topic keep their order: behind one that waits, all wait. Where memory is short, all calls do. */
  #hasToWait(records: readonly ProducerRecord<K, V>[]): boolean {
    if (this.#blocked.size === 0) return false
    return this.#memory.isTaken || records.some((record) => this.#blockedBefore(record).length > 0)
  }

  #blockedBefore({ topic, partition }: ProducerRecord<K, V>): readonly Blocked<K, V>[] {
    const inTopic = this.#lastBlocked.get(topic)
    const inPartition = partition === undefined ? undefined : this.#lastBlocked.get(partitionLane(topic, partition))
    return [inTopic, inPartition].filter((one) => one !== undefined)
  }

  /** What waits for a partition that may never be there holds up nobody who sends to others. */
  #laneOf({ topic, partition }: ProducerRecord<K, V>): string {
    const known = this.#topics.get(topic)
    const isMissing = known !== undefined && partition !== undefined && partition >= known.partitions.length
    return isMissing ? partitionLane(topic, partition) : topic
  }

  /** Behind the calls before in the same lanes, as memory and metadata come. */
  async #drain(blocked: Blocked<K, V>, before: ReadonlySet<Promise<void>>): Promise<void> {
    await this.#codecs
    for (const done of before) await done
    await this.#drainOne(blocked)
    this.#blocked.delete(blocked)
    for (const lane of blocked.lanes) {
      if (this.#lastBlocked.get(lane) === blocked) this.#lastBlocked.delete(lane)
    }
  }

  async #drainOne(blocked: Blocked<K, V>): Promise<void> {
    const { records, tracker, deadlineMs, signal } = blocked
    while (blocked.next < records.length && this.#blocked.has(blocked)) {
      if (isAborted(signal)) return
      const index = blocked.next
      const record = records[index]!
      const append = (): Promise<Appended> => this.#appendSlowly(record, tracker, index, signal)
      try {
        let outcome = this.#memory.isTaken ? NEEDS_MEMORY : await append()
        if (outcome === NEEDS_MEMORY) {
          outcome = await this.#memory.take(async () => {
            if (!this.#blocked.has(blocked)) throw new KafkaError('CLOSED', 'the producer was closed')
            const again = await append()
            return again === NEEDS_MEMORY ? undefined : again
          }, blocked)
        }
        if (outcome === DONE) blocked.next++
        else await this.#topics.ready(record.topic, { partition: record.partition, deadlineMs, signal })
      } catch (error) {
        if (!this.#blocked.has(blocked) || isAborted(signal)) return
        blocked.next++
        tracker.failed(index, asKafkaError(error))
      }
    }
  }

  #appendOne(record: ProducerRecord<K, V>, tracker: Tracker, index: number): Appended | undefined {
    const topic = this.#topics.get(record.topic)
    if (topic === undefined) return NEEDS_METADATA
    try {
      const key = this.#encoder.key(record)
      const value = this.#encoder.value(record)
      // Who encodes with a promise is served one by one.
      if (key instanceof Promise || value instanceof Promise) {
        silence(key)
        silence(value)
        return undefined
      }
      return this.#put(topic, record, key, value, tracker, index)
    } catch (error) {
      tracker.failed(index, asKafkaError(error))
      return DONE
    }
  }

  async #appendSlowly(
    record: ProducerRecord<K, V>,
    tracker: Tracker,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<Appended> {
    if (this.#topics.get(record.topic) === undefined) return NEEDS_METADATA
    const { clock } = this.#cluster
    const serialized = async (): Promise<readonly [Uint8Array | null, Uint8Array | null]> => [
      await this.#encoder.key(record),
      await this.#encoder.value(record),
    ]
    // Bounded: who encodes for ever holds nobody up behind him, once he is given up.
    const [key, value] = await bounded(serialized(), { signal }, clock, 'encoded record')
    const topic = this.#cluster.metadata.topics.get(record.topic)
    return topic === undefined ? NEEDS_METADATA : this.#put(topic, record, key, value, tracker, index)
  }

  #put(
    topic: TopicMetadata,
    record: ProducerRecord<K, V>,
    key: Uint8Array | null,
    value: Uint8Array | null,
    tracker: Tracker,
    index: number,
  ): Appended {
    const partition = this.#chooser.choose(topic, record.partition, key, value)
    if (partition < 0) return NEEDS_METADATA
    const { clock } = this.#cluster
    const toAppend: RecordToAppend = {
      timestamp: record.timestamp === undefined ? clock.wallMs() : checkedTimestamp(record.timestamp),
      key,
      value,
      headers: record.headers === undefined ? undefined : [...RecordHeaders.from(record.headers)],
    }
    const queue = this.#accumulator.queue(topic.name, partition)
    this.#topics.used(topic.name, this.#nowMs)
    this.#checkSize(toAppend)
    const { batchSize, callBatchSize } = this.#settings
    const bytesMax = tracker instanceof ManyTracker ? callBatchSize : batchSize
    const appended = this.#accumulator.append(queue, toAppend, tracker, index, bytesMax)
    if (appended === undefined) return NEEDS_MEMORY
    this.#sender.added(queue)
    this.#chooser.appended(topic, record.partition, key, appended)
    return DONE
  }

  #checkSize({ key, value }: RecordToAppend): void {
    const { maxRequestSize, bufferMemory } = this.#config
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    if (bytes <= maxRequestSize && bytes <= bufferMemory) return
    const limit = bytes > maxRequestSize ? `maxRequestSize, ${maxRequestSize}` : `bufferMemory, ${bufferMemory}`
    throw new KafkaError('MESSAGE_TOO_LARGE', `a record of ${bytes} bytes is larger than ${limit}`)
  }

  #done(batch: ProducerBatch): void {
    this.#accumulator.done(batch)
    this.#memory.freed()
  }

  #codecsLoaded(): void {
    this.#codecs = undefined
  }
}

/** No topic's name has a space. */
function partitionLane(topic: string, partition: number): string {
  return `${topic} ${partition}`
}

function whenDone(batch: ProducerBatch): Promise<void> {
  return new Promise((resolve) => batch.whenDone(resolve))
}

function failRest(
  { records, tracker, next }: Pick<Blocked<unknown, unknown>, 'records' | 'tracker' | 'next'>,
  error: KafkaError,
): void {
  for (let index = next; index < records.length; index++) tracker.failed(index, error)
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new KafkaError('INVALID_ARGUMENT', message, { cause: error })
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function silence(value: unknown): void {
  if (value instanceof Promise) value.catch(() => {})
}
