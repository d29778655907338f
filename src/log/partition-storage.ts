import type { CleanableLog } from './compaction/cleanable-log.ts'
import type { Segment } from './segment.ts'
import type { TailBatch } from './tail.ts'

/** Where a partition's batches are once they have left its tail: files, or nowhere (then they never leave). */
export interface PartitionStorage {
  /** Oldest first. The last one grows. */
  readonly segments: readonly Segment[]
  /** Bytes of all segments. */
  readonly sizeBytes: number
  /** The log cleaner's side of it. */
  readonly cleaning: CleanableLog
  /** A batch may be placed from now on: no failure takes it back. */
  placeable(batch: TailBatch): void
  /** Whole batches from the one that holds `offset`, which the tail does not have, up to `limitOffset`. */
  read(request: ColdRead): Promise<ColdBatches>
  /** The log starts at `offset` now, durably. Segments below are gone for readers; their space comes back in the background. */
  logStartMoved(offset: number): void
  /** Cuts to `offset`; afterwards nothing at or above it can be read. Batches above it in the tail are gone already. */
  truncateTo(offset: number): Promise<void>
}

export interface ColdRead {
  readonly offset: number
  readonly limitOffset: number
  readonly maxBytes: number
  readonly atLeastOneBatch: boolean
  /** Skips batches whose largest timestamp is below; for look-ups by time. */
  readonly minTimestampMs?: number
}

export interface ColdBatches {
  readonly records: readonly Buffer[]
  readonly sizeBytes: number
  /** Offset after the last batch read or skipped; where the next read goes on. */
  readonly endOffset: number
}
