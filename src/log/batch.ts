import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, batchLayout, DELETE_HORIZON_BIT } from '../wire/index.ts'

/**
 * The fields of a v2 record batch header that the log looks at, read in place: on the hot path an object a batch is too much.
 * Offsets and timestamps are numbers here (exact below 2^53) and become bigint at the seam.
 */
export function baseOffsetOf(bytes: Buffer, at: number): number {
  return readInt64(bytes, at)
}

export function lastOffsetOf(bytes: Buffer, at: number): number {
  return readInt64(bytes, at) + bytes.readInt32BE(at + batchLayout.lastOffsetDelta)
}

export function lastOffsetDeltaOf(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + batchLayout.lastOffsetDelta)
}

/** Size of the whole batch, its length field included. */
export function sizeOf(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + batchLayout.batchLength) + BATCH_PREFIX_BYTES
}

export function leaderEpochOf(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + batchLayout.partitionLeaderEpoch)
}

export function maxTimestampOf(bytes: Buffer, at: number): number {
  return readInt64(bytes, at + batchLayout.maxTimestamp)
}

export function hasProducer(bytes: Buffer, at: number): boolean {
  return bytes.readInt32BE(at + batchLayout.producerId) >= 0
}

export function producerIdOf(bytes: Buffer, at: number): bigint {
  return bytes.readBigInt64BE(at + batchLayout.producerId)
}

export function producerEpochOf(bytes: Buffer, at: number): number {
  return bytes.readInt16BE(at + batchLayout.producerEpoch)
}

export function baseSequenceOf(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + batchLayout.baseSequence)
}

export function isTransactional(bytes: Buffer, at: number): boolean {
  return (bytes.readInt16BE(at + batchLayout.attributes) & TRANSACTIONAL) !== 0
}

export function isControl(bytes: Buffer, at: number): boolean {
  return (bytes.readInt16BE(at + batchLayout.attributes) & CONTROL) !== 0
}

export function isLogAppendTime(bytes: Buffer, at: number): boolean {
  return (bytes.readInt16BE(at + batchLayout.attributes) & LOG_APPEND_TIME) !== 0
}

/** When tombstones and markers in the batch may go, kept where its base timestamp was (KIP-534); undefined when not said yet. */
export function deleteHorizonOf(bytes: Buffer, at: number): number | undefined {
  if ((bytes.readInt16BE(at + batchLayout.attributes) & DELETE_HORIZON_BIT) === 0) return undefined
  return readInt64(bytes, at + batchLayout.baseTimestamp)
}

/** Base offset and leader epoch lie before what the batch's CRC covers. */
export function stamp(bytes: Buffer, at: number, baseOffset: number, leaderEpoch: number): void {
  writeInt64(bytes, at, baseOffset)
  bytes.writeInt32BE(leaderEpoch, at + batchLayout.partitionLeaderEpoch)
}

/** True when the header at `at`, all of it inside the buffer, is one of a v2 batch; of damaged bytes mostly false. */
export function looksLikeBatch(bytes: Buffer, at: number): boolean {
  return (
    bytes[at + batchLayout.magic] === 2 && sizeOf(bytes, at) >= BATCH_HEADER_BYTES && lastOffsetDeltaOf(bytes, at) >= 0
  )
}

export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4)
}

export function writeInt64(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_32)
  bytes.writeInt32BE(high, at)
  bytes.writeUInt32BE(value - high * TWO_32, at + 4)
}

const TWO_32 = 0x1_0000_0000
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
