import type * as Crc32 from '@node-rs/crc32'
import { onFirstUse } from './on-first-use.ts'

const library = onFirstUse<typeof Crc32>('@node-rs/crc32')
let native: typeof Crc32.crc32c | undefined

/**
 * CRC-32C (Castagnoli) as an unsigned number: the checksum of record batches. `before`: that of the bytes in front of these. The first call loads the
 * native code, some 5 ms: whoever has nothing to do just then may make it with no bytes.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  native ??= library().crc32c
  return native(bytes, before)
}

/**
 * The checksum of bytes whose first part has the checksum `first` and whose rest, `secondBytes` long, has `second`: arithmetic instead of
 * reading them again, at about two microseconds whatever the length.
 *
 * A checksum is a polynomial modulo P over GF(2), and bytes behind it multiply it by x^8 each; as zlib's `crc32_combine` does it.
 */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  return (multiply(powerOfX(secondBytes), first) ^ second) >>> 0
}

/** Castagnoli's polynomial with its bits reversed: bit 31 is x^0. */
const POLYNOMIAL = 0x82f63b78
const ONE = 0x80000000 | 0

/** a(x) * b(x) modulo P. */
function multiply(a: number, b: number): number {
  let product = 0
  let power = b
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= power
    power = (power & 1) === 0 ? power >>> 1 : (power >>> 1) ^ POLYNOMIAL
  }
  return product
}

/** x^(8 * 2^i) modulo P, as far as a length in bytes needed them. x^8: its only bit is the ninth from the top. */
const squares = [ONE >>> 8]

function square(i: number): number {
  while (squares.length <= i) squares.push(multiply(squares.at(-1)!, squares.at(-1)!))
  return squares[i]!
}

/** x^(8 * bytes) modulo P. */
function powerOfX(bytes: number): number {
  let power = ONE
  let rest = bytes
  for (let i = 0; rest > 0; i++) {
    if (rest % 2 === 1) power = multiply(square(i), power)
    rest = Math.floor(rest / 2)
  }
  return power
}
