import type { Cancel, Clock } from '../../../platform/index.ts'

interface Machine<Event, Step> {
  handle(event: Event, step: Step): void
  nextDeadlineMs(): number
}

/** Gives a state machine its events one after the other, and wakes it when it wants to be woken. */
export class MachineRunner<Event, Step> {
  readonly #clock: Clock
  readonly #machine: Machine<Event, Step>
  readonly #makeStep: () => Step
  readonly #tick: Event
  readonly #queue: Event[] = []
  #isRunning = false
  #isClosed = false
  #timer: Cancel | undefined
  #timerMs = Number.POSITIVE_INFINITY

  constructor(options: {
    readonly clock: Clock
    readonly machine: Machine<Event, Step>
    readonly makeStep: () => Step
    readonly tick: Event
  }) {
    this.#clock = options.clock
    this.#machine = options.machine
    this.#makeStep = options.makeStep
    this.#tick = options.tick
  }

  /** At once, or, when called by what the machine does right now, after it. */
  dispatch(event: Event): void {
    if (this.#isClosed) return
    this.#queue.push(event)
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#machine.handle(next, this.#makeStep())
      }
    } finally {
      this.#isRunning = false
      this.#queue.length = 0
    }
    this.#setTimer()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerMs = Number.POSITIVE_INFINITY
  }

  /** For good: also what the machine does right now has no sequel. */
  close(): void {
    this.#isClosed = true
    this.#queue.length = 0
    this.stop()
  }

  #setTimer(): void {
    if (this.#isClosed) return
    const deadlineMs = this.#machine.nextDeadlineMs()
    if (deadlineMs === this.#timerMs) return
    this.stop()
    if (!Number.isFinite(deadlineMs)) return
    this.#timerMs = deadlineMs
    this.#timer = this.#clock.at(deadlineMs, () => {
      this.#timer = undefined
      this.#timerMs = Number.POSITIVE_INFINITY
      this.dispatch(this.#tick)
    })
  }
}
