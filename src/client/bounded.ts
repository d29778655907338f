import type { Clock } from '../platform/index.ts'
import { KafkaError } from './kafka-error.ts'
import { onAbort } from './on-abort.ts'

/** The same promise, with an end to the wait: what comes of it afterwards is dropped. @throws KafkaError TIMEOUT; the signal's reason */
export function bounded<T>(
  promise: Promise<T>,
  { signal, timeoutMs }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number } = {},
  clock: Clock,
  what: string,
): Promise<T> {
  if (signal?.aborted === true) {
    promise.catch(() => {})
    return Promise.reject(signal.reason)
  }
  if (signal === undefined && timeoutMs === undefined) return promise
  return new Promise<T>((resolve, fail) => {
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.at(clock.monotonicMs() + timeoutMs, () => {
            forget?.()
            fail(new KafkaError('TIMEOUT', `no ${what} within ${timeoutMs} ms`))
          })
    const settle = (): void => {
      timer?.cancel()
      forget?.()
    }
    const forget =
      signal &&
      onAbort(signal, () => {
        timer?.cancel()
        fail(signal.reason)
      })
    promise.then(
      (value) => {
        settle()
        resolve(value)
      },
      (error: unknown) => {
        settle()
        fail(error)
      },
    )
  })
}
