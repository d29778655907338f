import { dirname } from 'node:path'
import type { Clock, Logger } from '../../platform/index.ts'
import type { CleanerConfig } from '../compaction/log-cleaner.ts'
import type { SegmentSwap } from '../compaction/segment-swap.ts'
import { Gate } from '../gate.ts'
import { LogOpenError } from '../log-open-error.ts'
import { PartitionStore, type StoreBackend } from '../log-store.ts'
import type { DiskMetrics } from '../metrics.ts'
import { type Operation, SwapOp } from '../operation.ts'
import type { Partition } from '../partition.ts'
import type { LogStore } from '../partition-log.ts'
import { Checkpointer, StopTooLong } from '../recovery/checkpointer.ts'
import { recover } from '../recovery/recovery.ts'
import { type FlushMode, Wal } from '../wal/wal.ts'
import type { WalFiles } from '../wal/wal-files.ts'
import { type Disk, DiskError, type DiskLock } from './disk.ts'
import type { DiskContext } from './disk-context.ts'
import type { DiskSegment } from './disk-segment.ts'
import { DiskStorage } from './disk-storage.ts'
import { FilePool } from './file-pool.ts'
import { ReadAhead } from './read-ahead.ts'
import { SpaceWatch } from './space-watch.ts'
import { TailMemory } from './tail-memory.ts'
import { WriteBehind } from './write-behind.ts'

export interface DiskLogOptions {
  /** The data folder; made when missing. */
  readonly directory: string
  /** All file I/O goes through it; `nodeDisk` is that of this machine. */
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  /** When appends are durable: see the durability contract in the README. */
  readonly flush: FlushMode
  /** With `flush: 'interval'`; default 1000 (log.flush.interval.ms). */
  readonly flushIntervalMs?: number
  /** 'truncate' starts although flushed data is damaged, and cuts the log before the damage. Default: refuse. */
  readonly recover?: 'truncate'
  /** Called once when the disk can no longer be trusted: everything waiting has been refused; the process should end. */
  readonly onFatal: (error: DiskError) => void
  /** Written into a new folder's meta.properties; an existing folder keeps its own. */
  readonly clusterId?: string
  readonly retentionCheckIntervalMs?: number
  readonly producerIdExpirationMs?: number
  /** Of compacted logs; default Kafka's. False: nothing is ever compacted (log.cleaner.enable). */
  readonly cleaner?: CleanerConfig | false
  readonly limits?: Partial<DiskLogLimits>
}

/** Bytes, counts and milliseconds. */
export interface DiskLogLimits {
  /** First segment files of the write-ahead log; default 4 MB. */
  readonly walSegmentBytes: number
  /** Most that one write and flush takes; default 8 MB. */
  readonly walGroupBytes: number
  /** Groups up to this size are written while the event loop waits, if the disk is quick; default 64 KB, 0 = none. */
  readonly walWriteNowBytes: number
  /** A checkpoint is made when the WAL holds this; default 128 MB. */
  readonly walCheckpointBytes: number
  /** Appends wait for a checkpoint above this; default 512 MB. */
  readonly walBytesMax: number
  /** And after this time, if anything was appended; default 30 000. */
  readonly checkpointIntervalMs: number
  /** What the tails of all partitions may hold in memory; default 128 MB. */
  readonly tailBytes: number
  /** Segment files are written when this is waiting; default 16 MB. */
  readonly writeBehindBytes: number
  /** Appends wait above this; default 64 MB. */
  readonly dirtyBytesMax: number
  /** Segment files kept open; default 256. */
  readonly openFiles: number
  /**
   * How long a stop may write and flush segment files; what is left then the next start replays. Default 2,000: a process has four seconds,
   * some of which its connections may take.
   */
  readonly cleanStopMs: number
}

/** A LogStore on disk. */
export interface DiskLogStore extends LogStore {
  /** Nothing had been appended since the last clean stop. Otherwise the broker raises its leader epoch. */
  readonly wasClean: boolean
  /** From meta.properties. */
  readonly clusterId: string | undefined
}

const defaultLimits: DiskLogLimits = {
  walSegmentBytes: 4 * 1024 * 1024,
  walGroupBytes: 8 * 1024 * 1024,
  walWriteNowBytes: 64 * 1024,
  walCheckpointBytes: 128 * 1024 * 1024,
  walBytesMax: 512 * 1024 * 1024,
  checkpointIntervalMs: 30_000,
  tailBytes: 128 * 1024 * 1024,
  writeBehindBytes: 16 * 1024 * 1024,
  dirtyBytesMax: 64 * 1024 * 1024,
  openFiles: 256,
  cleanStopMs: 2_000,
}

/**
 * Opens the logs in a data folder, recovering what a crash left.
 * @throws LogOpenError in one sentence: LOCKED, NEWER_FORMAT, FOREIGN_FOLDER, CORRUPT, NO_SPACE or IO.
 */
export async function openDiskLogStore(options: DiskLogOptions): Promise<DiskLogStore> {
  const { disk, directory } = options
  let lock: DiskLock | undefined
  try {
    await disk.makeDirectory(directory)
    await syncParent(options)
    lock = await disk.lock(directory)
    const backend = new DiskBackend(options, lock)
    return await backend.open()
  } catch (error) {
    await lock?.release()
    throw LogOpenError.from(error)
  }
}

/** The folder itself is an entry that a power cut can take. Not every parent may be opened; then it was surely not made just now. */
async function syncParent({ disk, directory, logger }: DiskLogOptions): Promise<void> {
  const parent = dirname(directory)
  await disk.syncDirectory(parent).catch((error) => {
    logger.warn({ err: error }, `the folder above the data folder, ${parent}, cannot be flushed`)
  })
}

/** Composes the parts: journal, segment files, write-behind, checkpoints. */
class DiskBackend implements StoreBackend {
  readonly #options: DiskLogOptions
  readonly #limits: DiskLogLimits
  readonly #lock: DiskLock
  readonly #pool: FilePool
  readonly #memory: TailMemory
  readonly #writeBehind: WriteBehind
  readonly #space: SpaceWatch
  readonly #context: DiskContext
  readonly #exclusive = new Gate(1)
  readonly #background = new Set<Promise<void>>()
  /** Renames of dropped partitions' folders that are under way, by the folder's path. */
  readonly #leaving = new Map<string, Promise<void>>()
  /** A thousand partitions may be dropped at once: journal writes must find a thread, and heartbeats a turn. */
  readonly #moves = new Gate(2)
  readonly #removals = new Gate(1)
  #isClosing = false
  /** Whose files each folder has. */
  readonly #owners = new Map<string, DiskStorage>()
  readonly #store: PartitionStore
  /** Not there during recovery. */
  #wal: Wal | undefined
  #checkpointer: Checkpointer | undefined
  #walFiles: WalFiles | undefined
  #isFatal = false
  #nextTemporaryId = 1

  constructor(options: DiskLogOptions, lock: DiskLock) {
    const { disk, directory, clock, logger } = options
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#lock = lock
    this.#pool = new FilePool(disk, this.#limits.openFiles)
    this.#memory = new TailMemory(this.#limits.tailBytes)
    this.#space = new SpaceWatch(options)
    this.#writeBehind = new WriteBehind({
      clock,
      memory: this.#memory,
      startBytes: this.#limits.writeBehindBytes,
      dirtyBytesMax: this.#limits.dirtyBytesMax,
      space: this.#space,
      onFatal: (error) => this.diskFailed(error),
    })
    this.#context = {
      directory,
      disk,
      clock,
      logger,
      pool: this.#pool,
      memory: this.#memory,
      coldReads: new Gate(2),
      readAhead: new ReadAhead(clock, READS_AHEAD_MAX),
      dirtied: (storage, bytes) => this.#writeBehind.dirtied(storage, bytes),
      enterFolder: (storage) => this.#enterFolder(storage),
      rootChanged: () => this.#checkpointer?.rootChanged(),
      truncated: (partition) => this.#checkpointer?.invalidate(partition),
      flushed: async () => this.#wal?.sync(),
      swap: (storage, swap, cleaned, isPossible) => this.#swap(storage, swap, cleaned, isPossible),
      nextTemporaryId: () => this.#nextTemporaryId++,
      cleaned: (storage, note) =>
        this.#exclusive.run(async () => {
          note()
          this.#checkpointer?.invalidate(storage.partition)
        }),
      background: (what, work) => this.#inBackground(what, work),
    }
    this.#store = new PartitionStore(options, () => this)
  }

  async open(): Promise<DiskLogStore> {
    const options = this.#options
    const { disk, directory, clock, logger, flush } = options
    const recovered = await recover({
      ...this.#options,
      store: this.#store,
      createStorage: (partition, files) => {
        const storage = new DiskStorage(partition, this.#context, files)
        this.#owners.set(storage.folder, storage)
        return storage
      },
      admit: () => this.#writeBehind.admit(),
    })
    const wal = new Wal(this.#store, {
      directory: recovered.walDirectory,
      disk,
      clock,
      logger,
      flush,
      // Read before each flush: the config may change while the broker runs.
      get flushIntervalMs() {
        return options.flushIntervalMs ?? 1000
      },
      segmentBytes: this.#limits.walSegmentBytes,
      groupBytesMax: this.#limits.walGroupBytes,
      writeNowBytesMax: this.#limits.walWriteNowBytes,
      start: recovered.start,
      segments: recovered.walSegments,
      admit: () => this.#admit(),
      note: (segment) => recovered.walFiles.note(segment),
      onSegmentFull: () => this.#walGrew(),
      space: this.#space,
      onFatal: (error) => this.diskFailed(error),
    })
    this.#wal = wal
    this.#nextTemporaryId = recovered.nextTemporaryId
    const checkpointer = new Checkpointer({
      directory,
      disk,
      clock,
      logger,
      wal,
      writeBehind: this.#writeBehind,
      partitions: () => this.#store.logs(),
      storageOf,
      exclusive: this.#exclusive,
      foldersSettled: () => this.#foldersSettled(),
      intervalMs: this.#limits.checkpointIntervalMs,
      space: this.#space,
      onFatal: (error) => this.diskFailed(error),
    })
    this.#checkpointer = checkpointer
    if (recovered.needsCheckpoint === 'before-use') await checkpointer.run({ isClean: false })
    else if (recovered.needsCheckpoint === 'soon') checkpointer.start()
    if (!recovered.isWalWhole) await recovered.walFiles.keepOnly(recovered.walSegments)
    this.#walFiles = recovered.walFiles
    this.#store.start()
    return Object.assign(this.#store, { wasClean: recovered.wasClean, clusterId: recovered.clusterId })
  }

  submit(op: Operation): void {
    this.#wal!.submit(op)
  }

  createStorage(partition: Partition): DiskStorage {
    return new DiskStorage(partition, this.#context, {
      segments: [],
      persistedEndOffset: 0,
      checkpointedOffset: 0,
      cleanedOffset: -1,
    })
  }

  dropped(partition: Partition): void {
    const storage = storageOf(partition)
    // Where an older topic could not be dropped yet, the folder is still that one's, and this one's files were never made.
    if (this.#owners.get(storage.folder) !== storage) {
      this.#inBackground('letting go of a dropped partition', storage.discard())
      return
    }
    const { disk, directory } = this.#options
    const { topicId, partition: number } = partition.identity
    const doomed = `${directory}/${topicId}-${number}-delete`
    const leaving = this.#wal!.sync()
      .then(() => this.#moves.run(() => storage.moveAway(doomed)))
      .finally(() => {
        if (this.#leaving.get(storage.folder) === leaving) this.#leaving.delete(storage.folder)
      })
    this.#leaving.set(storage.folder, leaving)
    this.#owners.delete(storage.folder)
    this.#checkpointer!.rootChanged()
    this.#inBackground(
      'deleting a dropped partition',
      leaving.then(() => this.#removals.run(async () => (this.#isClosing ? undefined : disk.removeDirectory(doomed)))),
    )
  }

  fullness(): string | undefined {
    return this.#space.isFull ? 'the disk of the data folder is full: writes are refused until it has space' : undefined
  }

  metrics(): DiskMetrics {
    return {
      wal: { ...this.#wal!.metrics(), usedBytesMax: this.#limits.walBytesMax },
      tailBytes: this.#memory.heldBytes,
      tailBytesMax: this.#memory.bytesMax,
      dirtyBytes: this.#writeBehind.dirtyBytes,
      dirtyBytesMax: this.#limits.dirtyBytesMax,
      checkpoints: this.#checkpointer!.metrics(),
    }
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusive.run(work)
  }

  /** A clean stop: everything is in segment files, and the checkpoint says so. After a fatal error it only lets go of the files. */
  async close(): Promise<void> {
    // Folders of dropped partitions that are there still go with the next start.
    this.#isClosing = true
    const checkpointer = this.#checkpointer!
    await checkpointer.close()
    await this.#writeBehind.close()
    let isClean = false
    try {
      while (this.#background.size > 0) await Promise.all(this.#background)
      if (!this.#isFatal) {
        const deadlineMs = this.#options.clock.monotonicMs() + this.#limits.cleanStopMs
        await this.#finishSegments(checkpointer, deadlineMs)
        this.#wal!.retire()
        await checkpointer.run({ isClean: true, deadlineMs })
        await this.#walFiles!.retire(this.#wal!.sequence)
        isClean = true
      }
    } catch (error) {
      await this.#notStoppedCleanly(error)
    }
    await this.#wal!.close({ shrink: isClean })
    await this.#pool.close()
    await this.#lock.release()
  }

  async #notStoppedCleanly(error: unknown): Promise<void> {
    const { logger } = this.#options
    if (error instanceof StopTooLong) {
      const { usedBytes } = this.#wal!
      logger.info(
        { usedBytes },
        'too many partitions have changed for a quick stop: the next start replays the write-ahead log',
      )
      await this.#wal!.sync().catch((err) => logger.error({ err }, 'the write-ahead log could not be flushed'))
    } else {
      logger.error({ err: error }, 'no clean stop: the next start recovers from the write-ahead log')
    }
  }

  /** Several at once: thousands of partitions may have batches that are in no file yet, and the broker serves nobody any more. */
  async #finishSegments(checkpointer: Checkpointer, deadlineMs: number): Promise<void> {
    const { clock } = this.#options
    const rest = this.#store.logs()[Symbol.iterator]()
    const work = async (): Promise<void> => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        if (clock.monotonicMs() > deadlineMs) throw new StopTooLong()
        const storage = storageOf(next.value)
        await this.#writeBehind.drain(storage, next.value.endOffset)
        if (await storage.finish()) checkpointer.invalidate(next.value)
      }
    }
    // All have ended before the files are closed, whatever became of them.
    const outcomes = await Promise.allSettled(Array.from({ length: CLEAN_STOP_PARTITIONS }, work))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #enterFolder(storage: DiskStorage): Promise<void> {
    const { folder } = storage
    // Asked anew after each wait: an older topic may have begun to leave in between. The storage's own leaving waits for this.
    while (this.#leaving.has(folder) && storage.partition.state !== 'dropped') await this.#leaving.get(folder)
    const owner = this.#owners.get(folder)
    if (storage.partition.state === 'dropped') {
      throw new DiskError('NO_SPACE', folder, `the partition of ${folder} was dropped before it had files`)
    }
    if (owner === undefined) this.#owners.set(folder, storage)
    else if (owner !== storage) {
      // Its drop is tried again and again; what is not in files meanwhile is in the write-ahead log.
      throw new DiskError('NO_SPACE', folder, `the older topic that has ${folder} could not be dropped yet`)
    }
  }

  /** While no checkpoint is being made: it must not say that the old segments are there behind the frame that says they are not. */
  #swap(
    storage: DiskStorage,
    swap: SegmentSwap,
    cleaned: DiskSegment | undefined,
    isPossible: () => boolean,
  ): Promise<boolean> {
    return this.#exclusive.run(async () => {
      const { partition } = storage
      if (partition.state !== 'open' || !isPossible()) return false
      const failure = await new Promise((settle) => this.submit(new SwapOp(partition, swap, settle)))
      if (failure !== undefined) return false
      try {
        await this.#wal!.sync()
        await storage.swapIn(swap, cleaned)
      } catch (error) {
        if (error instanceof DiskError) this.diskFailed(error)
        throw error
      }
      this.#checkpointer!.invalidate(partition)
      return true
    })
  }

  #admit(): Promise<void> | undefined {
    if (this.#wal!.usedBytes > this.#limits.walBytesMax) return this.#walFull()
    return this.#writeBehind.admit()
  }

  async #walFull(): Promise<void> {
    this.#checkpointer!.start()
    await this.#checkpointer!.idle()
    if (this.#wal!.usedBytes <= this.#limits.walBytesMax) return
    throw new DiskError(
      'NO_SPACE',
      this.#options.directory,
      'the write-ahead log is full and no checkpoint can be written',
    )
  }

  #walGrew(): void {
    if (this.#wal!.usedBytes > this.#limits.walCheckpointBytes) this.#checkpointer!.start()
  }

  async #foldersSettled(): Promise<void> {
    await Promise.allSettled(this.#leaving.values())
  }

  #inBackground(what: string, work: Promise<void>): void {
    const guarded = work
      .catch((error) => this.#options.logger.warn({ err: error }, `${what} failed; the next start tries again`))
      .finally(() => this.#background.delete(guarded))
    this.#background.add(guarded)
  }

  diskFailed(error: DiskError): void {
    if (this.#isFatal) return
    this.#isFatal = true
    this.#store.fail(`the disk has failed: ${error.message}`)
    this.#options.logger.error({ err: error }, `the disk has failed and nothing more is accepted: ${error.message}`)
    this.#options.onFatal(error)
  }
}

/** A few small files each. */
const CLEAN_STOP_PARTITIONS = 8
/** Of 1 MB at most, each. */
const READS_AHEAD_MAX = 32

/** Every partition of a disk store has one. */
function storageOf(partition: Partition): DiskStorage {
  return partition.storage as DiskStorage
}
