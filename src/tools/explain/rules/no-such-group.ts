import { count, timeText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

/** The group is not there: it never was, was deleted, or its offsets expired. */
export const noSuchGroup: Rule = ({ groupId, group, timeline }) => {
  if (group !== undefined) return undefined
  const last = timeline.findLast(({ type }) => type === 'group-deleted' || type === 'offsets-expired')
  const since = last === undefined ? [] : [`${timeText(last.timeMs)}: ${last.reason}`]
  return {
    severity: 'critical',
    sentence: `There is no group ${groupId} on this cluster.`,
    evidence:
      timeline.length === 0
        ? ['Nothing is kept of such a group.']
        : [`${count(timeline.length, 'event')} of it are kept.`, ...since],
    advice: [
      'Compare group.id letter by letter, and look whether its consumers are on this cluster: kohort groups list.',
    ],
  }
}
