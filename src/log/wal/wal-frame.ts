import { Buffer } from 'node:buffer'
import { batchLayout, combineCrc32c, crc32c } from '../../wire/index.ts'
import { readInt64, sizeOf, writeInt64 } from '../batch.ts'
import { decodeSwap, type SegmentSwap, SWAP_BYTES } from '../compaction/segment-swap.ts'
import type { LogIdentity } from '../partition-log.ts'

/**
 * A frame of the write-ahead log, big-endian, at a multiple of eight bytes:
 *
 * ```
 *  0 magic u32         "kWAL"
 *  4 crc u32           CRC-32C of all from 8 to the end of the payload
 *  8 payloadBytes u32
 * 12 kind u8           1 append, 2 log start moved, 3 truncate, 4 drop, 5 segments swapped
 * 16 sequence u64      one more than that of the frame before
 * 24 flushed u64       every frame up to this sequence was flushed when this one was written
 * 32 incarnation u64   rises with each start of the process and each failed write
 * 40 previousCrc u32   crc of the frame before
 * 44 entryCount u32
 * 48 payload
 * ```
 *
 * Frames form a chain by `sequence` and `previousCrc`, so that what an earlier use of the file, a failed write or a cut tail left behind is
 * never taken for the next frame. `flushed` tells damage from a torn tail: a frame that a later one calls flushed must be there.
 */
export const FRAME_HEADER_BYTES = 48
export const FRAME_MAGIC = 0x6b57414c
export const FRAME_MAGIC_BYTES = Buffer.from([0x6b, 0x57, 0x41, 0x4c])

export const FRAME_KINDS = { append: 1, logStart: 2, truncate: 3, drop: 4, swap: 5 } as const
export type FrameKind = (typeof FRAME_KINDS)[keyof typeof FRAME_KINDS]

export interface FrameHeader {
  readonly kind: number
  readonly payloadBytes: number
  readonly sequence: number
  readonly flushedSequence: number
  readonly incarnation: number
  readonly previousCrc: number
  readonly crc: number
  readonly entryCount: number
}

/** Bytes of a frame with its padding. */
export function frameBytes(payloadBytes: number): number {
  return (FRAME_HEADER_BYTES + payloadBytes + 7) & ~7
}

/** Writes all of a header but its crc, which `setFrameCrc` adds when the payload is known. */
export function writeFrameHeader(bytes: Buffer, at: number, header: Omit<FrameHeader, 'crc'>): void {
  bytes.writeUInt32BE(FRAME_MAGIC, at)
  bytes.writeUInt32BE(header.payloadBytes, at + 8)
  bytes.writeUInt32BE(header.kind << 24, at + 12)
  writeInt64(bytes, at + 16, header.sequence)
  writeInt64(bytes, at + 24, header.flushedSequence)
  writeInt64(bytes, at + 32, header.incarnation)
  bytes.writeUInt32BE(header.previousCrc, at + 40)
  bytes.writeUInt32BE(header.entryCount, at + 44)
}

/** Starts at the crc's end: `crc` continues over the pieces of a frame that lie in several buffers. */
export function crcOf(piece: Buffer, crc = 0): number {
  return crc32c(piece, crc)
}

/**
 * As `crcOf`, for a large batch: what its own crc covers, nearly all of it, is not read again. That crc was verified before the batch was
 * appended; if the bytes in memory have changed since, the frame is damaged, as it should be.
 */
export function crcWithBatch(batch: Buffer, crc: number): number {
  const { attributes, crc: at } = batchLayout
  const head = crc32c(batch.subarray(0, attributes), crc)
  return combineCrc32c(head, batch.readUInt32BE(at), batch.length - attributes)
}

export function setFrameCrc(bytes: Buffer, at: number, crc: number): void {
  bytes.writeUInt32BE(crc, at + 4)
}

/** The header at `at` if something like one stands there; nothing of it is verified. */
export function readFrameHeader(bytes: Buffer, at: number): FrameHeader | undefined {
  if (bytes.length - at < FRAME_HEADER_BYTES || bytes.readUInt32BE(at) !== FRAME_MAGIC) return undefined
  return {
    crc: bytes.readUInt32BE(at + 4),
    payloadBytes: bytes.readUInt32BE(at + 8),
    kind: bytes[at + 12]!,
    sequence: readInt64(bytes, at + 16),
    flushedSequence: readInt64(bytes, at + 24),
    incarnation: readInt64(bytes, at + 32),
    previousCrc: bytes.readUInt32BE(at + 40),
    entryCount: bytes.readUInt32BE(at + 44),
  }
}

/** True when all of the frame is in the buffer and its crc is right. */
export function isFrameIntact(bytes: Buffer, at: number, header: FrameHeader): boolean {
  const end = at + FRAME_HEADER_BYTES + header.payloadBytes
  return end <= bytes.length && crc32c(bytes.subarray(at + 8, end)) === header.crc
}

/** Says which partition an entry of a payload is for: topic id (16), partition (4), length of the name (2), name. */
export function entryKey(identity: LogIdentity): Buffer {
  const name = Buffer.from(identity.topic, 'utf8')
  const key = Buffer.alloc(KEY_FIXED_BYTES + name.length)
  if (key.write(identity.topicId, 0, 16, 'base64url') !== 16)
    throw new TypeError(`${identity.topicId} is not a topic id`)
  key.writeInt32BE(identity.partition, 16)
  key.writeUInt16BE(name.length, 20)
  name.copy(key, KEY_FIXED_BYTES)
  return key
}

export interface FrameEntry {
  readonly identity: LogIdentity
  /** Batch of an append; empty for other kinds. */
  readonly batch: Buffer
  /** New log start or log end; -1 for other kinds. */
  readonly offset: number
  /** Of the cleaner; undefined for other kinds. */
  readonly swap?: SegmentSwap
}

/** Calls `visit` for each entry of an intact frame; the batches are views of `bytes`. */
export function readEntries(bytes: Buffer, at: number, header: FrameHeader, visit: (entry: FrameEntry) => void): void {
  let position = at + FRAME_HEADER_BYTES
  for (let i = 0; i < header.entryCount; i++) {
    const topicId = bytes.toString('base64url', position, position + 16)
    const partition = bytes.readInt32BE(position + 16)
    const nameEnd = position + KEY_FIXED_BYTES + bytes.readUInt16BE(position + 20)
    const topic = bytes.toString('utf8', position + KEY_FIXED_BYTES, nameEnd)
    const identity = { topicId, topic, partition }
    position = nameEnd
    switch (header.kind) {
      case FRAME_KINDS.append: {
        const size = sizeOf(bytes, position)
        visit({ identity, batch: bytes.subarray(position, position + size), offset: -1 })
        position += size
        break
      }
      case FRAME_KINDS.logStart:
      case FRAME_KINDS.truncate:
        visit({ identity, batch: NO_BATCH, offset: readInt64(bytes, position) })
        position += 8
        break
      case FRAME_KINDS.swap:
        visit({ identity, batch: NO_BATCH, offset: -1, swap: decodeSwap(bytes, position) })
        position += SWAP_BYTES
        break
      default:
        visit({ identity, batch: NO_BATCH, offset: -1 })
    }
  }
}

const KEY_FIXED_BYTES = 22
const NO_BATCH = Buffer.alloc(0)
