import { setMaxListeners } from 'node:events'
import type { Cancel } from '../../../platform/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { KafkaError } from '../../kafka-error.ts'

/** Runs a function at the end of the turn in which it is woken, and at the times that it asks for: once, however often it is asked. Until it is closed. */
export class Pump {
  readonly #cluster: Cluster
  readonly #run: () => void
  readonly #abort = new AbortController()
  #isScheduled = false
  #isRefreshing = false
  #timer: (Cancel & { readonly atMs: number }) | undefined

  constructor(cluster: Cluster, run: () => void) {
    this.#cluster = cluster
    this.#run = run
    // One a request under way, and Node warns of more than ten.
    setMaxListeners(0, this.#abort.signal)
  }

  /** Aborts when it is closed. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isClosed(): boolean {
    return this.#abort.signal.aborted
  }

  /** Cheap. */
  wake(): void {
    if (this.#isScheduled || this.isClosed) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      if (!this.isClosed) this.#run()
    })
  }

  /** Monotonic; of several times the next. Infinity: not. */
  wakeAt(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY || this.isClosed || (this.#timer !== undefined && this.#timer.atMs <= atMs))
      return
    this.#timer?.cancel()
    const { cancel } = this.#cluster.clock.at(atMs, () => {
      this.#timer = undefined
      this.wake()
    })
    this.#timer = { atMs, cancel }
  }

  /** Asks for new metadata, and wakes when they are there. One at a time: in an outage there are reasons without end. Who is still wrong after it asks again. */
  refresh(reason: string): void {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    this.#cluster
      .refresh(reason, { signal: this.signal })
      .finally(() => {
        this.#isRefreshing = false
      })
      .then(
        () => this.wake(),
        () => {},
      )
  }

  close(): void {
    this.#abort.abort(new KafkaError('CLOSED', 'the consumer was closed'))
    this.#timer?.cancel()
  }
}
