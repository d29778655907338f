import { count, listed } from '../../words/index.ts'
import { keyOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** Committed offsets that do not lie in the log (any more). */
export const outOfRange: Rule = ({ groupId, now }) => {
  const out = now.partitions.filter(({ state }) => state === 'out-of-range')
  if (out.length === 0) return undefined
  const lost = out.reduce((sum, { lostOffsets = 0n }) => sum + lostOffsets, 0n)
  const what =
    lost > 0n ? `${count(lost, 'record')} were deleted before the group had read them` : 'the log ends before them'
  return {
    severity: 'critical',
    sentence: `Committed offsets lie outside of the log in ${listed(out.map(keyOf))}: ${what}.`,
    evidence: out
      .slice(0, 10)
      .map(
        (one) =>
          `${keyOf(one)}: committed ${one.committedOffset}, the log has ${one.logStartOffset} to ${one.logEndOffset}; ${one.reason}.`,
      ),
    advice: [
      'A consumer goes on there as auto.offset.reset says: latest skips what is left, earliest reads all that is left.',
      lost > 0n
        ? 'Raise retention.ms or retention.bytes of the topic above the longest time that the group may be behind.'
        : `If the topic was made anew, reset the offsets: kohort groups reset-offsets ${groupId} --all-topics --to-earliest.`,
    ],
    partitions: out.map(({ topic, partition }) => ({ topic, partition })),
  }
}
