import type { FetchConfig } from './fetch-config.ts'

/** Less is not worth a request. */
const MIN_REQUEST_BYTES = 64 * 1024

type Limits = Pick<FetchConfig, 'maxBufferedBytes' | 'fetchMaxBytes' | 'maxPartitionFetchBytes'>

/** Bytes that are taken: what is held, and what answers under way may bring. */
export interface Taken {
  readonly heldBytes: number
  readonly reservedBytes: number
}

/**
 * Bytes that one of `waiting` nodes may answer with; undefined when there is no room. Where nothing is taken there always is: a consumer with a small buffer
 * reads on. Pure.
 */
export function fetchBudget(
  { maxBufferedBytes, fetchMaxBytes, maxPartitionFetchBytes }: Limits,
  { heldBytes, reservedBytes }: Taken,
  waiting: number,
): number | undefined {
  const least = Math.min(MIN_REQUEST_BYTES, maxPartitionFetchBytes, maxBufferedBytes)
  const free = maxBufferedBytes - heldBytes - reservedBytes
  if (free < least) return heldBytes + reservedBytes === 0 ? least : undefined
  return Math.min(fetchMaxBytes, Math.max(least, Math.floor(free / Math.max(1, waiting))))
}
