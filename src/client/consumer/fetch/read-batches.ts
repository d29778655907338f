import {
  BATCH_HEADER_BYTES,
  batchBytesAt,
  batchLayout,
  COMPRESSION_MASK,
  CONTROL_BIT,
  compressionTypes,
  crc32c,
  decodeControlRecordType,
  LOG_APPEND_TIME_BIT,
  RecordCursor,
  TRANSACTIONAL_BIT,
  WireError,
} from '../../../wire/index.ts'
import type { BatchView, FetchedBatches } from './batch-view.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export interface ReadBatchesOptions {
  /** Where the fetch began: a batch may begin earlier, and one that ends earlier has nothing for us. */
  readonly fetchOffset: bigint
  /** `read_committed`: what the broker lists; null with `read_uncommitted`. */
  readonly aborted: readonly AbortedTransaction[] | null
  readonly checkCrcs: boolean
}

/**
 * Walks the batches of a Fetch answer by their headers. Leaves out control batches (transaction markers), batches that compaction left in front of
 * the position, and with `read_committed` those of aborted transactions (Java's CompletedFetch). A batch that is cut off ends the walk: the broker sends
 * it whole next time. A damaged batch is there with its `failure`, and ends the walk too: where the next one begins is not known.
 */
export function readBatches(buffer: Buffer, { fetchOffset, aborted, checkCrcs }: ReadBatchesOptions): FetchedBatches {
  const batches: BatchView[] = []
  const abortedTransactions = aborted === null ? undefined : new AbortedProducers(aborted)
  let nextOffset = fetchOffset
  let leaderEpoch = -1
  let at = 0
  for (;;) {
    const sizeBytes = batchBytesAt(buffer, at)
    if (sizeBytes === undefined) break
    const failure = headerFailure(buffer, at, sizeBytes)
    if (failure !== undefined) {
      batches.push(unreadable(buffer, at, nextOffset, failure))
      break
    }
    if (sizeBytes > buffer.length - at) break
    const end = at + sizeBytes
    const baseOffset = buffer.readBigInt64BE(at)
    const behind = baseOffset + BigInt(buffer.readInt32BE(at + batchLayout.lastOffsetDelta) + 1)
    const attributes = buffer.readInt16BE(at + batchLayout.attributes)
    if (behind > nextOffset) {
      const damage = checkCrcs ? crcFailure(buffer, at, end) : undefined
      leaderEpoch = buffer.readInt32BE(at + batchLayout.partitionLeaderEpoch)
      const isLeftOut = abortedTransactions?.leavesOut(buffer, at, attributes, behind) ?? false
      if (damage !== undefined || ((attributes & CONTROL_BIT) === 0 && !isLeftOut)) {
        batches.push(viewOf(buffer, at, end, { baseOffset, nextOffset: behind, attributes, failure: damage }))
      }
      nextOffset = behind
    }
    at = end
  }
  return { batches, nextOffset, leaderEpoch }
}

function viewOf(
  buffer: Buffer,
  at: number,
  end: number,
  known: {
    readonly baseOffset: bigint
    readonly nextOffset: bigint
    readonly attributes: number
    readonly failure: unknown
  },
): BatchView {
  const compression = compressionTypes[known.attributes & COMPRESSION_MASK]
  const packed = buffer.subarray(at + batchLayout.records, end)
  return {
    baseOffset: known.baseOffset,
    nextOffset: known.nextOffset,
    partitionLeaderEpoch: buffer.readInt32BE(at + batchLayout.partitionLeaderEpoch),
    baseTimestamp: readTimestamp(buffer, at + batchLayout.baseTimestamp),
    appendTime:
      (known.attributes & LOG_APPEND_TIME_BIT) === 0 ? undefined : readTimestamp(buffer, at + batchLayout.maxTimestamp),
    recordCount: buffer.readInt32BE(at + batchLayout.recordCount),
    sizeBytes: end - at,
    compression: compression ?? 'none',
    packed,
    unpacked: compression === 'none' ? packed : undefined,
    unpacking: undefined,
    failure:
      known.failure ??
      (compression === undefined
        ? new WireError('UNSUPPORTED_COMPRESSION', 'the batch has a compression type that Kafka 4.2 does not know')
        : undefined),
  }
}

function unreadable(buffer: Buffer, at: number, offset: bigint, failure: WireError): BatchView {
  const packed = buffer.subarray(at, at)
  return {
    baseOffset: offset,
    nextOffset: offset + 1n,
    partitionLeaderEpoch: -1,
    baseTimestamp: -1,
    appendTime: undefined,
    recordCount: 0,
    sizeBytes: 0,
    compression: 'none',
    packed,
    unpacked: packed,
    unpacking: undefined,
    failure,
  }
}

/** Of what is needed to know where the batch ends. */
function headerFailure(buffer: Buffer, at: number, sizeBytes: number): WireError | undefined {
  if (buffer.length - at > batchLayout.magic) {
    const magic = buffer[at + batchLayout.magic]!
    if (magic !== 2)
      return new WireError('UNSUPPORTED_MAGIC', `message format ${magic} is older than version 2 (KIP-724)`)
  }
  if (sizeBytes < BATCH_HEADER_BYTES)
    return new WireError('MALFORMED', `a record batch has a length of ${sizeBytes} bytes`)
  return undefined
}

function crcFailure(buffer: Buffer, at: number, end: number): WireError | undefined {
  if (crc32c(buffer.subarray(at + batchLayout.attributes, end)) === buffer.readUInt32BE(at + batchLayout.crc))
    return undefined
  return new WireError('CORRUPT', 'the checksum of the batch does not match')
}

/** Producers whose transaction was aborted, as far as the walk has come. */
class AbortedProducers {
  readonly #coming: AbortedTransaction[]
  readonly #now = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = aborted.toSorted((a, b) =>
      a.firstOffset < b.firstOffset ? 1 : a.firstOffset > b.firstOffset ? -1 : 0,
    )
  }

  leavesOut(buffer: Buffer, at: number, attributes: number, behind: bigint): boolean {
    const coming = this.#coming
    while (coming.length > 0 && coming[coming.length - 1]!.firstOffset < behind) this.#now.add(coming.pop()!.producerId)
    if (this.#now.size === 0 || (attributes & TRANSACTIONAL_BIT) === 0) return false
    const producerId = buffer.readBigInt64BE(at + batchLayout.producerId)
    if ((attributes & CONTROL_BIT) === 0) return this.#now.has(producerId)
    if (isAbortMarker(buffer, at)) this.#now.delete(producerId)
    return true
  }
}

function isAbortMarker(buffer: Buffer, at: number): boolean {
  const cursor = new RecordCursor(buffer, at)
  return cursor.next() && cursor.key !== null && decodeControlRecordType(cursor.key) === 'ABORT'
}

/** As wire/ reads it: exact for every real time. */
function readTimestamp(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)
}
