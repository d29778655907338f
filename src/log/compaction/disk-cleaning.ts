import { Buffer } from 'node:buffer'
import { BATCH_HEADER_BYTES } from '../../wire/index.ts'
import * as batches from '../batch.ts'
import { DiskError } from '../disk/disk.ts'
import type { DiskContext } from '../disk/disk-context.ts'
import { DiskSegment, SEGMENT_FIELDS, type SegmentFacts } from '../disk/disk-segment.ts'
import type { DiskStorage } from '../disk/disk-storage.ts'
import type { BatchFacts, Segment } from '../segment.ts'
import {
  type CleanableLog,
  type CleanedBatches,
  closedOf,
  growingOf,
  type Replacement,
  type SegmentReader,
} from './cleanable-log.ts'
import type { SegmentSwap } from './segment-swap.ts'

/** The cleaner's side of a partition's files. */
export class DiskCleaning implements CleanableLog {
  /** As the last durable checkpoint has it, or less after a truncation: the journal may still change what lies above. */
  checkpointedOffset: number
  cleanedOffset: number
  cuts = 0

  readonly #storage: DiskStorage
  readonly #context: DiskContext

  constructor(
    storage: DiskStorage,
    context: DiskContext,
    recovered: { readonly checkpointedOffset: number; readonly cleanedOffset: number },
  ) {
    this.#storage = storage
    this.#context = context
    this.checkpointedOffset = recovered.checkpointedOffset
    this.cleanedOffset = recovered.cleanedOffset
  }

  get segments(): readonly DiskSegment[] {
    return closedOf(this.#storage.segments)
  }

  get growing(): DiskSegment | undefined {
    return growingOf(this.#storage.segments)
  }

  get safeEndOffset(): number {
    return this.checkpointedOffset
  }

  read(segment: Segment): SegmentReader {
    return new DiskSegmentReader(this.#storage, segment as DiskSegment)
  }

  async replace(replaced: readonly Segment[]): Promise<Replacement> {
    await this.#storage.prepare()
    return new DiskReplacement(
      this.#storage,
      this.#context,
      replaced as readonly DiskSegment[],
      this.#context.nextTemporaryId(),
    )
  }

  seal(): void {
    const { growing } = this
    if (growing !== undefined) growing.isSealed = true
  }

  async setCleanedOffset(offset: number, cuts: number): Promise<boolean> {
    let isSet = false
    await this.#context.cleaned(this.#storage, () => {
      isSet = cuts === this.cuts
      if (isSet) this.cleanedOffset = offset
    })
    return isSet
  }

  /** The log's end has been cut. */
  truncatedTo(offset: number): void {
    this.checkpointedOffset = Math.min(this.checkpointedOffset, offset)
    this.cleanedOffset = Math.min(this.cleanedOffset, offset)
    this.cuts++
  }
}

class DiskSegmentReader implements SegmentReader {
  readonly #storage: DiskStorage
  readonly #segment: DiskSegment
  #position = 0

  constructor(storage: DiskStorage, segment: DiskSegment) {
    this.#storage = storage
    this.#segment = segment
  }

  async next(bytesMax: number): Promise<Buffer | undefined> {
    const restBytes = this.#segment.sizeBytes - this.#position
    if (restBytes <= 0) return undefined
    let chunk = await this.#read(Math.min(bytesMax, restBytes))
    let whole = wholeBatches(chunk)
    if (whole === 0 && chunk.length >= BATCH_HEADER_BYTES && batches.looksLikeBatch(chunk, 0)) {
      chunk = await this.#read(Math.min(batches.sizeOf(chunk, 0), restBytes))
      whole = wholeBatches(chunk)
    }
    if (whole === 0) {
      const { logPath } = this.#segment
      throw new DiskError('IO', logPath, `${logPath} is damaged at byte ${this.#position}`)
    }
    this.#position += whole
    return chunk.subarray(0, whole)
  }

  async #read(bytes: number): Promise<Buffer> {
    // Memory of its own: it may go to another thread.
    const room = Buffer.allocUnsafeSlow(bytes)
    const read = await this.#storage.readRaw(this.#segment, room, this.#position)
    return room.subarray(0, read)
  }
}

/** Bytes of the whole batches at the beginning. */
function wholeBatches(chunk: Buffer): number {
  let at = 0
  while (at + BATCH_HEADER_BYTES <= chunk.length && batches.looksLikeBatch(chunk, at)) {
    const end = at + batches.sizeOf(chunk, at)
    if (end > chunk.length) break
    at = end
  }
  return at
}

class DiskReplacement implements Replacement {
  readonly #storage: DiskStorage
  readonly #context: DiskContext
  readonly #replaced: readonly DiskSegment[]
  readonly #cleaned: DiskSegment
  readonly #cuts: number
  #isOver = false

  constructor(storage: DiskStorage, context: DiskContext, replaced: readonly DiskSegment[], temporaryId: number) {
    const first = replaced[0]!
    // Age counts from its newest part, as Kafka keeps the last segment's time of modification.
    const cleaned = new DiskSegment(storage.folder, first.baseOffset, replaced[replaced.length - 1]!.createdMs)
    cleaned.temporaryId = temporaryId
    // If it is the last one nothing may be appended to it.
    cleaned.isSealed = true
    this.#storage = storage
    this.#context = context
    this.#replaced = replaced
    this.#cleaned = cleaned
    this.#cuts = storage.cleaning.cuts
  }

  get sizeBytes(): number {
    return this.#cleaned.sizeBytes
  }

  async append({ bytes, facts }: CleanedBatches): Promise<void> {
    if (bytes.length === 0) return
    const { config } = this.#storage.partition
    await this.#cleaned.appendBytes(this.#context.pool, [bytes], batchFacts(facts), config)
  }

  async commit(): Promise<boolean> {
    const { pool, disk } = this.#context
    const cleaned = this.#cleaned
    const isEmpty = cleaned.sizeBytes === 0
    const toOffset = this.#replaced[this.#replaced.length - 1]!.endOffset
    if (!isEmpty) {
      await cleaned.finish(pool)
      cleaned.unflushed = { log: true, index: true, timeIndex: true }
      await cleaned.flush(pool)
      // What was cleaned away behind its last batch is its range too.
      cleaned.endOffset = toOffset
      await disk.syncDirectory(this.#storage.folder)
    }
    const swap: SegmentSwap = {
      fromOffset: this.#replaced[0]!.baseOffset,
      toOffset,
      temporaryId: cleaned.temporaryId!,
      cleaned: isEmpty ? undefined : factsOf(cleaned),
    }
    const isDone = await this.#context.swap(this.#storage, swap, isEmpty ? undefined : cleaned, () => this.#isPossible)
    if (isDone) this.#isOver = true
    else await this.abandon()
    return isDone
  }

  /** The log is still as it was read, but for what was appended. */
  get #isPossible(): boolean {
    return this.#cuts === this.#storage.cleaning.cuts && this.#storage.holds(this.#replaced)
  }

  async abandon(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    for (const path of this.#cleaned.paths) {
      await this.#context.pool.forget(path)
      await this.#context.disk.remove(path)
    }
  }
}

function batchFacts(facts: Float64Array): BatchFacts[] {
  return Array.from({ length: facts.length / 3 }, (_, i) => ({
    lastOffset: facts[3 * i]!,
    maxTimestampMs: facts[3 * i + 1]!,
    sizeBytes: facts[3 * i + 2]!,
  }))
}

function factsOf(segment: DiskSegment): SegmentFacts {
  return Object.fromEntries(SEGMENT_FIELDS.map((field) => [field, segment[field]])) as SegmentFacts
}
