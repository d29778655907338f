import { Buffer } from 'node:buffer'
import { WireError } from './wire-error.ts'

/** Kafka prints the absent topic id like this (Uuid.ZERO_UUID). */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Strings up to this many bytes are built in JavaScript: a call into C++ costs more than the loop. */
const SHORT_STRING_BYTES = 16
const STRING_BYTES_MAX = 0x7fff
/**
 * Most array elements of one message, all its arrays together, unless the reader is told otherwise: far more than any
 * client asks for at once, few enough to be held. 100 MB of elements of two bytes would become gigabytes of objects.
 */
const ELEMENTS_MAX = 1_000_000

/**
 * Reads Kafka's primitive types from one buffer, moving forward.
 *
 * Every length is checked against the bytes that remain before anything is allocated, so the memory that a message
 * takes is bounded by a small multiple of its frame. Bytes are views of the buffer, never copies: whoever keeps one
 * keeps the whole frame.
 */
export class Reader {
  readonly buffer: Buffer
  /** Index of the next byte; ours to move. */
  position: number
  /** Index after the last byte that may be read. */
  readonly end: number
  readonly #elementsMax: number
  #elementsLeft: number

  /** @param elementsMax most array elements of the message; beyond it reading throws `OVERSIZED`. */
  constructor(buffer: Uint8Array, position = 0, elementsMax = ELEMENTS_MAX) {
    this.buffer = Buffer.isBuffer(buffer) ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    this.position = position
    this.end = this.buffer.length
    this.#elementsMax = elementsMax
    this.#elementsLeft = elementsMax
  }

  /** Array elements read so far. */
  get elements(): number {
    return this.#elementsMax - this.#elementsLeft
  }

  get remaining(): number {
    return this.end - this.position
  }

  int8(): number {
    const at = this.#take(1)
    return (this.buffer[at]! << 24) >> 24
  }

  /** Kafka reads any byte but zero as true. */
  bool(): boolean {
    const at = this.#take(1)
    return this.buffer[at] !== 0
  }

  int16(): number {
    const at = this.#take(2)
    return (((this.buffer[at]! << 8) | this.buffer[at + 1]!) << 16) >> 16
  }

  uint16(): number {
    const at = this.#take(2)
    return (this.buffer[at]! << 8) | this.buffer[at + 1]!
  }

  int32(): number {
    const at = this.#take(4)
    const bytes = this.buffer
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  int64(): bigint {
    const high = this.int32()
    const low = this.int32() >>> 0
    // One conversion instead of two and a shift; nearly every offset and timestamp is a safe integer.
    if (high >= -0x200000 && high < 0x200000) return BigInt(high * 0x1_0000_0000 + low)
    return (BigInt(high) << 32n) | BigInt(low)
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8))
  }

  /** In Kafka's base64url form, 22 characters. */
  uuid(): string {
    const at = this.#take(16)
    const text = this.buffer.toString('base64url', at, at + 16)
    return text === ZERO_UUID ? ZERO_UUID : text
  }

  /** Unsigned LEB128 of at most five bytes and 32 bits. */
  uvarint(): number {
    const bytes = this.buffer
    let at = this.position
    if (at < this.end) {
      const first = bytes[at]!
      if (first < 0x80) {
        this.position = at + 1
        return first
      }
    }
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      if (at >= this.end) throw truncated('a varint', 1, 0)
      const byte = bytes[at++]!
      if (shift === 28 && byte > 0x0f) throw new WireError('MALFORMED', 'a varint exceeds 32 bits')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.position = at
        return value >>> 0
      }
    }
    throw new WireError('MALFORMED', 'a varint is longer than five bytes')
  }

  string(): string {
    return this.#text(this.#nonNull(this.int16()))
  }

  nullableString(): string | null {
    const length = this.int16()
    return length === -1 ? null : this.#text(length)
  }

  compactString(): string {
    return this.#text(this.#nonNull(this.#compactLength()))
  }

  compactNullableString(): string | null {
    const length = this.#compactLength()
    return length === -1 ? null : this.#text(length)
  }

  bytes(): Buffer {
    return this.view(this.#nonNull(this.int32()))
  }

  nullableBytes(): Buffer | null {
    const length = this.int32()
    return length === -1 ? null : this.view(length)
  }

  compactBytes(): Buffer {
    return this.view(this.#nonNull(this.#compactLength()))
  }

  compactNullableBytes(): Buffer | null {
    const length = this.#compactLength()
    return length === -1 ? null : this.view(length)
  }

  /**
   * Length of an array whose elements take at least `elementBytesMin` bytes each: an array that cannot fit into the
   * rest of the frame is refused before it is allocated.
   */
  arrayLength(elementBytesMin: number): number {
    return this.#checkArray(this.#nonNull(this.int32()), elementBytesMin)
  }

  /** As `arrayLength`; -1 for null. */
  nullableArrayLength(elementBytesMin: number): number {
    const length = this.int32()
    return length === -1 ? -1 : this.#checkArray(length, elementBytesMin)
  }

  compactArrayLength(elementBytesMin: number): number {
    return this.#checkArray(this.#nonNull(this.#compactLength()), elementBytesMin)
  }

  compactNullableArrayLength(elementBytesMin: number): number {
    const length = this.#compactLength()
    return length === -1 ? -1 : this.#checkArray(length, elementBytesMin)
  }

  /** The next bytes as a view of the frame. */
  view(length: number): Buffer {
    if (length < 0) throw negative(length)
    const at = this.#take(length)
    return this.buffer.subarray(at, at + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** Skips a whole section of tagged fields, none of them known (KIP-482). */
  skipTaggedFields(): void {
    const count = this.uvarint()
    for (let i = 0; i < count; i++) {
      this.uvarint()
      this.skip(this.uvarint())
    }
  }

  /** Index at which a tagged field of `size` bytes ends; the field must end exactly there. */
  taggedFieldEnd(size: number): number {
    if (size > this.end - this.position) throw truncated('a tagged field', size, this.end - this.position)
    return this.position + size
  }

  expectEnd(position: number): void {
    if (this.position !== position) {
      throw new WireError('MALFORMED', `a tagged field ends at byte ${this.position} instead of ${position}`)
    }
  }

  /** A compact length is one more than the length, 0 means null (KIP-482). */
  #compactLength(): number {
    const length = this.uvarint() - 1
    if (length > 0x7fffffff) throw new WireError('MALFORMED', `a length of ${length} exceeds 31 bits`)
    return length
  }

  #nonNull(length: number): number {
    if (length === -1) throw new WireError('MALFORMED', 'null where the protocol allows none')
    return length
  }

  #checkArray(length: number, elementBytesMin: number): number {
    if (length < 0) throw negative(length)
    const remaining = this.end - this.position
    this.#elementsLeft -= length
    if (length * elementBytesMin > remaining)
      throw truncated(`an array of ${length}`, length * elementBytesMin, remaining)
    if (this.#elementsLeft < 0) throw new WireError('OVERSIZED', 'a message has too many array elements')
    return length
  }

  #text(length: number): string {
    if (length < 0) throw negative(length)
    if (length > STRING_BYTES_MAX) throw new WireError('MALFORMED', `a string of ${length} bytes exceeds 32767`)
    const at = this.#take(length)
    const bytes = this.buffer
    const end = at + length
    if (length > SHORT_STRING_BYTES) return bytes.toString('utf8', at, end)
    let text = ''
    for (let i = at; i < end; i++) {
      const byte = bytes[i]!
      if (byte > 0x7f) return bytes.toString('utf8', at, end)
      text += String.fromCharCode(byte)
    }
    return text
  }

  #take(length: number): number {
    const at = this.position
    if (length > this.end - at) throw truncated('a value', length, this.end - at)
    this.position = at + length
    return at
  }
}

function truncated(what: string, needed: number, remaining: number): WireError {
  return new WireError('TRUNCATED', `${what} needs ${needed} bytes where ${remaining} remain`)
}

function negative(length: number): WireError {
  return new WireError('MALFORMED', `a length is negative: ${length}`)
}
