import { rowOf, unknownCells } from './number-row.ts'

/**
 * How a group gets on with a partition, from the mildest to the worst:
 * - `OK`: nothing is unread, or it is being read and gets no more.
 * - `WARN`: it is being read, and gets more all the same: the least lag of the newest half window was above that of the one before, and no lag was 0.
 * - `REWIND`: the committed offset went back, within the window, and has not come up to where it was.
 * - `STALLED`: a member has the partition, and the committed offset has not moved for a window, though there was something to read all the time.
 * - `STOPPED`: the same without a member that has the partition.
 */
export const evaluations = ['OK', 'WARN', 'REWIND', 'STALLED', 'STOPPED'] as const
/** Burrow's judgement of a partition, and the worst of a group's. `REWIND`: the offset went back. */
export type Evaluation = (typeof evaluations)[number]

/** When a partition that does not move is judged to stall. */
export interface EvaluationRules {
  /** Time after which an offset that does not move means something; default 5 minutes. */
  readonly windowMs: number
  /** Rates are means over about this time, the newest counting most; default 1 minute. */
  readonly rateMs: number
}

/** A window of 5 minutes, and rates over 1 minute. */
export const defaultRules: EvaluationRules = { windowMs: 300_000, rateMs: 60_000 }

/** One look. NaN stands for what is not known. */
export interface Observation {
  /** Monotonic; looks come in its order. */
  readonly atMs: number
  readonly committedOffset: number
  readonly lag: number
}

/** Numbers of a `PartitionProgress`. */
export const PROGRESS_CELLS = 12

const ProgressRow = rowOf(
  'committedOffset',
  'lag',
  /** Offsets a second by which the committed one moves on. */
  'commitRate',
  /** When the committed offset last moved, or was first seen. */
  'movedAtMs',
  /** Since when there has been something to read at each look. */
  'unreadSinceMs',
  'rewoundAtMs',
  /** The greatest committed offset. */
  'highest',
  'seenAtMs',
  /** Least lags of the half window before the last, the last, and the one that runs. */
  'older',
  'newer',
  'running',
  'halfSinceMs',
)

/**
 * What is remembered of a group in a partition: a handful of numbers, whatever the time. It judges by a clock and not by commits, so that a consumer
 * that has stopped committing is seen, and one that has nothing to read is not. The first look of a lifetime is the beginning of its window:
 * before a window has passed nothing can be STALLED or STOPPED.
 */
export class PartitionProgress extends ProgressRow {
  /** @param cells room for `PROGRESS_CELLS` numbers from `at` on, NaN to begin with; default: its own. */
  constructor(cells: Float64Array = unknownCells(PROGRESS_CELLS), at = 0) {
    super(cells, at)
  }

  observe({ atMs, committedOffset, lag }: Observation, { windowMs, rateMs }: EvaluationRules): void {
    const elapsedMs = atMs - this.seenAtMs
    const isFirst = Number.isNaN(this.committedOffset)
    if (isFirst || elapsedMs > windowMs) this.#begin(atMs, committedOffset, lag)
    else {
      const moved = committedOffset - this.committedOffset
      if (moved !== 0) this.movedAtMs = atMs
      if (moved < 0) this.rewoundAtMs = atMs
      if (committedOffset >= this.highest) {
        this.highest = committedOffset
        this.rewoundAtMs = Number.NaN
      }
      this.commitRate = smoothed(this.commitRate, Math.max(0, moved), elapsedMs, rateMs)
    }
    this.seenAtMs = atMs
    this.committedOffset = committedOffset
    this.lag = lag
    if (Number.isNaN(lag) || lag === 0) this.unreadSinceMs = Number.NaN
    else if (Number.isNaN(this.unreadSinceMs)) this.unreadSinceMs = atMs
    if (atMs - this.halfSinceMs >= windowMs / 2) {
      this.older = this.newer
      this.newer = this.running
      this.running = lag
      this.halfSinceMs = atMs
    } else this.running = Math.min(this.running, lag)
  }

  /** What was seen has nothing to do with what comes: the log was truncated, or its topic made anew. */
  forget(): void {
    this.committedOffset = Number.NaN
    this.lag = Number.NaN
    this.commitRate = Number.NaN
  }

  /** undefined where no lag is known. */
  evaluate(nowMs: number, isOwned: boolean, { windowMs }: EvaluationRules): Evaluation | undefined {
    if (Number.isNaN(this.lag)) return undefined
    if (nowMs - this.rewoundAtMs < windowMs) return 'REWIND'
    if (Number.isNaN(this.unreadSinceMs)) return 'OK'
    const stillMs = nowMs - Math.max(this.movedAtMs, this.unreadSinceMs)
    if (stillMs >= windowMs) return isOwned ? 'STALLED' : 'STOPPED'
    const isGrowing = this.older > 0 && this.newer > this.older && this.running >= this.newer
    return isGrowing ? 'WARN' : 'OK'
  }

  #begin(atMs: number, committedOffset: number, lag: number): void {
    this.movedAtMs = atMs
    this.unreadSinceMs = Number.NaN
    this.rewoundAtMs = Number.NaN
    this.commitRate = Number.NaN
    this.highest = committedOffset
    this.halfSinceMs = atMs
    this.older = Number.NaN
    this.newer = Number.NaN
    this.running = lag
  }
}

/** A rate, in units a second, that follows what happened within `elapsedMs`. */
export function smoothed(rate: number, amount: number, elapsedMs: number, rateMs: number): number {
  if (!(elapsedMs > 0)) return rate
  const now = (amount * 1_000) / elapsedMs
  return Number.isNaN(rate) ? now : rate + (1 - Math.exp(-elapsedMs / rateMs)) * (now - rate)
}

/** Seconds until a lag is gone if both rates stay as they are; NaN where they are not known, Infinity where it grows. */
export function catchUpSeconds(lag: number, commitRate: number, appendRate: number): number {
  if (lag === 0) return 0
  const gain = commitRate - appendRate
  return Number.isNaN(gain) ? Number.NaN : gain > 0 ? lag / gain : Number.POSITIVE_INFINITY
}
