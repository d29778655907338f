import type { Clock, Logger } from '../../platform/index.ts'
import type { SegmentSwap } from '../compaction/segment-swap.ts'
import type { Gate } from '../gate.ts'
import type { Partition } from '../partition.ts'
import type { Disk } from './disk.ts'
import type { DiskSegment } from './disk-segment.ts'
import type { DiskStorage } from './disk-storage.ts'
import type { FilePool } from './file-pool.ts'
import type { ReadAhead } from './read-ahead.ts'
import type { TailMemory } from './tail-memory.ts'

/** What the storages of all partitions share. */
export interface DiskContext {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly pool: FilePool
  readonly memory: TailMemory
  /** Cold reads wait here, so that they never take all of libuv's threads. */
  readonly coldReads: Gate
  readonly readAhead: ReadAhead
  /** The storage has this many bytes more (or fewer) to write behind. */
  dirtied(storage: DiskStorage, bytes: number): void
  /** Resolves when the storage may use its folder: no older partition's has that name. @throws DiskError NO_SPACE: not yet */
  enterFolder(storage: DiskStorage): Promise<void>
  /** The data folder has entries whose existence is not durable yet. */
  rootChanged(): void
  /** Resolves when what the store calls durable is so on the disk, whatever the flush mode; files may go only then. */
  flushed(): Promise<void>
  /** Its offsets do not show that it has changed. */
  truncated(partition: Partition): void
  /**
   * Puts `cleaned` (undefined: nothing) in the place of others, by way of the journal. False, and nothing has happened, when it is no
   * longer possible or the journal has refused.
   */
  swap(
    storage: DiskStorage,
    swap: SegmentSwap,
    cleaned: DiskSegment | undefined,
    isPossible: () => boolean,
  ): Promise<boolean>
  /** For names of files in the making; never given twice by a process. */
  nextTemporaryId(): number
  /** Runs `note` while no checkpoint is being made; the next one asks the storage anew. */
  cleaned(storage: DiskStorage, note: () => void): Promise<void>
  /** Work that a close waits for and whose failure is logged. */
  background(what: string, work: Promise<void>): void
}
