/**
 * A fetch that has been under way for so long has found nothing and waits for records (or the way is long): what it does not ask for is asked aside. Before, its
 * answer is as good as here.
 */
const AFTER_MS = 5
/**
 * Aside a fetch waits for so long, or for a quarter of the time for which the main one has waited: what becomes fetchable next waits for it. It ends shortly before
 * the main fetch does, so that the next main fetch has all partitions again; with less time than this the main fetch is waited for.
 */
const WAIT_MS = 50
const LEAST_MS = 20
const MARGIN_MS = 10

/** When a fetch is made beside the main one, and until when it waits. Pure. */
export type AsideFetch =
  | { readonly kind: 'now'; readonly untilMs: number }
  /** Not yet: to be looked at again. */
  | { readonly kind: 'later'; readonly atMs: number }
  /** The main fetch comes back soon enough. */
  | { readonly kind: 'not-at-all' }

/** @param main the fetch under way: since when, and when the broker answers it at the latest */
export function asideFetch(
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
  nowMs: number,
): AsideFetch {
  if (untilMs - nowMs < LEAST_MS) return { kind: 'not-at-all' }
  if (sinceMs + AFTER_MS > nowMs) return { kind: 'later', atMs: sinceMs + AFTER_MS }
  const waitUntilMs = nowMs + Math.max(WAIT_MS, (nowMs - sinceMs) / 4)
  return { kind: 'now', untilMs: Math.min(untilMs - MARGIN_MS, waitUntilMs) }
}
