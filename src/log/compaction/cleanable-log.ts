import type { Buffer } from 'node:buffer'
import type { Segment } from '../segment.ts'

/** A partition's closed segments, as the cleaner deals with them. Each kind of storage has one. */
export interface CleanableLog {
  /** Closed ones, oldest first. */
  readonly segments: readonly Segment[]
  /** The one that still grows; undefined when all are closed. */
  readonly growing: Segment | undefined
  /** Everything below is in segments, safe without the journal. */
  readonly safeEndOffset: number
  /** Up to here an earlier cleaning has gone; -1 for a log that never was cleaned. */
  readonly cleanedOffset: number
  /** How often the log's end has been cut: what was read before may be wrong then. */
  readonly cuts: number
  /** The batches of a segment, chunk by chunk. */
  read(segment: Segment): SegmentReader
  /**
   * Begins a segment that is to take the place of `replaced`, neighbours and closed.
   * @throws DiskError
   */
  replace(replaced: readonly Segment[]): Promise<Replacement>
  /** Closes the segment that grows: the next batch begins a new one. */
  seal(): void
  /** A cleaning that found `cuts` has gone up to `offset`; kept with the next checkpoint. False when the log was cut meanwhile. */
  setCleanedOffset(offset: number, cuts: number): Promise<boolean>
}

export interface SegmentReader {
  /**
   * The next whole batches, about `bytesMax` of them but one at least; the caller's to keep. Undefined behind the last.
   * @throws DiskError, also when the segment has been removed meanwhile
   */
  next(bytesMax: number): Promise<Buffer | undefined>
}

export interface CleanedBatches {
  /** Whole batches, in the order of the log; the replacement keeps them. */
  readonly bytes: Buffer
  /** Three numbers a batch: last offset, largest timestamp (-1 of an empty one), bytes. */
  readonly facts: Float64Array
}

/** A cleaned segment in the making. Nobody sees it before `commit`; a crash before that leaves the log as it was. */
export interface Replacement {
  readonly sizeBytes: number
  /** @throws DiskError */
  append(batches: CleanedBatches): Promise<void>
  /**
   * Makes it durable and puts it in the place of the old segments, all or nothing. Reads that are under way end first, with what they have
   * begun to read. False when the log has changed in the meantime (truncated, dropped, its start moved): then it is gone.
   * @throws DiskError
   */
  commit(): Promise<boolean>
  /** Lets it go; harmless after a commit. */
  abandon(): Promise<void>
}

/** The last segment of a list grows unless it has been sealed. */
export function growingOf<S extends Segment>(segments: readonly S[]): S | undefined {
  const last = segments[segments.length - 1]
  return last === undefined || last.isSealed ? undefined : last
}

export function closedOf<S extends Segment>(segments: readonly S[]): readonly S[] {
  return growingOf(segments) === undefined ? segments : segments.slice(0, -1)
}
