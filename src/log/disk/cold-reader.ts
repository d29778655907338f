import { Buffer } from 'node:buffer'
import { BATCH_HEADER_BYTES, batchLayout, crc32c } from '../../wire/index.ts'
import * as batches from '../batch.ts'
import type { ColdBatches, ColdRead } from '../partition-storage.ts'
import { DiskError, type DiskFile } from './disk.ts'
import type { DiskSegment, TimeIndexEntry } from './disk-segment.ts'
import type { FilePool } from './file-pool.ts'

export interface SegmentBatches extends ColdBatches {
  /** Nothing more is in the segment behind `endOffset`. */
  readonly isSegmentDone: boolean
}

/**
 * Reads batches of one partition's segment files. What it answers is what was written: each batch has its CRC, and the base offset, which
 * that does not cover, stands between those of its neighbours. Batches that are skipped are not looked at beyond their headers.
 */
export class ColdReader {
  readonly #pool: FilePool
  readonly #onIndexDamaged: (segment: DiskSegment) => void
  /** Where the batch at an offset begins, of the last reads: a consumer that goes on needs no index. Oldest first. */
  readonly #hints = new Map<number, { readonly segment: DiskSegment; readonly position: number }>()

  /** @param onIndexDamaged called when a segment could be read although its index leads nowhere */
  constructor(pool: FilePool, onIndexDamaged: (segment: DiskSegment) => void) {
    this.#pool = pool
    this.#onIndexDamaged = onIndexDamaged
  }

  forgetHints(): void {
    this.#hints.clear()
  }

  /** A read has ended right before `offset`. */
  hasRead(offset: number): boolean {
    return this.#hints.has(offset)
  }

  /** @throws DiskError; DAMAGED when what stands at the wanted offset is not what was written */
  async read(segment: DiskSegment, request: ColdRead): Promise<SegmentBatches> {
    let start: Start | undefined
    try {
      start = await this.#startOf(segment, request)
      return await this.#use(segment, start, request)
    } catch (error) {
      const isIndexed = start === undefined || start.lastOffset !== undefined
      if (!(error instanceof DiskError) || error.code !== 'DAMAGED' || !isIndexed) throw error
    }
    // It may be the index that is damaged: then the file can be read from its beginning.
    const batches = await this.#use(
      segment,
      { position: 0, leastOffset: segment.baseOffset, lastOffset: undefined },
      request,
    )
    this.#onIndexDamaged(segment)
    return batches
  }

  #use(segment: DiskSegment, start: Start, request: ColdRead): Promise<SegmentBatches> {
    return this.#pool.use(segment.logPath, (file) => this.#readFrom(file, segment, start, request), { create: false })
  }

  async #startOf(segment: DiskSegment, request: ColdRead): Promise<Start> {
    const hint = this.#hints.get(request.offset)
    if (hint !== undefined && hint.segment === segment) {
      return { position: hint.position, leastOffset: request.offset, lastOffset: undefined }
    }
    let { offset } = request
    if (request.minTimestampMs !== undefined) {
      const entry = await segment.entryBefore(this.#pool, request.minTimestampMs)
      if (entry !== undefined && entry.lastOffset > offset) {
        await this.#expectIndexed(segment, entry)
        offset = entry.lastOffset
      }
    }
    return { ...(await segment.positionOf(this.#pool, offset)), leastOffset: segment.baseOffset }
  }

  /** A wrong entry of the time index would hide batches that are young enough. @throws DiskError DAMAGED */
  async #expectIndexed(segment: DiskSegment, { maxTimestampMs, lastOffset }: TimeIndexEntry): Promise<void> {
    let { position } = await segment.positionOf(this.#pool, lastOffset)
    const isThere = await this.#pool.use(
      segment.logPath,
      async (file) => {
        const chunk = Buffer.allocUnsafe(CHUNK_BYTES_MIN)
        while (position < segment.sizeBytes) {
          const read = await file.read(chunk, position)
          let at = 0
          for (
            ;
            at + BATCH_HEADER_BYTES <= read && batches.looksLikeBatch(chunk, at);
            at += batches.sizeOf(chunk, at)
          ) {
            const isIt = batches.lastOffsetOf(chunk, at) === lastOffset
            if (isIt || batches.lastOffsetOf(chunk, at) > lastOffset) {
              return isIt && batches.maxTimestampOf(chunk, at) === maxTimestampMs
            }
          }
          if (at === 0) return false
          position += at
        }
        return false
      },
      { create: false },
    )
    if (isThere) return
    const { timeIndexPath } = segment
    throw new DiskError('DAMAGED', timeIndexPath, `${timeIndexPath} names no batch that ends at ${lastOffset}`)
  }

  async #readFrom(file: DiskFile, segment: DiskSegment, start: Start, request: ColdRead): Promise<SegmentBatches> {
    const { sizeBytes, endOffset } = segment
    let from = start
    let wantedBytes = Math.min(Math.max(request.maxBytes + INDEX_SLACK_BYTES, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX)
    while (from.position < sizeBytes) {
      const { position } = from
      const room = Buffer.allocUnsafeSlow(Math.min(wantedBytes, sizeBytes - position))
      const chunk = room.subarray(0, await file.read(room, position))
      const found = scan(chunk, request, from, { sizeBytes, endOffset })
      if (found.bytes > 0) {
        const end = position + found.start + found.bytes
        const { leastOffset: readEnd } = found
        if (found.isEndOpen) await expectBatchFrom(readEnd, file, end)
        const slice = chunk.subarray(found.start, found.start + found.bytes)
        this.#remember(readEnd, { segment, position: end })
        return { records: [slice], sizeBytes: slice.length, endOffset: readEnd, isSegmentDone: end >= sizeBytes }
      }
      if (found.isDamaged) throw damaged(file, position + found.start)
      if (found.isLimited) return { records: [], sizeBytes: 0, endOffset: request.limitOffset, isSegmentDone: false }
      if (found.neededBytes > request.maxBytes && !request.atLeastOneBatch) {
        return { records: [], sizeBytes: 0, endOffset: request.offset, isSegmentDone: false }
      }
      // A batch that begins here but ends nowhere, or a file that is shorter than it was.
      const isLast = chunk.length < room.length || position + chunk.length >= sizeBytes
      if (isLast && found.start < chunk.length) throw damaged(file, position + found.start)
      if (chunk.length === 0) throw damaged(file, position)
      // Room for a large batch is made when its length leads to another batch.
      const nextAt = position + found.start + found.neededBytes
      if (found.neededBytes > CHUNK_BYTES_MAX && nextAt < sizeBytes) {
        await expectBatchFrom(found.leastOffset + 1, file, nextAt)
      }
      const lastOffset = found.start === 0 ? from.lastOffset : undefined
      from = { position: position + found.start, leastOffset: found.leastOffset, lastOffset }
      wantedBytes = Math.max(found.neededBytes, CHUNK_BYTES_MIN)
    }
    return { records: [], sizeBytes: 0, endOffset, isSegmentDone: true }
  }

  #remember(offset: number, hint: { readonly segment: DiskSegment; readonly position: number }): void {
    this.#hints.delete(offset)
    this.#hints.set(offset, hint)
    if (this.#hints.size <= HINTS_MAX) return
    for (const oldest of this.#hints.keys()) {
      this.#hints.delete(oldest)
      return
    }
  }
}

/** Where a read of a file begins: at a batch, of which is known what the hint or the index says. */
interface Start {
  readonly position: number
  /** Its base offset is not below. */
  readonly leastOffset: number
  readonly lastOffset: number | undefined
}

interface Found {
  /** Where the wanted batches begin, or where the next read has to. */
  readonly start: number
  readonly bytes: number
  /** Of the batch behind those found, or of that at `start`: its base offset is not below. */
  readonly leastOffset: number
  /** The next batch reaches the limit of what may be read. */
  readonly isLimited: boolean
  /** What stands behind what was found is not what was written. */
  readonly isDamaged: boolean
  /** All that was found is one batch behind a gap, and the one behind it, which confirms its offsets, is not in the chunk. */
  readonly isEndOpen: boolean
  /** Bytes of the batch at `start` when the chunk has not all of it. */
  readonly neededBytes: number
}

/**
 * Finds the whole batches that a request wants in a chunk of a segment, which begins with a batch at `from`. A batch that does not begin
 * where the one before ends stands behind a gap, which cleaning and cuts leave, or has a base offset that is no longer what it was, and
 * which no CRC covers: it counts when the next one begins behind it.
 */
function scan(
  chunk: Buffer,
  request: ColdRead,
  from: Start,
  segment: { readonly sizeBytes: number; readonly endOffset: number },
): Found {
  const minTimestampMs = request.minTimestampMs ?? Number.NEGATIVE_INFINITY
  let { leastOffset } = from
  let at = 0
  let start = -1
  let neededBytes = 0
  let isLimited = false
  let isDamaged = false
  let gapAt = -1
  let gapOffset = -1
  while (at + BATCH_HEADER_BYTES <= chunk.length) {
    const baseOffset = batches.baseOffsetOf(chunk, at)
    const lastOffset = batches.lastOffsetOf(chunk, at)
    const size = batches.sizeOf(chunk, at)
    const isWhole = batches.looksLikeBatch(chunk, at) && from.position + at + size <= segment.sizeBytes
    const isInOrder = baseOffset >= leastOffset && lastOffset < segment.endOffset
    const isIndexed = at === 0 && from.lastOffset !== undefined
    if (!isWhole || !isInOrder || (isIndexed && lastOffset !== from.lastOffset)) {
      isDamaged = true
      break
    }
    gapAt = -1
    if (start < 0 && (lastOffset < request.offset || batches.maxTimestampOf(chunk, at) < minTimestampMs)) {
      leastOffset = lastOffset + 1
      at += size
      continue
    }
    if (lastOffset >= request.limitOffset) {
      isLimited = true
      break
    }
    if (at + size > chunk.length) {
      neededBytes = size
      break
    }
    const isFirst = start < 0
    const fits = at + size - (isFirst ? at : start) <= request.maxBytes
    if (!fits && !(isFirst && request.atLeastOneBatch)) {
      neededBytes = size
      break
    }
    if (!hasItsCrc(chunk, at, size)) {
      isDamaged = true
      break
    }
    if (isFirst) start = at
    if (baseOffset > leastOffset && !isIndexed) {
      gapAt = at
      gapOffset = leastOffset
    }
    leastOffset = lastOffset + 1
    at += size
    // A look-up by time wants one batch: the next may be too old again.
    if (request.minTimestampMs !== undefined) break
  }
  const isUnconfirmed = gapAt >= 0 && (isDamaged || from.position + at < segment.sizeBytes)
  const isEndOpen = isUnconfirmed && !isDamaged && gapAt === start
  if (isUnconfirmed && !isEndOpen) {
    at = gapAt
    leastOffset = gapOffset
  }
  const bytes = start < 0 ? 0 : at - start
  return { start: bytes === 0 ? at : start, bytes, leastOffset, isLimited, isDamaged, isEndOpen, neededBytes }
}

/** Whether a batch ends at `position` is seen by the one that begins there, with no lower offset. @throws DiskError DAMAGED */
async function expectBatchFrom(leastOffset: number, file: DiskFile, position: number): Promise<void> {
  const header = Buffer.allocUnsafe(BATCH_HEADER_BYTES)
  const read = await file.read(header, position)
  const isBatch = read === header.length && batches.looksLikeBatch(header, 0)
  if (!isBatch || batches.baseOffsetOf(header, 0) < leastOffset) throw damaged(file, position, 'or before it')
}

function hasItsCrc(chunk: Buffer, at: number, size: number): boolean {
  return crc32c(chunk.subarray(at + batchLayout.attributes, at + size)) === chunk.readUInt32BE(at + batchLayout.crc)
}

function damaged(file: DiskFile, position: number, or = ''): DiskError {
  return new DiskError('DAMAGED', file.path, `${file.path} is damaged at byte ${position}${or && `, ${or}`}`)
}

/** Reads begin at an indexed position, which is this far before the wanted batch at most, but for large batches. */
const INDEX_SLACK_BYTES = 8 * 1024
const CHUNK_BYTES_MIN = 16 * 1024
const CHUNK_BYTES_MAX = 1024 * 1024
/** Consumers of one partition that can go on without the index. */
const HINTS_MAX = 32
