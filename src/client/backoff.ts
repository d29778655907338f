/** `retry.backoff.ms` and `retry.backoff.max.ms`, or those of reconnects. */
export interface Backoff {
  readonly initialMs: number
  readonly maxMs: number
}

/** Share by which waits differ, so that clients that failed together do not come back together (Kafka's). */
const JITTER = 0.2

/** Milliseconds to wait after the failure of attempt 0, 1, ...: doubled each time up to the maximum, and 20 % more or less (KIP-144, KIP-580). */
export function backoffMs({ initialMs, maxMs }: Backoff, attempt: number, random: () => number = Math.random): number {
  const capped = Math.min(initialMs * 2 ** Math.min(attempt, 30), Math.max(maxMs, initialMs))
  return capped * (1 - JITTER + 2 * JITTER * random())
}
