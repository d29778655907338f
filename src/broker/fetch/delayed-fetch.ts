import type { IsolationLevel, PartitionLog, Unwatch } from '../../log/index.ts'
import type { Broker } from '../broker.ts'
import type { ConnectionContext } from '../handler.ts'
import type { FetchPartition } from './fetch-partition.ts'
import { type FetchParams, type FetchRead, logOf, readPartitions } from './read-partitions.ts'

export interface DelayedFetchOptions {
  readonly broker: Broker
  readonly connection: ConnectionContext
  readonly targets: readonly FetchPartition[]
  readonly params: FetchParams
  readonly minBytes: number
  readonly maxWaitMs: number
  /** Takes what ends the wait early. */
  onSuperseded(fn: () => void): void
}

/** Fetches of one broker that wait for data. */
export class DelayedFetches {
  readonly #waiting = new Set<DelayedFetch>()
  #stopped = false

  get size(): number {
    return this.#waiting.size
  }

  /**
   * Waits until there are `minBytes`, the time is over, a partition fails or the broker stops; then reads once more.
   * @param firstRead what could be read at once: too little. It is not kept: nobody shall make us hold records by waiting for more.
   */
  wait(options: DelayedFetchOptions, firstRead: FetchRead): FetchRead | Promise<FetchRead> {
    if (this.#stopped) return firstRead
    return new Promise<FetchRead>((resolve, reject) => {
      const fetch = new DelayedFetch(options, firstRead, (read) => {
        this.#waiting.delete(fetch)
        try {
          resolve(read())
        } catch (error) {
          reject(error)
        }
      })
      this.#waiting.add(fetch)
    })
  }

  /** Answers all that wait, with what there is; later ones do not wait. */
  stop(): void {
    this.#stopped = true
    for (const fetch of [...this.#waiting]) fetch.finish()
  }
}

/**
 * Watches the partitions of one request. Nothing is polled: the logs call when a watermark passes what was read, and the
 * calls of one turn, a group commit over many partitions, make one look.
 */
class DelayedFetch {
  readonly #options: DelayedFetchOptions
  readonly #done: (read: () => FetchRead | Promise<FetchRead>) => void
  readonly #sizes: number[]
  readonly #unwatch: (Unwatch | undefined)[]
  readonly #forgets: (() => void)[] = []
  readonly #grown = new Set<number>()
  #sizeBytes: number
  #lookScheduled = false
  #finished = false

  constructor(
    options: DelayedFetchOptions,
    firstRead: FetchRead,
    done: (read: () => FetchRead | Promise<FetchRead>) => void,
  ) {
    const { broker, connection, targets, maxWaitMs } = options
    this.#options = options
    this.#done = done
    this.#sizes = firstRead.answers.map(({ sizeBytes }) => sizeBytes)
    this.#sizeBytes = firstRead.sizeBytes
    this.#unwatch = new Array<Unwatch | undefined>(targets.length)
    const { clock } = broker
    const timer = clock.at(clock.monotonicMs() + maxWaitMs, () => this.finish())
    this.#forgets.push(() => timer.cancel())
    this.#forgets.push(connection.onClose(() => this.#drop()))
    options.onSuperseded(() => this.#drop())
    for (let i = 0; i < targets.length; i++) this.#watch(i)
  }

  /** Reads everything once more and answers. */
  finish(): void {
    const { targets, params, broker } = this.#options
    this.#end(() => readPartitions(targets, params, broker))
  }

  /** The connection is gone, or the session: nobody wants the records. */
  #drop(): void {
    this.#end(() => NOTHING)
  }

  #end(read: () => FetchRead | Promise<FetchRead>): void {
    if (this.#finished) return
    this.#finished = true
    for (const forget of this.#forgets) forget()
    for (const unwatch of this.#unwatch) unwatch?.()
    this.#done(read)
  }

  #watch(index: number): void {
    const { targets, params, broker } = this.#options
    const target = targets[index]!
    const log = logOf(target, params, broker)
    if (typeof log === 'string') {
      this.#grew(index)
      return
    }
    // Up to the watermark everything is counted already; what matters is when there is more.
    this.#unwatch[index] = log.watch(watchOffset(target, log, params.isolation), params.isolation, () => {
      this.#unwatch[index] = undefined
      this.#grew(index)
    })
  }

  #grew(index: number): void {
    this.#grown.add(index)
    if (this.#lookScheduled) return
    this.#lookScheduled = true
    process.nextTick(() => {
      this.#lookScheduled = false
      if (!this.#finished) void this.#look()
    })
  }

  async #look(): Promise<void> {
    const { targets, params, minBytes, broker } = this.#options
    if (this.#sizeBytes + 1 >= minBytes) {
      this.finish()
      return
    }
    const grown = [...this.#grown]
    this.#grown.clear()
    try {
      for (const index of grown) {
        const read = await readPartitions([targets[index]!], params, broker)
        if (this.#finished) return
        this.#sizeBytes += read.sizeBytes - this.#sizes[index]!
        this.#sizes[index] = read.sizeBytes
        if (read.hasError || read.isStarved || this.#sizeBytes >= minBytes) {
          this.finish()
          return
        }
        this.#watch(index)
      }
    } catch (error) {
      this.#end(() => Promise.reject(error))
    }
  }
}

const NOTHING: FetchRead = { answers: [], sizeBytes: 0, hasError: false, isStarved: false }

function watchOffset(target: FetchPartition, log: PartitionLog, isolation: IsolationLevel): bigint {
  const watermark = isolation === 1 ? log.lastStableOffset : log.highWatermark
  // A client may be ahead of the high watermark, never of the log's end.
  if (target.fetchOffset > watermark) return target.fetchOffset
  return watermark
}
