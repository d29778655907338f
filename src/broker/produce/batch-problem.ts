import { batchLayout, COMPRESSION_MASK, CONTROL_BIT, compressionTypes, crc32c } from '../../wire/index.ts'
import type { ProduceProblem } from './produce-problem.ts'

const PREFIX_BYTES = 12
const UP_TO_MAGIC_BYTES = 17
/** Below it a size is no record's in any format. */
const SIZE_MIN = 14
const MAGIC_MAX = 2
const HEADER_BYTES = batchLayout.records
const ZSTD = compressionTypes.indexOf('zstd')

/**
 * The one batch of magic 2 that a producer may send for a partition, cut to its size, or what is wrong. Only what
 * ProduceRequest.validateRecords in Kafka checks, before the topic is looked at.
 */
export function onlyBatch(records: Buffer | null, apiVersion: number): Buffer | ProduceProblem {
  if (records === null) return problem('INVALID_RECORD')
  const bytes = batchBytes(records, 0)
  if (bytes === undefined) return problem('INVALID_RECORD')
  if (typeof bytes !== 'number') return bytes
  if (records[batchLayout.magic] !== 2) return problem('INVALID_RECORD')
  if (apiVersion < 7 && bytes > batchLayout.attributes + 1 && compressionOf(records) === ZSTD) {
    return problem('UNSUPPORTED_COMPRESSION_TYPE')
  }
  if (bytes < records.length) {
    // What is too short for a batch is cut off; another batch is refused.
    const next = batchBytes(records, bytes)
    if (next !== undefined) return problem(typeof next === 'number' ? 'INVALID_RECORD' : next.errorCode)
  }
  return bytes === records.length ? records : records.subarray(0, bytes)
}

export interface BatchRules {
  /** `max.message.bytes`. */
  readonly maxMessageBytes: number
  /** What the client is told with errors that Kafka finds while appending. */
  readonly logStartOffset: bigint
}

/** What is wrong with the header of a batch that a client produces, or undefined; in the order in which Kafka looks. */
export function batchProblem(
  batch: Buffer,
  { maxMessageBytes, logStartOffset }: BatchRules,
): ProduceProblem | undefined {
  // A base offset is the broker's to give.
  if (batch.length >= HEADER_BYTES && batch.readBigInt64BE(0) !== 0n) return problem('INVALID_RECORD', logStartOffset)
  if (batch.length > maxMessageBytes) return problem('MESSAGE_TOO_LARGE')
  if (batch.length < HEADER_BYTES) return problem('CORRUPT_MESSAGE')
  if (crc32c(batch.subarray(batchLayout.attributes)) !== batch.readUInt32BE(batchLayout.crc)) {
    return problem('CORRUPT_MESSAGE')
  }
  if (compressionTypes[compressionOf(batch)] === undefined)
    return problem('UNSUPPORTED_COMPRESSION_TYPE', logStartOffset)
  const count = batch.readInt32BE(batchLayout.recordCount)
  // As many records as offsets: only compaction leaves gaps.
  if (count <= 0 || count !== batch.readInt32BE(batchLayout.lastOffsetDelta) + 1) {
    return problem('INVALID_RECORD', logStartOffset)
  }
  if ((batch.readInt16BE(batchLayout.attributes) & CONTROL_BIT) !== 0) return problem('INVALID_RECORD', logStartOffset)
  const hasProducerId = batch.readInt32BE(batchLayout.producerId) >= 0
  if (hasProducerId && batch.readInt32BE(batchLayout.baseSequence) < 0) return problem('INVALID_RECORD', logStartOffset)
  return undefined
}

export function compressionOf(batch: Buffer): number {
  return batch.readInt16BE(batchLayout.attributes) & COMPRESSION_MASK
}

/** Bytes of the whole batch at `position`; undefined when there is none, or only a part of one. */
function batchBytes(records: Buffer, position: number): number | undefined | ProduceProblem {
  const remaining = records.length - position
  if (remaining < PREFIX_BYTES) return undefined
  const size = records.readInt32BE(position + batchLayout.batchLength)
  if (size < SIZE_MIN) return corrupt(`Record size ${size} is less than the minimum record overhead (${SIZE_MIN})`)
  if (remaining < UP_TO_MAGIC_BYTES) return undefined
  const magic = records.readInt8(position + batchLayout.magic)
  if (magic < 0 || magic > MAGIC_MAX) return corrupt(`Invalid magic found in record: ${magic}`)
  return size + PREFIX_BYTES > remaining ? undefined : size + PREFIX_BYTES
}

function corrupt(message: string): ProduceProblem {
  return { errorCode: 'CORRUPT_MESSAGE', logStartOffset: -1n, message }
}

function problem(errorCode: ProduceProblem['errorCode'], logStartOffset = -1n): ProduceProblem {
  return { errorCode, logStartOffset }
}
