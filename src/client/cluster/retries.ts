import type { Clock } from '../../platform/index.ts'
import { type Backoff, backoffMs } from '../backoff.ts'
import { KafkaError } from '../kafka-error.ts'
import { onAbort } from '../on-abort.ts'

export interface RetryPolicy {
  /** What is tried, for the message of the error: 'committing offsets of group billing'. */
  readonly what: string
  readonly backoff: Backoff
  /** For all attempts and the waits between them; default: until it succeeds, or the signal aborts. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether to try again; default: errors of kind `retriable`. May do what makes the next attempt better (forget a coordinator, refresh). */
  readonly retry?: (error: unknown, attempt: number) => boolean
}

/** One attempt: what is left of the time for it. */
export interface Attempt {
  /** 0 for the first. */
  readonly attempt: number
  readonly signal: AbortSignal | undefined
  /** Until the deadline of all attempts; undefined without one. */
  readonly remainingMs: number | undefined
}

/**
 * Repeats `fn` while it fails with what may pass.
 * @throws what `fn` throws and no retry helps; KafkaError TIMEOUT, caused by the last failure, at the deadline; the signal's reason
 */
export async function withRetries<T>(
  { clock }: { readonly clock: Clock },
  { what, backoff, timeoutMs, signal, retry = isRetriable }: RetryPolicy,
  fn: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + timeoutMs
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted()
    const remainingMs = Number.isFinite(deadlineMs) ? Math.max(0, deadlineMs - clock.monotonicMs()) : undefined
    try {
      return await fn({ attempt, signal, remainingMs })
    } catch (error) {
      signal?.throwIfAborted()
      if (!retry(error, attempt)) throw error
      const waitMs = backoffMs(backoff, attempt)
      if (clock.monotonicMs() + waitMs >= deadlineMs) throw gaveUp(what, timeoutMs!, error)
      await delay(clock, waitMs, signal)
    }
  }
}

/** Resolves after so many milliseconds. @throws the signal's reason */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const timer = clock.at(clock.monotonicMs() + ms, () => {
      forget?.()
      resolve()
    })
    const forget =
      signal &&
      onAbort(signal, () => {
        timer.cancel()
        reject(signal.reason)
      })
  })
}

export function isRetriable(error: unknown): boolean {
  return error instanceof KafkaError && error.kind === 'retriable'
}

function gaveUp(what: string, timeoutMs: number, error: unknown): KafkaError {
  const last = error instanceof Error ? error.message : String(error)
  return new KafkaError('TIMEOUT', `${what} did not succeed within ${timeoutMs} ms; the last failure was: ${last}`, {
    cause: error,
  })
}
