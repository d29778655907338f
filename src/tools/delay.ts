import type { Admin } from '../client/index.ts'

/** Resolves after so many ms of the client's clock. Rejects with the signal's reason. */
export function delay({ clock }: Pick<Admin, 'clock'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const abort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.at(clock.monotonicMs() + Math.max(0, ms), () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** As `delay`; the signal ends it early, and is no failure: for loops that look at the signal themselves. */
export function pause(by: Pick<Admin, 'clock'>, ms: number, signal: AbortSignal): Promise<void> {
  return delay(by, ms, signal).catch(() => {})
}
