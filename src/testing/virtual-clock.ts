import type { Cancel, Clock } from '../platform/index.ts'

/** What one process has of a clock: its timers die with it. */
export interface ProcessClock extends Clock {
  /** The process is dead: none of its timers fires any more. */
  kill(): void
}

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly fn: () => void
}

/**
 * Time that stands still until a test moves it. Timers fire in the order of their deadlines, each at its own time, within
 * `advance`; nothing ever waits.
 */
export class VirtualClock implements Clock {
  #monotonicMs = 0
  #wallMs: number
  #order = 0
  readonly #timers = new Set<Timer>()

  /** @param wallMs what the wall clock shows at first; default 2026-01-01. */
  constructor(wallMs = 1_767_225_600_000) {
    this.#wallMs = wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  wallMs(): number {
    return this.#wallMs
  }

  at(deadlineMs: number, fn: () => void): Cancel {
    const timer = { atMs: deadlineMs, order: this.#order++, fn }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }

  /** This clock, as one of several simulated processes sees it. */
  forProcess(): ProcessClock {
    const cancels = new Set<() => void>()
    return {
      monotonicMs: () => this.monotonicMs(),
      wallMs: () => this.wallMs(),
      at: (deadlineMs, fn) => {
        const timer = this.at(deadlineMs, () => {
          cancels.delete(timer.cancel)
          fn()
        })
        cancels.add(timer.cancel)
        return timer
      },
      kill: () => {
        for (const cancel of cancels) cancel()
      },
    }
  }

  /** How many timers are set. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** When the next timer is due; undefined when there is none. */
  get nextTimerMs(): number | undefined {
    return this.#next(Number.POSITIVE_INFINITY)?.atMs
  }

  /** Moves both clocks and fires what becomes due, what those timers set included. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.#move(Math.max(timer.atMs - this.#monotonicMs, 0))
      this.#timers.delete(timer)
      timer.fn()
    }
    this.#move(endMs - this.#monotonicMs)
  }

  /** The process was stopped for so long: time has passed, and what was due in between fires late, with the next `advance`. */
  pause(ms: number): void {
    this.#move(ms)
  }

  /** Somebody sets the wall clock; the monotonic clock does not notice. */
  setWall(ms: number): void {
    this.#wallMs = ms
  }

  #move(ms: number): void {
    this.#monotonicMs += ms
    this.#wallMs += ms
  }

  #next(endMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.atMs > endMs) continue
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order))
        next = timer
    }
    return next
  }
}
