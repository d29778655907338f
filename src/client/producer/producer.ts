import { loadCodecs } from '../../wire/index.ts'
import type { Cluster, TopicWatch } from '../cluster/cluster.ts'
import type { PartitionMetadata, TopicMetadata } from '../cluster/metadata-image.ts'
import { bounded } from '../cluster/metadata-keeper.ts'
import { checkTopic, invalidArgument, shown } from '../config/call-options.ts'
import {
  type CommonConfig,
  type ProducerSettings,
  producerSettings,
  type ResolvedProducerConfig,
} from '../config/index.ts'
import { isTraced, sendTrace } from '../diagnostics.ts'
import { KafkaError } from '../kafka-error.ts'
import { loadChecksums } from '../load-checksums.ts'
import { onAbort } from '../on-abort.ts'
import { type HeadersInput, RecordHeaders, type Serializer } from '../serdes/index.ts'
import { Accumulator, type RecordToAppend } from './accumulator.ts'
import { partitionOfKey } from './partitioner.ts'
import type { ProducerBatch, Tracker } from './producer-batch.ts'
import { Sender, type SenderStats } from './sender.ts'
import { type PartitionLoad, StickyPartition } from './sticky-partition.ts'
import { ManyTracker, type RecordMetadata, SingleTracker } from './trackers.ts'

export interface ProducerRecord<K, V> {
  readonly topic: string
  readonly key?: K | undefined
  readonly value: V
  readonly headers?: HeadersInput | undefined
  /** Default: by the key, or batch by batch. */
  readonly partition?: number | undefined
  /** In ms since the epoch; default now. */
  readonly timestamp?: number | undefined
}

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
  /** Of all its records. */
  readonly topics: ReadonlySet<string>
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
  readonly #keySerializer: Serializer<K> | undefined
  readonly #valueSerializer: Serializer<V> | undefined
  readonly #sticky = new Map<string, StickyPartition>()
  readonly #lastUsedMs = new Map<string, number>()
  #watch: TopicWatch | undefined
  readonly #blocked = new Set<Blocked<K, V>>()
  /** Of each topic the last call that waits: the next one waits for it, and calls for other topics do not. */
  readonly #lastBlocked = new Map<string, Blocked<K, V>>()
  /** Calls that wait for memory take turns, so that small records do not take what a large one waits for. */
  #memoryTurn: Promise<void> = Promise.resolve()
  #memoryWaiters = 0
  #wakeMemory: (() => void) | undefined
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
    this.#keySerializer = config.key as Serializer<K> | undefined
    this.#valueSerializer = config.value as Serializer<V> | undefined
    const { bufferMemory, compressionType, maxRequestSize, retries } = config
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
      isUrged: () => this.#flushes > 0 || this.#wakeMemory !== undefined,
      onDone: (batch) => this.#done(batch),
      onSplit: (batch, parts) => this.#accumulator.replaced(batch, parts),
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
    return (await this.#topic(topic, deadlineMs, signal)).partitions
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
    this.#watch?.release()
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
    const topics = new Set<string>()
    for (let i = next; i < records.length; i++) topics.add(records[i]!.topic)
    const deadlineMs = this.#nowMs + this.#config.maxBlockMs
    const blocked: Blocked<K, V> = { records, tracker, next, topics, deadlineMs, signal, done: Promise.resolve() }
    this.#blocked.add(blocked)
    blocked.done = this.#drain(blocked)
    for (const topic of topics) this.#lastBlocked.set(topic, blocked)
  }

  /** Calls for a topic keep their order: behind one that waits, all wait. Where memory is short, all calls do. */
  #hasToWait(records: readonly ProducerRecord<K, V>[]): boolean {
    if (this.#blocked.size === 0) return false
    return this.#memoryWaiters > 0 || records.some(({ topic }) => this.#lastBlocked.has(topic))
  }

  /** Behind the calls before for the same topics, as memory and metadata come. */
  async #drain(blocked: Blocked<K, V>): Promise<void> {
    const before = Array.from(blocked.topics, (topic) => this.#lastBlocked.get(topic)?.done)
    await this.#codecs
    for (const done of before) await done
    await this.#drainOne(blocked)
    this.#blocked.delete(blocked)
    for (const topic of blocked.topics) {
      if (this.#lastBlocked.get(topic) === blocked) this.#lastBlocked.delete(topic)
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
        let outcome = this.#memoryWaiters > 0 ? NEEDS_MEMORY : await append()
        if (outcome === NEEDS_MEMORY) outcome = await this.#appendInTurn(append, blocked)
        if (outcome === DONE) blocked.next++
        else if (outcome === NEEDS_METADATA) await this.#topic(record.topic, deadlineMs, signal)
      } catch (error) {
        if (!this.#blocked.has(blocked) || isAborted(signal)) return
        blocked.next++
        tracker.failed(index, asKafkaError(error))
      }
    }
  }

  /** Appends a record as soon as there is memory, behind those that have waited longer. */
  async #appendInTurn(append: () => Promise<Appended>, blocked: Blocked<K, V>): Promise<Appended> {
    const { deadlineMs, signal } = blocked
    const before = this.#memoryTurn
    let pass = (): void => {}
    this.#memoryTurn = new Promise((resolve) => {
      pass = resolve
    })
    this.#memoryWaiters++
    try {
      await this.#boundedByMemory(before, deadlineMs, signal)
      for (;;) {
        if (!this.#blocked.has(blocked)) throw new KafkaError('CLOSED', 'the producer was closed')
        const outcome = await append()
        if (outcome !== NEEDS_MEMORY) return outcome
        await this.#memory(deadlineMs, signal)
      }
    } finally {
      this.#memoryWaiters--
      // Who gives up before it was its turn leaves the turn to those before it.
      void before.then(pass)
    }
  }

  #appendOne(record: ProducerRecord<K, V>, tracker: Tracker, index: number): Appended | undefined {
    const topic = this.#cluster.metadata.topics.get(record.topic)
    if (topic === undefined || !this.#lastUsedMs.has(record.topic)) return NEEDS_METADATA
    try {
      const key = this.#serialize(this.#keySerializer, record, 'key')
      const value = this.#serialize(this.#valueSerializer, record, 'value')
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
    if (this.#cluster.metadata.topics.get(record.topic) === undefined) return NEEDS_METADATA
    if (!this.#lastUsedMs.has(record.topic)) return NEEDS_METADATA
    const { clock } = this.#cluster
    const serialized = async (): Promise<readonly [Uint8Array | null, Uint8Array | null]> => [
      await this.#serialize(this.#keySerializer, record, 'key'),
      await this.#serialize(this.#valueSerializer, record, 'value'),
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
    const partition = this.#partitionOf(topic, record, key, value)
    if (partition < 0) return NEEDS_METADATA
    const { clock } = this.#cluster
    const toAppend: RecordToAppend = {
      timestamp: record.timestamp === undefined ? clock.wallMs() : checkedTimestamp(record.timestamp),
      key,
      value,
      headers: record.headers === undefined ? undefined : [...RecordHeaders.from(record.headers)],
    }
    const queue = this.#accumulator.queue(topic.name, partition)
    this.#lastUsedMs.set(topic.name, this.#nowMs)
    this.#checkSize(toAppend)
    const { batchSize, callBatchSize } = this.#settings
    const bytesMax = tracker instanceof ManyTracker ? callBatchSize : batchSize
    const appended = this.#accumulator.append(queue, toAppend, tracker, index, bytesMax)
    if (appended === undefined) return NEEDS_MEMORY
    this.#sender.added(queue)
    const sticky = this.#sticky.get(topic.name)
    if (sticky !== undefined && this.#isSticky(record, key)) {
      sticky.appended(appended.bytes, appended.startsBatch, () => this.#load(topic))
    }
    return DONE
  }

  #partitionOf(
    topic: TopicMetadata,
    record: ProducerRecord<K, V>,
    key: Uint8Array | null,
    value: Uint8Array | null,
  ): number {
    const partitionCount = topic.partitions.length
    const { partitioner } = this.#config
    const chosen = record.partition ?? partitioner?.({ topic: topic.name, key, value, partitionCount })
    if (chosen !== undefined) {
      if (Number.isInteger(chosen) && chosen >= 0 && chosen < partitionCount) return chosen
      throw new KafkaError(
        'INVALID_ARGUMENT',
        `${topic.name} has partitions 0 to ${partitionCount - 1}, and no ${chosen}`,
      )
    }
    if (!this.#isSticky(record, key)) return partitionOfKey(key!, partitionCount)
    let sticky = this.#sticky.get(topic.name)
    if (sticky === undefined) {
      sticky = new StickyPartition(this.#settings.batchSize)
      this.#sticky.set(topic.name, sticky)
    }
    const partition = sticky.choose(() => this.#load(topic))
    if (partition >= 0 && (topic.partitions[partition]?.leaderId ?? -1) < 0) {
      sticky.forget()
      return sticky.choose(() => this.#load(topic))
    }
    return partition
  }

  #isSticky(record: ProducerRecord<K, V>, key: Uint8Array | null): boolean {
    return record.partition === undefined && (key === null || this.#config.partitionerIgnoreKeys)
  }

  #load(topic: TopicMetadata): PartitionLoad {
    const { partitionerAdaptivePartitioningEnable, partitionerAvailabilityTimeoutMs } = this.#config
    const current = this.#cluster.metadata.topics.get(topic.name) ?? topic
    const led = current.partitions.filter(({ leaderId }) => leaderId >= 0)
    const available = led.filter(
      ({ leaderId }) => !this.#sender.isUnavailable(leaderId, partitionerAvailabilityTimeoutMs),
    )
    const partitions = (available.length > 0 ? available : led).map(({ partition }) => partition)
    if (!partitionerAdaptivePartitioningEnable) return { partitions, waiting: undefined }
    return { partitions, waiting: partitions.map((partition) => this.#accumulator.waiting(topic.name, partition)) }
  }

  #checkSize({ key, value }: RecordToAppend): void {
    const { maxRequestSize, bufferMemory } = this.#config
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    if (bytes <= maxRequestSize && bytes <= bufferMemory) return
    const limit = bytes > maxRequestSize ? `maxRequestSize, ${maxRequestSize}` : `bufferMemory, ${bufferMemory}`
    throw new KafkaError('MESSAGE_TOO_LARGE', `a record of ${bytes} bytes is larger than ${limit}`)
  }

  #serialize<T>(
    serializer: Serializer<T> | undefined,
    record: ProducerRecord<K, V>,
    part: 'key' | 'value',
  ): Uint8Array | null | Promise<Uint8Array | null> {
    const given = (part === 'key' ? record.key : record.value) as T
    try {
      // Of kafkajs's { topic, messages } a tombstone would be made without a word.
      if (given === undefined && part === 'value')
        throw new TypeError('it is undefined; a tombstone has the value null')
      if (serializer === undefined) return plainBytes(given)
      if (part === 'key' && given === undefined) return null
      const bytes = serializer.serialize(given, record, part)
      return bytes instanceof Promise
        ? bytes.catch((error: unknown) => Promise.reject(notSerialized(record, part, error)))
        : bytes
    } catch (error) {
      throw notSerialized(record, part, error)
    }
  }

  /** The topic, when metadata has it. @throws KafkaError what the cluster says of it; the last such after the deadline */
  async #topic(name: string, deadlineMs: number, signal?: AbortSignal): Promise<TopicMetadata> {
    checkTopic(name)
    const { clock } = this.#cluster
    this.#use(name)
    /** What the cluster said last tells more than that the time is over. */
    let last: KafkaError | undefined
    for (;;) {
      const timeoutMs = Math.max(0, deadlineMs - clock.monotonicMs())
      const image = await this.#watch!.ready({ signal, timeoutMs }).catch((failure: unknown) => {
        throw last !== undefined && failure instanceof KafkaError && failure.code === 'TIMEOUT' ? last : failure
      })
      const topic = this.#cluster.metadata.topics.get(name) ?? image.topics.get(name)
      if (topic?.partitions.some(({ leaderId }) => leaderId >= 0) === true) return topic
      const code = image.errors.get(name) ?? 'LEADER_NOT_AVAILABLE'
      const error = new KafkaError(code, `${name} cannot be produced to: ${new KafkaError(code).message}`)
      if (error.kind !== 'retriable' || timeoutMs === 0) throw error
      last = error
      await this.#cluster.refresh(`${name} is not there yet`, { signal, timeoutMs }).catch((failure: unknown) => {
        throw failure instanceof KafkaError && failure.code === 'TIMEOUT' ? error : failure
      })
    }
  }

  /** Topics are watched from their first record on, until nothing has been sent to them for `metadata.max.idle.ms`. */
  #use(name: string): void {
    const nowMs = this.#cluster.clock.monotonicMs()
    const isNew = !this.#lastUsedMs.has(name)
    if (isNew) loadChecksums()
    this.#lastUsedMs.set(name, nowMs)
    if (!isNew && this.#watch !== undefined) return
    for (const [topic, usedMs] of this.#lastUsedMs) {
      if (nowMs - usedMs > this.#config.metadataMaxIdleMs) this.#lastUsedMs.delete(topic)
    }
    const topics = [...this.#lastUsedMs.keys()]
    if (this.#watch === undefined) this.#watch = this.#cluster.watchTopics(topics, { allowAutoTopicCreation: true })
    else this.#watch.set(topics)
  }

  /** Resolves when a batch has had its outcome. */
  async #memory(deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    const room = new Promise<void>((resolve) => {
      this.#wakeMemory = resolve
    })
    this.#sender.wake()
    try {
      await this.#boundedByMemory(room, deadlineMs, signal)
    } finally {
      this.#wakeMemory = undefined
    }
  }

  /** @throws KafkaError TIMEOUT at the deadline; the signal's reason */
  async #boundedByMemory(wait: Promise<void>, deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#cluster
    const { bufferMemory, maxBlockMs } = this.#config
    const timeoutMs = Math.max(0, deadlineMs - clock.monotonicMs())
    try {
      await bounded(wait, { signal, timeoutMs }, clock, 'buffer memory')
    } catch (error) {
      if (isAborted(signal)) throw error
      throw new KafkaError('TIMEOUT', `no buffer memory (${bufferMemory} bytes) within ${maxBlockMs} ms`)
    }
  }

  #done(batch: ProducerBatch): void {
    this.#accumulator.done(batch)
    this.#wakeMemory?.()
  }

  #codecsLoaded(): void {
    this.#codecs = undefined
  }
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

/** Without a serializer: bytes as they are, text in UTF-8. */
function plainBytes(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (value instanceof Uint8Array) return value
  throw new TypeError(`it is ${typeof value}; without a serializer, bytes, strings and null can be sent`)
}

function checkedTimestamp(timestamp: number): number {
  if (Number.isSafeInteger(timestamp)) return timestamp
  throw invalidArgument(`a timestamp is a whole number of milliseconds since 1970, not ${shown(timestamp)}`)
}

function notSerialized(record: { readonly topic: string }, part: string, cause: unknown): KafkaError {
  const message = `the ${part} of a record for ${record.topic} cannot be encoded: ${(cause as Error).message}`
  return new KafkaError('SERIALIZATION_FAILED', message, { cause })
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('INVALID_ARGUMENT', (error as Error).message, { cause: error })
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function silence(value: unknown): void {
  if (value instanceof Promise) value.catch(() => {})
}
