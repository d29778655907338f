import type { Clock } from '../../../platform/index.ts'
import { bounded } from '../../bounded.ts'
import { delay } from '../../cluster/retries.ts'
import { joinSignals } from '../../join-signals.ts'
import { KafkaError } from '../../kafka-error.ts'
import { onAbort } from '../../on-abort.ts'
import { ConsumerRecord } from '../fetch/consumer-record.ts'
import type { FetchQueue } from '../fetch/fetch-queue.ts'
import type { PartitionBuffer } from '../fetch/partition-buffer.ts'
import { RecordError } from '../fetch/record-error.ts'
import type { ErrorPolicy, FailureTools, RawProducer } from '../on-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Subscription } from '../subscription.ts'

/** A first record that is not processed yet. */
export interface FirstInHand {
  readonly offset: bigint
  readonly leaderEpoch: number
  /** `state.seeks` when it was given: a seek since then says itself where the partition goes on, and what is processed. */
  readonly seeks: number
}

/** How far a partition is processed. */
export interface Processed {
  readonly offset: bigint
  readonly leaderEpoch: number
}

/** One of the ways to consume, while it is in use. */
export interface Face {
  /** As the application writes it: 'records()'. */
  readonly name: string
  /** The first record of this partition that the application has and has not processed. */
  firstInHand(state: PartitionState): FirstInHand | undefined
  /** Whether the application is at work with a record of this partition; default: whether it has one. */
  isBusy?(state: PartitionState): boolean
  /** The partition is given up. */
  forget?(state: PartitionState): void
  /** Monotonic time at which the oldest handler at work was called. */
  busySinceMs?(): number | undefined
}

/** What the consumer does for its faces. */
export interface DeliveryHost {
  /** The application asked for records, or has made progress. */
  polled(): void
  /** It waits for them, or does no more. */
  waiting(isWaiting: boolean): void
  producer(): RawProducer
  readonly clientId: string
  readonly groupId: string | undefined
}

export interface DeliveryOptions<K, V> {
  readonly clock: Clock
  readonly subscription: Subscription
  readonly queue: FetchQueue<K, V>
  readonly host: DeliveryHost
}

export interface ChangeOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface QuietOptions {
  readonly timeoutMs: number
  /** Ends the wait. */
  readonly unless?: AbortSignal
}

/** What a rebalance, and a commit, need to know of what was handed out. */
export interface HandedOut {
  /** For a partition with a position: the end of what is processed without a gap. */
  processed(state: PartitionState): Processed | undefined
  isBusy(state: PartitionState): boolean
  quiet(states: readonly PartitionState[], options: QuietOptions): Promise<boolean>
  forget(state: PartitionState): void
  notify(): void
  fail(error: KafkaError): void
}

/** Longest time for which records are handed out without a turn of the event loop: sockets and timers want theirs. */
const TURN_MS = 15

/**
 * Between the queue of fetched batches and the faces. Knows what the application has in its hands: what is not processed is never committed, and a
 * revocation waits for it.
 */
export class Delivery<K, V> implements HandedOut {
  readonly clock: Clock
  readonly subscription: Subscription
  readonly queue: FetchQueue<K, V>
  readonly host: DeliveryHost
  #face: Face | undefined
  #waiters = new Set<() => void>()
  /** Ends everything. */
  #fatal: KafkaError | undefined
  /** Handed to whoever asks next, once. */
  #passing: KafkaError | undefined
  /** A partition may have failed: they are looked through. */
  #mayHaveFailed = true
  #turnBeganMs = 0
  /** Of the oldest handler that was at work when the application asked last. */
  #busySinceMs: number | undefined
  /** When the application asked for a record last; monotonic. */
  lastAskedMs: number | undefined
  /** What the application was told last and may go on after: again and again, as long as it lasts. */
  refused: { readonly error: KafkaError; readonly atMs: number } | undefined
  isWaiting = false
  isClosed = false
  /** The application leaves the group. */
  isLeaving = false

  constructor({ clock, subscription, queue, host }: DeliveryOptions<K, V>) {
    this.clock = clock
    this.subscription = subscription
    this.queue = queue
    this.host = host
  }

  get face(): Face | undefined {
    return this.#face
  }

  /** @throws KafkaError INVALID_STATE while another is in use; what has ended the consumer */
  enter(face: Face): void {
    if (this.isClosed) throw new KafkaError('CLOSED', `${face.name} of a consumer that is closed`)
    if (this.#fatal !== undefined) throw this.#fatal
    if (this.#face !== undefined) {
      throw new KafkaError(
        'INVALID_STATE',
        `${face.name} while ${this.#face.name} is in use: a consumer hands out its records in one way at a time. End the one (break, abort) before the other; for more at once there is run({ concurrency })`,
      )
    }
    this.#face = face
  }

  leave(face: Face): void {
    if (this.#face !== face) return
    this.#face = undefined
    this.setWaiting(false)
    this.notify()
  }

  /** Something changed that somebody may wait for. */
  notify(): void {
    if (this.#waiters.size === 0) return
    const waiters = this.#waiters
    this.#waiters = new Set()
    for (const wake of waiters) wake()
  }

  get hasWaiters(): boolean {
    return this.#waiters.size > 0
  }

  /** Everything ends with this error. */
  fail(error: KafkaError): void {
    this.#fatal ??= error
    this.notify()
  }

  /** The application is told once; it may go on. */
  failOnce(error: KafkaError): void {
    this.refused = { error, atMs: this.clock.monotonicMs() }
    this.#passing ??= error
    this.notify()
  }

  /** Some partition has a `failure`, perhaps. */
  partitionsChanged(): void {
    this.#mayHaveFailed = true
    this.notify()
  }

  /** The application closes the consumer: iterations end, without an error. */
  close(): void {
    this.isClosed = true
    this.notify()
  }

  /** After `unsubscribe`: what ended the membership does not end what comes next. */
  recover(): void {
    this.#fatal = undefined
    this.#passing = undefined
  }

  get fatal(): KafkaError | undefined {
    return this.#fatal
  }

  /** Whether `throwFailure` would throw what is not of one partition: cheap. */
  get hasFailure(): boolean {
    return this.#fatal !== undefined || this.#passing !== undefined
  }

  /** @throws KafkaError that the application has to know of */
  throwFailure(): void {
    if (this.#fatal !== undefined) throw this.#fatal
    const passing = this.#passing
    this.#passing = undefined
    if (passing !== undefined) throw passing
    if (!this.#mayHaveFailed) return
    for (const state of this.subscription) if (state.failure !== undefined) throw state.failure
    this.#mayHaveFailed = false
  }

  /** Whether `throwFailure` may throw. */
  get mayHaveFailed(): boolean {
    return this.hasFailure || this.#mayHaveFailed
  }

  /** The application asks for a record, having done with those before. @returns whether the event loop wants a turn first */
  asked(): boolean {
    const nowMs = this.clock.monotonicMs()
    this.lastAskedMs = nowMs
    // Where several handlers are at work, one that hangs counts, however busy the others are, and whatever else wakes this.
    const busySinceMs = this.#face?.busySinceMs?.()
    if (busySinceMs === undefined || busySinceMs !== this.#busySinceMs) this.host.polled()
    this.#busySinceMs = busySinceMs
    return nowMs - this.#turnBeganMs > TURN_MS
  }

  async turn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#turnBeganMs = this.clock.monotonicMs()
  }

  setWaiting(isWaiting: boolean): void {
    if (this.isWaiting === isWaiting) return
    this.isWaiting = isWaiting
    this.host.waiting(isWaiting)
  }

  /** Resolves at the next `notify`, or when the time is over. @throws the signal's reason */
  changed({ signal, timeoutMs }: ChangeOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const stop = (): void => {
        this.#waiters.delete(done)
        timer?.cancel()
        forget?.()
        this.#turnBeganMs = this.clock.monotonicMs()
      }
      const done = (): void => {
        stop()
        resolve()
      }
      const aborted = (): void => {
        stop()
        reject(signal!.reason)
      }
      const timer = timeoutMs === undefined ? undefined : this.clock.at(this.clock.monotonicMs() + timeoutMs, done)
      this.#waiters.add(done)
      const forget = signal && onAbort(signal, aborted)
    })
  }

  /**
   * The next buffer with something to hand out; waits for one.
   * @returns undefined when the time is over, or the consumer is closed. @throws KafkaError; the signal's reason
   */
  async readable(options: {
    readonly signal?: AbortSignal | undefined
    readonly deadlineMs?: number | undefined
  }): Promise<PartitionBuffer<K, V> | undefined> {
    const { signal, deadlineMs } = options
    for (;;) {
      signal?.throwIfAborted()
      if (this.isClosed) return undefined
      this.throwFailure()
      const buffer = this.queue.nextReady()
      if (buffer !== undefined) {
        this.setWaiting(false)
        return buffer
      }
      const timeoutMs = deadlineMs === undefined ? undefined : deadlineMs - this.clock.monotonicMs()
      if (timeoutMs !== undefined && timeoutMs <= 0) return undefined
      this.setWaiting(true)
      await this.changed({ signal, timeoutMs })
    }
  }

  /** Decodes a record now. A promise only where a deserializer answers one; it resolves with the error. */
  settle(record: ConsumerRecord<K, V>): RecordError | undefined | Promise<RecordError | undefined> {
    try {
      const pending = ConsumerRecord.settle(record)
      return pending?.then(
        () => undefined,
        (error) => undecodable(record, error),
      )
    } catch (error) {
      return undecodable(record, error)
    }
  }

  /** A deserializer may wait for another system: for no longer than the application waits for the record. @throws the signal's reason */
  decoded<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return bounded(pending, { signal }, this.clock, 'decoded record')
  }

  /**
   * A batch, decoded as far as it can be. `hold` is called as soon as the position has moved.
   * @returns the failure that follows what could be read; the position is behind both
   * @throws the signal's reason
   */
  async readBatch(
    buffer: PartitionBuffer<K, V>,
    max: number,
    hold: (first: FirstInHand) => void,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly records: readonly ConsumerRecord<K, V>[]; readonly error?: RecordError }> {
    let records: ConsumerRecord<K, V>[]
    try {
      records = buffer.nextBatch(max)
    } catch (error) {
      if (error instanceof RecordError) return { records: [], error }
      throw error
    }
    if (records.length === 0) return { records }
    const { offset, leaderEpoch } = records[0]!
    hold({ offset, leaderEpoch, seeks: buffer.state.seeks })
    for (let i = 0; i < records.length; i++) {
      const settled = this.settle(records[i]!)
      const error = settled instanceof Promise ? await this.decoded(settled, signal) : settled
      if (error !== undefined) return { records: records.slice(0, i), error }
    }
    return { records }
  }

  /** The partition goes on at this offset again: what was taken from there on was not processed. Unless it was sought since. */
  giveBack(state: PartitionState, { offset, seeks }: Pick<FirstInHand, 'offset' | 'seeks'>): void {
    if (this.subscription.has(state) && state.seeks === seeks) state.seek(offset)
    this.notify()
  }

  /** What the policy makes of a record that could not be handed out, or was not processed. @throws what the policy gives up with */
  async judge(
    policy: ErrorPolicy,
    failed: {
      readonly state: PartitionState
      readonly error: unknown
      /** Default: of the RecordError. */
      readonly record?: ConsumerRecord<K, V>
      readonly tryAgain?: () => Promise<void>
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<void> {
    const { state, error, tryAgain, signal } = failed
    const record = failed.record ?? (error instanceof RecordError ? error.record : undefined)
    const offset = error instanceof RecordError ? error.offset : failed.record!.offset
    let attempts = tryAgain === undefined ? 0 : 1
    const again = async (): Promise<void> => {
      attempts++
      await tryAgain!()
    }
    const tools: FailureTools = {
      producer: () => this.host.producer(),
      signal,
      wait: async (ms) => {
        const stop = joinSignals(state.signal, signal)
        await delay(this.clock, ms, stop.signal).finally(stop.forget)
      },
      tryAgain: tryAgain === undefined ? undefined : again,
    }
    const what = { topic: state.topic, partition: state.partition, offset, error, groupId: this.host.groupId }
    const outcome = await policy.onFailure(
      {
        ...what,
        record,
        attempts: () => attempts,
      },
      tools,
    )
    if (outcome.verdict === 'processed') return
    signal?.throwIfAborted()
    throw outcome.error
  }

  /** For a partition with a position: the end of what is processed without a gap. */
  processed(state: PartitionState): Processed | undefined {
    const first = this.#face?.firstInHand(state)
    if (first !== undefined && first.seeks === state.seeks) {
      const { committedHere } = state
      return committedHere !== undefined && committedHere.offset > first.offset ? committedHere : first
    }
    const position = state.position
    return position === undefined ? undefined : { offset: position.offset, leaderEpoch: position.offsetEpoch }
  }

  /**
   * The application is at work with records of this partition. When it closes or unsubscribes, loops are not waited for: one of them may have called it; their
   * record stays unprocessed.
   */
  isBusy(state: PartitionState): boolean {
    const face = this.#face
    if ((this.isClosed || this.isLeaving) && face?.isBusy === undefined) return false
    return face?.isBusy?.(state) ?? face?.firstInHand(state) !== undefined
  }

  /** The partition is given up: what was fetched of it goes, and what the application has of it counts no more. */
  forget(state: PartitionState): void {
    this.queue.remove(state)
    this.#face?.forget?.(state)
    this.notify()
  }

  /** Resolves when the application has nothing of these partitions in its hands, or the time is over, or nobody needs to know any more. */
  async quiet(states: readonly PartitionState[], { timeoutMs, unless }: QuietOptions): Promise<boolean> {
    const forget = unless && onAbort(unless, () => this.notify())
    const deadlineMs = this.clock.monotonicMs() + timeoutMs
    try {
      for (;;) {
        if (!states.some((state) => this.isBusy(state))) return true
        const leftMs = deadlineMs - this.clock.monotonicMs()
        if (leftMs <= 0 || unless?.aborted === true) return false
        await this.changed({ timeoutMs: leftMs })
      }
    } finally {
      forget?.()
    }
  }
}

function undecodable(record: ConsumerRecord<unknown, unknown>, error: unknown): RecordError {
  const { topic, partition, offset } = record
  return new RecordError('DESERIALIZATION_FAILED', 'the record', {
    topic,
    partition,
    offset,
    nextOffset: offset + 1n,
    cause: error,
    record,
  })
}
