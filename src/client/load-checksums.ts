import { crc32c } from '../wire/index.ts'

let isLoaded = false

/**
 * Loads the native code for checksums, which takes some 6 ms: for who has just asked for what it waits for anyway, and would wait for this when its records
 * are there.
 */
export function loadChecksums(): void {
  if (isLoaded) return
  isLoaded = true
  crc32c(new Uint8Array(0))
}
