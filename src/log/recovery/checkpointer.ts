import { Buffer } from 'node:buffer'
import { type Cancel, type Clock, DurationHistogram, type Logger } from '../../platform/index.ts'
import { type Disk, DiskError } from '../disk/disk.ts'
import type { DiskStorage } from '../disk/disk-storage.ts'
import type { SpaceWatch } from '../disk/space-watch.ts'
import type { WriteBehind } from '../disk/write-behind.ts'
import type { Gate } from '../gate.ts'
import type { CheckpointMetrics } from '../metrics.ts'
import { MarkOp, type OpFailure } from '../operation.ts'
import type { Partition } from '../partition.ts'
import type { Wal } from '../wal/wal.ts'
import { encodePartitionFiles, encodePartitionState, writeCheckpoint } from './checkpoint-file.ts'

export interface CheckpointerOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly wal: Wal
  readonly writeBehind: WriteBehind
  readonly partitions: () => Iterable<Partition>
  readonly storageOf: (partition: Partition) => DiskStorage
  /** Held from the mark to the flush of the files. */
  readonly exclusive: Gate
  /** Folder renames in flight, which the checkpoint must not outrun. */
  readonly foldersSettled: () => Promise<void>
  readonly intervalMs: number
  /** Hears when one cannot be written because the disk is full, which is tried again. */
  readonly space: SpaceWatch
  readonly onFatal: (error: DiskError) => void
}

/** A stop that would write and flush files for longer than it may. Nothing is lost: the write-ahead log has it. */
export class StopTooLong extends Error {}

interface Captured {
  readonly state: Buffer
  /** `encodePartitionFiles`, once the files are flushed. */
  files: Buffer | undefined
  readonly endOffset: number
  readonly logStartOffset: number
}

/**
 * Makes the write-ahead log's space reusable:
 *
 * 1. notes the state of every changed partition and puts a mark into the journal, in one turn;
 * 2. when the mark is durable, writes behind and flushes the files of those partitions;
 * 3. replaces the checkpoint file, and gives the WAL's segments before the mark free.
 *
 * A partition that did not change since the last checkpoint costs a comparison.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  readonly #captured = new Map<Partition, Captured>()
  #running: Promise<void> | undefined
  #isWanted = false
  #timer: Cancel | undefined
  #isClosed = false
  /** People were told of a failure, and not yet that it is over. */
  #isFailureTold = false
  #isRootChanged = true
  /** Of the last checkpoint of this process. */
  #sequence: number
  readonly #durations = new DurationHistogram(DURATION_BOUNDS_MS)
  #failures = 0
  #lastCompletedMs: number | undefined

  constructor(options: CheckpointerOptions) {
    this.#options = options
    this.#sequence = options.wal.sequence
    this.#schedule()
  }

  /** Starts one unless one is under way. Failures are logged, and tried again when it is next asked for or the interval is over. */
  start(): void {
    if (this.#isClosed) return
    if (this.#running !== undefined) {
      this.#isWanted = true
      return
    }
    this.#running = this.run({ isClean: false })
      .catch((error) => this.#failed(error))
      .finally(() => {
        this.#running = undefined
        if (!this.#isWanted) return
        this.#isWanted = false
        this.start()
      })
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  metrics(): CheckpointMetrics {
    const durations = this.#durations.snapshot()
    return {
      completed: durations.count,
      failed: this.#failures,
      durations,
      lastCompletedMs: this.#lastCompletedMs,
    }
  }

  rootChanged(): void {
    this.#isRootChanged = true
  }

  /** A partition changed in a way that its offsets may not show. */
  invalidate(partition: Partition): void {
    this.#captured.delete(partition)
  }

  /** Waits for the one under way; starts none any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#running
  }

  /** @throws DiskError, the failure of the mark, StopTooLong when files are still to be flushed at the deadline */
  async run({ isClean, deadlineMs }: { readonly isClean: boolean; readonly deadlineMs?: number }): Promise<void> {
    const { exclusive, directory, disk, wal, clock, foldersSettled } = this.#options
    const startedMs = clock.monotonicMs()
    const { place, incarnation, partitions } = await exclusive.run(async () => {
      const changed = this.#capture()
      const incarnation = wal.incarnation
      const mark = await this.#mark()
      await this.#flushAll(changed, isClean ? CLEAN_STOP_FLUSHES : 1, deadlineMs)
      for (const [partition, captured] of changed) this.#captured.set(partition, captured)
      return { place: mark.place!, incarnation, partitions: this.#entries() }
    })
    await foldersSettled()
    if (this.#isRootChanged) {
      this.#isRootChanged = false
      await disk.syncDirectory(directory).catch((error) => {
        this.#isRootChanged = true
        throw error
      })
    }
    await writeCheckpoint(disk, directory, { place, incarnation, isClean, partitions })
    this.#checkpointed()
    wal.release(place.sequence)
    this.#sequence = place.sequence
    if (this.#isFailureTold) this.#options.logger.info({}, 'checkpoints can be written again')
    this.#isFailureTold = false
    this.#lastCompletedMs = clock.wallMs()
    this.#durations.observe(clock.monotonicMs() - startedMs)
  }

  /** Notes what changed, as it is in this turn. Drops submitted before it have left the list already. */
  #capture(): Map<Partition, Captured> {
    const changed = new Map<Partition, Captured>()
    const present = new Set<Partition>()
    for (const partition of this.#options.partitions()) {
      const { identity, endOffset, requestedStartOffset: logStartOffset, fold } = partition
      if (endOffset === 0) continue
      present.add(partition)
      const known = this.#captured.get(partition)
      if (known?.endOffset === endOffset && known.logStartOffset === logStartOffset) continue
      const state = encodePartitionState({ identity, logStartOffset, endOffset, fold })
      changed.set(partition, { state, files: undefined, endOffset, logStartOffset })
    }
    for (const partition of this.#captured.keys()) if (!present.has(partition)) this.#captured.delete(partition)
    return changed
  }

  async #mark(): Promise<MarkOp> {
    const { wal } = this.#options
    let mark: MarkOp | undefined
    const failure = await new Promise<OpFailure | undefined>((resolve) => {
      mark = new MarkOp(resolve)
      wal.submit(mark)
    })
    if (failure !== undefined) throw Object.assign(new Error(failure.message), { code: failure.errorCode })
    return mark!
  }

  /** One after another while the broker serves, so that journal writes find a thread and a disk; several at once when it has stopped. */
  async #flushAll(
    changed: ReadonlyMap<Partition, Captured>,
    atOnce: number,
    deadlineMs = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const { clock } = this.#options
    const rest = changed.entries()
    let isFailed = false
    const work = async (): Promise<void> => {
      for (const [partition, captured] of rest) {
        if (isFailed) return
        try {
          if (clock.monotonicMs() > deadlineMs) throw new StopTooLong()
          await this.#flush(partition, captured)
        } catch (error) {
          isFailed = true
          throw error
        }
      }
    }
    const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, work))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #flush(partition: Partition, captured: Captured): Promise<void> {
    const { storageOf, writeBehind, wal } = this.#options
    const storage = storageOf(partition)
    await writeBehind.drain(storage, captured.endOffset)
    const files = await storage.flush(() => encodePartitionFiles(storage))
    // What the replay found below the log start was not written again.
    const placedOffset = Math.max(storage.persistedEndOffset, partition.startOffset)
    // Dropped meanwhile, it is left out: so the drop must not be lost either, whatever the flush mode.
    if (isDropped(partition)) await wal.sync()
    else if (placedOffset >= captured.endOffset) captured.files = files
    else throw new Error(`${storage.folder} has files up to offset ${placedOffset}, not ${captured.endOffset}`)
  }

  #entries(): Buffer[] {
    const entries: Buffer[] = []
    for (const { state, files } of this.#captured.values())
      if (files !== undefined) entries.push(Buffer.concat([state, files]))
    return entries
  }

  /** What lies below may be cleaned. Partitions that were truncated since their entry was made have none any more. */
  #checkpointed(): void {
    for (const [partition, { endOffset, files }] of this.#captured) {
      if (files !== undefined) this.#options.storageOf(partition).cleaning.checkpointedOffset = endOffset
    }
  }

  #failed(error: unknown): void {
    const { logger, space, onFatal } = this.#options
    this.#failures++
    if (error instanceof DiskError) return error.code === 'NO_SPACE' ? space.refused(error) : onFatal(error)
    if (!this.#isFailureTold) {
      logger.error({ err: error }, 'a checkpoint could not be written; the write-ahead log grows until one can')
    }
    this.#isFailureTold = true
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options
    this.#timer = clock.at(clock.monotonicMs() + intervalMs, () => {
      if (this.#options.wal.sequence !== this.#sequence) this.start()
      this.#schedule()
    })
  }
}

/** 1 ms to a minute. */
const DURATION_BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]
/** Of partitions, each a few files: the file system makes one commit of what is flushed together. */
const CLEAN_STOP_FLUSHES = 8

/** Durably; one that is not dropped durably may yet stay. */
function isDropped(partition: Partition): boolean {
  return partition.state === 'dropped'
}
