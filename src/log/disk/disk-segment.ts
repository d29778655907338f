import { Buffer } from 'node:buffer'
import { readInt64, writeInt64 } from '../batch.ts'
import type { LogConfig } from '../partition-log.ts'
import { type BatchFacts, Segment } from '../segment.ts'
import type { TailBatch } from '../tail.ts'
import { DiskError } from './disk.ts'
import type { FilePool } from './file-pool.ts'

export const OFFSET_INDEX_ENTRY_BYTES = 8
export const TIME_INDEX_ENTRY_BYTES = 12

/**
 * A segment in Kafka's files, so that Kafka's own tools read them:
 * `.log` whole batches; `.index` (relative last offset i32, position i32) of a batch every `index.interval.bytes`; `.timeindex`
 * (timestamp i64, relative offset i32), each entry the largest timestamp so far and the last offset of its batch.
 */
export class DiskSegment extends Segment {
  readonly #folder: string
  /** Set while the files have temporary names: the cleaner's, before they take their place. */
  temporaryId: number | undefined
  indexBytes = 0
  timeIndexBytes = 0
  lastTimeIndexMs = -1
  bytesSinceIndexEntry = 0
  /** Files written since they were last flushed. */
  unflushed: { log: boolean; index: boolean; timeIndex: boolean } = { log: false, index: false, timeIndex: false }

  constructor(folder: string, baseOffset: number, createdMs: number) {
    super(baseOffset, createdMs)
    this.#folder = folder
  }

  get logPath(): string {
    return this.#path('log')
  }

  get indexPath(): string {
    return this.#path('index')
  }

  get timeIndexPath(): string {
    return this.#path('timeindex')
  }

  /** Of all its files. */
  get paths(): readonly string[] {
    return [this.logPath, this.indexPath, this.timeIndexPath]
  }

  override mustRollFor(batch: BatchFacts, config: LogConfig, nowMs: number): boolean {
    if (super.mustRollFor(batch, config, nowMs)) return true
    const isIndexFull =
      this.indexBytes + OFFSET_INDEX_ENTRY_BYTES > config.segmentIndexBytes ||
      this.timeIndexBytes + 2 * TIME_INDEX_ENTRY_BYTES > config.segmentIndexBytes
    return isIndexFull && this.sizeBytes > 0
  }

  /** Writes `batches` behind what the files have. Nothing is changed here unless all of it is written; the next try overwrites. */
  append(pool: FilePool, batches: readonly TailBatch[], config: LogConfig): Promise<void> {
    const buffers = batches.map((batch) => batch.bytes)
    return this.appendBytes(pool, buffers, batches, config)
  }

  /** The same for batches that lie in `buffers` one behind another. */
  async appendBytes(
    pool: FilePool,
    buffers: readonly Buffer[],
    batches: readonly BatchFacts[],
    config: LogConfig,
  ): Promise<void> {
    await pool.use(this.logPath, (file) => file.write(buffers, this.sizeBytes), { create: true })
    this.unflushed.log = true
    const index = this.#indexEntries(batches, config.indexIntervalBytes)
    await this.#writeIndexes(pool, index)
    for (const batch of batches) this.add(batch)
    this.bytesSinceIndexEntry = index.bytesSinceIndexEntry
  }

  /** Cuts the files to `kept`, the batches that stay, and makes the indexes of them anew. After a failure it may be tried again. */
  async rebuild(pool: FilePool, kept: readonly BatchFacts[], config: LogConfig): Promise<void> {
    const before = { ...this }
    try {
      await this.#rebuild(pool, kept, config)
    } catch (error) {
      Object.assign(this, before)
      throw error
    }
  }

  async #rebuild(pool: FilePool, kept: readonly BatchFacts[], config: LogConfig): Promise<void> {
    this.sizeBytes = 0
    this.endOffset = this.baseOffset
    this.maxTimestampMs = -1
    this.maxTimestampOffset = -1
    this.firstTimestampMs = -1
    this.indexBytes = 0
    this.timeIndexBytes = 0
    this.lastTimeIndexMs = -1
    this.bytesSinceIndexEntry = 0
    const index = this.#indexEntries(kept, config.indexIntervalBytes)
    await this.#writeIndexes(pool, index)
    for (const batch of kept) this.add(batch)
    this.bytesSinceIndexEntry = index.bytesSinceIndexEntry
    await this.trim(pool)
    this.unflushed = { log: true, index: true, timeIndex: true }
  }

  /** Makes the indexes anew, of all batches of the file. A reader that looks into them meanwhile is led astray at worst. */
  async reindex(pool: FilePool, batches: readonly BatchFacts[], config: LogConfig): Promise<void> {
    const fresh = new DiskSegment(this.#folder, this.baseOffset, this.createdMs)
    await fresh.rebuild(pool, batches, config)
    if (this.lastTimeIndexMs === this.maxTimestampMs) await fresh.finish(pool)
    const { indexBytes, timeIndexBytes, lastTimeIndexMs, bytesSinceIndexEntry, unflushed } = fresh
    Object.assign(this, { indexBytes, timeIndexBytes, lastTimeIndexMs, bytesSinceIndexEntry, unflushed })
  }

  /** False when an index file is gone or shorter than it was. */
  async hasIndexes(pool: FilePool): Promise<boolean> {
    const sizeOf = (path: string) => pool.use(path, (file) => file.size(), { create: true })
    if (this.indexBytes > 0 && (await sizeOf(this.indexPath)) < this.indexBytes) return false
    return this.timeIndexBytes === 0 || (await sizeOf(this.timeIndexPath)) >= this.timeIndexBytes
  }

  /** Makes the two index files exist, and ends the time index with the largest timestamp, as Kafka does when it closes a segment. */
  async finish(pool: FilePool): Promise<void> {
    const entries: Buffer[] = []
    if (this.maxTimestampMs > this.lastTimeIndexMs && this.maxTimestampMs >= 0) {
      entries.push(this.#timeEntry(this.maxTimestampMs, this.maxTimestampOffset))
    }
    await this.#writeTimeIndex(pool, entries, this.maxTimestampMs)
    await pool.use(this.indexPath, async () => {}, { create: true })
  }

  /** Where a reader of `offset` has to look from: at the last batch indexed at or below it. @throws DiskError DAMAGED */
  async positionOf(pool: FilePool, offset: number): Promise<IndexedPosition> {
    if (this.indexBytes === 0) return { position: 0, lastOffset: undefined }
    const index = await this.#readIndex(pool, this.indexPath, this.indexBytes)
    const found = lastEntry(index, OFFSET_INDEX_ENTRY_BYTES, (at) => this.baseOffset + index.readInt32BE(at) <= offset)
    if (found < 0) return { position: 0, lastOffset: undefined }
    const position = index.readInt32BE(found + 4)
    // The first batch is never indexed; zeros stand where a write was lost.
    if (position <= 0 || position >= this.sizeBytes) {
      throw new DiskError('DAMAGED', this.indexPath, `${this.indexPath} leads to byte ${position} of ${this.sizeBytes}`)
    }
    return { position, lastOffset: this.baseOffset + index.readInt32BE(found) }
  }

  /** The last batch that the time index calls too old for a reader of records from `timestampMs` on. @throws DiskError DAMAGED */
  async entryBefore(pool: FilePool, timestampMs: number): Promise<TimeIndexEntry | undefined> {
    const { timeIndexBytes, lastTimeIndexMs } = this
    if (timeIndexBytes === 0) return undefined
    const index = await this.#readIndex(pool, this.timeIndexPath, timeIndexBytes)
    if (readInt64(index, timeIndexBytes - TIME_INDEX_ENTRY_BYTES) !== lastTimeIndexMs) {
      throw new DiskError('DAMAGED', this.timeIndexPath, `${this.timeIndexPath} does not end with ${lastTimeIndexMs}`)
    }
    const found = lastEntry(index, TIME_INDEX_ENTRY_BYTES, (at) => readInt64(index, at) < timestampMs)
    if (found < 0) return undefined
    return { maxTimestampMs: readInt64(index, found), lastOffset: this.baseOffset + index.readInt32BE(found + 8) }
  }

  /** Flushes what was written since the last time. */
  async flush(pool: FilePool): Promise<void> {
    const { log, index, timeIndex } = this.unflushed
    this.unflushed = { log: false, index: false, timeIndex: false }
    const datasync = (path: string) => pool.use(path, (file) => file.datasync(), { create: false })
    try {
      if (log) await datasync(this.logPath)
      if (index) await datasync(this.indexPath)
      if (timeIndex) await datasync(this.timeIndexPath)
    } catch (error) {
      this.unflushed = { log, index, timeIndex }
      throw error
    }
  }

  /** Brings files that may be longer, from writes that no checkpoint knows of, back to what is known. */
  async trim(pool: FilePool): Promise<void> {
    const cut = (path: string, sizeBytes: number) =>
      pool.use(path, async (file) => ((await file.size()) > sizeBytes ? file.truncate(sizeBytes) : undefined), {
        create: true,
      })
    await cut(this.logPath, this.sizeBytes)
    await cut(this.indexPath, this.indexBytes)
    await cut(this.timeIndexPath, this.timeIndexBytes)
  }

  #indexEntries(batches: readonly BatchFacts[], indexIntervalBytes: number): IndexEntries {
    const offsets: Buffer[] = []
    const times: Buffer[] = []
    let position = this.sizeBytes
    let { bytesSinceIndexEntry, maxTimestampMs, maxTimestampOffset, lastTimeIndexMs } = this
    for (const batch of batches) {
      if (batch.maxTimestampMs > maxTimestampMs) {
        maxTimestampMs = batch.maxTimestampMs
        maxTimestampOffset = batch.lastOffset
      }
      if (bytesSinceIndexEntry > indexIntervalBytes) {
        const entry = Buffer.allocUnsafe(OFFSET_INDEX_ENTRY_BYTES)
        entry.writeInt32BE(batch.lastOffset - this.baseOffset, 0)
        entry.writeInt32BE(position, 4)
        offsets.push(entry)
        if (maxTimestampMs > lastTimeIndexMs) {
          times.push(this.#timeEntry(maxTimestampMs, maxTimestampOffset))
          lastTimeIndexMs = maxTimestampMs
        }
        bytesSinceIndexEntry = 0
      }
      position += batch.sizeBytes
      bytesSinceIndexEntry += batch.sizeBytes
    }
    return { offsets, times, lastTimeIndexMs, bytesSinceIndexEntry }
  }

  async #writeIndexes(pool: FilePool, { offsets, times, lastTimeIndexMs }: IndexEntries): Promise<void> {
    if (offsets.length === 0) return
    const { indexBytes } = this
    await pool.use(this.indexPath, (file) => file.write([Buffer.concat(offsets)], indexBytes), { create: true })
    await this.#writeTimeIndex(pool, times, lastTimeIndexMs)
    this.unflushed.index = true
    this.indexBytes += offsets.length * OFFSET_INDEX_ENTRY_BYTES
  }

  async #writeTimeIndex(pool: FilePool, entries: readonly Buffer[], lastMs: number): Promise<void> {
    await pool.use(
      this.timeIndexPath,
      async (file) => {
        if (entries.length === 0) return
        await file.write([Buffer.concat(entries)], this.timeIndexBytes)
        this.unflushed.timeIndex = true
        this.timeIndexBytes += entries.length * TIME_INDEX_ENTRY_BYTES
        this.lastTimeIndexMs = lastMs
      },
      { create: true },
    )
  }

  #timeEntry(timestampMs: number, offset: number): Buffer {
    const entry = Buffer.allocUnsafe(TIME_INDEX_ENTRY_BYTES)
    writeInt64(entry, 0, timestampMs)
    entry.writeInt32BE(offset - this.baseOffset, 8)
    return entry
  }

  async #readIndex(pool: FilePool, path: string, bytes: number): Promise<Buffer> {
    const index = Buffer.allocUnsafe(bytes)
    const read = await pool.use(path, (file) => file.read(index, 0), { create: true })
    if (read < bytes) throw new DiskError('DAMAGED', path, `${path} has ${read} bytes, not ${bytes}`)
    return index
  }

  #path(extension: SegmentExtension): string {
    return `${this.#folder}/${segmentFileName(this.baseOffset, extension, this.temporaryId)}`
  }
}

export interface IndexedPosition {
  readonly position: number
  /** Of the batch that begins there; undefined at the beginning of the file, where the index says nothing. */
  readonly lastOffset: number | undefined
}

export interface TimeIndexEntry {
  /** Of all batches up to the one that ends at `lastOffset`, which has it. */
  readonly maxTimestampMs: number
  readonly lastOffset: number
}

export const SEGMENT_EXTENSIONS = ['log', 'index', 'timeindex'] as const
export type SegmentExtension = (typeof SEGMENT_EXTENSIONS)[number]

/** As Kafka names it; with `temporaryId` the name under which the cleaner writes it. */
export function segmentFileName(baseOffset: number, extension: SegmentExtension, temporaryId?: number): string {
  const name = `${String(baseOffset).padStart(20, '0')}.${extension}`
  return temporaryId === undefined ? name : `${name}.${temporaryId}.cleaned`
}

/** What checkpoints and the journal keep of a segment, in this order. */
export const SEGMENT_FIELDS = [
  'baseOffset',
  'createdMs',
  'sizeBytes',
  'endOffset',
  'maxTimestampMs',
  'maxTimestampOffset',
  'firstTimestampMs',
  'indexBytes',
  'timeIndexBytes',
  'lastTimeIndexMs',
  'bytesSinceIndexEntry',
] as const

export type SegmentFacts = Readonly<Record<(typeof SEGMENT_FIELDS)[number], number>>

export function segmentOf(folder: string, facts: SegmentFacts): DiskSegment {
  const { baseOffset, createdMs, ...rest } = facts
  return Object.assign(new DiskSegment(folder, baseOffset, createdMs), rest)
}

interface IndexEntries {
  readonly offsets: readonly Buffer[]
  readonly times: readonly Buffer[]
  readonly lastTimeIndexMs: number
  readonly bytesSinceIndexEntry: number
}

/** Position of the last entry for which `holds`, which holds for a prefix of them; -1 for none. */
function lastEntry(index: Buffer, entryBytes: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = Math.floor(index.length / entryBytes)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle * entryBytes)) low = middle + 1
    else high = middle
  }
  return (low - 1) * entryBytes
}
