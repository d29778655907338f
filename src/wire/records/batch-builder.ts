import { Buffer } from 'node:buffer'
import { type CompressionType, compress, compressionTypes } from '../compression.ts'
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, batchLayout, writeCrc } from './batch-header.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

export interface HeaderToAppend {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface BuildOptions {
  readonly compression: CompressionType
  readonly level?: number | undefined
  /** -1 and -1 and -1 for a producer that is not idempotent. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
}

const NO_HEADERS: readonly HeaderToAppend[] = []
const FIRST_BYTES = 1024
/** Times as many, when they do not suffice: most batches have one record or are filled. */
const GROWTH = 4

/**
 * A batch that is filled record by record, for producers: each is written into the batch's bytes at once, and nothing is kept of it. What it
 * gives is byte for byte what `encodeBatch` makes of the same records.
 */
export class BatchBuilder {
  readonly #expectedBytes: number
  #buffer: Buffer
  #end: number = BATCH_HEADER_BYTES
  #count = 0
  #baseTimestamp = -1
  #maxTimestamp = -1

  /** @param expectedBytes to allocate at once, at most; it grows as needed */
  constructor(expectedBytes: number) {
    this.#expectedBytes = expectedBytes
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(BATCH_HEADER_BYTES, Math.min(expectedBytes, FIRST_BYTES)))
  }

  get recordCount(): number {
    return this.#count
  }

  /** Uncompressed, with the header. */
  get byteLength(): number {
    return this.#end
  }

  /** What the record would add, uncompressed. */
  bytesOf(timestamp: number, key: Uint8Array | null, value: Uint8Array | null, headers = NO_HEADERS): number {
    const body = this.#bodyBytes(timestamp, key, value, headers)
    return varintBytes(body) + body
  }

  append(timestamp: number, key: Uint8Array | null, value: Uint8Array | null, headers = NO_HEADERS): void {
    if (this.#count === 0) this.#baseTimestamp = timestamp
    const bodyBytes = this.#bodyBytes(timestamp, key, value, headers)
    this.#reserve(varintBytes(bodyBytes) + bodyBytes)
    const buffer = this.#buffer
    let at = writeVarint(buffer, this.#end, bodyBytes)
    buffer[at++] = 0
    at = writeVarlong(buffer, at, timestamp - this.#baseTimestamp)
    at = writeVarint(buffer, at, this.#count)
    at = putBytes(buffer, at, key)
    at = putBytes(buffer, at, value)
    at = writeVarint(buffer, at, headers.length)
    for (const header of headers) {
      at = writeVarint(buffer, at, Buffer.byteLength(header.key, 'utf8'))
      at += buffer.write(header.key, at, 'utf8')
      at = putBytes(buffer, at, header.value)
    }
    this.#end = at
    this.#count++
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /** The bytes so far as a batch; more can be appended, and it can be built again. The bytes are not the builder's any more. */
  build({ compression, level, producerId, producerEpoch, baseSequence }: BuildOptions): Buffer {
    const out = this.#bytes(compression, level)
    const at = batchLayout
    out.writeBigInt64BE(0n, 0)
    out.writeInt32BE(out.length - BATCH_PREFIX_BYTES, at.batchLength)
    out.writeInt32BE(-1, at.partitionLeaderEpoch)
    out[at.magic] = 2
    out.writeInt16BE(compressionTypes.indexOf(compression), at.attributes)
    out.writeInt32BE(this.#count - 1, at.lastOffsetDelta)
    out.writeBigInt64BE(BigInt(this.#baseTimestamp), at.baseTimestamp)
    out.writeBigInt64BE(BigInt(this.#maxTimestamp), at.maxTimestamp)
    out.writeBigInt64BE(producerId, at.producerId)
    out.writeInt16BE(producerEpoch, at.producerEpoch)
    out.writeInt32BE(baseSequence, at.baseSequence)
    out.writeInt32BE(this.#count, at.recordCount)
    writeCrc(out, 0)
    return out
  }

  #bytes(compression: CompressionType, level: number | undefined): Buffer {
    if (compression === 'none') return this.#buffer.subarray(0, this.#end)
    const packed = compress(compression, this.#buffer.subarray(BATCH_HEADER_BYTES, this.#end), { level })
    const out = Buffer.allocUnsafeSlow(BATCH_HEADER_BYTES + packed.length)
    packed.copy(out, BATCH_HEADER_BYTES)
    return out
  }

  #bodyBytes(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly HeaderToAppend[],
  ): number {
    const base = this.#count === 0 ? timestamp : this.#baseTimestamp
    let bytes = 1 + varlongBytes(timestamp - base) + varintBytes(this.#count) + fieldBytes(key) + fieldBytes(value)
    bytes += varintBytes(headers.length)
    for (const header of headers) {
      const nameBytes = Buffer.byteLength(header.key, 'utf8')
      bytes += varintBytes(nameBytes) + nameBytes + fieldBytes(header.value)
    }
    return bytes
  }

  #grown(): number {
    const { length } = this.#buffer
    return Math.max(length * 2, Math.min(length * GROWTH, this.#expectedBytes))
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#grown()))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

function fieldBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length
}

function putBytes(buffer: Buffer, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(buffer, at, -1)
  const start = writeVarint(buffer, at, value.length)
  buffer.set(value, start)
  return start + value.length
}
