import { Buffer } from 'node:buffer'
import { ZERO_UUID } from './reader.ts'
import { WireError } from './wire-error.ts'

/** Byte fields from this size on are referenced, not copied. */
const REFERENCED_BYTES_MIN = 2048
const FIRST_CHUNK_BYTES = 512
const CHUNK_BYTES_MAX = 64 * 1024
const STRING_BYTES_MAX = 0x7fff
const SHORT_STRING_CHARS = 32

/**
 * Writes Kafka's primitive types into chunks that grow as needed.
 *
 * Large byte fields become chunks of their own, so a fetch answer goes to the socket without a copy; the caller must
 * not change them before the chunks are sent. Values are checked: a number that does not fit its field, or a missing
 * one, is a WireError `INVALID_VALUE`, never a wrong byte.
 */
export class Writer {
  readonly #chunks: Buffer[] = []
  /** The chunk that is being filled, its bytes from #start to #position not yet in #chunks. */
  #buffer: Buffer
  #start = 0
  #position = 0
  #finishedBytes = 0

  constructor(firstChunkBytes = FIRST_CHUNK_BYTES) {
    this.#buffer = Buffer.allocUnsafe(firstChunkBytes)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#finishedBytes + this.#position - this.#start
  }

  /** The chunks in order. The writer must not be used afterwards. */
  finish(): Buffer[] {
    this.#closeChunk()
    return this.#chunks
  }

  /** All bytes in one buffer. The writer must not be used afterwards. */
  toBuffer(): Buffer {
    const chunks = this.finish()
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#finishedBytes)
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw invalid('an int8', value)
    const at = this.#room(1)
    this.#buffer[at] = value
  }

  bool(value: boolean): void {
    if (typeof value !== 'boolean') throw invalid('a bool', value)
    const at = this.#room(1)
    this.#buffer[at] = value ? 1 : 0
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw invalid('an int16', value)
    this.#put16(value)
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw invalid('a uint16', value)
    this.#put16(value)
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw invalid('an int32', value)
    this.#put32(value)
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw invalid('a uint32', value)
    this.#put32(value | 0)
  }

  int64(value: bigint): void {
    if (typeof value !== 'bigint') throw invalid('an int64 (bigint)', value)
    const number = Number(value)
    if (Number.isSafeInteger(number)) {
      const low = number >>> 0
      this.#put32(((number - low) / 0x1_0000_0000) | 0)
      this.#put32(low | 0)
      return
    }
    if (BigInt.asIntN(64, value) !== value) throw invalid('an int64', value)
    this.#put32(Number(value >> 32n))
    this.#put32(Number(BigInt.asIntN(32, value)))
  }

  float64(value: number): void {
    if (typeof value !== 'number') throw invalid('a float64', value)
    const at = this.#room(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  /** From Kafka's base64url form. */
  uuid(value: string): void {
    const at = this.#room(16)
    if (value === ZERO_UUID) {
      this.#buffer.fill(0, at, at + 16)
      return
    }
    if (typeof value !== 'string' || value.length !== 22 || this.#buffer.write(value, at, 16, 'base64url') !== 16) {
      throw invalid('a uuid', value)
    }
  }

  uvarint(value: number): void {
    if (value >>> 0 !== value) throw invalid('an unsigned varint', value)
    let at = this.#room(5)
    const buffer = this.#buffer
    let rest = value
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[at++] = rest
    this.#position = at
  }

  string(value: string): void {
    if (typeof value !== 'string') throw invalid('a string', value)
    if (value.length <= SHORT_STRING_CHARS) {
      const at = this.#room(2 + value.length)
      if (this.#ascii(value, at + 2)) {
        this.#buffer[at] = 0
        this.#buffer[at + 1] = value.length
        return
      }
      this.#position = at
    }
    const length = stringBytes(value)
    this.#put16(length)
    this.#utf8(value, length)
  }

  nullableString(value: string | null): void {
    if (value === null) this.#put16(-1)
    else this.string(value)
  }

  compactString(value: string): void {
    if (typeof value !== 'string') throw invalid('a string', value)
    if (value.length <= SHORT_STRING_CHARS) {
      const at = this.#room(1 + value.length)
      if (this.#ascii(value, at + 1)) {
        this.#buffer[at] = value.length + 1
        return
      }
      this.#position = at
    }
    const length = stringBytes(value)
    this.uvarint(length + 1)
    this.#utf8(value, length)
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0)
    else this.compactString(value)
  }

  bytes(value: WritableBytes): void {
    this.#put32(bytesLength(value))
    this.raw(value)
  }

  nullableBytes(value: WritableBytes | null): void {
    if (value === null) this.#put32(-1)
    else this.bytes(value)
  }

  compactBytes(value: WritableBytes): void {
    this.uvarint(bytesLength(value) + 1)
    this.raw(value)
  }

  compactNullableBytes(value: WritableBytes | null): void {
    if (value === null) this.uvarint(0)
    else this.compactBytes(value)
  }

  arrayLength(length: number): void {
    this.int32(length)
  }

  compactArrayLength(length: number): void {
    this.uvarint(length + 1)
  }

  /** Bytes without a length before them. */
  raw(value: WritableBytes): void {
    if (!(value instanceof Uint8Array)) {
      for (const part of value) this.raw(part)
    } else if (value.length < REFERENCED_BYTES_MIN) {
      const at = this.#room(value.length)
      this.#buffer.set(value, at)
    } else {
      this.#closeChunk()
      this.#push(Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    }
  }

  /** Everything that another writer wrote. */
  append(other: Writer): void {
    for (const chunk of other.finish()) this.raw(chunk)
  }

  #put16(value: number): void {
    const at = this.#room(2)
    const buffer = this.#buffer
    buffer[at] = value >> 8
    buffer[at + 1] = value
  }

  #put32(value: number): void {
    const at = this.#room(4)
    const buffer = this.#buffer
    buffer[at] = value >> 24
    buffer[at + 1] = value >> 16
    buffer[at + 2] = value >> 8
    buffer[at + 3] = value
  }

  #ascii(value: string, at: number): boolean {
    const buffer = this.#buffer
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      buffer[at + i] = code
    }
    return true
  }

  #utf8(value: string, length: number): void {
    const at = this.#room(length)
    this.#buffer.write(value, at, length, 'utf8')
  }

  /** Index of `length` free bytes, which count as written. */
  #room(length: number): number {
    let at = this.#position
    if (length > this.#buffer.length - at) {
      this.#nextChunk(length)
      at = this.#position
    }
    this.#position = at + length
    return at
  }

  #nextChunk(bytesMin: number): void {
    const bytes = Math.max(bytesMin, Math.min(this.#buffer.length * 2, CHUNK_BYTES_MAX))
    this.#closeChunk()
    this.#buffer = Buffer.allocUnsafe(bytes)
    this.#start = 0
    this.#position = 0
  }

  #closeChunk(): void {
    if (this.#position === this.#start) return
    this.#push(this.#buffer.subarray(this.#start, this.#position))
    this.#start = this.#position
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#finishedBytes += chunk.length
  }
}

/** Bytes to encode: one piece, or several that follow each other (the slices of a fetch answer). */
export type WritableBytes = Uint8Array | readonly Uint8Array[]

function bytesLength(value: WritableBytes): number {
  if (value instanceof Uint8Array) return value.length
  if (!Array.isArray(value)) throw invalid('bytes', value)
  let length = 0
  for (const part of value as readonly Uint8Array[]) length += part.length
  return length
}

function stringBytes(value: string): number {
  const length = Buffer.byteLength(value, 'utf8')
  if (length > STRING_BYTES_MAX) throw new WireError('INVALID_VALUE', `a string of ${length} bytes exceeds 32767`)
  return length
}

function invalid(what: string, value: unknown): WireError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value).slice(0, 40)
  return new WireError('INVALID_VALUE', `${shown} is not ${what}`)
}
