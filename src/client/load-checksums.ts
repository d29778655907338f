import { crc32c } from '../wire/index.ts'

let isLoaded = false

/**
 * Loads the native code for checksums, which takes some 10 ms, when this turn is over: a consumer or producer that begins waits for its first connection then,
 * and would wait for this when its first records are there.
 */
export function loadChecksums(): void {
  if (isLoaded) return
  isLoaded = true
  setImmediate(() => crc32c(new Uint8Array(0)))
}
