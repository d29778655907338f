import { Buffer } from 'node:buffer'
import type { Clock, Logger } from '../../platform/index.ts'
import { BATCH_HEADER_BYTES } from '../../wire/index.ts'
import * as batches from '../batch.ts'
import { finishSwaps, swapped } from '../compaction/segment-swap.ts'
import type { Disk } from '../disk/disk.ts'
import type { DiskStorage, RecoveredFiles } from '../disk/disk-storage.ts'
import { folderName } from '../disk/folder-name.ts'
import { openMetaProperties } from '../disk/meta-properties.ts'
import { LogOpenError } from '../log-open-error.ts'
import { cutEnd, type PartitionStore } from '../log-store.ts'
import { Partition } from '../partition.ts'
import type { LogConfig, LogIdentity } from '../partition-log.ts'
import { type WalFileProblem, WalFiles } from '../wal/wal-files.ts'
import { FRAME_HEADER_BYTES, FRAME_KINDS, type FrameEntry, type FrameHeader } from '../wal/wal-frame.ts'
import { findFrames, partitionKey, replayWal, scanWal, type WalScan } from '../wal/wal-scan.ts'
import type { WalSegment } from '../wal/wal-segment.ts'
import {
  type BadCheckpoint,
  type Checkpoint,
  type CheckpointPartition,
  mendCheckpoints,
  readCheckpoints,
  writeCheckpoint,
} from './checkpoint-file.ts'
import { findLostFiles, type LostFiles, listed } from './lost-files.ts'
import { findRemains, rebuild } from './rebuild.ts'

export interface RecoverOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly recover?: 'truncate'
  readonly clusterId?: string
  readonly store: PartitionStore
  readonly createStorage: (partition: Partition, files: RecoveredFiles) => DiskStorage
  /** Waits until replayed batches may take more memory. */
  readonly admit: () => Promise<void> | undefined
}

export interface Recovered {
  readonly walDirectory: string
  readonly walSegments: readonly WalSegment[]
  readonly start: { readonly sequence: number; readonly crc: number; readonly incarnation: number }
  readonly clusterId: string | undefined
  readonly wasClean: boolean
  /** `before-use`: the WAL has frames that would be taken for new ones, or that are missed. `soon`: it only has more than it needs. */
  readonly needsCheckpoint: 'before-use' | 'soon' | undefined
  /** Larger than all that the cleaner's frames behind the checkpoint name. */
  readonly nextTemporaryId: number
  readonly walFiles: WalFiles
  /** False: some of the files that it lists are gone, and shall not be missed again once that checkpoint is made. */
  readonly isWalWhole: boolean
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
  const walFiles = await loadWalFiles(options)
  const checkpoint = await loadCheckpoint(options, { walDirectory, walFiles })
  const scan = await scanWal(disk, walDirectory, checkpoint.place, checkpoint.partitions)
  const isWalWhole = reportLostWal(options, { walFiles, checkpoint, scan })
  reportEnd(options, scan)
  // After kill -9 the frames may be in the page cache alone, and the replay deletes files because of them.
  if (scan.frameCount > 0) for (const { file } of scan.segments) await file.datasync()
  const { hasCut } = await new Replay(options, checkpoint, scan).run()
  const isDoubtful = scan.maxSequence > scan.sequence || hasCut || !isWalWhole
  const isChanged = isDoubtful || scan.frameCount > 0
  const needsCheckpoint = isDoubtful ? 'before-use' : isChanged ? 'soon' : undefined
  return {
    walDirectory,
    walSegments: scan.segments,
    start: {
      sequence: scan.maxSequence,
      crc: scan.crc,
      incarnation: Math.max(checkpoint.incarnation + 1, scan.maxIncarnation + 1, options.clock.wallMs()),
    },
    clusterId,
    wasClean: checkpoint.isClean && !isChanged,
    needsCheckpoint,
    nextTemporaryId: 1 + Math.max(0, ...[...scan.swaps.values()].flat().map(({ temporaryId }) => temporaryId)),
    walFiles: walFiles ?? WalFiles.empty(disk, directory),
    isWalWhole,
  }
}

/** Undefined when there is no list of WAL files; with recover 'truncate' a damaged one is as good as none. */
async function loadWalFiles({ disk, directory, logger, recover: mode }: RecoverOptions): Promise<WalFiles | undefined> {
  try {
    return await WalFiles.load(disk, directory)
  } catch (error) {
    if (mode !== 'truncate' || !(error instanceof LogOpenError)) throw error
    logger.error({ directory }, error.message)
    return undefined
  }
}

interface WalState {
  readonly walDirectory: string
  readonly walFiles: WalFiles | undefined
}

async function loadCheckpoint(options: RecoverOptions, wal: WalState): Promise<Checkpoint> {
  const { disk, directory, logger } = options
  const folderOf = (identity: LogIdentity) => `${directory}/${folderName(identity)}`
  const files = await readCheckpoints(disk, directory, folderOf)
  const { checkpoint, bad } = files
  const cleanSequence = wal.walFiles?.cleanSequence ?? 0
  if (checkpoint === undefined || checkpoint.place.sequence < cleanSequence) {
    const replayable = await replayableCheckpoint(options, wal, bad)
    return replayable === 'none' ? rebuiltCheckpoint(options, wal, bad) : replayable
  }
  for (const { path, problem } of bad) {
    logger.warn({ path }, `${path} is ${problem}: the other copy of the checkpoint is used, and it is made anew`)
  }
  await mendCheckpoints(disk, files)
  return checkpoint
}

/**
 * Where no file has a checkpoint that counts: the empty one of a new folder. Of an old one only when the write-ahead log still has all that
 * ever happened, since whatever is not in it would be deleted because no checkpoint knows it.
 */
async function replayableCheckpoint(
  options: RecoverOptions,
  { walDirectory, walFiles }: WalState,
  bad: readonly BadCheckpoint[],
): Promise<Checkpoint | 'none'> {
  const { disk, directory, logger } = options
  const place = { slot: -1, position: 0, sequence: 0, crc: 0 }
  const scan = await scanWal(disk, walDirectory, place, [])
  for (const { file } of scan.segments) await file.close()
  const isNew = scan.maxSequence === 0 && walFiles === undefined && !(await hasPartitions(disk, directory))
  if (!isNew) {
    const isWhole = walFiles?.problems(scan.segments).length === 0 && scan.damage === undefined
    const hasAll = isWhole && scan.frameCount > 0 && scan.sequence >= walFiles.cleanSequence
    if (!hasAll) return 'none'
    logger.warn({ directory }, `${problemOf(options, bad)}: made anew from the write-ahead log, which has everything`)
  }
  const first = { place, incarnation: 0, isClean: isNew, partitions: [] }
  await writeCheckpoint(disk, directory, first)
  return first
}

/** From the partitions' folders and what frames there are, if that is asked for: nothing tells whether they are all. */
async function rebuiltCheckpoint(
  options: RecoverOptions,
  { walDirectory, walFiles }: WalState,
  bad: readonly BadCheckpoint[],
): Promise<Checkpoint> {
  const { disk, directory, clock, logger, recover: mode } = options
  const frames = await findFrames(disk, walDirectory)
  try {
    const remains = await findRemains(disk, directory, frames)
    const message = `${problemOf(options, bad)}, and so is its copy, so that nothing proves what was acknowledged; ${remains.message}`
    if (mode !== 'truncate') throw new LogOpenError('CORRUPT', message, { canTruncate: true })
    logger.error({ directory }, `${message}; starting with that as asked`)
    const last = frames[frames.length - 1]?.header
    const sequence = Math.max(last?.sequence ?? 0, walFiles?.cleanSequence ?? 0)
    const place = { slot: -1, position: 0, sequence, crc: last?.crc ?? 0 }
    const incarnation = Math.max(0, ...frames.map(({ header }) => header.incarnation))
    const anew = await rebuild(remains, { disk, clock, directory, config: recoveredConfig, place, incarnation })
    await writeCheckpoint(disk, directory, anew)
  } finally {
    for (const file of new Set(frames.map(({ file }) => file))) await file.close()
  }
  const { checkpoint } = await readCheckpoints(disk, directory, (identity) => `${directory}/${folderName(identity)}`)
  return checkpoint!
}

function problemOf({ directory }: RecoverOptions, bad: readonly BadCheckpoint[]): string {
  const problem = bad.find(({ folder }) => folder === directory)?.problem ?? 'older'
  return `${directory}/checkpoint is ${problem === 'older' ? 'older than the data' : problem}`
}

async function hasPartitions(disk: Disk, directory: string): Promise<boolean> {
  for (const name of await disk.list(directory)) {
    if (/-\d+$/.test(name) && (await disk.list(`${directory}/${name}`)).some((file) => OUR_FILES.test(file)))
      return true
  }
  return false
}

/**
 * False when files of the WAL are gone or cut off, and the start goes on, as asked or because nothing is lost. What they held can be told
 * from nothing that is left.
 */
function reportLostWal(
  { directory, logger, recover: mode }: RecoverOptions,
  { walFiles, checkpoint, scan }: { walFiles: WalFiles | undefined; checkpoint: Checkpoint; scan: WalScan },
): boolean {
  const problems = walFiles?.problems(scan.segments) ?? []
  const harmless = problems.filter((problem) => isBehindEnd(problem, scan))
  for (const { message } of harmless) logger.warn({ directory }, `${message}, behind the last frame of the log`)
  const harmful = problems.filter((problem) => !harmless.includes(problem)).map(({ message }) => message)
  // Before its first append a process makes the list: only one that has appended nothing since a clean stop has none.
  const hasAppended = !checkpoint.isClean || scan.maxSequence > checkpoint.place.sequence
  if (walFiles === undefined && hasAppended) harmful.push(`${directory}/wal-files is missing`)
  if (harmful.length === 0) return problems.length === 0
  const ends = Array.from(scan.ends, ([key, { identity, endOffset }]) => ({ key, ...identity, fromOffset: endOffset }))
  const lost = ends.filter(({ key }) => scan.drops.get(key) !== Number.POSITIVE_INFINITY)
  const where = lost.map(({ topic, partition, fromOffset }) => `${topic}-${partition} from offset ${fromOffset}`)
  const message =
    `the write-ahead log of ${directory} is not whole: ${listed(harmful)}; what was written since the last checkpoint may be lost, ` +
    `in ${where.length === 0 ? 'partitions that cannot be told' : `${listed(where)}, and partitions made since`}`
  if (mode !== 'truncate') throw new LogOpenError('CORRUPT', message, { canTruncate: true })
  logger.error({ lost: lost.map(({ key, topicId, ...rest }) => rest) }, `${message}; starting without it as asked`)
  return false
}

/** The file was cut off where nothing stood: the next frame would stand at the chain's end, or begin there, and the file has that place. */
function isBehindEnd({ path, foundBytes }: WalFileProblem, { end }: WalScan): boolean {
  return path === end.path && !end.isTorn && end.position + FRAME_HEADER_BYTES <= foundBytes
}

/** Says what was cut; refuses to go on over damage unless told to. */
function reportEnd({ directory, logger, recover: mode }: RecoverOptions, scan: WalScan): void {
  if (scan.damage !== undefined) {
    const lost = scan.damage.map(
      ({ topic, partition, fromOffset, toOffset }) =>
        `${topic}-${partition} from offset ${fromOffset}${toOffset === undefined ? '' : ` to ${toOffset - 1}`}`,
    )
    const what = lost.length === 0 ? 'partitions that cannot be told' : listed(lost)
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

  /** `hasCut`: files had more than the log, or less, so the checkpoint, which still says so, must not meet what comes to stand there. */
  async run(): Promise<{ readonly hasCut: boolean }> {
    const { disk, directory } = this.#options
    const kept: CheckpointPartition[] = []
    for (const partition of this.#checkpoint.partitions) {
      if (!this.#scan.drops.has(partitionKey(partition.identity))) kept.push(await this.#swapped(partition))
    }
    const lost = await findLostFiles(disk, directory, kept, this.#scan)
    this.#reportLostFiles(lost)
    await this.#cleanFolders(kept)
    const lostOf = new Map(lost.map((one) => [one.partition, one]))
    for (const partition of kept) {
      const lostFiles = lostOf.get(partition)
      if (lostFiles === undefined) await this.#cutEnd(this.#adopt(partition.identity, partition))
      else await this.#salvage(lostFiles)
    }
    if (this.#scan.frameCount > 0) {
      await replayWal(this.#scan.segments, this.#checkpoint.place, (entry, header) => this.#apply(entry, header))
    }
    let hasCut = lost.length > 0
    for (const [partition, storage] of this.#storages) {
      if (storage.persistedEndOffset <= partition.endOffset) continue
      await storage.truncateTo(partition.endOffset)
      hasCut = true
    }
    return { hasCut }
  }

  #reportLostFiles(lost: readonly LostFiles[]): void {
    const { logger, recover: mode } = this.#options
    if (lost.length === 0) return
    if (mode !== 'truncate') {
      const message = listed(lost.map(({ message }) => message))
      throw new LogOpenError('CORRUPT', message, { canTruncate: true })
    }
    for (const { partition, message } of lost) {
      const { topic, partition: number } = partition.identity
      logger.error({ topic, partition: number }, `${message}; starting with what is there as asked`)
    }
  }

  /**
   * Makes do with what is left of a partition's files. Offsets are not given twice as long as something behind them is there; where
   * everything is gone the log begins, empty, where it ended.
   */
  async #salvage({ partition: from, files }: LostFiles): Promise<void> {
    const gone = new Set(
      files.filter(({ foundBytes }) => foundBytes < BATCH_HEADER_BYTES).map(({ segment }) => segment),
    )
    const short = new Set(files.map(({ segment }) => segment).filter((segment) => !gone.has(segment)))
    const segments = from.segments.filter((segment) => !gone.has(segment))
    const logStartOffset = Math.max(from.logStartOffset, segments[0]?.baseOffset ?? from.endOffset)
    const partition = this.#adopt(from.identity, { ...from, logStartOffset, segments })
    const storage = this.#storages.get(partition)!
    await storage.salvage(from.endOffset, short)
    const foundEndOffset = storage.segments[storage.segments.length - 1]?.endOffset ?? from.endOffset
    const hasMore = (this.#scan.ends.get(partitionKey(from.identity))?.endOffset ?? 0) > from.endOffset
    if (foundEndOffset < from.endOffset && !hasMore) await cutEnd(partition, Math.max(foundEndOffset, logStartOffset))
    else await this.#cutEnd(partition)
  }

  #adopt(identity: LogIdentity, from: CheckpointPartition | undefined): Partition {
    const { store, createStorage } = this.#options
    const logStartOffset = Math.max(from?.logStartOffset ?? 0, this.#scan.logStarts.get(partitionKey(identity)) ?? 0)
    const state = from && { logStartOffset, endOffset: from.endOffset, fold: from.fold }
    const partition = new Partition(identity, recoveredConfig, store, state ?? { logStartOffset, endOffset: 0 })
    partition.fold.cutStart(logStartOffset)
    // Files of which a truncation left nothing above a log start were removed, or are to be.
    const cutOffset = this.#scan.truncations.get(partitionKey(identity))?.offset ?? Number.POSITIVE_INFINITY
    const storage = createStorage(partition, {
      segments: from?.segments.filter(({ endOffset }) => Math.min(endOffset, cutOffset) > logStartOffset) ?? [],
      persistedEndOffset: from?.persistedEndOffset ?? 0,
      checkpointedOffset: from?.endOffset ?? 0,
      cleanedOffset: from?.cleanedOffset ?? -1,
    })
    // Renames that have just been finished.
    if (from !== undefined && this.#scan.swaps.has(partitionKey(identity))) storage.isFolderChanged = true
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

  /** What the cleaner had put into other segments' places, durably, though perhaps not to the end. */
  async #swapped(partition: CheckpointPartition): Promise<CheckpointPartition> {
    const swaps = this.#scan.swaps.get(partitionKey(partition.identity))
    if (swaps === undefined || partition.segments.length === 0) return partition
    const folder = `${this.#options.directory}/${folderName(partition.identity)}`
    await finishSwaps(this.#options.disk, folder, swaps)
    const segments = swaps.reduce((list, swap) => swapped(list, swap, folder), partition.segments)
    return { ...partition, segments }
  }

  /** Removes folders of partitions that were dropped, or that only the WAL knows and the replay makes anew. */
  async #cleanFolders(kept: readonly CheckpointPartition[]): Promise<void> {
    const { disk, directory, logger } = this.#options
    const known = new Set(kept.map(({ identity }) => folderName(identity)))
    for (const name of await disk.list(directory)) {
      if (known.has(name) || !/-(\d+|delete)$/.test(name)) continue
      const path = `${directory}/${name}`
      const names = await disk.list(path)
      if (names.every((file) => OUR_FILES.test(file))) await disk.removeDirectory(path)
      else logger.warn({ path }, `${path} is no partition's folder, or has files of others: left alone`)
    }
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

const OUR_FILES = /^(\d{20}\.(log|index|timeindex)(\.\d+\.cleaned)?|partition\.metadata|leader-epoch-checkpoint)$/
