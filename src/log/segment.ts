import type { LogConfig } from './partition-log.ts'

/** What a segment remembers of a batch. */
export interface BatchFacts {
  readonly lastOffset: number
  readonly maxTimestampMs: number
  readonly sizeBytes: number
}

/** What is known of a segment without looking into it. Its batches begin at `baseOffset`; the next segment begins where it ends. */
export class Segment {
  readonly baseOffset: number
  /** Wall time of its creation: age of a segment whose batches carry no timestamp. */
  readonly createdMs: number
  sizeBytes = 0
  /** Offset after its last batch. */
  endOffset: number
  maxTimestampMs = -1
  /** Last offset of the batch with the largest timestamp. */
  maxTimestampOffset = -1
  /** Closed although the log has no later one: the next batch begins a new segment. Forgotten by a restart. */
  isSealed = false
  /** Largest timestamp of its first batch: segment.ms counts from it, as in Kafka. */
  firstTimestampMs = -1

  constructor(baseOffset: number, createdMs: number) {
    this.baseOffset = baseOffset
    this.endOffset = baseOffset
    this.createdMs = createdMs
  }

  add(batch: BatchFacts): void {
    if (this.sizeBytes === 0) this.firstTimestampMs = batch.maxTimestampMs
    this.sizeBytes += batch.sizeBytes
    this.endOffset = batch.lastOffset + 1
    if (batch.maxTimestampMs > this.maxTimestampMs) {
      this.maxTimestampMs = batch.maxTimestampMs
      this.maxTimestampOffset = batch.lastOffset
    }
  }

  /** A copy to try on what more batches would make of it. */
  preview(): Segment {
    return Object.assign(new Segment(this.baseOffset, this.createdMs), {
      sizeBytes: this.sizeBytes,
      endOffset: this.endOffset,
      maxTimestampMs: this.maxTimestampMs,
      maxTimestampOffset: this.maxTimestampOffset,
      firstTimestampMs: this.firstTimestampMs,
    })
  }

  /** Time that decides about deletion by age. */
  get largestTimestampMs(): number {
    return this.maxTimestampMs >= 0 ? this.maxTimestampMs : this.createdMs
  }

  /** True when `batch` must begin a new segment (Kafka: LogSegment.shouldRoll). */
  mustRollFor(batch: BatchFacts, config: LogConfig, nowMs: number): boolean {
    if (this.sizeBytes === 0) return false
    if (this.isSealed) return true
    if (this.sizeBytes + batch.sizeBytes > config.segmentBytes) return true
    if (batch.lastOffset - this.baseOffset > INT32_MAX) return true
    const waitedMs =
      this.firstTimestampMs >= 0 && batch.maxTimestampMs >= 0
        ? batch.maxTimestampMs - this.firstTimestampMs
        : nowMs - this.createdMs
    return waitedMs > rollMsOf(config)
  }
}

const INT32_MAX = 0x7fff_ffff

/** Age at which a segment is closed: what is to be compacted must not wait for long (Kafka: LogConfig.maxSegmentMs). */
export function rollMsOf(config: LogConfig): number {
  const isCompacted = config.cleanupPolicy.includes('compact')
  return isCompacted ? Math.min(config.segmentMs, config.maxCompactionLagMs) : config.segmentMs
}

/**
 * Offset at which the log should begin now by `retention.ms` and `retention.bytes`: whole segments go, oldest first, the last one too
 * when all of it is too old. The present start when nothing has to go.
 */
export function retainedStart(
  segments: readonly Segment[],
  config: LogConfig,
  log: {
    readonly logStartOffset: number
    readonly highWatermark: number
    readonly sizeBytes: number
    /** Batches that no segment has yet will go into the last one, so it is not complete. */
    readonly unplacedBytes: number
    readonly nowMs: number
  },
): number {
  if (!config.cleanupPolicy.includes('delete')) return log.logStartOffset
  let start = log.logStartOffset
  let excessBytes = config.retentionBytes < 0 ? -1 : log.sizeBytes - config.retentionBytes
  for (const segment of segments) {
    if (segment.sizeBytes === 0 || segment.endOffset > log.highWatermark) break
    if (log.unplacedBytes > 0 && segment === segments[segments.length - 1]) break
    const tooOld = config.retentionMs >= 0 && log.nowMs - segment.largestTimestampMs > config.retentionMs
    const tooMuch = excessBytes >= segment.sizeBytes
    if (!tooOld && !tooMuch) break
    excessBytes -= segment.sizeBytes
    start = Math.max(start, segment.endOffset)
  }
  return start
}
