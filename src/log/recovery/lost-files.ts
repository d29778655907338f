import type { Disk } from '../disk/disk.ts'
import type { DiskSegment } from '../disk/disk-segment.ts'
import { folderName } from '../disk/folder-name.ts'
import { partitionKey, type WalScan } from '../wal/wal-scan.ts'
import type { CheckpointPartition } from './checkpoint-file.ts'

/** A segment file that a checkpoint knows and that is gone or shorter than it was. */
export interface LostFile {
  readonly segment: DiskSegment
  /** What is left; 0 when the file is missing. */
  readonly foundBytes: number
}

export interface LostFiles {
  readonly partition: CheckpointPartition
  readonly files: readonly LostFile[]
  /** One clause for people, with the offsets. */
  readonly message: string
}

/**
 * Compares segment files with what a checkpoint says of them. A file may be missing or shorter where the log has lost the offsets since:
 * below a log start, behind a truncation that stands in the WAL, and behind the log's end. (A start after a power cut cuts files that have
 * more than the log, which happens when not everything is flushed, and may itself be interrupted.) The file in which the log ends or was
 * cut may then have fewer bytes than the checkpoint says, nobody knows how many; it must only be there.
 */
export async function findLostFiles(
  disk: Disk,
  directory: string,
  partitions: readonly CheckpointPartition[],
  scan: WalScan,
): Promise<readonly LostFiles[]> {
  const found: LostFiles[] = []
  const needed = partitions.flatMap((partition) =>
    neededSegments(partition, scan).map((needed) => ({ partition, ...needed })),
  )
  for (let at = 0; at < needed.length; at += FILES_AT_ONCE) {
    const some = needed.slice(at, at + FILES_AT_ONCE)
    const sizes = await Promise.all(some.map(({ segment }) => disk.size(segment.logPath)))
    some.forEach(({ partition, segment, neededBytes }, i) => {
      const foundBytes = sizes[i]
      if (foundBytes !== undefined && foundBytes >= neededBytes) return
      const file = { segment, foundBytes: foundBytes ?? 0 }
      const last = found[found.length - 1]
      if (last?.partition === partition) found[found.length - 1] = { ...last, files: [...last.files, file] }
      else found.push({ partition, files: [file], message: '' })
    })
  }
  const present = new Set(found.length === 0 ? [] : await disk.list(directory))
  return found.map((lost) => ({ ...lost, message: sentenceOf(lost, directory, present) }))
}

function neededSegments(
  partition: CheckpointPartition,
  scan: WalScan,
): { readonly segment: DiskSegment; readonly neededBytes: number }[] {
  const key = partitionKey(partition.identity)
  const logStartOffset = Math.max(partition.logStartOffset, scan.logStarts.get(key) ?? 0)
  const endOffset = Math.min(
    scan.ends.get(key)?.endOffset ?? partition.endOffset,
    scan.truncations.get(key)?.offset ?? Number.POSITIVE_INFINITY,
  )
  return partition.segments
    .filter(({ sizeBytes }) => sizeBytes > 0)
    .filter((segment) => Math.min(segment.endOffset, endOffset) > logStartOffset && segment.baseOffset < endOffset)
    .map((segment) => ({ segment, neededBytes: segment.endOffset <= endOffset ? segment.sizeBytes : 0 }))
}

function sentenceOf({ partition, files }: LostFiles, directory: string, present: ReadonlySet<string>): string {
  const name = folderName(partition.identity)
  const path = `${directory}/${name}`
  const { logStartOffset, endOffset } = partition
  if (!present.has(name)) return `the folder ${path} with offsets ${logStartOffset} to ${endOffset - 1} is missing`
  const clauses = files.map(({ segment, foundBytes }) => {
    const what = foundBytes === 0 ? 'missing or empty' : `cut off at byte ${foundBytes} of ${segment.sizeBytes}`
    return `${segment.logPath} with offsets ${segment.baseOffset} to ${segment.endOffset - 1} is ${what}`
  })
  return listed(clauses)
}

/** The first few of many, in one sentence. */
export function listed(items: readonly string[]): string {
  if (items.length <= LISTED_MAX) return items.join(', ')
  return `${items.slice(0, LISTED_MAX).join(', ')} and ${items.length - LISTED_MAX} more`
}

const LISTED_MAX = 10
/** Enough to keep libuv's threads busy. */
const FILES_AT_ONCE = 1000
