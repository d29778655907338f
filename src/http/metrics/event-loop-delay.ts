import { type Cancel, type Clock, DurationHistogram, type DurationSnapshot } from '../../platform/index.ts'

const INTERVAL_MS = 20
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

/**
 * How late timers fire: what every request and every deadline had to wait for other work. A timer asks fifty times a second. Counts only
 * grow, so that several readers do not disturb each other, as they would with the histogram of node:perf_hooks, which each of them resets.
 */
export class EventLoopDelay {
  readonly #clock: Clock
  readonly #delays = new DurationHistogram(BOUNDS_MS)
  #timer: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#arm()
  }

  snapshot(): DurationSnapshot {
    return this.#delays.snapshot()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #arm(): void {
    const dueMs = this.#clock.monotonicMs() + INTERVAL_MS
    this.#timer = this.#clock.at(dueMs, () => {
      this.#delays.observe(this.#clock.monotonicMs() - dueMs)
      this.#arm()
    })
  }
}
