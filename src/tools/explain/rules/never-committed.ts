import { count, listed } from '../../words/index.ts'
import { keyOf, movingPartitions } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** Partitions that a member has, with records, for which nothing was ever committed. */
export const neverCommitted: Rule = (evidence) => {
  const found = movingPartitions(evidence).filter(
    ({ state, owner, logStartOffset = 0n, logEndOffset = 0n }) =>
      state === 'never-committed' && owner !== undefined && logEndOffset > logStartOffset,
  )
  if (found.length === 0) return undefined
  return {
    severity: 'info',
    sentence: `Nothing was ever committed for ${count(found.length, 'partition')} with records in them: ${listed(found.map(keyOf))}.`,
    evidence: found
      .slice(0, 5)
      .map(
        (one) => `${keyOf(one)}: offsets ${one.logStartOffset} to ${one.logEndOffset}, owner ${one.owner!.clientId}.`,
      ),
    advice: [
      'A new group with auto.offset.reset=latest (the default of most clients) reads only what comes after its first join; earliest reads all.',
      'Otherwise look whether the consumer commits at all: enable.auto.commit, or commits of its own.',
    ],
    partitions: found.map(({ topic, partition }) => ({ topic, partition })),
  }
}
