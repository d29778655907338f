import type { RecordError } from '../fetch/record-error.ts'
import type { ErrorPolicy } from '../on-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Delivery, Face, FirstInHand } from './delivery.ts'
import { InLoop } from './in-loop.ts'
import { type CommitOffsets, RecordBatch } from './partition-streams.ts'

/**
 * `consumer.batches()`: as `records()`, a batch at a time, over all partitions. A batch counts as processed when the loop asks for the next one.
 */
export class BatchIterator<K, V> implements AsyncIterableIterator<RecordBatch<K, V>>, Face {
  readonly name = 'batches()'
  readonly #delivery: Delivery<K, V>
  readonly #policy: ErrorPolicy
  readonly #signal: AbortSignal | undefined
  readonly #commit: CommitOffsets
  #current: (FirstInHand & { readonly state: PartitionState }) | undefined
  #isDone = false
  readonly #inLoop: InLoop

  constructor(delivery: Delivery<K, V>, policy: ErrorPolicy, signal: AbortSignal | undefined, commit: CommitOffsets) {
    this.#delivery = delivery
    this.#inLoop = new InLoop(delivery.host)
    this.#policy = policy
    this.#signal = signal
    this.#commit = commit
    delivery.enter(this)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  firstInHand(state: PartitionState): FirstInHand | undefined {
    return this.#current?.state === state ? this.#current : undefined
  }

  async next(): Promise<IteratorResult<RecordBatch<K, V>>> {
    const delivery = this.#delivery
    const before = this.#current
    this.#current = undefined
    this.#inLoop.done(true)
    if (before?.state.isRevoking === true) delivery.notify()
    try {
      if (delivery.asked()) await delivery.turn()
      for (;;) {
        if (this.#isDone) return { value: undefined, done: true }
        const buffer = await delivery.readable({ signal: this.#signal })
        if (buffer === undefined) return this.return()
        const { state } = buffer
        const { seeks } = state
        const { records, error } = await delivery.readBatch(
          buffer,
          Number.POSITIVE_INFINITY,
          (first) => {
            this.#current = { ...first, state }
          },
          this.#signal,
        )
        if (state.isRevoking || this.#isDone) {
          this.#giveBack()
          continue
        }
        // Sought while it was decoded: also a failure is none of the new position.
        if (state.seeks !== seeks) {
          this.#current = undefined
          continue
        }
        // What comes before a failure first; the failure comes next.
        if (records.length > 0 && error !== undefined) {
          state.seek(error.offset)
          this.#current = { ...this.#current!, seeks: state.seeks }
        }
        if (records.length > 0) {
          this.#inLoop.given(records)
          return { value: new RecordBatch(state, records, this.#commit), done: false }
        }
        if (error !== undefined) await this.#judge(state, error)
      }
    } catch (error) {
      this.#end()
      throw error
    }
  }

  async return(): Promise<IteratorResult<RecordBatch<K, V>>> {
    this.#end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {})
  }

  async #judge(state: PartitionState, error: RecordError): Promise<void> {
    const { seeks } = state
    this.#current = { state, offset: error.offset, leaderEpoch: -1, seeks }
    await this.#delivery.judge(this.#policy, { state, error, signal: this.#signal })
    this.#current = undefined
    this.#delivery.giveBack(state, { offset: error.nextOffset, seeks })
  }

  /** What was given last is not processed: it will be given again. */
  #giveBack(): void {
    const current = this.#current
    this.#current = undefined
    this.#inLoop.done(false)
    if (current !== undefined) this.#delivery.giveBack(current.state, current)
  }

  #end(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#giveBack()
    this.#delivery.leave(this)
  }
}
