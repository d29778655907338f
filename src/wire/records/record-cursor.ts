import type { Buffer } from 'node:buffer'
import { compressionTypes, decompress } from '../compression.ts'
import { WireError } from '../wire-error.ts'
import type { BatchHeader } from './batch-header.ts'
import { batchLayout, COMPRESSION_MASK, readBatchHeader } from './batch-header.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface DecodedRecord {
  readonly offset: bigint
  /** In ms; the batch's append time where the topic has LogAppendTime. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface ReadRecordsOptions {
  /** Most bytes that the records may have when decompressed; default 256 MB. */
  readonly maxBytes?: number
}

const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024
/** Length, attributes, two deltas, key and value length, header count: no record is shorter. */
const RECORD_BYTES_MIN = 7

/**
 * Walks the records of one batch without allocating for them: `next()` moves to a record, the properties tell it.
 *
 *     const cursor = new RecordCursor(buffer, header.position)
 *     while (cursor.next()) if (cursor.keyBytes === -1) return 'INVALID_RECORD'
 *
 * Keys and values are views of the batch, or of its decompressed records; they are made when asked for. Every record is
 * checked as it is read, and `next()` returns false only when exactly the claimed records were there.
 */
export class RecordCursor {
  readonly header: BatchHeader
  /** What the positions below point into: the batch's own buffer, or its decompressed records. */
  readonly bytes: Buffer
  readonly #end: number
  readonly #appendTime: number | undefined
  #position: number
  #index = 0
  #timestampDelta = 0
  #valueAt = 0
  #headersAt = 0
  #headersEnd = 0
  #headerCount = 0

  /** The record's first byte, that of its length, and the byte behind its last. */
  startAt = 0
  endAt = 0
  /** Behind its timestamp delta: nothing from here on depends on the batch's header. */
  restAt = 0
  keyAt = 0
  /** Distance of the record's offset from the batch's base offset. */
  offsetDelta = 0
  /** -1 for a null key. */
  keyBytes = -1
  /** -1 for a null value. */
  valueBytes = -1

  /** @throws WireError `OVERSIZED` when the records are larger than allowed, `MALFORMED` when they do not unpack. */
  constructor(buffer: Buffer, position = 0, { maxBytes = DECOMPRESSED_BYTES_MAX }: ReadRecordsOptions = {}) {
    const header = readBatchHeader(buffer, position)
    const batchEnd = position + header.totalBytes
    if (batchEnd > buffer.length) throw new WireError('TRUNCATED', 'a record batch is cut off')
    const type = compressionTypes[header.attributes & COMPRESSION_MASK]
    if (type === undefined) throw new WireError('UNSUPPORTED_COMPRESSION', 'a batch has an unknown compression type')
    this.header = header
    this.#appendTime = header.timestampType === 'LogAppendTime' ? header.maxTimestamp : undefined
    const recordsAt = position + batchLayout.records
    if (type === 'none') {
      this.bytes = buffer
      this.#position = recordsAt
      this.#end = batchEnd
    } else {
      this.bytes = decompress(type, buffer.subarray(recordsAt, batchEnd), { maxBytes })
      this.#position = 0
      this.#end = this.bytes.length
    }
    if (header.recordCount < 0 || header.recordCount * RECORD_BYTES_MIN > this.#end - this.#position) {
      throw new WireError('MALFORMED', `a batch cannot hold the ${header.recordCount} records that it claims`)
    }
  }

  get offset(): bigint {
    return this.header.baseOffset + BigInt(this.offsetDelta)
  }

  get timestamp(): number {
    return this.#appendTime ?? this.header.baseTimestamp + this.#timestampDelta
  }

  /** The timestamp that the producer gave, also where the batch has an append time. */
  get createTimestamp(): number {
    return this.header.baseTimestamp + this.#timestampDelta
  }

  get key(): Buffer | null {
    return this.keyBytes < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyBytes)
  }

  get value(): Buffer | null {
    return this.valueBytes < 0 ? null : this.bytes.subarray(this.#valueAt, this.#valueAt + this.valueBytes)
  }

  get headers(): readonly RecordHeader[] {
    const headers: RecordHeader[] = []
    const resumeAt = this.#position
    this.#position = this.#headersAt
    for (let i = 0; i < this.#headerCount; i++) headers.push(this.#header())
    this.#position = resumeAt
    return headers
  }

  /** Moves to the next record; false behind the last. */
  next(): boolean {
    if (this.#index === this.header.recordCount) {
      if (this.#position !== this.#end) throw malformed('bytes are left over behind the records of a batch')
      return false
    }
    this.#index++
    this.startAt = this.#position
    const length = this.#varint()
    if (length < 0 || length > this.#end - this.#position) throw malformed('a record reaches beyond its batch')
    const end = this.#position + length
    this.endAt = end
    this.#skip(1, end) // attributes: none are defined
    this.#timestampDelta = this.#varlong()
    this.restAt = this.#position
    this.offsetDelta = this.#varint()
    this.keyBytes = this.#varint()
    this.keyAt = this.#position
    this.#skip(Math.max(this.keyBytes, 0), end)
    this.valueBytes = this.#varint()
    this.#valueAt = this.#position
    this.#skip(Math.max(this.valueBytes, 0), end)
    this.#headerCount = this.#varint()
    this.#headersAt = this.#position
    this.#headersEnd = end
    if (this.keyBytes < -1 || this.valueBytes < -1) throw malformed('a key or value has a negative length')
    if (this.#headerCount < 0 || this.#headerCount * 2 > end - this.#position) {
      throw malformed('a record has an impossible number of headers')
    }
    for (let i = 0; i < this.#headerCount; i++) this.#skipHeader(end)
    if (this.#position !== end) throw malformed('the length of a record is not the length of its fields')
    return true
  }

  #header(): RecordHeader {
    const keyBytes = this.#varint()
    const key = this.bytes.toString('utf8', this.#position, this.#position + keyBytes)
    this.#skip(keyBytes, this.#headersEnd)
    const valueBytes = this.#varint()
    if (valueBytes < 0) return { key, value: null }
    const value = this.bytes.subarray(this.#position, this.#position + valueBytes)
    this.#skip(valueBytes, this.#headersEnd)
    return { key, value }
  }

  #skipHeader(end: number): void {
    const keyBytes = this.#varint()
    if (keyBytes < 0) throw malformed('a header has no key')
    this.#skip(keyBytes, end)
    const valueBytes = this.#varint()
    if (valueBytes < -1) throw malformed('a header has a negative length')
    this.#skip(Math.max(valueBytes, 0), end)
  }

  #skip(bytes: number, end: number): void {
    if (bytes > end - this.#position) throw malformed('a field reaches beyond its record')
    this.#position += bytes
  }

  /** Zigzag, at most five bytes. */
  #varint(): number {
    const bytes = this.bytes
    let at = this.#position
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      if (at >= this.#end) throw new WireError('MALFORMED', 'a varint is cut off')
      const byte = bytes[at++]!
      if (shift === 28 && byte > 0x0f) throw malformed('a varint is longer than 32 bits')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    this.#position = at
    return (value >>> 1) ^ -(value & 1)
  }

  /** Zigzag, at most ten bytes; a number, exact up to 2^53. */
  #varlong(): number {
    const bytes = this.bytes
    let at = this.#position
    let low = 0 // 28 bits
    let high = 0 // the bits above, as a float
    let scale = 1
    for (let i = 0; ; i++) {
      if (at >= this.#end) throw malformed('a varlong is cut off')
      if (i === 10) throw malformed('a varlong is longer than ten bytes')
      const byte = bytes[at++]!
      if (i === 9 && byte > 1) throw malformed('a varlong is longer than 64 bits')
      if (i < 4) low |= (byte & 0x7f) << (7 * i)
      else {
        high += (byte & 0x7f) * scale
        scale *= 128
      }
      if (byte < 0x80) break
    }
    this.#position = at
    const magnitude = high * 0x800_0000 + (low >>> 1)
    return (low & 1) === 0 ? magnitude : -magnitude - 1
  }
}

/** All records of the batch at `position`. For hot paths, walk a RecordCursor instead. */
export function decodeRecords(buffer: Buffer, position = 0, options: ReadRecordsOptions = {}): DecodedRecord[] {
  const records: DecodedRecord[] = []
  const cursor = new RecordCursor(buffer, position, options)
  while (cursor.next()) {
    const { offset, timestamp, key, value, headers } = cursor
    records.push({ offset, timestamp, key, value, headers })
  }
  return records
}

/** Calls `visit` for each record of the batch at `position`, always with the same cursor. */
export function forEachRecord(
  buffer: Buffer,
  position: number,
  options: ReadRecordsOptions,
  visit: (record: RecordCursor) => void,
): void {
  const cursor = new RecordCursor(buffer, position, options)
  while (cursor.next()) visit(cursor)
}

function malformed(message: string): WireError {
  return new WireError('MALFORMED', message)
}
