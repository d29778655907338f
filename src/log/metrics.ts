import type { DurationSnapshot } from '../platform/index.ts'

/** What a store has and has done; counts begin with the process. */
export interface LogStoreMetrics {
  /** Topics that have a log, the cluster's metadata log among them. */
  readonly topics: readonly TopicMetrics[]
  /** Undefined for logs in memory. */
  readonly disk: DiskMetrics | undefined
  /** Undefined when nothing is ever compacted. */
  readonly cleaner: CleanerMetrics | undefined
}

export interface TopicMetrics {
  readonly topic: string
  readonly partitions: number
  readonly sizeBytes: number
  readonly segments: number
  /** Durable ones; a partition that is deleted takes its counts with it. */
  readonly appendedBytes: number
  readonly appendedRecords: number
  readonly fetchedBytes: number
}

export interface DiskMetrics {
  readonly wal: WalMetrics
  /** Batches of all tails in memory, and their limit. */
  readonly tailBytes: number
  readonly tailBytesMax: number
  /** Durable batches that no segment file has yet; appends wait above the limit. */
  readonly dirtyBytes: number
  readonly dirtyBytesMax: number
  readonly checkpoints: CheckpointMetrics
}

export interface WalMetrics {
  /** Bytes of frames that no checkpoint covers yet: what a start after a crash would replay. Appends wait above the limit. */
  readonly usedBytes: number
  readonly usedBytesMax: number
  /** Of all segment files, those that wait for use among them. */
  readonly sizeBytes: number
  readonly segments: number
  /** Bytes written since the start, and in how many groups. */
  readonly writtenBytes: number
  readonly groups: number
  /** Of `fdatasync`. */
  readonly flushes: DurationSnapshot
}

export interface CheckpointMetrics {
  readonly completed: number
  readonly failed: number
  readonly durations: DurationSnapshot
  /** On the wall clock; undefined before the first. */
  readonly lastCompletedMs: number | undefined
}

/** Of compaction. */
export interface CleanerMetrics {
  readonly cleanings: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly droppedRecords: number
  /** Cleanings that an error of the disk, damaged data or a mistake has ended; not those whose log was deleted meanwhile. */
  readonly failures: number
  /** Logs that are left alone until the next start, because something in them is damaged. */
  readonly uncleanable: number
  /** What the next cleanings would read for the first time, of all logs; a log waits for `min.cleanable.dirty.ratio`. */
  readonly dirtyBytes: number
  /** On the wall clock; undefined before the first. */
  readonly lastCompletedMs: number | undefined
}

/**
 * Why writes are refused. 'failed': the disk cannot be trusted any more, and only a new process can go on. 'full': it has no space; this
 * ends by itself when there is some.
 */
export interface StorageProblem {
  readonly kind: 'failed' | 'full'
  /** A sentence without its full stop. */
  readonly message: string
}
