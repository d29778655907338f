import type { Clock } from './clock.ts'

/** The one place in src/ that reads the machine's clocks and sets its timers. */
export const systemClock: Clock = clock({ holdsProcess: false })

/**
 * The same time, but its timers keep the process alive: for clients, whose user waits for an answer while nothing but a timer (before the
 * next attempt to connect, say) is there to bring it.
 */
export const holdingSystemClock: Clock = clock({ holdsProcess: true })

function clock({ holdsProcess }: { readonly holdsProcess: boolean }): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    at(deadlineMs, fn) {
      // Node fires up to a millisecond early by its own rounding; a deadline that fires early would only have to be set again.
      // setTimeout holds at most 2^31-1 ms (24.8 days); later deadlines are re-armed.
      let timer: NodeJS.Timeout
      const arm = (): void => {
        const remainingMs = Math.ceil(deadlineMs - performance.now())
        if (remainingMs > MAX_TIMEOUT_MS) timer = setTimeout(arm, MAX_TIMEOUT_MS)
        else timer = setTimeout(fn, Math.max(0, remainingMs))
        if (!holdsProcess) timer.unref()
      }
      arm()
      return { cancel: () => clearTimeout(timer) }
    },
  }
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1
