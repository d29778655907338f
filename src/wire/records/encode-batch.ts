import { Buffer } from 'node:buffer'
import type { CompressionType } from '../compression.ts'
import { compress, compressionTypes } from '../compression.ts'
import type { TimestampType } from './batch-header.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  batchLayout,
  CONTROL_BIT,
  DELETE_HORIZON_BIT,
  LOG_APPEND_TIME_BIT,
  TRANSACTIONAL_BIT,
  writeCrc,
} from './batch-header.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

export interface RecordToEncode {
  /** In ms. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** Distance from the batch's base offset; default the record's place in the batch. Must rise. */
  readonly offsetDelta?: number
}

export interface BatchToEncode {
  readonly records: readonly RecordToEncode[]
  /** Default 0: a broker stamps it. */
  readonly baseOffset?: bigint
  /** Default -1: a broker stamps it. */
  readonly partitionLeaderEpoch?: number
  /** Default 'none'. */
  readonly compression?: CompressionType
  /** Default 'CreateTime'. With 'LogAppendTime', `maxTimestamp` is the append time. */
  readonly timestampType?: TimestampType
  /** Default the greatest timestamp of the records, -1 without records. */
  readonly maxTimestamp?: number
  /** Default -1: not idempotent. */
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** Default that of the last record; larger where compaction removed the last records. */
  readonly lastOffsetDelta?: number
  /** Stands where the base timestamp does; timestamps are then relative to it (KIP-534). */
  readonly deleteHorizonMs?: number
}

/** Encodes one batch of magic 2. Uncompressed ones are byte for byte what Kafka's Java client writes. */
export function encodeBatch(batch: BatchToEncode): Buffer {
  const { records, compression = 'none' } = batch
  const baseTimestamp = batch.deleteHorizonMs ?? records[0]?.timestamp ?? -1
  if (compression !== 'none') {
    const body = Buffer.allocUnsafe(recordsBytes(records, baseTimestamp))
    writeRecords(body, 0, records, baseTimestamp)
    const compressed = compress(compression, body)
    const out = Buffer.allocUnsafe(BATCH_HEADER_BYTES + compressed.length)
    compressed.copy(out, BATCH_HEADER_BYTES)
    return finish(out, batch, baseTimestamp)
  }
  const out = Buffer.allocUnsafe(BATCH_HEADER_BYTES + recordsBytes(records, baseTimestamp))
  writeRecords(out, BATCH_HEADER_BYTES, records, baseTimestamp)
  return finish(out, batch, baseTimestamp)
}

function finish(out: Buffer, batch: BatchToEncode, baseTimestamp: number): Buffer {
  const { records } = batch
  const at = batchLayout
  out.writeBigInt64BE(batch.baseOffset ?? 0n, 0)
  out.writeInt32BE(out.length - BATCH_PREFIX_BYTES, at.batchLength)
  out.writeInt32BE(batch.partitionLeaderEpoch ?? -1, at.partitionLeaderEpoch)
  out.writeInt8(2, at.magic)
  out.writeInt16BE(attributesOf(batch), at.attributes)
  out.writeInt32BE(batch.lastOffsetDelta ?? lastDelta(records), at.lastOffsetDelta)
  writeTimestamp(out, baseTimestamp, at.baseTimestamp)
  writeTimestamp(out, batch.maxTimestamp ?? greatestTimestamp(records), at.maxTimestamp)
  out.writeBigInt64BE(batch.producerId ?? -1n, at.producerId)
  out.writeInt16BE(batch.producerEpoch ?? -1, at.producerEpoch)
  out.writeInt32BE(batch.baseSequence ?? -1, at.baseSequence)
  out.writeInt32BE(records.length, at.recordCount)
  writeCrc(out, 0)
  return out
}

function attributesOf(batch: BatchToEncode): number {
  return (
    compressionTypes.indexOf(batch.compression ?? 'none') |
    (batch.timestampType === 'LogAppendTime' ? LOG_APPEND_TIME_BIT : 0) |
    (batch.isTransactional === true ? TRANSACTIONAL_BIT : 0) |
    (batch.isControl === true ? CONTROL_BIT : 0) |
    (batch.deleteHorizonMs === undefined ? 0 : DELETE_HORIZON_BIT)
  )
}

function lastDelta(records: readonly RecordToEncode[]): number {
  const last = records.at(-1)
  return last?.offsetDelta ?? records.length - 1
}

function greatestTimestamp(records: readonly RecordToEncode[]): number {
  let greatest = -1
  for (const { timestamp } of records) if (timestamp > greatest) greatest = timestamp
  return greatest
}

function recordsBytes(records: readonly RecordToEncode[], baseTimestamp: number): number {
  let total = 0
  for (let i = 0; i < records.length; i++) {
    const body = recordBodyBytes(records[i]!, i, baseTimestamp)
    total += varintBytes(body) + body
  }
  return total
}

function recordBodyBytes(record: RecordToEncode, index: number, baseTimestamp: number): number {
  let bytes = 1 + varlongBytes(record.timestamp - baseTimestamp) + varintBytes(record.offsetDelta ?? index)
  bytes += fieldBytes(record.key) + fieldBytes(record.value)
  const headers = record.headers ?? []
  bytes += varintBytes(headers.length)
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key, 'utf8')
    bytes += varintBytes(keyBytes) + keyBytes + fieldBytes(value)
  }
  return bytes
}

function fieldBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length
}

function writeRecords(out: Buffer, start: number, records: readonly RecordToEncode[], baseTimestamp: number): void {
  let at = start
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!
    at = writeVarint(out, at, recordBodyBytes(record, i, baseTimestamp))
    out[at++] = 0
    at = writeVarlong(out, at, record.timestamp - baseTimestamp)
    at = writeVarint(out, at, record.offsetDelta ?? i)
    at = writeField(out, at, record.key)
    at = writeField(out, at, record.value)
    const headers = record.headers ?? []
    at = writeVarint(out, at, headers.length)
    for (const { key, value } of headers) {
      at = writeVarint(out, at, Buffer.byteLength(key, 'utf8'))
      at += out.write(key, at, 'utf8')
      at = writeField(out, at, value)
    }
  }
}

function writeField(out: Buffer, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(out, at, -1)
  const start = writeVarint(out, at, value.length)
  out.set(value, start)
  return start + value.length
}

function writeTimestamp(out: Buffer, value: number, at: number): void {
  out.writeBigInt64BE(BigInt(value), at)
}
