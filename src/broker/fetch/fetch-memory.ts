import type { ConnectionContext } from '../handler.ts'

/** One fetch gets at most this share of the memory for answers that is free: so many that nobody takes fill it slowly. */
const SHARE = 4
/** With less than this share of the memory free it is scarce. */
const SCARCE_SHARE = 8
/** But never more than this. */
const SCARCE_BYTES_MAX = 8 * 1024 * 1024
/** What a fetch gets when memory is scarce: the socket takes it at once, so that it costs nothing. */
const SCARCE_FETCH_BYTES = 64 * 1024

/** How much one fetch may read. */
export interface FetchAllowance {
  readonly maxBytes: number
  /** Whether it may go beyond that for its first batch (KIP-74). */
  readonly atLeastOneBatch: boolean
}

/** What a fetch of this connection may read now: what the client wants, its own limit and the memory for all answers allow. */
export function fetchAllowance(connection: ConnectionContext, wantedBytes: number): FetchAllowance {
  const { answers, responseBytesFree } = connection
  if (answers.freeBytes < scarceBytes(answers.maxBytes)) {
    return { maxBytes: Math.min(wantedBytes, SCARCE_FETCH_BYTES), atLeastOneBatch: false }
  }
  const shareBytes = Math.floor(answers.freeBytes / SHARE)
  return { maxBytes: Math.max(0, Math.min(wantedBytes, responseBytesFree, shareBytes)), atLeastOneBatch: true }
}

/** Resolves when memory is no longer scarce, or when the connection ends: then with false. */
export function memoryForFetch(connection: ConnectionContext): Promise<boolean> {
  const { answers } = connection
  return new Promise((resolve) => {
    const forgets = [
      answers.whenFree(scarceBytes(answers.maxBytes), () => done(true)),
      connection.onClose(() => done(false)),
    ]
    const done = (isFree: boolean): void => {
      for (const forget of forgets) forget()
      resolve(isFree)
    }
  })
}

function scarceBytes(maxBytes: number): number {
  return Math.min(maxBytes / SCARCE_SHARE, SCARCE_BYTES_MAX)
}
