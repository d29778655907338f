import { Buffer } from 'node:buffer'
import { crc32c, Reader, Writer } from '../../wire/index.ts'
import { type Disk, DiskError } from '../disk/disk.ts'
import { type DiskSegment, SEGMENT_FIELDS, type SegmentFacts, segmentOf } from '../disk/disk-segment.ts'
import { replaceFile } from '../disk/replace-file.ts'
import { Fold } from '../fold.ts'
import { LeaderEpochs } from '../leader-epochs.ts'
import type { JournalPlace } from '../operation.ts'
import type { LogIdentity } from '../partition-log.ts'
import { type ProducerBatch, type ProducerEntry, Producers } from '../producers.ts'
import { type AbortedTransaction, Transactions } from '../transactions.ts'

/**
 * The checkpoint file, `checkpoint`, replaced by rename: what every partition was at one place of the write-ahead log, and what its segment
 * files had at least by then. `wal/checkpoint` is its copy, written after it. Big-endian; docs/adr/0001-wal-and-segments.md has the layout.
 */
export interface Checkpoint {
  readonly place: JournalPlace
  readonly incarnation: number
  /** Written by a clean stop: if no frame follows, nothing has happened since. */
  readonly isClean: boolean
  readonly partitions: readonly CheckpointPartition[]
}

export interface CheckpointPartition {
  readonly identity: LogIdentity
  readonly logStartOffset: number
  /** Of the state: batches from here on are in the write-ahead log. */
  readonly endOffset: number
  /** Of the segment files: at least `endOffset`, more when they were written behind further. */
  readonly persistedEndOffset: number
  /** The log is cleaned up to here; -1 for one that never was. */
  readonly cleanedOffset: number
  readonly fold: Fold
  readonly segments: DiskSegment[]
}

export interface CheckpointToWrite {
  readonly place: JournalPlace
  readonly incarnation: number
  readonly isClean: boolean
  /** One a partition: `encodePartitionState` followed by `encodePartitionFiles`. */
  readonly partitions: readonly Buffer[]
}

const NAME = 'checkpoint'
const MAGIC = 0x6b434b50
/** 1 had no `cleanedOffset`. */
const VERSION = 2

/** The file first, then its copy; what the WAL had before `place` is needed until both are there. @throws DiskError */
export async function writeCheckpoint(disk: Disk, directory: string, checkpoint: CheckpointToWrite): Promise<void> {
  const { place, incarnation, isClean, partitions } = checkpoint
  const head = new Writer()
  head.uint32(MAGIC)
  head.int16(VERSION)
  head.bool(isClean)
  writeNumber(head, incarnation)
  head.int32(place.slot)
  writeNumber(head, place.position)
  writeNumber(head, place.sequence)
  head.uint32(place.crc)
  head.int32(partitions.length)
  const buffers = [head.toBuffer(), ...partitions]
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(buffers.reduce((sum, buffer) => crc32c(buffer, sum), 0))
  for (const folder of checkpointFolders(directory)) {
    await replaceFile(disk, { directory: folder, name: NAME }, [...buffers, crc])
  }
}

export interface CheckpointFiles {
  /** The newer of those that are as they were written. */
  readonly checkpoint: Checkpoint | undefined
  readonly bytes: Buffer | undefined
  /** Another that is missing, damaged or older. It must not be there when the WAL's files are used again. */
  readonly bad: readonly BadCheckpoint[]
}

export interface BadCheckpoint {
  readonly folder: string
  readonly path: string
  readonly problem: 'missing' | 'damaged' | 'older'
}

/** The checkpoint of a data folder, from its file or from the copy. */
export async function readCheckpoints(
  disk: Disk,
  directory: string,
  folderOf: (identity: LogIdentity) => string,
): Promise<CheckpointFiles> {
  const read = await Promise.all(
    checkpointFolders(directory).map(async (folder) => {
      const path = `${folder}/${NAME}`
      return { folder, path, bytes: await disk.readFile(path) }
    }),
  )
  let last: { readonly bytes: Buffer; readonly checkpoint: Checkpoint | undefined } | undefined
  const files = read.map((file) => {
    const { bytes } = file
    if (bytes === undefined) return { ...file, checkpoint: undefined }
    // Mostly they are alike, and thousands of partitions need not be decoded twice.
    if (last?.bytes.equals(bytes) !== true) last = { bytes, checkpoint: parseCheckpoint(bytes, folderOf) }
    return { ...file, checkpoint: last.checkpoint }
  })
  const sound = files.filter(({ checkpoint }) => checkpoint !== undefined)
  const newest = sound.reduce<(typeof sound)[number] | undefined>(
    (best, file) => (best && best.checkpoint!.place.sequence >= file.checkpoint!.place.sequence ? best : file),
    undefined,
  )
  const bad = files
    .filter(({ bytes }) => newest?.bytes === undefined || bytes?.equals(newest.bytes) !== true)
    .map(({ folder, path, bytes, checkpoint }) => ({
      folder,
      path,
      problem:
        bytes === undefined
          ? ('missing' as const)
          : checkpoint === undefined
            ? ('damaged' as const)
            : ('older' as const),
    }))
  return { checkpoint: newest?.checkpoint, bytes: newest?.bytes, bad }
}

/**
 * Makes the bad files what the sound one is; on a full disk it removes them, and the next checkpoint writes them.
 * @throws DiskError
 */
export async function mendCheckpoints(disk: Disk, { bad, bytes }: CheckpointFiles): Promise<void> {
  for (const { folder, path } of bad) {
    try {
      await replaceFile(disk, { directory: folder, name: NAME }, [bytes!])
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'NO_SPACE') throw error
      await disk.remove(path)
      await disk.syncDirectory(folder)
    }
  }
}

function checkpointFolders(directory: string): string[] {
  return [directory, `${directory}/wal`]
}

/** Undefined when the bytes are not what was written. */
function parseCheckpoint(bytes: Buffer, folderOf: (identity: LogIdentity) => string): Checkpoint | undefined {
  const end = bytes.length - 4
  if (end < 0 || crc32c(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return undefined
  const reader = new Reader(bytes, 0, end)
  if (reader.uint32() !== MAGIC) return undefined
  const version = reader.int16()
  if (version < 1 || version > VERSION) return undefined
  const isClean = reader.bool()
  const incarnation = readNumber(reader)
  const slot = reader.int32()
  const place = { slot, position: readNumber(reader), sequence: readNumber(reader), crc: reader.uint32() }
  const partitions = readList(reader, () => readPartition(reader, version, folderOf))
  return { place, incarnation, isClean, partitions }
}

export function encodePartitionState(
  partition: Omit<CheckpointPartition, 'segments' | 'persistedEndOffset' | 'cleanedOffset'>,
): Buffer {
  const writer = new Writer()
  const { identity, fold } = partition
  writer.uuid(identity.topicId)
  writer.string(identity.topic)
  writer.int32(identity.partition)
  writeNumber(writer, partition.logStartOffset)
  writeNumber(writer, partition.endOffset)
  writeList(writer, fold.epochs.entries, ({ leaderEpoch, startOffset }) => {
    writer.int32(leaderEpoch)
    writeNumber(writer, startOffset)
  })
  writeList(writer, [...fold.producers.entries()], (entry) => writeProducer(writer, entry))
  writeList(writer, fold.transactions.aborted, (aborted) => {
    writer.int64(aborted.producerId)
    writeNumber(writer, aborted.firstOffset)
    writeNumber(writer, aborted.lastOffset)
  })
  return writer.toBuffer()
}

export function encodePartitionFiles(
  files: Pick<CheckpointPartition, 'persistedEndOffset' | 'cleanedOffset'> & {
    readonly segments: readonly DiskSegment[]
  },
): Buffer {
  const writer = new Writer()
  writeNumber(writer, files.persistedEndOffset)
  writeNumber(writer, files.cleanedOffset)
  writeList(writer, files.segments, (segment) => {
    for (const field of SEGMENT_FIELDS) writeNumber(writer, segment[field])
  })
  return writer.toBuffer()
}

function readPartition(
  reader: Reader,
  version: number,
  folderOf: (identity: LogIdentity) => string,
): CheckpointPartition {
  const identity = { topicId: reader.uuid(), topic: reader.string(), partition: reader.int32() }
  const logStartOffset = readNumber(reader)
  const endOffset = readNumber(reader)
  const epochs = readList(reader, () => ({ leaderEpoch: reader.int32(), startOffset: readNumber(reader) }))
  const producers = readList(reader, () => readProducer(reader))
  const aborted = readList<AbortedTransaction>(reader, () => ({
    producerId: reader.int64(),
    firstOffset: readNumber(reader),
    lastOffset: readNumber(reader),
  }))
  const persistedEndOffset = readNumber(reader)
  const cleanedOffset = version >= 2 ? readNumber(reader) : -1
  const segments = readList(reader, () => readSegment(reader, folderOf(identity)))
  const open = producers
    .filter((entry) => entry.txnFirstOffset !== -1)
    .map((entry) => [entry.producerId, entry.txnFirstOffset] as const)
  const fold = new Fold({
    epochs: new LeaderEpochs(epochs),
    producers: new Producers(producers),
    transactions: new Transactions(open, aborted),
  })
  return { identity, logStartOffset, endOffset, persistedEndOffset, cleanedOffset, fold, segments }
}

function readSegment(reader: Reader, folder: string): DiskSegment {
  const facts = Object.fromEntries(SEGMENT_FIELDS.map((field) => [field, readNumber(reader)])) as SegmentFacts
  return segmentOf(folder, facts)
}

function writeProducer(writer: Writer, entry: ProducerEntry): void {
  writer.int64(entry.producerId)
  writer.int16(entry.producerEpoch)
  writeNumber(writer, entry.lastTimestampMs)
  writer.int32(entry.coordinatorEpoch)
  writeNumber(writer, entry.txnFirstOffset)
  writeList(writer, entry.batches, (batch) => {
    writer.int32(batch.firstSequence)
    writer.int32(batch.lastSequence)
    writeNumber(writer, batch.baseOffset)
    writeNumber(writer, batch.lastOffset)
    writeNumber(writer, batch.timestampMs)
    writer.bool(batch.logAppendTime)
  })
}

function readProducer(reader: Reader): ProducerEntry {
  return {
    producerId: reader.int64(),
    producerEpoch: reader.int16(),
    lastTimestampMs: readNumber(reader),
    coordinatorEpoch: reader.int32(),
    txnFirstOffset: readNumber(reader),
    batches: readList<ProducerBatch>(reader, () => ({
      firstSequence: reader.int32(),
      lastSequence: reader.int32(),
      baseOffset: readNumber(reader),
      lastOffset: readNumber(reader),
      timestampMs: readNumber(reader),
      logAppendTime: reader.bool(),
    })),
  }
}

function writeNumber(writer: Writer, value: number): void {
  writer.int64(BigInt(value))
}

function readNumber(reader: Reader): number {
  return Number(reader.int64())
}

function writeList<T>(writer: Writer, items: readonly T[], write: (item: T) => void): void {
  writer.int32(items.length)
  for (const item of items) write(item)
}

function readList<T>(reader: Reader, read: () => T): T[] {
  return Array.from({ length: reader.int32() }, read)
}
