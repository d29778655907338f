import type { Cancel, Clock } from '../../../src/platform/index.ts'

/** Time that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #nowMs = 1_700_000_000_000
  #timers: { readonly deadlineMs: number; readonly fn: () => void }[] = []

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  at(deadlineMs: number, fn: () => void): Cancel {
    const timer = { deadlineMs, fn }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  /** Moves time on, calling what falls due, in order, each in its time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    while (true) {
      const due = this.#timers
        .filter((timer) => timer.deadlineMs <= endMs)
        .sort((a, b) => a.deadlineMs - b.deadlineMs)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#nowMs = Math.max(this.#nowMs, due.deadlineMs)
      due.fn()
    }
    this.#nowMs = endMs
  }
}
