/**
 * 128 bits that stand for a record's key (MurmurHash3_x86_128 of Austin Appleby, public domain; Kafka takes MD5). The answer is in `h1` to
 * `h4`, so that hashing allocates nothing. Two of ten million keys have the same hash with a probability of about 10^-25.
 */
export class KeyHash {
  readonly #seed: number
  h1 = 0
  h2 = 0
  h3 = 0
  h4 = 0

  /** @param seed any number: keys that collide under one do hardly under another. */
  constructor(seed: number) {
    this.#seed = seed | 0
  }

  hash(bytes: Uint8Array, start: number, length: number): void {
    let h1 = this.#seed
    let h2 = this.#seed
    let h3 = this.#seed
    let h4 = this.#seed
    const wholeEnd = start + (length & ~15)
    let at = start
    for (; at < wholeEnd; at += 16) {
      h1 ^= mixed(word(bytes, at), C1, 15, C2)
      h1 = (Math.imul(rotl(h1, 19) + h2, 5) + 0x561ccd1b) | 0
      h2 ^= mixed(word(bytes, at + 4), C2, 16, C3)
      h2 = (Math.imul(rotl(h2, 17) + h3, 5) + 0x0bcaa747) | 0
      h3 ^= mixed(word(bytes, at + 8), C3, 17, C4)
      h3 = (Math.imul(rotl(h3, 15) + h4, 5) + 0x96cd1c35) | 0
      h4 ^= mixed(word(bytes, at + 12), C4, 18, C1)
      h4 = (Math.imul(rotl(h4, 13) + h1, 5) + 0x32ac3b17) | 0
    }
    const rest = length & 15
    if (rest > 12) h4 ^= mixed(partOf(bytes, at + 12, rest - 12), C4, 18, C1)
    if (rest > 8) h3 ^= mixed(partOf(bytes, at + 8, Math.min(rest - 8, 4)), C3, 17, C4)
    if (rest > 4) h2 ^= mixed(partOf(bytes, at + 4, Math.min(rest - 4, 4)), C2, 16, C3)
    if (rest > 0) h1 ^= mixed(partOf(bytes, at, Math.min(rest, 4)), C1, 15, C2)

    h1 ^= length
    h2 ^= length
    h3 ^= length
    h4 ^= length
    h1 = (h1 + h2 + h3 + h4) | 0
    h2 = (h2 + h1) | 0
    h3 = (h3 + h1) | 0
    h4 = (h4 + h1) | 0
    h1 = avalanche(h1)
    h2 = avalanche(h2)
    h3 = avalanche(h3)
    h4 = avalanche(h4)
    h1 = (h1 + h2 + h3 + h4) | 0
    this.h1 = h1
    this.h2 = (h2 + h1) | 0
    this.h3 = (h3 + h1) | 0
    this.h4 = (h4 + h1) | 0
  }
}

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

function mixed(k: number, before: number, rotation: number, after: number): number {
  return Math.imul(rotl(Math.imul(k, before), rotation), after)
}

function rotl(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** The first one to four bytes of a word. */
function partOf(bytes: Uint8Array, at: number, count: number): number {
  let k = 0
  for (let i = 0; i < count; i++) k |= bytes[at + i]! << (8 * i)
  return k
}

function avalanche(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
