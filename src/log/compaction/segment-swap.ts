import { Buffer } from 'node:buffer'
import { readInt64, writeInt64 } from '../batch.ts'
import type { Disk } from '../disk/disk.ts'
import {
  type DiskSegment,
  SEGMENT_EXTENSIONS,
  SEGMENT_FIELDS,
  type SegmentFacts,
  segmentFileName,
  segmentOf,
} from '../disk/disk-segment.ts'

/**
 * The cleaner's last step, as the journal has it: a cleaned segment, whose files lie flushed under temporary names, takes the place of all
 * segments from `fromOffset` up to `toOffset`. From the moment that this is durable the old files mean nothing; whoever finds the temporary
 * ones gives them their names.
 */
export interface SegmentSwap {
  readonly fromOffset: number
  readonly toOffset: number
  /** In the temporary names. The journal behind a checkpoint has each once. */
  readonly temporaryId: number
  /** Undefined when nothing was left. */
  readonly cleaned: SegmentFacts | undefined
}

const FIXED_BYTES = 21
/** Of a swap in a frame of the journal. */
export const SWAP_BYTES = FIXED_BYTES + 8 * SEGMENT_FIELDS.length

export function encodeSwap(swap: SegmentSwap): Buffer {
  const bytes = Buffer.alloc(SWAP_BYTES)
  writeInt64(bytes, 0, swap.fromOffset)
  writeInt64(bytes, 8, swap.toOffset)
  bytes.writeUInt32BE(swap.temporaryId, 16)
  bytes[20] = swap.cleaned === undefined ? 0 : 1
  for (const [i, field] of SEGMENT_FIELDS.entries()) writeInt64(bytes, FIXED_BYTES + 8 * i, swap.cleaned?.[field] ?? 0)
  return bytes
}

export function decodeSwap(bytes: Buffer, at: number): SegmentSwap {
  const fields = SEGMENT_FIELDS.map((field, i) => [field, readInt64(bytes, at + FIXED_BYTES + 8 * i)])
  return {
    fromOffset: readInt64(bytes, at),
    toOffset: readInt64(bytes, at + 8),
    temporaryId: bytes.readUInt32BE(at + 16),
    cleaned: bytes[at + 20] === 1 ? (Object.fromEntries(fields) as SegmentFacts) : undefined,
  }
}

/** The segments of a log after a swap. Harmless when it has been done already. */
export function swapped(segments: readonly DiskSegment[], swap: SegmentSwap, folder: string): DiskSegment[] {
  const { fromOffset, toOffset, cleaned } = swap
  return [
    ...segments.filter(({ baseOffset }) => baseOffset < fromOffset),
    ...(cleaned === undefined ? [] : [segmentOf(folder, cleaned)]),
    ...segments.filter(({ baseOffset }) => baseOffset >= toOffset),
  ]
}

/**
 * Does to the files what the journal says was done: gives the cleaned segments their names and removes the segments that they replaced.
 * What the process had done of it already is left as it is.
 */
export async function finishSwaps(disk: Disk, folder: string, swaps: readonly SegmentSwap[]): Promise<void> {
  const names = new Set(await disk.list(folder))
  for (const { fromOffset, toOffset, temporaryId, cleaned } of swaps) {
    if (cleaned !== undefined) {
      for (const extension of SEGMENT_EXTENSIONS) {
        const temporary = segmentFileName(cleaned.baseOffset, extension, temporaryId)
        const final = segmentFileName(cleaned.baseOffset, extension)
        if (!names.delete(temporary)) continue
        await disk.rename(`${folder}/${temporary}`, `${folder}/${final}`)
        names.add(final)
      }
    }
    for (const name of [...names]) {
      const baseOffset = /^\d{20}\.(log|index|timeindex)$/.test(name) ? Number(name.slice(0, 20)) : -1
      if (baseOffset < fromOffset || baseOffset >= toOffset || baseOffset === cleaned?.baseOffset) continue
      await disk.remove(`${folder}/${name}`)
      names.delete(name)
    }
  }
}
