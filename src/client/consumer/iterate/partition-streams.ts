import { KafkaError } from '../../kafka-error.ts'
import type { CommitCallOptions, OffsetToCommit } from '../commit/commits.ts'
import type { ConsumerRecord } from '../fetch/consumer-record.ts'
import type { RecordError } from '../fetch/record-error.ts'
import type { ErrorPolicy } from '../on-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Delivery, Face, FirstInHand } from './delivery.ts'
import { InLoop } from './in-loop.ts'

/** Commits what a stream has processed. */
export type CommitOffsets = (offsets: readonly OffsetToCommit[], options?: CommitCallOptions) => Promise<void>

interface Common<K, V> {
  readonly delivery: Delivery<K, V>
  readonly policy: ErrorPolicy
  readonly signal: AbortSignal | undefined
  readonly commit: CommitOffsets
}

/** What belongs to one assigned partition. */
class OfPartition {
  readonly #state: PartitionState

  constructor(state: PartitionState) {
    this.#state = state
  }

  get topic(): string {
    return this.#state.topic
  }

  get partition(): number {
    return this.#state.partition
  }

  /** Aborts when the partition is revoked, with the reason. */
  get signal(): AbortSignal {
    return this.#state.signal
  }
}

/** Records of one partition that came in one batch. */
export class RecordBatch<K, V> extends OfPartition implements Iterable<ConsumerRecord<K, V>> {
  readonly records: readonly ConsumerRecord<K, V>[]
  readonly #commit: CommitOffsets

  /** @internal */
  constructor(state: PartitionState, records: readonly ConsumerRecord<K, V>[], commit: CommitOffsets) {
    super(state)
    this.records = records
    this.#commit = commit
  }

  get firstOffset(): bigint {
    return this.records[0]!.offset
  }

  get lastOffset(): bigint {
    return this.records.at(-1)!.offset
  }

  [Symbol.iterator](): Iterator<ConsumerRecord<K, V>> {
    return this.records[Symbol.iterator]()
  }

  /** Commits the offset behind this batch, now. @throws KafkaError, `fenced` when the partition has gone to another; the signal's reason */
  async commit(options: CommitCallOptions = {}): Promise<void> {
    const last = this.records.at(-1)!
    const { topic, partition } = this
    await this.#commit([{ topic, partition, offset: last.offset + 1n, leaderEpoch: last.leaderEpoch }], options)
  }
}

/** Batches, or records, of partitions; what was given counts as processed when more is asked for. */
export interface ForEach<T> extends AsyncIterableIterator<T> {
  /** One after the other. Resolves when the stream has ended; rejects with what `fn` throws, which stays unprocessed. */
  forEach(fn: (item: T) => unknown): Promise<void>
}

interface Sleeper<K, V> {
  readonly stream: PartitionStream<K, V> | undefined
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * `consumer.partitions()`: a stream for each assigned partition, those that are assigned already first. The face of all its streams: they are read
 * side by side, each at its own pace.
 */
export class PartitionStreams<K, V> implements AsyncIterableIterator<PartitionStream<K, V>>, Face {
  readonly name = 'partitions()'
  readonly #common: Common<K, V>
  readonly #streams = new Map<PartitionState, PartitionStream<K, V>>()
  /** Streams whose records are at work, those that were given first in front, with when that was. */
  readonly #working = new Map<PartitionStream<K, V>, number>()
  /** Readers, of streams and (without one) of partitions, that wait for something to read. */
  #sleepers: Sleeper<K, V>[] = []
  #isWatching = false
  /** Found at the last look, and not handed out yet. */
  #unseen: PartitionState[] = []
  #isDone = false

  constructor(common: Common<K, V>) {
    this.#common = common
    common.delivery.enter(this)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  firstInHand(state: PartitionState): FirstInHand | undefined {
    return this.#streams.get(state)?.firstInHand
  }

  forget(state: PartitionState): void {
    const stream = this.#streams.get(state)
    if (stream === undefined) return
    this.#streams.delete(state)
    this.#working.delete(stream)
    this.#tellWaiting()
  }

  busySinceMs(): number | undefined {
    return this.#working.values().next().value
  }

  /** @internal The application has something of this stream. */
  began(stream: PartitionStream<K, V>): void {
    const { delivery } = this.#common
    this.#working.set(stream, delivery.clock.monotonicMs())
    delivery.setWaiting(false)
  }

  /** @internal It has it no more, and asks for the next, which is there or is waited for. */
  ended(stream: PartitionStream<K, V>): void {
    this.#working.delete(stream)
  }

  /** @internal It has it no more, and asks for nothing. */
  left(stream: PartitionStream<K, V>): void {
    if (this.#working.delete(stream)) this.#tellWaiting()
  }

  /** @internal A reader got what it waited for, and will ask again, or not. */
  asksNoMore(): void {
    if (this.#sleepers.length === 0) this.#common.delivery.setWaiting(false)
  }

  /** @internal Until there is something for this stream, or (without one) anything has changed. @throws the signal's reason */
  changed(stream?: PartitionStream<K, V>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ stream, resolve, reject })
      this.#tellWaiting()
      this.#watch()
    })
  }

  /** One waits for all: of thousands of streams those wake that have something to do. */
  #watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    const { delivery, signal } = this.#common
    delivery.changed({ signal }).then(
      () => this.#wake(({ stream }) => stream?.isAwake !== false),
      (reason) => this.#wake(() => true, reason),
    )
  }

  #wake(isAwake: (sleeper: Sleeper<K, V>) => boolean, reason?: unknown): void {
    this.#isWatching = false
    const awake: Sleeper<K, V>[] = []
    const asleep: Sleeper<K, V>[] = []
    for (const sleeper of this.#sleepers) (isAwake(sleeper) ? awake : asleep).push(sleeper)
    this.#sleepers = asleep
    if (asleep.length > 0) this.#watch()
    for (const { resolve, reject } of awake) reason === undefined ? resolve() : reject(reason)
  }

  /** As long as nobody is at work and somebody waits, the application is not too slow: there is nothing to do. */
  #tellWaiting(): void {
    if (!this.#isDone && this.#working.size === 0 && this.#sleepers.length > 0) this.#common.delivery.setWaiting(true)
  }

  /** The next partition that has no stream yet. */
  async next(): Promise<IteratorResult<PartitionStream<K, V>>> {
    const { delivery, signal } = this.#common
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (this.#isDone || delivery.isClosed) return this.return()
        delivery.throwFailure()
        const state = this.#nextUnseen()
        if (state !== undefined) {
          const stream = new PartitionStream(this, this.#common, state)
          this.#streams.set(state, stream)
          this.asksNoMore()
          return { value: stream, done: false }
        }
        delivery.asked()
        await this.changed()
      }
    } catch (error) {
      this.#end()
      throw error
    }
  }

  #nextUnseen(): PartitionState | undefined {
    const { subscription } = this.#common.delivery
    for (;;) {
      if (this.#unseen.length === 0) {
        this.#unseen = [...subscription].filter((state) => !this.#streams.has(state) && !state.isRevoking).reverse()
      }
      const state = this.#unseen.pop()
      if (state === undefined || (subscription.has(state) && !state.isRevoking)) return state
    }
  }

  /** Ends all streams. */
  async return(): Promise<IteratorResult<PartitionStream<K, V>>> {
    this.#end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {})
  }

  #end(): void {
    if (this.#isDone) return
    this.#isDone = true
    for (const stream of this.#streams.values()) stream.end()
    this.#common.delivery.leave(this)
  }
}

/** Records of one assigned partition, from its position until it is revoked, or `partitions()` ends. */
export class PartitionStream<K, V> extends OfPartition implements AsyncIterable<ConsumerRecord<K, V>> {
  readonly #streams: PartitionStreams<K, V>
  readonly #common: Common<K, V>
  readonly #state: PartitionState
  #firstInHand: FirstInHand | undefined
  #isEnded = false
  #isRead = false
  readonly #inLoop: InLoop

  /** @internal */
  constructor(streams: PartitionStreams<K, V>, common: Common<K, V>, state: PartitionState) {
    super(state)
    this.#streams = streams
    this.#inLoop = new InLoop(common.delivery.host)
    this.#common = common
    this.#state = state
  }

  /** @internal */
  get firstInHand(): FirstInHand | undefined {
    return this.#firstInHand
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>> {
    return this.records()
  }

  /** One by one. */
  records(): ForEach<ConsumerRecord<K, V>> {
    return new StreamReader(this, async () => (await this.#take(1))?.[0])
  }

  /** In the batches that they were produced in. */
  batches(): ForEach<RecordBatch<K, V>> {
    return new StreamReader(this, async () => {
      const records = await this.#take(Number.POSITIVE_INFINITY)
      return records === undefined ? undefined : new RecordBatch(this.#state, records, this.#common.commit)
    })
  }

  /** @internal Whether its reader has something to do. */
  get isAwake(): boolean {
    const { delivery } = this.#common
    const state = this.#state
    if (this.#isEnded || state.isRevoking || delivery.isClosed || delivery.mayHaveFailed) return true
    return state.isFetchable && delivery.queue.buffer(state).isReady()
  }

  /** @internal */
  end(): void {
    this.#isEnded = true
    this.giveBack()
  }

  /** @internal A reader begins. @throws KafkaError INVALID_STATE when another one reads */
  beginReading(): void {
    if (this.#isRead)
      throw new KafkaError('INVALID_STATE', `${this.#state.name} is being read already: records() or batches(), once`)
    this.#isRead = true
  }

  /** @internal What was given last is not processed: it will be given again. */
  giveBack(): void {
    const first = this.#firstInHand
    this.#isRead = false
    this.#inLoop.done(false)
    this.#streams.left(this)
    if (first === undefined) return
    this.#firstInHand = undefined
    this.#common.delivery.giveBack(this.#state, first)
  }

  async #take(max: number): Promise<readonly ConsumerRecord<K, V>[] | undefined> {
    const { delivery, signal } = this.#common
    const state = this.#state
    if (this.#firstInHand !== undefined) {
      this.#firstInHand = undefined
      this.#inLoop.done(true)
      this.#streams.ended(this)
      if (state.isRevoking) delivery.notify()
    }
    if (delivery.asked()) await delivery.turn()
    for (;;) {
      signal?.throwIfAborted()
      if (this.#isEnded || state.isRevoking || delivery.isClosed) {
        this.#streams.asksNoMore()
        return undefined
      }
      delivery.throwFailure()
      const buffer = delivery.queue.buffer(state)
      if (!state.isFetchable || !buffer.isReady()) {
        await this.#streams.changed(this)
        continue
      }
      const { seeks } = state
      const { records, error } = await delivery.readBatch(
        buffer,
        max,
        (first) => {
          this.#firstInHand = first
          this.#streams.began(this)
        },
        signal,
      )
      if (this.#isEnded || state.isRevoking) {
        this.giveBack()
        return undefined
      }
      // Sought while it was decoded: also a failure is none of the new position.
      if (state.seeks !== seeks) {
        this.#firstInHand = undefined
        this.#streams.ended(this)
        continue
      }
      // What comes before a failure first; the failure comes next.
      if (records.length > 0 && error !== undefined) {
        state.seek(error.offset)
        this.#firstInHand = { ...this.#firstInHand!, seeks: state.seeks }
      }
      if (records.length > 0) {
        this.#inLoop.given(records)
        return records
      }
      if (error !== undefined) await this.#judge(error)
    }
  }

  async #judge(error: RecordError): Promise<void> {
    const { delivery, signal, policy } = this.#common
    const state = this.#state
    const { seeks } = state
    this.#firstInHand = { offset: error.offset, leaderEpoch: -1, seeks }
    this.#streams.began(this)
    try {
      await delivery.judge(policy, { state, error, signal })
    } catch (failure) {
      this.giveBack()
      throw failure
    }
    this.#firstInHand = undefined
    this.#streams.ended(this)
    delivery.giveBack(state, { offset: error.nextOffset, seeks })
  }
}

class StreamReader<K, V, T> implements ForEach<T> {
  readonly #stream: PartitionStream<K, V>
  readonly #take: () => Promise<T | undefined>
  #isDone = false

  constructor(stream: PartitionStream<K, V>, take: () => Promise<T | undefined>) {
    stream.beginReading()
    this.#stream = stream
    this.#take = take
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#isDone) return { value: undefined, done: true }
    const item = await this.#take()
    if (item !== undefined) return { value: item, done: false }
    this.#isDone = true
    return { value: undefined, done: true }
  }

  async return(): Promise<IteratorResult<T>> {
    if (!this.#isDone) {
      this.#isDone = true
      this.#stream.giveBack()
    }
    return { value: undefined, done: true }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {})
  }

  async forEach(fn: (item: T) => unknown): Promise<void> {
    for await (const item of this) await fn(item)
  }
}
