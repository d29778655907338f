/** Work that follows without a pause; beyond it those that take long wait for their turn. */
const BURST_MS = 10
/** A shorter pause does not end a burst: the event loop's own work lies between. */
const PAUSE_MS = 1
/** What one connection may take of a long turn. */
const SHARE_MS = 5

/** One whose requests can wait. */
export interface Worker {
  /** Its next request is expected to take long. */
  readonly isSlow: boolean
  /** Goes on with the requests that have arrived. */
  resume(): void
}

/**
 * Shares the event loop among connections. All that have sent something are served in one turn of it, so fifty requests that
 * take a tenth of a second each would hold up the heartbeat behind them for five. When a turn gets long, connections with slow
 * requests, or with many, wait and go on one a turn; the others are served in between.
 */
export class FairTurns {
  readonly #nowMs: () => number
  readonly #waiting = new Set<Worker>()
  #burstStartMs = Number.NEGATIVE_INFINITY
  #burstEndMs = Number.NEGATIVE_INFINITY
  #turnScheduled = false
  /** Whose turn it is. */
  #next: Worker | undefined

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /**
   * Whether the worker may take its next request now; if not, its `resume` is called when it may.
   * @param spentMs what it has taken of this turn.
   */
  mayWork(worker: Worker, spentMs: number): boolean {
    if (spentMs < SHARE_MS && (!worker.isSlow || this.#next === worker)) return true
    if (!this.#isBusy) return true
    this.#waiting.add(worker)
    this.#schedule()
    return false
  }

  /** A request was worked on, from one moment to the other. */
  worked(startMs: number, endMs: number): void {
    if (startMs - this.#burstEndMs > PAUSE_MS) this.#burstStartMs = startMs
    this.#burstEndMs = endMs
  }

  forget(worker: Worker): void {
    this.#waiting.delete(worker)
  }

  get #isBusy(): boolean {
    if (this.#waiting.size > 0) return true
    return this.#burstEndMs - this.#burstStartMs > BURST_MS && this.#nowMs() - this.#burstEndMs <= PAUSE_MS
  }

  #schedule(): void {
    if (this.#turnScheduled) return
    this.#turnScheduled = true
    setImmediate(() => {
      this.#turnScheduled = false
      const [next] = this.#waiting
      if (next === undefined) return
      this.#waiting.delete(next)
      this.#next = next
      next.resume()
      this.#next = undefined
      if (this.#waiting.size > 0) this.#schedule()
    })
  }
}
