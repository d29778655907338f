import { count, durationText, timeText } from '../../words/index.ts'
import { numberOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** A group without members, whose committed offsets the broker will delete soon; or has deleted. */
export const offsetsExpiring: Rule = ({ group, now, emptySinceMs, brokerConfigs, timeline, atMs }) => {
  const expired = timeline.findLast(({ type }) => type === 'offsets-expired')
  const committed = now.partitions.filter(({ committedOffset }) => committedOffset !== undefined)
  const retentionMinutes = numberOf(brokerConfigs.get('offsets.retention.minutes'))
  const leftMs =
    group === undefined || group.members.length > 0 || emptySinceMs === undefined || retentionMinutes === undefined
      ? undefined
      : emptySinceMs + retentionMinutes * MINUTE_MS - atMs
  const isSoon =
    leftMs !== undefined &&
    retentionMinutes !== undefined &&
    leftMs < Math.max(DAY_MS, (retentionMinutes * MINUTE_MS) / 4)
  const willExpire = isSoon && committed.length > 0
  if (!willExpire && expired === undefined) return undefined
  const advice = [
    'Start a consumer before that, or commit the offsets again: each of both begins the time anew.',
    'Raise offsets.retention.minutes on the brokers if the group rests for longer as a rule.',
    'With auto.offset.reset=none a consumer says when its offsets are gone, instead of skipping or reading again.',
  ]
  if (!willExpire) {
    return {
      severity: 'warning',
      sentence: 'Committed offsets of the group are gone: its consumers began where auto.offset.reset says.',
      evidence: [`${timeText(expired!.timeMs)}: ${expired!.reason}`],
      advice,
    }
  }
  const when = leftMs! > 0 ? `in ${durationText(leftMs!)}` : 'with the next check of the broker'
  return {
    severity: leftMs! < DAY_MS ? 'critical' : 'warning',
    sentence: `The group has been empty for ${durationText(atMs - emptySinceMs!)}, and its ${count(committed.length, 'committed offset')} will be deleted ${when}.`,
    evidence: [`offsets.retention.minutes is ${retentionMinutes} (${durationText(retentionMinutes! * MINUTE_MS)}).`],
    advice,
  }
}
