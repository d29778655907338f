import { memberText } from '../../timeline/index.ts'
import { count, durationText, listed, timeText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

/** Members that left because their application did not poll in time: `max.poll.interval.ms` is too low for what they do, or they hang. */
export const maxPollInterval: Rule = ({ timeline, members, group }) => {
  const out = timeline.filter(
    ({ type, trigger }) => trigger === 'max-poll-interval' && (type === 'member-left' || type === 'member-evicted'),
  )
  if (out.length === 0) return undefined
  const names = [...new Set(out.flatMap(({ member }) => (member === undefined ? [] : [memberText(member)])))]
  const clientIds = new Set(out.map(({ member }) => member?.clientId))
  const now = (group?.members ?? []).filter(({ clientId }) => clientIds.has(clientId))
  const intervals = now.flatMap(({ memberId }) => members.get(memberId)?.rebalanceTimeoutMs ?? [])
  const cameBack = out.filter((entry) =>
    timeline.some(
      ({ type, timeMs, member }) =>
        type === 'member-joined' && timeMs >= entry.timeMs && member?.clientId === entry.member?.clientId,
    ),
  ).length
  const interval = intervals.length === 0 ? '' : ` (${listed([...new Set(intervals.map(durationText))])})`
  return {
    severity: 'warning',
    sentence: `${listed(names)} did not poll within max.poll.interval.ms${interval} ${count(out.length, 'time')}, and left the group each time.`,
    evidence: [
      ...out
        .slice(-5)
        .map(({ timeMs, member }) => `${timeText(timeMs)}: ${member?.clientReason ?? `${member?.clientId} left`}`),
      `${count(cameBack, 'time')} it joined again later: its handler went on, and what it did then was not committed, so that others do it twice.`,
    ],
    advice: [
      'Make one poll do less: lower max.poll.records, or hand records to workers and pause the partition meanwhile.',
      'If single records take long, raise max.poll.interval.ms above the longest of them; rebalances may then wait as long for a hung member.',
    ],
    members: now.map(({ memberId }) => memberId),
  }
}
