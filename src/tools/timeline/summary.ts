import { durationOf, movesOf } from './moves.ts'
import type { TimelineEntry, TimelineTrigger } from './timeline-entry.ts'

/** What a stretch of a timeline comes to. */
export interface TimelineSummary {
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  /** Completed rebalances. */
  readonly rebalances: number
  /** Completed rebalances by what began them, the most frequent first. */
  readonly byTrigger: readonly (readonly [TimelineTrigger, number])[]
  /** All rebalances together, in ms; undefined where no entry tells. */
  readonly rebalancingMs: number | undefined
  /** Partitions that got another owner. */
  readonly moved: number
  /** Time of partitions without an owner, over all partitions, in ms; undefined where no entry tells. */
  readonly unownedMs: number | undefined
  /** The longest that one partition had no owner. */
  readonly longestUnowned: { readonly topic: string; readonly partition: number; readonly ms: number } | undefined
  /** Members that the broker removed. */
  readonly evictions: number
  readonly dropped: number
}

/** Counts what a stretch of a timeline has. Pure. */
export function summaryOf(entries: readonly TimelineEntry[]): TimelineSummary {
  const completed = entries.filter(({ type }) => type === 'rebalance-completed')
  const byTrigger = new Map<TimelineTrigger, number>()
  for (const { trigger } of completed) byTrigger.set(trigger, (byTrigger.get(trigger) ?? 0) + 1)
  const durations = completed.map(durationOf).filter((ms) => ms !== undefined)
  const unowned = entries.flatMap((entry) => entry.unowned ?? [])
  const tellsUnowned = entries.some((entry) => entry.unowned !== undefined || entry.source === 'recorded')
  const longest = unowned.reduce<(typeof unowned)[number] | undefined>(
    (max, one) => (max === undefined || one.ms > max.ms ? one : max),
    undefined,
  )
  return {
    fromMs: entries[0]?.timeMs,
    toMs: entries.at(-1)?.timeMs,
    rebalances: completed.length,
    byTrigger: [...byTrigger].sort((a, b) => b[1] - a[1]),
    rebalancingMs: durations.length === 0 ? undefined : sum(durations),
    moved: sum(completed.map((entry) => movesOf(entry)?.filter(({ from }) => from !== null).length ?? 0)),
    unownedMs: tellsUnowned ? sum(unowned.map(({ ms }) => ms)) : undefined,
    longestUnowned: longest,
    evictions: entries.filter(({ type }) => type === 'member-evicted').length,
    dropped: sum(entries.map(({ dropped = 0 }) => dropped)),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
