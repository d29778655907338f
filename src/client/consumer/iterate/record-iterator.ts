import { ConsumerRecord } from '../fetch/consumer-record.ts'
import type { PartitionBuffer } from '../fetch/partition-buffer.ts'
import { RecordError } from '../fetch/record-error.ts'
import type { ErrorPolicy } from '../on-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Delivery, Face, FirstInHand } from './delivery.ts'
import { InLoop } from './in-loop.ts'

export interface IterateOptions {
  /** Ends the iteration: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** What becomes of records that cannot be decoded; default `fail()`. */
  readonly onError?: ErrorPolicy | undefined
}

/**
 * `consumer.records()`. A record counts as processed when the loop asks for the next one; `break`, `return` and a throw leave it unprocessed, and the next
 * iteration begins with it. While a batch is there, `next` answers a promise that is resolved already.
 */
export class RecordIterator<K, V> implements AsyncIterableIterator<ConsumerRecord<K, V>>, Face {
  readonly name = 'records()'
  readonly #delivery: Delivery<K, V>
  readonly #policy: ErrorPolicy
  readonly #signal: AbortSignal | undefined
  #buffer: PartitionBuffer<K, V> | undefined
  #version = 0
  #current: ConsumerRecord<K, V> | undefined
  /** `state.seeks` when the buffer was opened. */
  #seeks = 0
  /** Calls of `next` take their turn. */
  #pending: Promise<IteratorResult<ConsumerRecord<K, V>>> | undefined
  #isDone = false
  readonly #inLoop: InLoop
  /** As of the buffer under way. */
  #isTraced = false

  constructor(delivery: Delivery<K, V>, policy: ErrorPolicy, signal: AbortSignal | undefined) {
    this.#delivery = delivery
    this.#inLoop = new InLoop(delivery.host)
    this.#policy = policy
    this.#signal = signal
    delivery.enter(this)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  firstInHand(state: PartitionState): FirstInHand | undefined {
    const current = this.#current
    if (current === undefined || ConsumerRecord.stateOf(current) !== state) return undefined
    return { offset: current.offset, leaderEpoch: current.leaderEpoch, seeks: this.#seeks }
  }

  next(): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    if (this.#pending !== undefined) return this.#queue()
    this.#processed()
    const wantsTurn = this.#delivery.asked()
    const buffer = this.#buffer
    if (
      buffer !== undefined &&
      !wantsTurn &&
      buffer.state.version === this.#version &&
      !this.#delivery.hasFailure &&
      !this.#delivery.isClosed &&
      this.#signal?.aborted !== true &&
      !this.#isDone
    ) {
      let record: ConsumerRecord<K, V> | undefined
      try {
        record = buffer.next()
        if (record !== undefined) {
          const pending = ConsumerRecord.settle(record)
          this.#current = record
          if (pending === undefined) {
            if (this.#isTraced) this.#inLoop.given([record])
            return Promise.resolve({ value: record, done: false })
          }
          return this.#later(this.#settled(record, pending))
        }
      } catch {
        // Read, or decoded, once more where there is time to deal with it.
        if (record !== undefined) buffer.unread(record)
      }
    }
    return this.#later(this.#find(wantsTurn))
  }

  async return(): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    this.#giveBack()
    this.#end()
    return { value: undefined, done: true }
  }

  async throw(error: unknown): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    await this.return()
    throw error
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {})
  }

  #queue(): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    const next = this.#pending!.then(
      () => this.next(),
      () => this.next(),
    )
    return next
  }

  #later(pending: Promise<IteratorResult<ConsumerRecord<K, V>>>): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    this.#pending = pending
    const done = (): void => {
      if (this.#pending === pending) this.#pending = undefined
    }
    pending.then(done, done)
    return pending
  }

  /** A record whose deserializer takes its time. What it fails with is dealt with as anywhere else: it is read once more. */
  async #settled(record: ConsumerRecord<K, V>, pending: Promise<void>): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    const isDecoded = await this.#delivery.decoded(pending, this.#signal).then(
      () => true,
      () => false,
    )
    const state = ConsumerRecord.stateOf(record)
    if (isDecoded && !this.#isDone && state.version === this.#version) {
      if (this.#isTraced) this.#inLoop.given([record])
      return { value: record, done: false }
    }
    this.#giveBack()
    return this.#find(false)
  }

  async #find(wantsTurn: boolean): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    if (this.#isDone) return { value: undefined, done: true }
    const delivery = this.#delivery
    try {
      if (wantsTurn) await delivery.turn()
      for (;;) {
        if (this.#isDone) return { value: undefined, done: true }
        const buffer = this.#goOn() ?? (await delivery.readable({ signal: this.#signal }))
        if (this.#isDone || buffer === undefined) return this.return()
        this.#buffer = buffer
        this.#version = buffer.state.version
        this.#seeks = buffer.state.seeks
        this.#isTraced = InLoop.isTraced
        const record = await this.#read(buffer)
        if (record === undefined) {
          this.#buffer = undefined
          continue
        }
        if (this.#isTraced) this.#inLoop.given([record])
        return { value: record, done: false }
      }
    } catch (error) {
      this.#end()
      throw error
    }
  }

  /** The buffer under way, where nothing speaks against it. */
  #goOn(): PartitionBuffer<K, V> | undefined {
    this.#signal?.throwIfAborted()
    if (this.#delivery.hasFailure) this.#delivery.throwFailure()
    const buffer = this.#buffer
    if (
      buffer === undefined ||
      this.#delivery.isClosed ||
      !buffer.state.isFetchable ||
      buffer.state.version !== this.#version
    )
      return undefined
    return buffer
  }

  /** The next record that can be decoded, or that the policy does not leave out. @throws what the policy gives up with: the position stays in front of the record */
  async #read(buffer: PartitionBuffer<K, V>): Promise<ConsumerRecord<K, V> | undefined> {
    const { state } = buffer
    for (;;) {
      // It was taken away, or moved, while a policy or a deserializer was at work: what the buffer was reading is old.
      if (!state.isFetchable || state.version !== this.#version) return undefined
      let record: ConsumerRecord<K, V> | undefined
      try {
        record = buffer.next()
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        await this.#delivery.judge(this.#policy, { state, error, signal: this.#signal })
        buffer.skip(error)
        continue
      }
      if (record === undefined) return undefined
      this.#current = record
      let error: RecordError | undefined
      try {
        const settled = this.#delivery.settle(record)
        error = settled instanceof Promise ? await this.#delivery.decoded(settled, this.#signal) : settled
      } catch (aborted) {
        this.#giveBack()
        throw aborted
      }
      if (error === undefined) {
        // It was taken away, or moved, while it was decoded.
        if (state.version === this.#version && state.isFetchable) return record
        this.#giveBack()
        return undefined
      }
      try {
        await this.#delivery.judge(this.#policy, { state, error, signal: this.#signal })
      } catch (failure) {
        this.#giveBack()
        throw failure
      }
      this.#processed()
    }
  }

  /** The application is done with the record that it has. */
  #processed(): void {
    const current = this.#current
    if (current === undefined) return
    this.#current = undefined
    if (this.#isTraced) this.#inLoop.done(true)
    if (ConsumerRecord.stateOf(current).isRevoking) this.#delivery.notify()
  }

  /** It was not processed: it will be handed out again. */
  #giveBack(): void {
    const current = this.#current
    if (current === undefined) return
    this.#current = undefined
    this.#inLoop.done(false)
    const state = ConsumerRecord.stateOf(current)
    if (this.#buffer?.state === state) this.#buffer.unread(current)
    if (state.isRevoking) this.#delivery.notify()
  }

  #end(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#buffer = undefined
    this.#current = undefined
    this.#delivery.leave(this)
  }
}
