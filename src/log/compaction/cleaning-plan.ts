import type { LogConfig } from '../partition-log.ts'
import { rollMsOf, type Segment } from '../segment.ts'

/** What the cleaner goes by when it looks at a log. */
export interface LogToPlan {
  /** Closed ones, oldest first. */
  readonly segments: readonly Segment[]
  /** Of those the ones that end at or below may be replaced. */
  readonly safeEndOffset: number
  readonly logStartOffset: number
  readonly lastStableOffset: number
  /** Below it the keys of an earlier cleaning are unique; -1 for a log that was never cleaned. */
  readonly cleanedOffset: number
  readonly config: LogConfig
}

/** What could be cleaned of a log now. Kafka: LogToClean. */
export interface CleaningPlan {
  readonly firstDirtyOffset: number
  /** End of the last segment that may be cleaned. */
  readonly upperBoundOffset: number
  readonly cleanBytes: number
  readonly dirtyBytes: number
  /** Share of the dirty bytes, from 0 to 1. */
  readonly dirtyRatio: number
  /** Something has waited for `max.compaction.lag.ms`. */
  readonly isOverdue: boolean
}

/** Undefined for a log that has nothing to be cleaned (LogCleanerManager.cleanableOffsets and LogToClean of Kafka). */
export function planCleaning(log: LogToPlan, nowMs: number): CleaningPlan | undefined {
  const { segments, config, logStartOffset } = log
  if (!config.cleanupPolicy.includes('compact')) return undefined
  const firstDirtyOffset = Math.max(log.cleanedOffset, logStartOffset)
  const limit = Math.min(log.safeEndOffset, log.lastStableOffset)
  let upperBoundOffset = firstDirtyOffset
  let cleanBytes = 0
  let dirtyBytes = 0
  let earliestMs = Number.POSITIVE_INFINITY
  for (const segment of segments) {
    if (segment.endOffset > limit) break
    const isDirty = segment.endOffset > firstDirtyOffset
    if (isDirty && config.minCompactionLagMs > 0 && segment.largestTimestampMs > nowMs - config.minCompactionLagMs)
      break
    upperBoundOffset = Math.max(upperBoundOffset, segment.endOffset)
    if (!isDirty) {
      cleanBytes += segment.sizeBytes
      continue
    }
    dirtyBytes += segment.sizeBytes
    const firstMs = segment.firstTimestampMs > 0 ? segment.firstTimestampMs : segment.createdMs
    earliestMs = Math.min(earliestMs, firstMs)
  }
  if (dirtyBytes === 0) return undefined
  return {
    firstDirtyOffset,
    upperBoundOffset,
    cleanBytes,
    dirtyBytes,
    dirtyRatio: dirtyBytes / (cleanBytes + dirtyBytes),
    isOverdue: earliestMs < nowMs - config.maxCompactionLagMs,
  }
}

/** Whether the plan is worth its work (Kafka: grabFilthiestCompactedLog). */
export function isDue(plan: CleaningPlan, config: LogConfig): boolean {
  return plan.isOverdue || plan.dirtyRatio > config.minCleanableDirtyRatio
}

/**
 * True when the segment that grows should be closed although nothing is appended to it: else the last records of a log that has become
 * quiet would never be cleaned. Kafka looks at `segment.ms` and `max.compaction.lag.ms` with the next append only.
 */
export function mustSeal(segment: Segment, config: LogConfig, nowMs: number): boolean {
  if (segment.sizeBytes === 0 || !config.cleanupPolicy.includes('compact')) return false
  return nowMs - segment.createdMs > rollMsOf(config)
}

/** A segment's files, as far as groups are made by them. Logs in memory have no indexes. */
export interface GroupedSegment extends Segment {
  readonly indexBytes?: number
  readonly timeIndexBytes?: number
}

/**
 * Segments that are cleaned into one, so that what has become small is merged: neighbours whose sizes together are within the topic's
 * limits (Kafka: Cleaner.groupSegmentsBySize).
 */
export function groupSegments<S extends GroupedSegment>(segments: readonly S[], config: LogConfig): S[][] {
  const groups: S[][] = []
  let bytes = 0
  let indexBytes = 0
  let timeIndexBytes = 0
  for (const segment of segments) {
    const group = groups[groups.length - 1]
    bytes += segment.sizeBytes
    indexBytes += segment.indexBytes ?? 0
    timeIndexBytes += segment.timeIndexBytes ?? 0
    const fits =
      group !== undefined &&
      bytes <= config.segmentBytes &&
      indexBytes <= config.segmentIndexBytes &&
      timeIndexBytes <= config.segmentIndexBytes &&
      segment.endOffset - 1 - group[0]!.baseOffset <= INT32_MAX
    if (fits) {
      group.push(segment)
      continue
    }
    groups.push([segment])
    bytes = segment.sizeBytes
    indexBytes = segment.indexBytes ?? 0
    timeIndexBytes = segment.timeIndexBytes ?? 0
  }
  return groups
}

const INT32_MAX = 0x7fff_ffff
