import type { Buffer } from 'node:buffer'

/** Zigzag; answers the position behind it. */
export function writeVarint(out: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let next = at
  while (rest > 0x7f) {
    out[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[next++] = rest
  return next
}

export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  return zigzag < 0x1000_0000 ? 4 : 5
}

/** For safe integers: what differences of timestamps are. */
export function writeVarlong(out: Buffer, at: number, value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return writeVarint(out, at, value)
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  let next = at
  while (rest > 0x7fn) {
    out[next++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  out[next++] = Number(rest)
  return next
}

export function varlongBytes(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return varintBytes(value)
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  let bytes = 1
  while (rest > 0x7fn) {
    rest >>= 7n
    bytes++
  }
  return bytes
}
