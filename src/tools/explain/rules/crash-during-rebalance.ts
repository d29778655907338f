import { memberText, type TimelineEntry } from '../../timeline/index.ts'
import { durationText, timeText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

const GONE = new Set<TimelineEntry['trigger']>(['session-timeout', 'rebalance-timeout', 'sync-timeout'])

/** A member that fell silent while the group rebalanced, so that all others waited for it. */
export const crashDuringRebalance: Rule = ({ timeline }) => {
  let startedMs: number | undefined
  const crashes: { readonly entry: TimelineEntry; readonly afterMs: number }[] = []
  for (const entry of timeline) {
    // What comes while it goes on has a start of its own.
    if (entry.type === 'rebalance-started') startedMs ??= entry.timeMs
    else if (entry.type === 'member-evicted' && GONE.has(entry.trigger) && startedMs !== undefined)
      crashes.push({ entry, afterMs: entry.timeMs - startedMs })
    else if (entry.type === 'rebalance-completed' || entry.type === 'group-emptied') startedMs = undefined
  }
  const last = crashes.at(-1)
  if (last === undefined) return undefined
  const who = last.entry.member === undefined ? 'A member' : memberText(last.entry.member)
  return {
    severity: 'warning',
    sentence: `${who} fell silent in the middle of a rebalance, and the group waited ${durationText(last.afterMs)} for it.`,
    evidence: crashes.slice(-5).map(({ entry, afterMs }) => {
      const name = entry.member === undefined ? 'a member' : memberText(entry.member)
      return `${timeText(entry.timeMs)}: ${name} was removed (${entry.trigger}), ${durationText(afterMs)} into the rebalance.`
    }),
    advice: [
      'The others get its partitions when its session ends, or at the latest when the largest max.poll.interval.ms of the members has passed: keep both short.',
      'Nothing is lost: what it had not committed is read again. Look into the log of that process for why it died.',
    ],
  }
}
