import { memberText, type TimelineEntry } from '../../timeline/index.ts'
import { durationText, timeText } from '../../words/index.ts'
import { lastHeardMs } from '../evidence.ts'
import type { Rule } from '../finding.ts'

const GONE = new Set<TimelineEntry['trigger']>(['session-timeout', 'rebalance-timeout', 'sync-timeout'])

interface Crash {
  readonly entry: TimelineEntry
  /** From the start of the rebalance. */
  readonly afterMs: number
  readonly wasSilentBefore: boolean
}

/** A member that fell silent while the group rebalanced, or was dead already, so that all others waited for it. */
export const crashDuringRebalance: Rule = (evidence) => {
  let startedMs: number | undefined
  const crashes: Crash[] = []
  for (const entry of evidence.timeline) {
    // What comes while it goes on has a start of its own.
    if (entry.type === 'rebalance-started') startedMs ??= entry.timeMs
    else if (entry.type === 'member-evicted' && GONE.has(entry.trigger) && startedMs !== undefined)
      crashes.push({
        entry,
        afterMs: entry.timeMs - startedMs,
        wasSilentBefore: lastHeardMs(evidence, entry) <= startedMs,
      })
    else if (entry.type === 'rebalance-completed' || entry.type === 'group-emptied') startedMs = undefined
  }
  const last = crashes.at(-1)
  if (last === undefined) return undefined
  return {
    severity: 'warning',
    sentence: `${nameOf(last)} ${howOf(last)}, and the group waited ${durationText(last.afterMs)} for it.`,
    evidence: crashes
      .slice(-5)
      .map(
        (crash) =>
          `${timeText(crash.entry.timeMs)}: ${nameOf(crash)} was removed (${crash.entry.trigger}), ${durationText(crash.afterMs)} into the rebalance.`,
      ),
    advice: [
      'The others get its partitions when its session ends, or at the latest when the largest max.poll.interval.ms of the members has passed: keep both short.',
      'Nothing is lost: what it had not committed is read again. Look into the log of that process for why it died.',
    ],
  }
}

function nameOf({ entry: { member } }: Crash): string {
  return member === undefined ? 'A member' : memberText(member)
}

function howOf({ entry, wasSilentBefore }: Crash): string {
  if (entry.trigger === 'rebalance-timeout') return 'did not come back for a rebalance in time'
  if (entry.trigger === 'sync-timeout') return 'did not ask for its assignment in time'
  return wasSilentBefore ? 'was silent already when a rebalance began' : 'fell silent in the middle of a rebalance'
}
