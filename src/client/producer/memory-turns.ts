import type { Clock } from '../../platform/index.ts'
import { bounded } from '../bounded.ts'
import { KafkaError } from '../kafka-error.ts'

export interface MemoryTurnsOptions {
  readonly clock: Clock
  readonly bufferMemory: number
  readonly maxBlockMs: number
  /** Somebody begins to wait for memory: what is in batches is to be sent. */
  onWait(): void
}

/** How long somebody waits for memory. */
export interface MemoryWait {
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
}

/** Calls that wait for memory take turns, so that small records do not take what a large one waits for. */
export class MemoryTurns {
  readonly #options: MemoryTurnsOptions
  /** The turn of the last that came. */
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #wake: (() => void) | undefined

  constructor(options: MemoryTurnsOptions) {
    this.#options = options
  }

  /** Whether somebody has his turn or waits for it: who comes now waits behind them. */
  get isTaken(): boolean {
    return this.#waiting > 0
  }

  /** Whether somebody waits for a batch to have its outcome. */
  get needsRoom(): boolean {
    return this.#wake !== undefined
  }

  /** A batch has had its outcome: there is more memory than before. */
  freed(): void {
    this.#wake?.()
  }

  /**
   * Tries, behind all that have waited longer, until it succeeds; again when memory was freed.
   * @param attempt answers undefined while there is not enough memory
   * @throws what `attempt` throws; KafkaError TIMEOUT at the deadline; the signal's reason
   */
  async take<T>(attempt: () => Promise<T | undefined>, wait: MemoryWait): Promise<T> {
    const before = this.#last
    let pass = (): void => {}
    this.#last = new Promise((resolve) => {
      pass = resolve
    })
    this.#waiting++
    try {
      await this.#bounded(before, wait)
      for (;;) {
        const result = await attempt()
        if (result !== undefined) return result
        await this.#room(wait)
      }
    } finally {
      this.#waiting--
      // Who gives up before it was its turn leaves the turn to those before it.
      void before.then(pass)
    }
  }

  /** Resolves when a batch has had its outcome. */
  async #room(wait: MemoryWait): Promise<void> {
    const room = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#options.onWait()
    try {
      await this.#bounded(room, wait)
    } finally {
      this.#wake = undefined
    }
  }

  async #bounded(waited: Promise<void>, { deadlineMs, signal }: MemoryWait): Promise<void> {
    const { clock, bufferMemory, maxBlockMs } = this.#options
    const timeoutMs = Math.max(0, deadlineMs - clock.monotonicMs())
    try {
      await bounded(waited, { signal, timeoutMs }, clock, 'buffer memory')
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw new KafkaError('TIMEOUT', `no buffer memory (${bufferMemory} bytes) within ${maxBlockMs} ms`)
    }
  }
}
