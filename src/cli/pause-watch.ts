import type { Clock, Logger } from '../platform/index.ts'

const INTERVAL_MS = 500
const PAUSE_MS = 1_000

/**
 * Tells when this process did not run for a second or more: a stopped container, a machine that swaps, a mistake of ours that keeps the
 * event loop. Clients felt it, and the log says so beside what they complained about.
 */
export function watchPauses(clock: Clock, logger: Logger): void {
  let dueMs = clock.monotonicMs() + INTERVAL_MS
  const look = (): void => {
    const nowMs = clock.monotonicMs()
    const lateMs = nowMs - dueMs
    if (lateMs >= PAUSE_MS) {
      const message = `this process did not run for ${(lateMs / 1000).toFixed(1)} s: clients waited, and what they sent is read before any session ends`
      logger.warn({ pauseMs: Math.round(lateMs) }, message)
    }
    dueMs = nowMs + INTERVAL_MS
    clock.at(dueMs, look)
  }
  clock.at(dueMs, look)
}
