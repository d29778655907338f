import { Buffer } from 'node:buffer'
import { compress } from '../compression.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  batchLayout,
  COMPRESSION_MASK,
  DELETE_HORIZON_BIT,
  writeCrc,
} from './batch-header.ts'
import { RecordCursor } from './record-cursor.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

export interface BatchFilter {
  /** Whether the record at which the cursor stands stays. */
  retain(record: RecordCursor): boolean
  /** Given to the batch if a tombstone stays in it, or `needsHorizon`, unless it has one already (KIP-534). In ms. */
  readonly deleteHorizonMs: number
  readonly needsHorizon: boolean
}

export interface FilteredBatch {
  /** 'same': all of it stays as it is; 'empty': no record stays; else the batch anew. */
  readonly batch: Buffer | 'same' | 'empty'
  readonly recordsKept: number
}

const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024

/** Kept for the next call: positions of the records that stay. */
const starts: number[] = []
const ends: number[] = []
const rests: number[] = []
const timestamps: number[] = []

/**
 * Takes records out of the batch at `position`, as Kafka's log cleaner does (MemoryRecords.filterTo): base offset, last offset delta,
 * producer, sequence, epoch and codec stay what they were, so that offsets keep their meaning and a producer's last sequence can still be
 * told. Does not change `buffer`.
 * @throws WireError when the records cannot be unpacked.
 */
export function filterBatch(buffer: Buffer, position: number, filter: BatchFilter): FilteredBatch {
  const cursor = new RecordCursor(buffer, position, { maxBytes: DECOMPRESSED_BYTES_MAX })
  const { header } = cursor
  let count = 0
  let hasTombstone = false
  let greatestTimestamp = -1
  while (cursor.next()) {
    if (!filter.retain(cursor)) continue
    const { timestamp } = cursor
    starts[count] = cursor.startAt
    ends[count] = cursor.endAt
    rests[count] = cursor.restAt
    timestamps[count] = timestamp
    count++
    hasTombstone ||= cursor.valueBytes < 0
    if (timestamp > greatestTimestamp) greatestTimestamp = timestamp
  }
  if (count === 0) return EMPTY
  const getsHorizon = (hasTombstone || filter.needsHorizon) && header.deleteHorizonMs === undefined
  if (count === header.recordCount && !getsHorizon) return { batch: 'same', recordsKept: count }
  const records = getsHorizon
    ? rebasedRecords(cursor.bytes, count, filter.deleteHorizonMs)
    : keptRecords(cursor.bytes, count)
  const body = compress(header.compression!, records)
  const batch = Buffer.allocUnsafeSlow(BATCH_HEADER_BYTES + body.length)
  buffer.copy(batch, 0, position, position + BATCH_HEADER_BYTES)
  body.copy(batch, BATCH_HEADER_BYTES)
  batch.writeInt32BE(batch.length - BATCH_PREFIX_BYTES, batchLayout.batchLength)
  if (getsHorizon) {
    batch.writeInt16BE(header.attributes | DELETE_HORIZON_BIT, batchLayout.attributes)
    batch.writeBigInt64BE(BigInt(filter.deleteHorizonMs), batchLayout.baseTimestamp)
  }
  if (header.timestampType === 'CreateTime') {
    batch.writeBigInt64BE(BigInt(greatestTimestamp), batchLayout.maxTimestamp)
  }
  batch.writeInt32BE(count, batchLayout.recordCount)
  writeCrc(batch, 0)
  return { batch, recordsKept: count }
}

/**
 * The header alone of the batch at `position`, for what must be known of a batch whose records are all gone: its offsets and its producer
 * (DefaultRecordBatch.writeEmptyHeader).
 */
export function emptyBatch(buffer: Buffer, position: number): Buffer {
  const batch = Buffer.from(buffer.subarray(position, position + BATCH_HEADER_BYTES))
  const attributes = batch.readInt16BE(batchLayout.attributes) & ~COMPRESSION_MASK & ~DELETE_HORIZON_BIT
  batch.writeInt32BE(BATCH_HEADER_BYTES - BATCH_PREFIX_BYTES, batchLayout.batchLength)
  batch.writeInt16BE(attributes, batchLayout.attributes)
  batch.writeBigInt64BE(-1n, batchLayout.baseTimestamp)
  batch.writeInt32BE(0, batchLayout.recordCount)
  writeCrc(batch, 0)
  return batch
}

/** What stays, byte for byte: all that is relative in it is relative to what stays too. */
function keptRecords(bytes: Buffer, count: number): Buffer {
  let size = 0
  for (let i = 0; i < count; i++) size += ends[i]! - starts[i]!
  const out = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = 0; i < count; ) {
    // Neighbours go in one piece.
    const start = starts[i]!
    let end = ends[i++]!
    while (i < count && starts[i] === end) end = ends[i++]!
    at += bytes.copy(out, at, start, end)
  }
  return out
}

/** The records with their timestamps relative to another base. */
function rebasedRecords(bytes: Buffer, count: number, baseTimestamp: number): Buffer {
  let size = 0
  for (let i = 0; i < count; i++) {
    const length = rebasedBytes(i, baseTimestamp)
    size += varintBytes(length) + length
  }
  const out = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = 0; i < count; i++) {
    at = writeVarint(out, at, rebasedBytes(i, baseTimestamp))
    out[at++] = 0
    at = writeVarlong(out, at, timestamps[i]! - baseTimestamp)
    at += bytes.copy(out, at, rests[i]!, ends[i]!)
  }
  return out
}

function rebasedBytes(i: number, baseTimestamp: number): number {
  return 1 + varlongBytes(timestamps[i]! - baseTimestamp) + ends[i]! - rests[i]!
}

const EMPTY: FilteredBatch = { batch: 'empty', recordsKept: 0 }
