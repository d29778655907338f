import { type Clock, systemClock } from '../platform/index.ts'

export interface WaitOptions {
  /** Real time after which the wait fails; default 10 000. */
  readonly timeoutMs?: number
}

/** Something waited for has not happened in time; the message says what is instead. */
export class WaitTimeoutError extends Error {
  readonly code = 'TIMEOUT'

  constructor(message: string) {
    super(message)
    this.name = 'WaitTimeoutError'
  }
}

const TIMEOUT_MS = 10_000

/** Where all that waits for a condition looks again whenever something has happened: nothing sleeps or polls. */
export class Changes {
  readonly #waiting = new Set<() => void>()
  readonly #clock: Clock

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  notify(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves when `check` gives something. @throws WaitTimeoutError, with what `describe` says. */
  until<T>(
    check: () => T | undefined,
    describe: () => string,
    { timeoutMs = TIMEOUT_MS }: WaitOptions = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(look)
        timeout.cancel()
      }
      const look = (): void => {
        try {
          const result = check()
          if (result === undefined) return
          end()
          resolve(result)
        } catch (error) {
          end()
          reject(error)
        }
      }
      const timeout = this.#clock.at(this.#clock.monotonicMs() + timeoutMs, () => {
        end()
        reject(new WaitTimeoutError(`${describe()} (after ${timeoutMs} ms)`))
      })
      this.#waiting.add(look)
      look()
    })
  }
}
