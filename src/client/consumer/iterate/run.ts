import { isTraced, processTrace } from '../../diagnostics.ts'
import { onAbort } from '../../on-abort.ts'
import type { ConsumerRecord } from '../fetch/consumer-record.ts'
import type { PartitionBuffer } from '../fetch/partition-buffer.ts'
import { RecordError } from '../fetch/record-error.ts'
import type { ErrorPolicy } from '../on-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Delivery, Face, FirstInHand } from './delivery.ts'
import { type Given, InHand } from './in-hand.ts'

export interface HandlerContext {
  /** Aborts when the record's partition is revoked, with the reason. */
  readonly signal: AbortSignal
}

export type RecordHandler<K, V> = (record: ConsumerRecord<K, V>, context: HandlerContext) => unknown

export interface RunOptions<K, V> {
  readonly handler: RecordHandler<K, V>
  /** Handlers at work at once; default 1. */
  readonly concurrency?: number
  /**
   * Which records wait for each other: those of a partition ('partition', the default), those of a partition with the same key ('key'; records without a key
   * wait for none), or none ('none').
   */
  readonly order?: 'partition' | 'key' | 'none'
  /** What becomes of records whose handler fails, and of those that cannot be decoded; default `fail()`: `run` rejects. */
  readonly onError?: ErrorPolicy
  /** Takes no more records, lets handlers finish, then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

interface Task<K, V> {
  /** Where the next record of its partition is, where those wait for this one. */
  readonly buffer: PartitionBuffer<K, V>
  readonly record: ConsumerRecord<K, V>
  readonly state: PartitionState
  readonly given: Given
  readonly key: string | undefined
}

/** How many records wait behind others of their key for each handler, before no more are taken: others get past a slow key that far. */
const WAITING_PER_HANDLER = 32

/**
 * `consumer.run()`: handlers at work at once, their records in order as far as asked. Commits follow the contiguous prefix of what is processed. A handler may fail,
 * be slow, or be cut off by a revocation; other partitions (keys) go on.
 */
export class Runner<K, V> implements Face {
  readonly name = 'run()'
  readonly #delivery: Delivery<K, V>
  readonly #handler: RecordHandler<K, V>
  readonly #concurrency: number
  readonly #order: 'partition' | 'key' | 'none'
  readonly #policy: ErrorPolicy
  readonly #signal: AbortSignal | undefined
  readonly #inHand = new InHand()
  readonly #contexts = new WeakMap<PartitionState, HandlerContext>()
  /** Lanes with a record at work, and what waits behind it. */
  readonly #lanes = new Map<string, Task<K, V>[]>()
  #waiting = 0
  /** Tasks at work, the oldest first, with their beginning. */
  readonly #working = new Map<Task<K, V>, number>()
  #failure: { readonly error: unknown } | undefined

  constructor(delivery: Delivery<K, V>, policy: ErrorPolicy, options: RunOptions<K, V>) {
    this.#delivery = delivery
    this.#handler = options.handler
    this.#concurrency = options.concurrency ?? 1
    this.#order = options.order ?? 'partition'
    this.#policy = policy
    this.#signal = options.signal
    delivery.enter(this)
  }

  firstInHand(state: PartitionState): FirstInHand | undefined {
    return this.#inHand.first(state)
  }

  isBusy(state: PartitionState): boolean {
    for (const task of this.#working.keys()) if (task.state === state) return true
    return false
  }

  forget(state: PartitionState): void {
    this.#inHand.forget(state)
  }

  busySinceMs(): number | undefined {
    return this.#working.values().next().value
  }

  /** Resolves when the consumer is closed. */
  async run(): Promise<void> {
    const delivery = this.#delivery
    const forget = this.#signal && onAbort(this.#signal, () => delivery.notify())
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error
        if (delivery.isClosed) return
        this.#signal?.throwIfAborted()
        delivery.throwFailure()
        if (delivery.asked()) await delivery.turn()
        if (this.#hasRoom() && (await this.#take())) continue
        // Nothing to take, or nobody to take it: both end with a notification.
        delivery.setWaiting(this.#working.size === 0)
        if (this.#failure === undefined) await delivery.changed({ signal: this.#signal })
      }
    } finally {
      forget?.()
      delivery.setWaiting(false)
      await this.#finish()
    }
  }

  #hasRoom(): boolean {
    return this.#working.size < this.#concurrency && this.#waiting < this.#concurrency * WAITING_PER_HANDLER
  }

  /** Takes from the next buffer as much as there is room for, until the event loop wants a turn. @returns whether there was anything */
  async #take(): Promise<boolean> {
    const buffer = this.#delivery.queue.nextReady((state) => this.#mayTake(state))
    if (buffer === undefined) return false
    const { state } = buffer
    const { version } = state
    this.#delivery.setWaiting(false)
    do {
      const task = await this.#read(buffer, version)
      if (task === undefined) break
      this.#start(task)
      // Handlers that are done at once leave room for ever: each record asks as another would.
    } while (
      this.#hasRoom() &&
      this.#mayTake(state) &&
      state.version === version &&
      !this.#isStopping &&
      !this.#delivery.asked()
    )
    return true
  }

  /** In the order of partitions, one with a record at work has to wait. */
  #mayTake(state: PartitionState): boolean {
    return this.#order !== 'partition' || !this.#lanes.has(state.name)
  }

  /** The next record that can be decoded, as a task; in hand from the moment on at which the position has moved. */
  async #read(buffer: PartitionBuffer<K, V>, version: number): Promise<Task<K, V> | undefined> {
    const { state } = buffer
    while (state.version === version) {
      let task: Task<K, V> | undefined
      let error: RecordError | undefined
      try {
        const record = buffer.next()
        if (record === undefined) return undefined
        task = this.#taskOf(record, buffer)
        const settled = this.#delivery.settle(record)
        error = settled instanceof Promise ? await this.#delivery.decoded(settled, this.#signal) : settled
      } catch (failure) {
        // It stays in hand: nobody has seen it.
        if (this.#signal?.aborted === true) return undefined
        if (!(failure instanceof RecordError)) throw failure
        error = failure
      }
      if (task !== undefined && error === undefined) {
        if (state.version === version) return task
        buffer.unread(task.record)
        this.#inHand.done(state, task.given)
        return undefined
      }
      const given = task?.given ?? this.#inHand.give(state, error!.offset, -1)
      try {
        await this.#delivery.judge(this.#policy, { state, error, signal: this.#signal })
        if (task === undefined) buffer.skip(error!)
        this.#inHand.done(state, given)
      } catch (failure) {
        if (!state.isRevoking && this.#signal?.aborted !== true) this.#failure ??= { error: failure }
        return undefined
      }
    }
    return undefined
  }

  #start(task: Task<K, V>): void {
    const { key } = task
    const lane = key === undefined ? undefined : this.#lanes.get(key)
    if (lane !== undefined) {
      lane.push(task)
      this.#waiting++
      return
    }
    if (key !== undefined) this.#lanes.set(key, [])
    void this.#work(task)
  }

  #taskOf(record: ConsumerRecord<K, V>, buffer: PartitionBuffer<K, V>): Task<K, V> {
    const { state } = buffer
    const given = this.#inHand.give(state, record.offset, record.leaderEpoch)
    return { buffer, record, state, given, key: this.#laneOf(record, state) }
  }

  #laneOf(record: ConsumerRecord<K, V>, state: PartitionState): string | undefined {
    switch (this.#order) {
      case 'partition':
        return state.name
      case 'key': {
        const key = record.rawKey
        return key === null ? undefined : `${state.name}/${key.toString('latin1')}`
      }
      case 'none':
        return undefined
    }
  }

  /** One record, and those that wait for it. */
  async #work(first: Task<K, V>): Promise<void> {
    let task: Task<K, V> | undefined = first
    while (task !== undefined) {
      this.#working.set(task, this.#delivery.clock.monotonicMs())
      await this.#handle(task)
      this.#working.delete(task)
      if (task.state.isRevoking) this.#delivery.notify()
      task = this.#order === 'partition' ? await this.#behind(task) : this.#waitingFor(first.key)
    }
    if (first.key !== undefined) this.#lanes.delete(first.key)
    this.#delivery.notify()
  }

  get #isStopping(): boolean {
    return (
      this.#failure !== undefined ||
      this.#signal?.aborted === true ||
      this.#delivery.hasFailure ||
      this.#delivery.isClosed
    )
  }

  /** The partition's next record, while its turn lasts. */
  async #behind({ buffer, state }: Task<K, V>): Promise<Task<K, V> | undefined> {
    if (this.#delivery.asked()) await this.#delivery.turn()
    if (this.#isStopping || !state.isFetchable) return undefined
    return this.#read(buffer, state.version)
  }

  /** The next record of the same key. Those that are not begun any more stay unprocessed. */
  #waitingFor(key: string | undefined): Task<K, V> | undefined {
    const lane = key === undefined ? undefined : this.#lanes.get(key)
    for (;;) {
      const task = lane?.shift()
      if (task === undefined) return undefined
      this.#waiting--
      const { state, given } = task
      if (given.seeks !== state.seeks) this.#inHand.done(state, given)
      else if (!this.#isStopping && !state.isRevoking) return task
    }
  }

  async #handle(task: Task<K, V>): Promise<void> {
    const { record, state, given } = task
    try {
      await this.#call(record, state)
    } catch (error) {
      try {
        const tryAgain = (): Promise<void> => this.#call(record, state)
        await this.#delivery.judge(this.#policy, {
          state,
          record,
          error,
          tryAgain,
          signal: this.#signal,
        })
      } catch (failure) {
        // What a revocation cut off is another's to process, and no failure.
        if (!state.isRevoking && this.#signal?.aborted !== true) this.#failure ??= { error: failure }
        return
      }
    }
    this.#inHand.done(state, given)
  }

  async #call(record: ConsumerRecord<K, V>, state: PartitionState): Promise<void> {
    let context = this.#contexts.get(state)
    if (context === undefined) {
      context = { signal: state.signal }
      this.#contexts.set(state, context)
    }
    if (isTraced(processTrace)) await this.#traced(record, context)
    else await this.#handler(record, context)
  }

  #traced(record: ConsumerRecord<K, V>, context: HandlerContext): Promise<unknown> {
    const { clientId, groupId } = this.#delivery.host
    const traced = { clientId, groupId, record: record as ConsumerRecord<unknown, unknown> }
    return processTrace.tracePromise(async () => this.#handler(record, context), traced)
  }

  /** Waits for handlers at work, and goes back to what is not processed. */
  async #finish(): Promise<void> {
    while (this.#working.size > 0) await this.#delivery.changed({})
    for (const state of this.#inHand.states()) {
      const first = this.#inHand.first(state)
      if (first !== undefined && !state.isRevoking && this.#delivery.subscription.has(state)) state.seek(first.offset)
    }
    this.#delivery.leave(this)
  }
}
