import { count, durationText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

/** Records wait, and the group has no members. */
export const nobodyConsumes: Rule = ({ group, now, emptySinceMs, atMs }) => {
  if (group === undefined || group.members.length > 0) return undefined
  const lag = now.partitions.reduce((sum, one) => sum + (one.lag ?? 0n), 0n)
  if (lag === 0n) return undefined
  const since = emptySinceMs === undefined ? [] : [`It has been empty for ${durationText(atMs - emptySinceMs)}.`]
  return {
    severity: 'critical',
    sentence: `Nobody consumes: the group has no members, and ${count(lag, 'record')} wait.`,
    evidence: [`State ${group.state}.`, ...since],
    advice: [
      'Start its consumers. If they run, their log says why they cannot join; compare group.id and bootstrap.servers.',
    ],
  }
}
