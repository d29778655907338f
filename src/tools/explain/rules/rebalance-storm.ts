import { memberText, type TimelineEntry, triggerText } from '../../timeline/index.ts'
import { count, durationText, timeText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

const WINDOW_MS = 10 * 60_000
const REBALANCES_MIN = 5
/** A storm whose last rebalance is this young goes on. */
const STILL_MS = 2 * 60_000

/** Many rebalances in a short time, and what sets them off. */
export const rebalanceStorm: Rule = ({ timeline, atMs }) => {
  const completed = timeline.filter(({ type }) => type === 'rebalance-completed')
  const storm = busiest(completed)
  if (storm.length < REBALANCES_MIN) return undefined
  const [trigger, times] = mostFrequent(storm.map((entry) => entry.trigger))!
  const causers = storm.flatMap(({ member }) => (member === undefined ? [] : [memberText(member)]))
  const causer = mostFrequent(causers)
  const isOn = atMs - storm.at(-1)!.timeMs < STILL_MS
  const spanMs = storm.at(-1)!.timeMs - storm[0]!.timeMs
  return {
    severity: isOn ? 'critical' : 'warning',
    sentence: `The group ${isOn ? 'rebalances' : 'rebalanced'} again and again: ${storm.length} times within ${durationText(spanMs)}, ${times} of them because ${triggerText(trigger)}.`,
    evidence: [
      `From ${timeText(storm[0]!.timeMs)} to ${timeText(storm.at(-1)!.timeMs)}; ${count(completed.length, 'rebalance')} in the whole time that was looked at.`,
      ...(causer === undefined ? [] : [`${causer[0]} set off ${causer[1]} of them.`]),
    ],
    advice: [
      adviceFor(trigger),
      'While it lasts: cooperative-sticky or group.protocol=consumer keep partitions that do not move at work.',
    ],
  }
}

function busiest(completed: readonly TimelineEntry[]): readonly TimelineEntry[] {
  let best: readonly TimelineEntry[] = []
  let from = 0
  for (let to = 0; to < completed.length; to++) {
    while (completed[to]!.timeMs - completed[from]!.timeMs > WINDOW_MS) from++
    // The latest of equals: what goes on now says more.
    if (to - from + 1 >= best.length) best = completed.slice(from, to + 1)
  }
  return best
}

function mostFrequent<T>(values: readonly T[]): readonly [T, number] | undefined {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]
}

function adviceFor(trigger: TimelineEntry['trigger']): string {
  switch (trigger) {
    case 'max-poll-interval':
      return 'Handlers take longer than max.poll.interval.ms: lower max.poll.records, or raise the interval above the longest batch.'
    case 'session-timeout':
      return 'Members fall silent: look for blocked event loops, garbage collection, throttled containers; or raise session.timeout.ms.'
    case 'join':
    case 'leave':
      return 'Members come and go: look for a process that crashes and restarts, and for an autoscaler that swings.'
    case 'subscription-change':
    case 'leader-rejoin':
    case 'topic-change':
    case 'topic-created':
      return 'Subscriptions or topics change: look for patterns that match topics which come and go, and for metadata that flaps.'
    case 'fenced':
    case 'static-replacement':
      return 'Two processes use the same group.instance.id: give each its own.'
    default:
      return 'kohort groups timeline shows each of them with its cause.'
  }
}
