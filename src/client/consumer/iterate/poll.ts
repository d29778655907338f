import { ConsumerRecord } from '../fetch/consumer-record.ts'
import type { PartitionBuffer } from '../fetch/partition-buffer.ts'
import { RecordError } from '../fetch/record-error.ts'
import type { ErrorPolicy } from '../on-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Delivery, Face, FirstInHand } from './delivery.ts'
import { InLoop } from './in-loop.ts'

export interface PollOptions {
  /** Longest wait for a first record; default 1000. 0: what is here. */
  readonly timeoutMs?: number
  /** Default `max.poll.records`, 500. */
  readonly maxPollRecords?: number
  readonly signal?: AbortSignal | undefined
  /** What becomes of records that cannot be decoded; default `fail()`: the poll that meets one as its first rejects. */
  readonly onError?: ErrorPolicy | undefined
}

/**
 * `consumer.poll()`, in Java's shape: what one call gave counts as processed when the next one is made (or `commit()` is called without arguments).
 */
export class Poller<K, V> implements Face {
  readonly name = 'poll()'
  readonly #delivery: Delivery<K, V>
  readonly #inHand = new Map<PartitionState, FirstInHand>()
  #isPolling = false
  readonly #inLoop: InLoop

  constructor(delivery: Delivery<K, V>) {
    this.#delivery = delivery
    this.#inLoop = new InLoop(delivery.host)
    delivery.enter(this)
  }

  get isPolling(): boolean {
    return this.#isPolling
  }

  firstInHand(state: PartitionState): FirstInHand | undefined {
    return this.#inHand.get(state)
  }

  /** Everything that was given counts as processed. */
  processed(): void {
    this.#inLoop.done(true)
    if (this.#inHand.size === 0) return
    this.#inHand.clear()
    this.#delivery.notify()
  }

  /** No further poll will come: what was given counts as processed, but where the application has committed a part of it, and so said itself how far it is. */
  ended(): void {
    this.#inLoop.done(true)
    for (const [state, { offset }] of this.#inHand) {
      const { committedHere } = state
      if (committedHere === undefined || committedHere.offset <= offset) this.#inHand.delete(state)
    }
    this.#delivery.notify()
  }

  async poll(options: {
    readonly timeoutMs: number
    readonly max: number
    readonly policy: ErrorPolicy
    readonly signal: AbortSignal | undefined
  }): Promise<ConsumerRecord<K, V>[]> {
    const delivery = this.#delivery
    this.processed()
    this.#isPolling = true
    try {
      const deadlineMs = delivery.clock.monotonicMs() + options.timeoutMs
      if (delivery.asked()) await delivery.turn()
      const records: ConsumerRecord<K, V>[] = []
      let buffer = await delivery.readable({ signal: options.signal, deadlineMs })
      while (buffer !== undefined && records.length < options.max) {
        const goesOn = await this.#take(buffer, records, options)
        if (!goesOn) break
        if (records.length === 0) buffer = await delivery.readable({ signal: options.signal, deadlineMs })
        else buffer = delivery.queue.nextReady()
      }
      const given = this.#stillOurs(records)
      this.#inLoop.given(given)
      return given
    } catch (error) {
      // Nobody sees what was read before.
      for (const [state, first] of this.#inHand) delivery.giveBack(state, first)
      this.#inHand.clear()
      throw error
    } finally {
      this.#isPolling = false
      delivery.setWaiting(false)
    }
  }

  leave(): void {
    this.#inLoop.done(false)
    this.#inHand.clear()
    this.#delivery.leave(this)
  }

  /** What was read of one partition without a break. @returns false at a failure behind the first record: it is left for the next call */
  async #take(
    buffer: PartitionBuffer<K, V>,
    into: ConsumerRecord<K, V>[],
    {
      max,
      policy,
      signal,
    }: { readonly max: number; readonly policy: ErrorPolicy; readonly signal: AbortSignal | undefined },
  ): Promise<boolean> {
    const { state } = buffer
    const { version, seeks } = state
    while (into.length < max && state.version === version) {
      let record: ConsumerRecord<K, V> | undefined
      let error: RecordError | undefined
      const isFirst = !this.#inHand.has(state)
      try {
        record = buffer.next()
        if (record === undefined) return true
        if (isFirst)
          this.#inHand.set(state, { offset: record.offset, leaderEpoch: record.leaderEpoch, seeks: state.seeks })
        const settled = this.#delivery.settle(record)
        error = settled instanceof Promise ? await this.#delivery.decoded(settled, signal) : settled
        if (state.seeks !== seeks) error = undefined // sought while it was decoded: the failure is none of the new position
      } catch (failure) {
        if (!(failure instanceof RecordError)) throw failure
        error = failure
      }
      if (error === undefined && state.version === version) {
        into.push(record!)
        continue
      }
      if (record !== undefined && (into.length > 0 || error === undefined)) {
        buffer.unread(record)
        if (isFirst) this.#inHand.delete(state)
        return error === undefined
      }
      if (into.length > 0) return false
      await this.#judge(buffer, error!, policy, signal)
    }
    return true
  }

  /** Of the first record of a call. */
  async #judge(
    buffer: PartitionBuffer<K, V>,
    error: RecordError,
    policy: ErrorPolicy,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { state } = buffer
    const first = { offset: error.offset, leaderEpoch: -1, seeks: state.seeks }
    this.#inHand.set(state, first)
    try {
      await this.#delivery.judge(policy, { state, error, signal })
      if (error.record === undefined) buffer.skip(error)
    } catch (failure) {
      if (error.record !== undefined) this.#delivery.giveBack(state, first)
      throw failure
    } finally {
      this.#inHand.delete(state)
    }
  }

  /** Without those whose partition was revoked, or moved, while others were decoded. */
  #stillOurs(records: ConsumerRecord<K, V>[]): ConsumerRecord<K, V>[] {
    const gone = new Set<PartitionState>()
    for (const [state, first] of this.#inHand) {
      if (!state.isRevoking && first.seeks === state.seeks) continue
      // Nobody sees them: they are not processed, and must not be committed.
      gone.add(state)
      this.#inHand.delete(state)
      this.#delivery.giveBack(state, first)
    }
    if (gone.size === 0) return records
    return records.filter((record) => !gone.has(ConsumerRecord.stateOf(record)))
  }
}
