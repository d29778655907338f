import { Buffer } from 'node:buffer'
import type { Disk, DiskFile } from './disk.ts'

/** A file of the write-ahead log. */
export interface WalSegment {
  readonly slot: number
  readonly file: DiskFile
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

/** Makes a segment file full of zeros, durable with its name: from then on a write to it only overwrites. */
export async function createWalSegment(
  disk: Disk,
  directory: string,
  { slot, sizeBytes }: { readonly slot: number; readonly sizeBytes: number },
): Promise<WalSegment> {
  const file = await disk.open(walSegmentPath(directory, slot), { create: true })
  try {
    for (let at = 0; at < sizeBytes; at += ZEROS.length) {
      await file.write([ZEROS.subarray(0, Math.min(ZEROS.length, sizeBytes - at))], at)
    }
    await file.datasync()
    await disk.syncDirectory(directory)
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
  return { slot, file, sizeBytes, position: 0, lastSequence: 0, isUnflushed: false }
}
