import type { Buffer } from 'node:buffer'
import type { CompressionType } from '../compression.ts'
import { compressionTypes } from '../compression.ts'
import { crc32c } from '../crc32c.ts'
import { WireError } from '../wire-error.ts'

/**
 * The layout of a record batch, magic 2 (KIP-98, org.apache.kafka.common.record.DefaultRecordBatch):
 *
 *     0 baseOffset int64 | 8 batchLength int32 | 12 partitionLeaderEpoch int32 | 16 magic int8 | 17 crc uint32
 *     21 attributes int16 | 23 lastOffsetDelta int32 | 27 baseTimestamp int64 | 35 maxTimestamp int64
 *     43 producerId int64 | 51 producerEpoch int16 | 53 baseSequence int32 | 57 recordCount int32 | 61 records
 *
 * batchLength counts what follows it; the CRC-32C covers what follows itself, so that a broker can set the base offset
 * and the leader epoch without computing it anew.
 */
export const batchLayout = {
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

/** Bytes of a batch before its records, and so of the shortest batch. */
export const BATCH_HEADER_BYTES = batchLayout.records
/** What `batchLength` does not count: the base offset and itself. */
export const BATCH_PREFIX_BYTES = 12

export const COMPRESSION_MASK = 0x07
export const LOG_APPEND_TIME_BIT = 0x08
export const TRANSACTIONAL_BIT = 0x10
export const CONTROL_BIT = 0x20
export const DELETE_HORIZON_BIT = 0x40

export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** Header of a batch, as plain values. Timestamps are in ms, -1 for none. */
export interface BatchHeader {
  /** Index of the batch in the buffer that it was read from. */
  readonly position: number
  /** Bytes from `position` to the end of the batch. */
  readonly totalBytes: number
  readonly baseOffset: bigint
  /** Offset of the last record: baseOffset + lastOffsetDelta. */
  readonly lastOffset: bigint
  readonly batchLength: number
  readonly partitionLeaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  /** undefined for the numbers 5 to 7, which no codec has. */
  readonly compression: CompressionType | undefined
  readonly timestampType: TimestampType
  readonly isTransactional: boolean
  readonly isControl: boolean
  /** Tombstones and markers may be removed from then on; kept where the base timestamp was (KIP-534). */
  readonly deleteHorizonMs: number | undefined
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1 for none. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/**
 * Reads the header of the batch at `position`. Checks nothing but that the header is there and of magic 2.
 * @throws WireError `TRUNCATED`, `MALFORMED` (a length shorter than a header), `UNSUPPORTED_MAGIC` (KIP-724).
 */
export function readBatchHeader(buffer: Buffer, position = 0): BatchHeader {
  const error = checkFrame(buffer, position, false)
  if (error !== undefined) throw error
  const at = batchLayout
  const batchLength = buffer.readInt32BE(position + at.batchLength)
  const attributes = buffer.readInt16BE(position + at.attributes)
  const baseOffset = buffer.readBigInt64BE(position)
  const lastOffsetDelta = buffer.readInt32BE(position + at.lastOffsetDelta)
  const baseTimestamp = readTimestamp(buffer, position + at.baseTimestamp)
  return {
    position,
    totalBytes: batchLength + BATCH_PREFIX_BYTES,
    baseOffset,
    lastOffset: baseOffset + BigInt(lastOffsetDelta),
    batchLength,
    partitionLeaderEpoch: buffer.readInt32BE(position + at.partitionLeaderEpoch),
    magic: buffer.readInt8(position + at.magic),
    crc: buffer.readUInt32BE(position + at.crc),
    attributes,
    compression: compressionTypes[attributes & COMPRESSION_MASK],
    timestampType: (attributes & LOG_APPEND_TIME_BIT) !== 0 ? 'LogAppendTime' : 'CreateTime',
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    deleteHorizonMs: (attributes & DELETE_HORIZON_BIT) !== 0 ? baseTimestamp : undefined,
    lastOffsetDelta,
    baseTimestamp,
    maxTimestamp: readTimestamp(buffer, position + at.maxTimestamp),
    producerId: buffer.readBigInt64BE(position + at.producerId),
    producerEpoch: buffer.readInt16BE(position + at.producerEpoch),
    baseSequence: buffer.readInt32BE(position + at.baseSequence),
    recordCount: buffer.readInt32BE(position + at.recordCount),
  }
}

/** Bytes of the batch at `position` by its own word, or undefined when not even its length is there. */
export function batchBytesAt(buffer: Buffer, position = 0): number | undefined {
  if (buffer.length - position < BATCH_PREFIX_BYTES) return undefined
  return buffer.readInt32BE(position + batchLayout.batchLength) + BATCH_PREFIX_BYTES
}

/**
 * Checks that a whole, intact batch stands at `position`: lengths, magic 2, a known compression type, CRC-32C, and as
 * many records claimed as there are offsets. Does not look into the records.
 * @returns what is wrong: `TRUNCATED`, `MALFORMED`, `UNSUPPORTED_MAGIC`, `UNSUPPORTED_COMPRESSION` or `CORRUPT`.
 */
export function verifyBatch(buffer: Buffer, position = 0): WireError | undefined {
  const frameError = checkFrame(buffer, position, true)
  if (frameError !== undefined) return frameError
  const end = position + buffer.readInt32BE(position + batchLayout.batchLength) + BATCH_PREFIX_BYTES
  const crc = buffer.readUInt32BE(position + batchLayout.crc)
  if (crc32c(buffer.subarray(position + batchLayout.attributes, end)) !== crc) {
    return new WireError('CORRUPT', 'the checksum of a record batch does not match')
  }
  const attributes = buffer.readInt16BE(position + batchLayout.attributes)
  if (compressionTypes[attributes & COMPRESSION_MASK] === undefined) {
    return new WireError('UNSUPPORTED_COMPRESSION', `compression type ${attributes & COMPRESSION_MASK} does not exist`)
  }
  const count = buffer.readInt32BE(position + batchLayout.recordCount)
  const offsets = buffer.readInt32BE(position + batchLayout.lastOffsetDelta) + 1
  // Kafka takes no batch from a producer that has gaps; only compaction leaves some.
  if (count <= 0 || count !== offsets) {
    return new WireError('MALFORMED', `a record batch claims ${count} records and ${offsets} offsets`)
  }
  return undefined
}

/**
 * Whole batches in a records buffer, in order. A batch that is cut off at the end is left out: a fetch answer may end
 * in the middle of one.
 * @throws WireError as `readBatchHeader`, when something else than batches of magic 2 stands there.
 */
export function* iterateBatches(buffer: Buffer, start = 0): Generator<BatchHeader, void, undefined> {
  let position = start
  for (;;) {
    const bytes = batchBytesAt(buffer, position)
    if (bytes === undefined || bytes > buffer.length - position) return
    yield readBatchHeader(buffer, position)
    position += bytes
  }
}

export interface BatchStamp {
  readonly baseOffset: bigint
  readonly partitionLeaderEpoch: number
}

/** Sets in place what the broker decides; the checksum does not cover it. */
export function stampBatch(buffer: Buffer, position: number, { baseOffset, partitionLeaderEpoch }: BatchStamp): void {
  buffer.writeBigInt64BE(baseOffset, position)
  buffer.writeInt32BE(partitionLeaderEpoch, position + batchLayout.partitionLeaderEpoch)
}

/** Gives all records of a batch the time of their append, in place, and computes the checksum anew. */
export function stampLogAppendTime(buffer: Buffer, position: number, appendTimeMs: number): void {
  const attributesAt = position + batchLayout.attributes
  buffer.writeInt16BE(buffer.readInt16BE(attributesAt) | LOG_APPEND_TIME_BIT, attributesAt)
  buffer.writeBigInt64BE(BigInt(appendTimeMs), position + batchLayout.maxTimestamp)
  writeCrc(buffer, position)
}

export function writeCrc(buffer: Buffer, position: number): void {
  const end = position + buffer.readInt32BE(position + batchLayout.batchLength) + BATCH_PREFIX_BYTES
  buffer.writeUInt32BE(crc32c(buffer.subarray(position + batchLayout.attributes, end)), position + batchLayout.crc)
}

function checkFrame(buffer: Buffer, position: number, isWhole: boolean): WireError | undefined {
  const available = buffer.length - position
  // Older formats have their magic at the same place and shorter headers: tell them before "truncated".
  if (available > batchLayout.magic) {
    const magic = buffer.readInt8(position + batchLayout.magic)
    if (magic === 0 || magic === 1) {
      return new WireError('UNSUPPORTED_MAGIC', `message format ${magic} is no longer supported (KIP-724)`)
    }
    if (magic !== 2) return new WireError('MALFORMED', `a record batch has magic ${magic}`)
  }
  if (available < BATCH_HEADER_BYTES) return new WireError('TRUNCATED', `a batch header has ${available} bytes`)
  const bytes = buffer.readInt32BE(position + batchLayout.batchLength) + BATCH_PREFIX_BYTES
  if (bytes < BATCH_HEADER_BYTES) return new WireError('MALFORMED', `a record batch has a length of ${bytes} bytes`)
  if (isWhole && bytes > available) {
    return new WireError('TRUNCATED', `a record batch of ${bytes} bytes has only ${available}`)
  }
  return undefined
}

/** As a number: exact for every real time, rounded for hostile ones beyond the year 287396. */
function readTimestamp(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)
}
