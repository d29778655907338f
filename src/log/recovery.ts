import { Buffer } from 'node:buffer'
import type { Clock, Logger } from '../platform/index.ts'
import * as batches from './batch.ts'
import { type Checkpoint, type CheckpointPartition, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts'
import type { Disk } from './disk.ts'
import type { DiskSegment } from './disk-segment.ts'
import type { DiskStorage } from './disk-storage.ts'
import { folderName } from './folder-name.ts'
import { LogOpenError } from './log-open-error.ts'
import { cutEnd, type PartitionStore } from './log-store.ts'
import { openMetaProperties } from './meta-properties.ts'
import { Partition } from './partition.ts'
import type { LogConfig, LogIdentity } from './partition-log.ts'
import { FRAME_KINDS, type FrameEntry, type FrameHeader } from './wal-frame.ts'
import { partitionKey, replayWal, scanWal, type WalScan } from './wal-scan.ts'
import type { WalSegment } from './wal-segment.ts'

export interface RecoverOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly recover?: 'truncate'
  readonly clusterId?: string
  readonly store: PartitionStore
  readonly createStorage: (
    partition: Partition,
    files: { readonly segments: DiskSegment[]; readonly persistedEndOffset: number },
  ) => DiskStorage
  /** Waits until replayed batches may take more memory. */
  readonly admit: () => Promise<void> | undefined
}

export interface Recovered {
  readonly walDirectory: string
  readonly walSegments: readonly WalSegment[]
  readonly start: { readonly sequence: number; readonly crc: number; readonly incarnation: number }
  readonly clusterId: string | undefined
  readonly wasClean: boolean
  /** The WAL has something that a checkpoint must make superfluous before the WAL is used again. */
  readonly needsCheckpoint: boolean
}

/**
 * Brings a data folder back to one consistent state: loads the checkpoint, looks at the write-ahead log behind it, removes folders that
 * neither knows, replays, and cuts what segment files have beyond that.
 * @throws LogOpenError, DiskError
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { disk, directory, clusterId: newClusterId } = options
  // A rename or a new file of the last process may be visible and yet not durable; whatever is built on it from now on must not fall.
  await disk.syncDirectory(directory)
  const { clusterId } = await openMetaProperties(disk, directory, { clusterId: newClusterId })
  const walDirectory = `${directory}/wal`
  await disk.makeDirectory(walDirectory)
  await disk.syncDirectory(walDirectory)
  await disk.syncDirectory(directory)
  const checkpoint = await loadCheckpoint(options, walDirectory)
  const scan = await scanWal(disk, walDirectory, checkpoint.place, checkpoint.partitions)
  reportEnd(options, scan)
  // After kill -9 the frames may be in the page cache alone, and the replay deletes files because of them.
  if (scan.frameCount > 0) for (const { file } of scan.segments) await file.datasync()
  const { hasCut } = await new Replay(options, checkpoint, scan).run()
  const needsCheckpoint = scan.frameCount > 0 || scan.maxSequence > scan.sequence || hasCut
  return {
    walDirectory,
    walSegments: scan.segments,
    start: {
      sequence: scan.maxSequence,
      crc: scan.crc,
      incarnation: Math.max(checkpoint.incarnation + 1, scan.maxIncarnation + 1, options.clock.wallMs()),
    },
    clusterId,
    wasClean: checkpoint.isClean && !needsCheckpoint,
    needsCheckpoint,
  }
}

async function loadCheckpoint(options: RecoverOptions, walDirectory: string): Promise<Checkpoint> {
  const { disk, directory } = options
  const loaded = await readCheckpoint(disk, directory, (identity) => `${directory}/${folderName(identity)}`)
  if (loaded === 'damaged') throw new LogOpenError('CORRUPT', `${directory}/checkpoint is damaged`)
  if (loaded !== undefined) return loaded
  const place = { slot: -1, position: 0, sequence: 0, crc: 0 }
  const scan = await scanWal(disk, walDirectory, place, [])
  for (const { file } of scan.segments) await file.close()
  if (scan.maxSequence > 0) throw new LogOpenError('CORRUPT', `${directory}/checkpoint is missing`)
  const first = { place, incarnation: 0, isClean: true, partitions: [] }
  await writeCheckpoint(disk, directory, first)
  return first
}

/** Says what was cut; refuses to go on over damage unless told to. */
function reportEnd({ directory, logger, recover: mode }: RecoverOptions, scan: WalScan): void {
  if (scan.damage !== undefined) {
    const lost = scan.damage.map(
      ({ topic, partition, fromOffset, toOffset }) =>
        `${topic}-${partition} from offset ${fromOffset}${toOffset === undefined ? '' : ` to ${toOffset - 1}`}`,
    )
    const what = lost.length === 0 ? 'partitions that cannot be told' : lost.join(', ')
    const message = `flushed data in the write-ahead log of ${directory} is damaged at ${scan.end.path}:${scan.end.position}, in ${what}`
    if (mode !== 'truncate') throw new LogOpenError('CORRUPT', message, { canTruncate: true })
    logger.error({ lost: scan.damage, ...scan.end }, `${message}; the log is cut there as asked`)
    return
  }
  if (scan.frameCount === 0 && !scan.end.isTorn) return
  const cut = scan.end.isTorn
    ? `, cut a tail that was not flushed at ${scan.end.path}:${scan.end.position} (${scan.strayFrames} whole frames in it)`
    : ''
  logger.info(
    { frames: scan.frameCount, ...scan.end },
    `no clean stop: replaying ${scan.frameCount} frames of the write-ahead log${cut}`,
  )
}

/** Applies a scan: from the partitions of the checkpoint to those of now. */
class Replay {
  readonly #options: RecoverOptions
  readonly #checkpoint: Checkpoint
  readonly #scan: WalScan
  readonly #storages = new Map<Partition, DiskStorage>()

  constructor(options: RecoverOptions, checkpoint: Checkpoint, scan: WalScan) {
    this.#options = options
    this.#checkpoint = checkpoint
    this.#scan = scan
  }

  /** `hasCut`: files had more than the log, so the checkpoint, which still says so, must not meet what comes to stand there. */
  async run(): Promise<{ readonly hasCut: boolean }> {
    const kept = this.#checkpoint.partitions.filter(({ identity }) => !this.#scan.drops.has(partitionKey(identity)))
    const present = await this.#cleanFolders(kept)
    for (const partition of kept) {
      const adopted = this.#adopt(partition.identity, this.#intact(partition, present))
      await this.#cutEnd(adopted)
    }
    if (this.#scan.frameCount > 0) {
      await replayWal(this.#scan.segments, this.#checkpoint.place, (entry, header) => this.#apply(entry, header))
    }
    let hasCut = false
    for (const [partition, storage] of this.#storages) {
      if (storage.persistedEndOffset <= partition.endOffset) continue
      await storage.truncateTo(partition.endOffset)
      hasCut = true
    }
    return { hasCut }
  }

  #adopt(identity: LogIdentity, from: CheckpointPartition | undefined): Partition {
    const { store, createStorage } = this.#options
    const logStartOffset = Math.max(from?.logStartOffset ?? 0, this.#scan.logStarts.get(partitionKey(identity)) ?? 0)
    const state = from && { logStartOffset, endOffset: from.endOffset, fold: from.fold }
    const partition = new Partition(identity, recoveredConfig, store, state ?? { logStartOffset, endOffset: 0 })
    partition.fold.cutStart(logStartOffset)
    const storage = createStorage(partition, {
      segments: from?.segments.filter(({ endOffset }) => endOffset > logStartOffset) ?? [],
      persistedEndOffset: from?.persistedEndOffset ?? 0,
    })
    partition.storage = storage
    this.#storages.set(partition, storage)
    store.adopt(partition)
    return partition
  }

  /**
   * A truncation behind the checkpoint may have cut the files already, and later appends may have been written where its victims were. So
   * the files are cut first, as far as the furthest truncation went; everything from there on comes out of the WAL.
   */
  async #cutEnd(partition: Partition): Promise<void> {
    const cut = this.#scan.truncations.get(partitionKey(partition.identity))
    const storage = this.#storages.get(partition)!
    if (cut === undefined) return
    storage.forgetIndexesFrom(cut.offset)
    if (partition.endOffset > cut.offset) await cutEnd(partition, cut.offset)
    else if (storage.persistedEndOffset > cut.offset) await storage.truncateTo(cut.offset)
  }

  /** A partition whose files are there. With recover 'truncate' one without files begins empty at its end. */
  #intact(partition: CheckpointPartition, present: ReadonlySet<string>): CheckpointPartition {
    const { directory, logger, recover: mode } = this.#options
    const name = folderName(partition.identity)
    const needed = partition.segments.some(({ endOffset }) => endOffset > partition.logStartOffset)
    if (!needed || present.has(name)) return partition
    const { logStartOffset, endOffset } = partition
    const message = `the folder ${directory}/${name} with offsets ${logStartOffset} to ${endOffset - 1} is missing`
    if (mode !== 'truncate') throw new LogOpenError('CORRUPT', message, { canTruncate: true })
    logger.error({ topic: partition.identity.topic, partition: partition.identity.partition }, message)
    return { ...partition, logStartOffset: endOffset, segments: [] }
  }

  /** Removes folders of partitions that were dropped, or that only the WAL knows and the replay makes anew. Answers the others. */
  async #cleanFolders(kept: readonly CheckpointPartition[]): Promise<ReadonlySet<string>> {
    const { disk, directory, logger } = this.#options
    const known = new Set(kept.map(({ identity }) => folderName(identity)))
    const present = new Set<string>()
    for (const name of await disk.list(directory)) {
      if (known.has(name)) {
        present.add(name)
        continue
      }
      if (!/-(\d+|delete)$/.test(name)) continue
      const path = `${directory}/${name}`
      const names = await disk.list(path)
      if (names.every((file) => OUR_FILES.test(file))) await disk.removeDirectory(path)
      else logger.warn({ path }, `${path} is no partition's folder, or has files of others: left alone`)
    }
    return present
  }

  async #apply({ identity, batch, offset }: FrameEntry, header: FrameHeader): Promise<void> {
    const { store } = this.#options
    if (header.sequence <= (this.#scan.drops.get(partitionKey(identity)) ?? 0)) return
    const partition = store.find(identity) ?? this.#adopt(identity, undefined)
    const cut = this.#scan.truncations.get(partitionKey(identity))
    if (header.kind === FRAME_KINDS.append) {
      // Cut away later, and perhaps overwritten in the files already.
      if (cut !== undefined && header.sequence < cut.sequence && batches.baseOffsetOf(batch, 0) >= cut.offset) return
      await this.#append(partition, batch)
    } else if (header.kind === FRAME_KINDS.truncate) {
      if (cut === undefined || header.sequence >= cut.sequence) await cutEnd(partition, offset)
    }
    // Log starts were applied before, all at once.
  }

  async #append(partition: Partition, view: Buffer): Promise<void> {
    const baseOffset = batches.baseOffsetOf(view, 0)
    if (baseOffset !== partition.endOffset) {
      const { topic, partition: number } = partition.identity
      throw new LogOpenError(
        'CORRUPT',
        `the write-ahead log has a batch of ${topic}-${number} at offset ${baseOffset} where ${partition.endOffset} should follow`,
      )
    }
    await this.#options.admit()
    const storage = this.#storages.get(partition)!
    const batch = partition.stage(Buffer.from(view), batches.leaderEpochOf(view, 0))
    partition.durableOffset = batch.lastOffset + 1
    partition.advance(partition.durableOffset)
    if (baseOffset >= storage.persistedEndOffset && batch.lastOffset >= partition.startOffset) {
      storage.placeable(batch)
      return
    }
    // The segment files have it already, or nobody needs it any more.
    storage.persistedEndOffset = Math.max(storage.persistedEndOffset, batch.lastOffset + 1)
    partition.tail.shift()
    partition.unplacedBytes -= batch.sizeBytes
  }
}

/** Until the broker gives the topic's own: nothing is deleted by it. */
const recoveredConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: Number.MAX_SAFE_INTEGER,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionMs: -1,
  retentionBytes: -1,
  cleanupPolicy: [],
  messageTimestampType: 'CreateTime',
  deleteRetentionMs: Number.MAX_SAFE_INTEGER,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 1,
}

const OUR_FILES = /^(\d{20}\.(log|index|timeindex)|partition\.metadata|leader-epoch-checkpoint)$/
