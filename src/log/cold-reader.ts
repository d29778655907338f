import { Buffer } from 'node:buffer'
import { BATCH_HEADER_BYTES } from '../wire/index.ts'
import * as batches from './batch.ts'
import { DiskError, type DiskFile } from './disk.ts'
import type { DiskSegment } from './disk-segment.ts'
import type { FilePool } from './file-pool.ts'
import type { ColdBatches, ColdRead } from './partition-storage.ts'

export interface SegmentBatches extends ColdBatches {
  /** Nothing more is in the segment behind `endOffset`. */
  readonly isSegmentDone: boolean
}

/** Reads batches of one partition's segment files, looking at nothing but their headers. */
export class ColdReader {
  readonly #pool: FilePool
  /** Where the batch at an offset begins, of the last reads: a consumer that goes on needs no index. Oldest first. */
  readonly #hints = new Map<number, { readonly segment: DiskSegment; readonly position: number }>()

  constructor(pool: FilePool) {
    this.#pool = pool
  }

  forgetHints(): void {
    this.#hints.clear()
  }

  /** A read has ended right before `offset`. */
  hasRead(offset: number): boolean {
    return this.#hints.has(offset)
  }

  async read(segment: DiskSegment, request: ColdRead): Promise<SegmentBatches> {
    const start = await this.#startOf(segment, request)
    return this.#pool.use(segment.logPath, (file) => this.#readFrom(file, segment, start, request), { create: false })
  }

  async #startOf(segment: DiskSegment, request: ColdRead): Promise<number> {
    const hint = this.#hints.get(request.offset)
    if (hint !== undefined && hint.segment === segment) return hint.position
    if (request.minTimestampMs === undefined) return segment.positionOf(this.#pool, request.offset)
    const offset = await segment.offsetBefore(this.#pool, request.minTimestampMs)
    return segment.positionOf(this.#pool, Math.max(offset, request.offset))
  }

  async #readFrom(file: DiskFile, segment: DiskSegment, start: number, request: ColdRead): Promise<SegmentBatches> {
    const { sizeBytes, endOffset } = segment
    let position = start
    let wantedBytes = Math.min(Math.max(request.maxBytes + INDEX_SLACK_BYTES, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX)
    while (position < sizeBytes) {
      const room = Buffer.allocUnsafeSlow(Math.min(wantedBytes, sizeBytes - position))
      const chunk = room.subarray(0, await file.read(room, position))
      const found = scan(chunk, request, (at) => damaged(file, position + at))
      if (found.bytes > 0) {
        const slice = chunk.subarray(found.start, found.start + found.bytes)
        const last = { segment, position: position + found.start + found.bytes }
        this.#remember(found.endOffset, last)
        const isSegmentDone = last.position >= sizeBytes
        return { records: [slice], sizeBytes: slice.length, endOffset: found.endOffset, isSegmentDone }
      }
      if (found.isLimited) return { records: [], sizeBytes: 0, endOffset: request.limitOffset, isSegmentDone: false }
      if (found.neededBytes > request.maxBytes && !request.atLeastOneBatch) {
        return { records: [], sizeBytes: 0, endOffset: request.offset, isSegmentDone: false }
      }
      // A batch that begins here but ends nowhere, or a file that is shorter than it was.
      const isLast = chunk.length < room.length || position + chunk.length >= sizeBytes
      if (isLast && found.start < chunk.length) throw damaged(file, position + found.start)
      if (chunk.length === 0) throw damaged(file, position)
      position += found.start
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

interface Found {
  /** Where the wanted batches begin, or where the next read has to. */
  readonly start: number
  readonly bytes: number
  readonly endOffset: number
  /** The next batch reaches the limit of what may be read. */
  readonly isLimited: boolean
  /** Bytes of the batch at `start` when the chunk has not all of it. */
  readonly neededBytes: number
}

/** Finds the whole batches that a request wants in a chunk that begins with a batch. */
function scan(chunk: Buffer, request: ColdRead, damage: (at: number) => DiskError): Found {
  const minTimestampMs = request.minTimestampMs ?? Number.NEGATIVE_INFINITY
  let at = 0
  let start = -1
  let endOffset = -1
  let neededBytes = 0
  let isLimited = false
  while (at + BATCH_HEADER_BYTES <= chunk.length) {
    if (!batches.looksLikeBatch(chunk, at)) {
      if (start < 0) throw damage(at)
      break
    }
    const size = batches.sizeOf(chunk, at)
    const lastOffset = batches.lastOffsetOf(chunk, at)
    if (start < 0 && (lastOffset < request.offset || batches.maxTimestampOf(chunk, at) < minTimestampMs)) {
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
    if (isFirst) start = at
    at += size
    endOffset = lastOffset + 1
    // A look-up by time wants one batch: the next may be too old again.
    if (request.minTimestampMs !== undefined) break
  }
  if (start < 0) return { start: at, bytes: 0, endOffset: -1, isLimited, neededBytes }
  return { start, bytes: at - start, endOffset, isLimited, neededBytes }
}

function damaged(file: DiskFile, position: number): DiskError {
  return new DiskError('IO', file.path, `${file.path} is damaged at byte ${position}`)
}

/** Reads begin at an indexed position, which is this far before the wanted batch at most, but for large batches. */
const INDEX_SLACK_BYTES = 8 * 1024
const CHUNK_BYTES_MIN = 16 * 1024
const CHUNK_BYTES_MAX = 1024 * 1024
/** Consumers of one partition that can go on without the index. */
const HINTS_MAX = 32
