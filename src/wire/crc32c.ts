import { crc32c as native } from '@node-rs/crc32'

/** CRC-32C (Castagnoli) as an unsigned number: the checksum of record batches. */
export function crc32c(bytes: Uint8Array): number {
  return native(bytes)
}
