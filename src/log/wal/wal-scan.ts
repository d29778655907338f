import { Buffer } from 'node:buffer'
import { baseOffsetOf, lastOffsetOf } from '../batch.ts'
import type { SegmentSwap } from '../compaction/segment-swap.ts'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { folderName } from '../disk/folder-name.ts'
import type { JournalPlace } from '../operation.ts'
import type { LogIdentity } from '../partition-log.ts'
import {
  FRAME_HEADER_BYTES,
  FRAME_KINDS,
  FRAME_MAGIC_BYTES,
  type FrameEntry,
  type FrameHeader,
  frameBytes,
  isFrameIntact,
  readEntries,
  readFrameHeader,
} from './wal-frame.ts'
import { type WalSegment, walSegmentPath, walSlots } from './wal-segment.ts'

/** What the write-ahead log has behind a checkpoint. */
export interface WalScan {
  /** `lastSequence` of those that have frames of the chain is that of the last one, of the others 0. */
  readonly segments: readonly WalSegment[]
  /** Of the last frame of the chain. */
  readonly sequence: number
  readonly crc: number
  readonly frameCount: number
  /** The largest that stand in any intact frame behind the checkpoint, in the chain or not. */
  readonly maxSequence: number
  readonly maxIncarnation: number
  /** Sequence of the last drop of each partition: earlier frames of it mean nothing any more. */
  readonly drops: ReadonlyMap<string, number>
  /** Last log start of each partition. */
  readonly logStarts: ReadonlyMap<string, number>
  /** The truncation of each partition that went furthest, the last of them if several did: files below its offset are as they were. */
  readonly truncations: ReadonlyMap<string, { readonly offset: number; readonly sequence: number }>
  /** Log end of each partition that the checkpoint or the chain knows, after the chain's last frame. */
  readonly ends: LogEnds
  /** What the cleaner has swapped in each partition, in order. */
  readonly swaps: ReadonlyMap<string, readonly SegmentSwap[]>
  /** Set when frames that had been flushed are damaged: which partitions lost which offsets, as far as one can tell. */
  readonly damage: readonly LostRange[] | undefined
  /** Where the chain ends; torn when a frame was begun there, or whole ones lie behind it. */
  readonly end: { readonly path: string; readonly position: number; readonly isTorn: boolean }
  /** Intact frames behind the end that are not in the chain. */
  readonly strayFrames: number
}

export interface LostRange {
  readonly topic: string
  readonly partition: number
  readonly fromOffset: number
  /** First offset that is intact again, or undefined when none was found. */
  readonly toOffset: number | undefined
}

export type LogEnds = ReadonlyMap<string, { readonly identity: LogIdentity; readonly endOffset: number }>

export function partitionKey(identity: LogIdentity): string {
  return `${identity.topicId}:${identity.partition}`
}

/**
 * Follows the chain of frames from `place`, without applying them, and looks at what lies behind its end: nothing, a torn tail, or damage
 * (an intact frame further on says that what is missing here had been flushed).
 */
export async function scanWal(
  disk: Disk,
  directory: string,
  place: JournalPlace,
  known: readonly { readonly identity: LogIdentity; readonly endOffset: number }[],
): Promise<WalScan> {
  const segments = await openSegments(disk, directory)
  const drops = new Map<string, number>()
  const logStarts = new Map<string, number>()
  const truncations = new Map<string, { readonly offset: number; readonly sequence: number }>()
  const swaps = new Map<string, SegmentSwap[]>()
  const ends = new Map(known.map(({ identity, endOffset }) => [partitionKey(identity), { identity, endOffset }]))
  const owners = new Map(known.map(({ identity }) => [folderName(identity), partitionKey(identity)]))
  const end = await followChain(segments, place, (bytes, at, header) => {
    readEntries(bytes, at, header, ({ identity, batch, offset, swap }) => {
      const key = partitionKey(identity)
      const name = folderName(identity)
      const owner = owners.get(name)
      if (header.kind === FRAME_KINDS.append) {
        // A newer topic of the name: the drop of the older one had failed for want of space, and was to be tried again.
        if (owner !== undefined && owner !== key) drops.set(owner, Number.POSITIVE_INFINITY)
        owners.set(name, key)
        ends.set(key, { identity, endOffset: lastOffsetOf(batch, 0) + 1 })
      } else if (header.kind === FRAME_KINDS.truncate) {
        ends.set(key, { identity, endOffset: offset })
        if (offset <= (truncations.get(key)?.offset ?? offset))
          truncations.set(key, { offset, sequence: header.sequence })
      } else if (header.kind === FRAME_KINDS.logStart) {
        logStarts.set(key, Math.max(offset, logStarts.get(key) ?? 0))
      } else if (swap !== undefined) {
        swaps.set(key, [...(swaps.get(key) ?? []), swap])
      } else {
        truncations.delete(key)
        swaps.delete(key)
        if (owner === key) owners.delete(name)
        drops.set(key, Math.max(header.sequence, drops.get(key) ?? 0))
        logStarts.delete(key)
        ends.delete(key)
      }
    })
  })
  const rest = await scanRest(segments, end, ends)
  const isTorn = rest.strayFrames > 0 || end.isBegun
  const { sequence, crc, frameCount, stop } = end
  return {
    segments,
    drops,
    logStarts,
    truncations,
    swaps,
    ends,
    sequence,
    crc,
    frameCount,
    ...rest,
    end: { ...stop, isTorn },
  }
}

/** Calls `visit` for each entry behind `place`, in order, one after another. The batches are views of large buffers. */
export async function replayWal(
  segments: readonly WalSegment[],
  place: JournalPlace,
  visit: (entry: FrameEntry, header: FrameHeader) => Promise<void> | undefined,
): Promise<void> {
  await followChain(segments, place, async (bytes, at, header) => {
    const entries: FrameEntry[] = []
    readEntries(bytes, at, header, (entry) => entries.push(entry))
    for (const entry of entries) await visit(entry, header)
  })
}

interface ChainEnd {
  readonly sequence: number
  readonly crc: number
  readonly frameCount: number
  readonly stop: { readonly path: string; readonly position: number }
  readonly incarnation: number
  /** Something that says it is the next frame stands at the end, not intact. */
  readonly isBegun: boolean
}

async function followChain(
  segments: readonly WalSegment[],
  place: JournalPlace,
  visit: (bytes: Buffer, at: number, header: FrameHeader) => Promise<void> | void,
): Promise<ChainEnd> {
  const firsts = await Promise.all(
    segments.map(async (segment) => ({ segment, header: await firstHeader(segment.file) })),
  )
  let { sequence, crc, position } = place
  let incarnation = 0
  let frameCount = 0
  let segment = segments.find(({ slot }) => slot === place.slot)
  let bytes = segment === undefined ? NOTHING : await readAll(segment.file)
  while (true) {
    let header = readFrameHeader(bytes, position)
    if (header !== undefined && !(follows(header, sequence, crc) && isFrameIntact(bytes, position, header)))
      header = undefined
    // A failed write may have left its frames here, and the next try gone to another file: the younger incarnation counts.
    for (const first of firsts) {
      if (first.header === undefined || !follows(first.header, sequence, crc)) continue
      if (header !== undefined && first.header.incarnation <= header.incarnation) continue
      const other = await readAll(first.segment.file)
      if (!isFrameIntact(other, 0, first.header)) continue
      segment = first.segment
      bytes = other
      position = 0
      header = first.header
    }
    if (header === undefined) break
    await visit(bytes, position, header)
    position += frameBytes(header.payloadBytes)
    sequence = header.sequence
    crc = header.crc
    incarnation = header.incarnation
    frameCount++
    segment!.position = position
    segment!.lastSequence = sequence
  }
  let stop = { path: segment?.file.path ?? '', position }
  let isBegun = readFrameHeader(bytes, position)?.sequence === sequence + 1
  const begun = firsts.find(({ header }) => header !== undefined && follows(header, sequence, crc))
  if (!isBegun && begun !== undefined) {
    isBegun = true
    stop = { path: begun.segment.file.path, position: 0 }
  }
  return { sequence, crc, frameCount, incarnation, stop, isBegun }
}

function follows(header: FrameHeader, sequence: number, crc: number): boolean {
  return header.sequence === sequence + 1 && header.previousCrc === crc
}

/** Looks for intact frames that are not in the chain although their sequence says that they come behind it. */
async function scanRest(
  segments: readonly WalSegment[],
  end: ChainEnd,
  ends: LogEnds,
): Promise<Pick<WalScan, 'maxSequence' | 'maxIncarnation' | 'damage' | 'strayFrames'>> {
  const missing = end.sequence + 1
  // Nobody may take the number of a frame that was begun: its missing part could come to stand there after all.
  let maxSequence = end.isBegun ? missing : end.sequence
  let maxIncarnation = end.incarnation
  let strayFrames = 0
  let isDamaged = false
  const resumed = new Map<string, LostRange & { readonly toOffset: number }>()
  for (const { file } of segments) {
    const bytes = await readAll(file)
    visitFrames(bytes, missing, (at, header) => {
      strayFrames++
      maxSequence = Math.max(maxSequence, header.sequence)
      maxIncarnation = Math.max(maxIncarnation, header.incarnation)
      if (header.flushedSequence < missing) return
      isDamaged = true
      if (header.kind !== FRAME_KINDS.append) return
      readEntries(bytes, at, header, ({ identity, batch }) =>
        noteResumed(resumed, ends, identity, baseOffsetOf(batch, 0)),
      )
    })
  }
  if (!isDamaged) return { maxSequence, maxIncarnation, strayFrames, damage: undefined }
  const damaged = await damagedEntries(segments, end, ends)
  return { maxSequence, maxIncarnation, strayFrames, damage: lostRanges(resumed, damaged) }
}

/** The damaged frame itself may still tell for which partitions it was. Only those that are known are believed. */
async function damagedEntries(
  segments: readonly WalSegment[],
  end: ChainEnd,
  ends: LogEnds,
): Promise<readonly (LogIdentity & { readonly endOffset: number })[]> {
  const file = segments.find((segment) => segment.file.path === end.stop.path)?.file
  if (file === undefined) return []
  const bytes = await readAll(file)
  const header = readFrameHeader(bytes, end.stop.position)
  const found: LogIdentity[] = []
  try {
    if (header?.sequence === end.sequence + 1) {
      readEntries(bytes, end.stop.position, header, ({ identity }) => found.push(identity))
    }
  } catch (error) {
    // Damaged lengths lead out of the buffer; what was read before them still counts.
    if (!(error instanceof RangeError)) throw error
  }
  return found
    .filter((identity) => ends.has(partitionKey(identity)))
    .map((identity) => ({ ...identity, endOffset: ends.get(partitionKey(identity))!.endOffset }))
}

/** A partition goes on at `offset` behind the damage; the lowest such offset counts. */
function noteResumed(
  resumed: Map<string, LostRange & { readonly toOffset: number }>,
  ends: LogEnds,
  { topicId, topic, partition }: LogIdentity,
  offset: number,
): void {
  const key = partitionKey({ topicId, topic, partition })
  const known = resumed.get(key)
  if (known !== undefined && known.toOffset <= offset) return
  resumed.set(key, { topic, partition, fromOffset: ends.get(key)?.endOffset ?? 0, toOffset: offset })
}

function lostRanges(
  resumed: ReadonlyMap<string, LostRange & { readonly toOffset: number }>,
  damaged: readonly (LogIdentity & { readonly endOffset: number })[],
): LostRange[] {
  const ranges = new Map<string, LostRange>(resumed)
  for (const { endOffset, ...identity } of damaged) {
    const key = partitionKey(identity)
    const { topic, partition } = identity
    if (!ranges.has(key)) ranges.set(key, { topic, partition, fromOffset: endOffset, toOffset: undefined })
  }
  return [...ranges.values()]
    .filter(({ fromOffset, toOffset }) => fromOffset !== toOffset)
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

/** An intact frame, wherever it stands. */
export interface FoundFrame {
  readonly header: FrameHeader
  readonly file: DiskFile
  readonly position: number
}

/** All intact frames of a write-ahead log in the order of their sequence, in a chain or not; of two with one number the younger. */
export async function findFrames(disk: Disk, directory: string): Promise<readonly FoundFrame[]> {
  const found = new Map<number, FoundFrame>()
  for (const { file } of await openSegments(disk, directory)) {
    const bytes = await readAll(file)
    visitFrames(bytes, 0, (position, header) => {
      const other = found.get(header.sequence)
      if (other !== undefined && other.header.incarnation > header.incarnation) return
      found.set(header.sequence, { header, file, position })
    })
  }
  return [...found.values()].sort((a, b) => a.header.sequence - b.header.sequence)
}

export async function readFrame({ file, position, header }: FoundFrame): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(frameBytes(header.payloadBytes))
  return bytes.subarray(0, await file.read(bytes, position))
}

/** The intact frames from `leastSequence` on, wherever they stand. */
function visitFrames(
  bytes: Buffer,
  leastSequence: number,
  visit: (position: number, header: FrameHeader) => void,
): void {
  for (let at = bytes.indexOf(FRAME_MAGIC_BYTES); at >= 0; at = bytes.indexOf(FRAME_MAGIC_BYTES, at + 1)) {
    const header = at % 8 === 0 ? readFrameHeader(bytes, at) : undefined
    if (header === undefined || header.sequence < leastSequence || !isFrameIntact(bytes, at, header)) continue
    visit(at, header)
  }
}

async function openSegments(disk: Disk, directory: string): Promise<WalSegment[]> {
  const slots = walSlots(await disk.list(directory)).sort((a, b) => a - b)
  return Promise.all(
    slots.map(async (slot) => {
      const file = await disk.open(walSegmentPath(directory, slot), { create: false })
      const sizeBytes = await file.size()
      return { slot, file, durableFile: undefined, sizeBytes, position: 0, lastSequence: 0, isUnflushed: false }
    }),
  )
}

async function firstHeader(file: DiskFile): Promise<FrameHeader | undefined> {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES)
  const read = await file.read(bytes, 0)
  return readFrameHeader(bytes.subarray(0, read), 0)
}

async function readAll(file: DiskFile): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(await file.size())
  const read = await file.read(bytes, 0)
  return bytes.subarray(0, read)
}

const NOTHING = Buffer.alloc(0)
