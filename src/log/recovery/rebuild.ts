import { Buffer } from 'node:buffer'
import type { Clock } from '../../platform/index.ts'
import { BATCH_HEADER_BYTES, batchLayout, crc32c } from '../../wire/index.ts'
import * as batches from '../batch.ts'
import { finishSwaps, type SegmentSwap } from '../compaction/segment-swap.ts'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { DiskSegment, segmentFileName } from '../disk/disk-segment.ts'
import { FilePool } from '../disk/file-pool.ts'
import { folderName } from '../disk/folder-name.ts'
import { readLeaderEpochs, readPartitionMetadata } from '../disk/partition-files.ts'
import { Fold } from '../fold.ts'
import type { LogConfig, LogIdentity } from '../partition-log.ts'
import type { BatchFacts } from '../segment.ts'
import { FRAME_KINDS, readEntries } from '../wal/wal-frame.ts'
import { type FoundFrame, partitionKey, readFrame } from '../wal/wal-scan.ts'
import { type CheckpointToWrite, encodePartitionFiles, encodePartitionState } from './checkpoint-file.ts'
import { listed } from './lost-files.ts'

/** What is left of a data folder without its checkpoint; nothing of it is proven to be everything. */
export interface Remains {
  readonly partitions: readonly FoundPartition[]
  /** Folders of partitions of which nothing tells the topic id: nobody could ask for them. */
  readonly nameless: readonly string[]
  /** One clause for people: what was found, and what is visibly missing. */
  readonly message: string
}

export interface FoundPartition {
  readonly identity: LogIdentity
  readonly folder: string
  readonly segments: readonly FoundSegment[]
  /** Of whole and intact batches in the segments. */
  readonly fold: Fold
  readonly logStartOffset: number
  readonly filesEndOffset: number
  readonly endOffset: number
  readonly journal: Journaled
  readonly problems: readonly string[]
}

interface FoundSegment {
  readonly baseOffset: number
  /** The cleaner's, which has not got its name yet. */
  readonly path: string
  readonly sizeBytes: number
}

/** What the frames of the write-ahead log say of one partition, from the oldest that is left on. */
interface Journaled {
  readonly identity: LogIdentity
  /** In order of offsets; a later frame counts for an offset. */
  readonly appends: { readonly frame: FoundFrame; readonly baseOffset: number; readonly lastOffset: number }[]
  logStartOffset: number
  readonly swaps: SegmentSwap[]
}

/**
 * Looks at the partitions' folders and the frames of the write-ahead log, of which a part may be older than the files. Changes nothing.
 * Every byte of the segment files is read.
 */
export async function findRemains(disk: Disk, directory: string, frames: readonly FoundFrame[]): Promise<Remains> {
  const { journaled, dropped, owners } = await readJournal(frames)
  const partitions: FoundPartition[] = []
  const nameless: string[] = []
  const met = new Set<string>()
  for (const name of (await disk.list(directory)).sort()) {
    const match = /^(.+)-(\d+)$/.exec(name)
    if (match === null) continue
    const folder = `${directory}/${name}`
    const names = await disk.list(folder)
    if (!names.some((file) => /^\d{20}\.log$|^partition\.metadata$/.test(file))) continue
    const topicId = (await readPartitionMetadata(disk, folder)) ?? owners.get(name)?.topicId
    if (topicId === undefined) {
      nameless.push(folder)
      continue
    }
    const identity = { topicId, topic: match[1]!, partition: Number(match[2]) }
    const key = partitionKey(identity)
    const owner = owners.get(name)
    // Dropped, or of an older topic of that name.
    if (dropped.has(key) || (owner !== undefined && partitionKey(owner) !== key)) continue
    met.add(key)
    partitions.push(await findPartition(disk, { folder, names, journal: journaled.get(key) ?? journalOf(identity) }))
  }
  for (const [key, journal] of journaled) {
    if (met.has(key) || journal.appends.length === 0) continue
    const folder = `${directory}/${folderName(journal.identity)}`
    partitions.push(await findPartition(disk, { folder, names: [], journal }))
  }
  return { partitions, nameless, message: sentenceOf(partitions, nameless) }
}

export interface RebuildOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly directory: string
  /** Of segments and their indexes. */
  readonly config: LogConfig
  readonly place: CheckpointToWrite['place']
  readonly incarnation: number
}

/**
 * Brings everything that was found into segment files with indexes, durably, and answers the checkpoint that says so. May be cut off and
 * done again: the write-ahead log stays as it is.
 * @throws DiskError
 */
export async function rebuild(remains: Remains, options: RebuildOptions): Promise<CheckpointToWrite> {
  const { disk, directory, place, incarnation } = options
  // So that no later start takes them for what a drop has left.
  for (const folder of remains.nameless) await disk.rename(folder, `${folder}.without-topic-id`)
  const pool = new FilePool(disk, OPEN_FILES)
  const partitions: Buffer[] = []
  try {
    for (const partition of remains.partitions) {
      const entry = await rebuildPartition(partition, pool, options)
      if (entry !== undefined) partitions.push(entry)
    }
  } finally {
    await pool.close()
  }
  await disk.syncDirectory(directory)
  return { place, incarnation, isClean: false, partitions }
}

async function rebuildPartition(
  found: FoundPartition,
  pool: FilePool,
  { disk, clock, config }: RebuildOptions,
): Promise<Buffer | undefined> {
  const { identity, folder, fold, logStartOffset, endOffset, journal } = found
  if (endOffset === 0) return undefined
  await disk.makeDirectory(folder)
  await finishSwaps(disk, folder, journal.swaps)
  const segments: DiskSegment[] = []
  for (const { baseOffset, sizeBytes } of found.segments) {
    const segment = new DiskSegment(folder, baseOffset, clock.wallMs())
    const facts: BatchFacts[] = []
    await pool.use(
      segment.logPath,
      (file) => walk(file, { baseOffset, sizeBytes }, (batch) => facts.push(factsOf(batch))),
      { create: false },
    )
    await segment.rebuild(pool, facts, config)
    segments.push(segment)
  }
  for (const { frame, baseOffset } of journal.appends) {
    if (baseOffset < found.filesEndOffset) continue
    const batch = await batchOf(frame, identity, baseOffset)
    fold.add(batch, baseOffset, batches.leaderEpochOf(batch, 0))
    const facts = factsOf(batch)
    let segment = segments[segments.length - 1]
    if (segment === undefined || segment.mustRollFor(facts, config, clock.wallMs())) {
      segment = new DiskSegment(folder, baseOffset, clock.wallMs())
      segments.push(segment)
    }
    await segment.appendBytes(pool, [batch], [facts], config)
  }
  for (const [i, segment] of segments.entries()) {
    if (i < segments.length - 1) await segment.finish(pool)
    await segment.flush(pool)
  }
  const metadata = `${folder}/partition.metadata`
  await pool.use(
    metadata,
    async (file) => {
      await file.write([Buffer.from(`version: 0\ntopic_id: ${identity.topicId}`)], 0)
      await file.datasync()
    },
    { create: true },
  )
  await disk.syncDirectory(folder)
  const state = encodePartitionState({ identity, logStartOffset, endOffset, fold })
  return Buffer.concat([state, encodePartitionFiles({ persistedEndOffset: endOffset, cleanedOffset: -1, segments })])
}

/** Goes through the frames in order. What a drop has ended is forgotten; a partition's later appends replace those at their offsets. */
async function readJournal(frames: readonly FoundFrame[]): Promise<{
  readonly journaled: ReadonlyMap<string, Journaled>
  readonly dropped: ReadonlySet<string>
  readonly owners: ReadonlyMap<string, LogIdentity>
}> {
  const journaled = new Map<string, Journaled>()
  const dropped = new Set<string>()
  const owners = new Map<string, LogIdentity>()
  for (const frame of frames) {
    const { header } = frame
    readEntries(await readFrame(frame), 0, header, ({ identity, batch, offset, swap }) => {
      const key = partitionKey(identity)
      if (header.kind === FRAME_KINDS.drop) {
        journaled.delete(key)
        dropped.add(key)
        if (owners.get(folderName(identity))?.topicId === identity.topicId) owners.delete(folderName(identity))
        return
      }
      owners.set(folderName(identity), identity)
      const journal = journaled.get(key) ?? journalOf(identity)
      journaled.set(key, journal)
      if (header.kind === FRAME_KINDS.append) {
        const baseOffset = batches.baseOffsetOf(batch, 0)
        cutAppends(journal, baseOffset)
        journal.appends.push({ frame, baseOffset, lastOffset: batches.lastOffsetOf(batch, 0) })
      } else if (header.kind === FRAME_KINDS.truncate) cutAppends(journal, offset)
      else if (header.kind === FRAME_KINDS.logStart) journal.logStartOffset = Math.max(journal.logStartOffset, offset)
      else if (swap !== undefined) journal.swaps.push(swap)
    })
  }
  return { journaled, dropped, owners }
}

function journalOf(identity: LogIdentity): Journaled {
  return { identity, appends: [], logStartOffset: 0, swaps: [] }
}

function cutAppends({ appends }: Journaled, offset: number): void {
  while (appends.length > 0 && appends[appends.length - 1]!.lastOffset >= offset) appends.pop()
}

async function findPartition(
  disk: Disk,
  {
    folder,
    names,
    journal,
  }: { readonly folder: string; readonly names: readonly string[]; readonly journal: Journaled },
): Promise<FoundPartition> {
  const problems: string[] = []
  const fold = new Fold()
  const { paths, swaps } = await segmentPaths(disk, folder, names, journal.swaps)
  const segments: FoundSegment[] = []
  let next: number | undefined
  let isCleaned = swaps.length > 0
  const holes: string[] = []
  for (const [i, { path, baseOffset }] of paths.entries()) {
    const file = await disk.open(path, { create: false })
    const isLast = i === paths.length - 1
    try {
      const found = await walk(file, { baseOffset, sizeBytes: await file.size() }, (batch, isIntact) => {
        const base = batches.baseOffsetOf(batch, 0)
        if (isIntact) fold.add(batch, base, batches.leaderEpochOf(batch, 0))
        else problems.push(`${path} is damaged at offset ${base}`)
      })
      isCleaned ||= found.hasGaps
      if (found.bytes < (await file.size())) {
        problems.push(`${path} is ${isLast ? 'torn or ' : ''}damaged from offset ${found.endOffset} on`)
      }
      if (found.bytes === 0) continue
      if (next !== undefined && baseOffset > next)
        holes.push(`${folder} has nothing at offsets ${next} to ${baseOffset - 1}`)
      segments.push({ baseOffset, path, sizeBytes: found.bytes })
      next = found.endOffset
    } finally {
      await file.close()
    }
  }
  // Cleaning leaves such holes, and nothing tells them from a file that is gone.
  if (!isCleaned) problems.push(...holes)
  const filesEndOffset = next ?? 0
  const behind = journal.appends.filter(({ baseOffset }) => baseOffset >= filesEndOffset)
  let endOffset = filesEndOffset
  for (const { baseOffset, lastOffset } of behind) {
    if (baseOffset > endOffset && (endOffset > 0 || segments.length > 0)) {
      problems.push(`${folder} and the write-ahead log have nothing at offsets ${endOffset} to ${baseOffset - 1}`)
    }
    endOffset = lastOffset + 1
  }
  // Kafka's file of leader epochs: a log began and ended not before the first and the last of them.
  const epochs = await readLeaderEpochs(disk, folder)
  endOffset = Math.max(endOffset, epochs[epochs.length - 1]?.startOffset ?? 0, journal.logStartOffset)
  const firstOffset = segments[0]?.baseOffset ?? behind[0]?.baseOffset ?? endOffset
  const logStartOffset = Math.min(endOffset, Math.max(journal.logStartOffset, epochs[0]?.startOffset ?? 0, firstOffset))
  const { identity } = journal
  return {
    identity,
    folder,
    segments,
    fold,
    logStartOffset,
    filesEndOffset,
    endOffset,
    journal: { ...journal, swaps },
    problems,
  }
}

/** The segments of a folder in order, as they are when the swaps, of which only those that are not done in full yet are answered, are done. */
async function segmentPaths(
  disk: Disk,
  folder: string,
  names: readonly string[],
  journaled: readonly SegmentSwap[],
): Promise<{
  readonly paths: { readonly baseOffset: number; readonly path: string }[]
  readonly swaps: SegmentSwap[]
}> {
  const paths = new Map<number, string>()
  for (const name of names) {
    if (/^\d{20}\.log$/.test(name)) paths.set(Number(name.slice(0, 20)), `${folder}/${name}`)
  }
  const swaps: SegmentSwap[] = []
  for (const swap of journaled) {
    const { fromOffset, toOffset, temporaryId, cleaned } = swap
    if (cleaned === undefined) continue
    // An older frame may speak of files that have been replaced since, and a temporary name may have been given twice.
    const hasItsSize = async (path: string) => (await disk.size(path)) === cleaned.sizeBytes
    const temporary = `${folder}/${segmentFileName(cleaned.baseOffset, 'log', temporaryId)}`
    const final = `${folder}/${segmentFileName(cleaned.baseOffset, 'log')}`
    const isBegun = !(await hasItsSize(temporary))
    if (isBegun && !(await hasItsSize(final))) continue
    for (const baseOffset of [...paths.keys()])
      if (baseOffset >= fromOffset && baseOffset < toOffset) paths.delete(baseOffset)
    paths.set(cleaned.baseOffset, isBegun ? final : temporary)
    swaps.push(swap)
  }
  return {
    paths: [...paths].map(([baseOffset, path]) => ({ baseOffset, path })).sort((a, b) => a.baseOffset - b.baseOffset),
    swaps,
  }
}

interface Walked {
  /** Of the batches that lie one behind another from the beginning. */
  readonly bytes: number
  readonly endOffset: number
  /** Offsets are missing between them, as after a cleaning. */
  readonly hasGaps: boolean
}

/** Visits the batches of a segment file up to the first place where none stands. One with a wrong CRC is skipped if another follows it. */
async function walk(
  file: DiskFile,
  { baseOffset, sizeBytes }: { readonly baseOffset: number; readonly sizeBytes: number },
  visit: (batch: Buffer, isIntact: boolean) => void,
): Promise<Walked> {
  let chunk = Buffer.alloc(0)
  let chunkAt = 0
  const bytesAt = async (position: number, bytes: number): Promise<Buffer> => {
    if (position < chunkAt || position + bytes > chunkAt + chunk.length) {
      chunk = Buffer.allocUnsafeSlow(Math.min(Math.max(bytes, CHUNK_BYTES), sizeBytes - position))
      chunkAt = position
      chunk = chunk.subarray(0, await file.read(chunk, position))
    }
    return chunk.subarray(position - chunkAt, position - chunkAt + bytes)
  }
  const headerAt = async (position: number, leastOffset: number): Promise<Buffer | undefined> => {
    if (position + BATCH_HEADER_BYTES > sizeBytes) return undefined
    const header = await bytesAt(position, BATCH_HEADER_BYTES)
    if (header.length < BATCH_HEADER_BYTES || !batches.looksLikeBatch(header, 0)) return undefined
    if (batches.baseOffsetOf(header, 0) < leastOffset || position + batches.sizeOf(header, 0) > sizeBytes)
      return undefined
    return header
  }
  let position = 0
  let endOffset = baseOffset
  let hasGaps = false
  while (true) {
    const header = await headerAt(position, endOffset)
    if (header === undefined) break
    const lastOffset = batches.lastOffsetOf(header, 0)
    const batch = await bytesAt(position, batches.sizeOf(header, 0))
    const isIntact = hasItsCrc(batch)
    if (!isIntact && (await headerAt(position + batch.length, lastOffset + 1)) === undefined) break
    if (batches.baseOffsetOf(batch, 0) > endOffset) hasGaps = true
    visit(batch, isIntact)
    position += batch.length
    endOffset = lastOffset + 1
  }
  return { bytes: position, endOffset, hasGaps }
}

function hasItsCrc(batch: Buffer): boolean {
  return crc32c(batch.subarray(batchLayout.attributes)) === batch.readUInt32BE(batchLayout.crc)
}

function factsOf(batch: Buffer): BatchFacts {
  return {
    lastOffset: batches.lastOffsetOf(batch, 0),
    maxTimestampMs: batches.maxTimestampOf(batch, 0),
    sizeBytes: batch.length,
  }
}

async function batchOf(frame: FoundFrame, identity: LogIdentity, baseOffset: number): Promise<Buffer> {
  let found: Buffer | undefined
  readEntries(await readFrame(frame), 0, frame.header, (entry) => {
    const isIts = partitionKey(entry.identity) === partitionKey(identity)
    if (isIts && batches.baseOffsetOf(entry.batch, 0) === baseOffset) found = entry.batch
  })
  return found!
}

function sentenceOf(partitions: readonly FoundPartition[], nameless: readonly string[]): string {
  const has = partitions
    .filter(({ endOffset }) => endOffset > 0)
    .map(({ identity, logStartOffset, endOffset }) => {
      const what =
        logStartOffset === endOffset ? `ends at ${endOffset}, empty` : `offsets ${logStartOffset} to ${endOffset - 1}`
      return `${folderName(identity)} (${what})`
    })
  const problems = [
    ...partitions.flatMap(({ problems }) => problems),
    ...nameless.map((folder) => `the topic id of ${folder} is not known`),
  ]
  const found = has.length === 0 ? 'nothing is left' : `what is left is ${listed(has)}`
  return problems.length === 0 ? found : `${found}; ${listed(problems)}`
}

const CHUNK_BYTES = 1024 * 1024
const OPEN_FILES = 16
