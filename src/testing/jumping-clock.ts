import { type Cancel, type Clock, systemClock } from '../platform/index.ts'

export interface AdvanceOptions {
  /** Members whose connections are open stay in their groups, however far the clock goes; default false. */
  readonly keepAlive?: boolean
}

export interface JumpingClockOptions {
  /** Default: the machine's clock. */
  readonly base?: Clock | undefined
  /** Called at each step of an advance that keeps members alive. */
  readonly keepAlive?: (() => void) | undefined
}

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly fn: () => void
}

/** Turns of the event loop between two deadlines: what is due reads the sockets first, then acts, then what it answered leaves. */
const TURNS_A_STEP = 4

/** Time that runs as the machine's does, and can be moved on. */
export class JumpingClock implements Clock {
  readonly #base: Clock
  readonly #keepAlive: () => void
  #aheadMs = 0
  #order = 0
  readonly #timers = new Set<Timer>()
  #armed: { readonly atMs: number; readonly cancel: Cancel } | undefined
  #advancing: Promise<void> = Promise.resolve()

  constructor({ base = systemClock, keepAlive = () => {} }: JumpingClockOptions = {}) {
    this.#base = base
    this.#keepAlive = keepAlive
  }

  monotonicMs(): number {
    return this.#base.monotonicMs() + this.#aheadMs
  }

  /** Whole milliseconds, as the machine has them: records count no others. */
  wallMs(): number {
    return Math.trunc(this.#base.wallMs() + this.#aheadMs)
  }

  at(deadlineMs: number, fn: () => void): Cancel {
    const timer = { atMs: deadlineMs, order: this.#order++, fn }
    this.#timers.add(timer)
    this.#arm()
    return { cancel: () => this.#timers.delete(timer) }
  }

  /**
   * Moves time on. What becomes due on the way happens at its own time and in order, and the sockets get a turn after each step; clients still need
   * real time to notice, so wait for what they shall do (`group.untilStable()`). One advance follows the other.
   */
  advance(ms: number, options: AdvanceOptions = {}): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`a clock goes forward: ${ms} ms is not possible`)
    const done = this.#advancing.then(() => this.#advance(ms, options))
    this.#advancing = done.catch(() => {})
    return done
  }

  async #advance(ms: number, { keepAlive = false }: AdvanceOptions): Promise<void> {
    const endMs = this.monotonicMs() + ms
    const keep = async (): Promise<void> => {
      if (!keepAlive) return
      this.#keepAlive()
      await turns(1)
    }
    await keep()
    for (let next = this.#next(); next !== undefined && next.atMs <= endMs; next = this.#next()) {
      this.#jumpTo(next.atMs)
      await keep()
      this.#fire()
      await turns(TURNS_A_STEP)
    }
    this.#jumpTo(endMs)
    await keep()
    this.#arm()
    await turns(TURNS_A_STEP)
  }

  #jumpTo(atMs: number): void {
    this.#aheadMs += Math.max(0, atMs - this.monotonicMs())
  }

  /** All that is due, and what that makes due at once. */
  #fire(): void {
    const nowMs = this.monotonicMs()
    for (let timer = this.#next(); timer !== undefined && timer.atMs <= nowMs; timer = this.#next()) {
      this.#timers.delete(timer)
      timer.fn()
    }
    this.#arm()
  }

  #arm(): void {
    const next = this.#next()
    if (next === undefined) return
    const atMs = next.atMs - this.#aheadMs
    if (this.#armed !== undefined && this.#armed.atMs <= atMs && this.#armed.atMs > this.#base.monotonicMs()) return
    this.#armed?.cancel.cancel()
    const fire = (): void => {
      this.#armed = undefined
      this.#fire()
    }
    this.#armed = { atMs, cancel: this.#base.at(atMs, fire) }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
        next = timer
      }
    }
    return next
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
