import { Buffer } from 'node:buffer'
import type { Disk, DiskFile } from '../disk/disk.ts'

/** A file of the write-ahead log. */
export interface WalSegment {
  readonly slot: number
  readonly file: DiskFile
  /** The same file, opened so that each write is durable when it returns; undefined until somebody needs it. */
  durableFile: DiskFile | undefined
  /** Bytes that frames may fill; a single larger frame makes the file longer. */
  readonly sizeBytes: number
  /** End of the last frame. */
  position: number
  /** Of the last frame. */
  lastSequence: number
  isUnflushed: boolean
}

const SUFFIX = '.wal'
const ZEROS = Buffer.alloc(1024 * 1024)

export function walSegmentPath(directory: string, slot: number): string {
  return `${directory}/${String(slot).padStart(8, '0')}${SUFFIX}`
}

/** Slots of the segment files among the entries of a folder. */
export function walSlots(names: readonly string[]): number[] {
  return names.filter((name) => /^\d{8}\.wal$/.test(name)).map((name) => Number.parseInt(name, 10))
}

export interface NewWalSegment {
  readonly slot: number
  readonly sizeBytes: number
  /** Asked again and again: false ends the filling, and the rest of the file becomes a hole. */
  readonly mayFill: () => boolean
}

/**
 * Makes a segment file of its full size, durable with its name. It is filled with zeros, since overwriting a block is cheaper than the first
 * write to it; but filling takes as long as writing, so somebody who writes as fast as the disk can is better off without.
 */
export async function createWalSegment(disk: Disk, directory: string, options: NewWalSegment): Promise<WalSegment> {
  const { slot, sizeBytes, mayFill } = options
  const path = walSegmentPath(directory, slot)
  const file = await disk.open(path, { create: true })
  try {
    // Of an attempt that failed.
    await file.truncate(0)
    for (let at = 0; at < sizeBytes && mayFill(); at += ZEROS.length) {
      await file.write([ZEROS.subarray(0, Math.min(ZEROS.length, sizeBytes - at))], at)
      // Not all of it at the end: the groups that are written meanwhile would wait for that.
      await file.datasync()
    }
    await file.truncate(sizeBytes)
    await file.datasync()
    await disk.syncDirectory(directory)
  } catch (error) {
    // What a full disk took of it is what others need, those above all who make room.
    await file.truncate(0).catch(() => {})
    await file.close().catch(() => {})
    throw error
  }
  return { slot, file, durableFile: undefined, sizeBytes, position: 0, lastSequence: 0, isUnflushed: false }
}

export async function closeWalSegment({ file, durableFile }: WalSegment): Promise<void> {
  await durableFile?.close()
  await file.close()
}
