import { listed, rateText } from '../../words/index.ts'
import { keyOf, type MovingPartition, movingPartitions } from '../evidence.ts'
import type { Rule } from '../finding.ts'
import { groupedBy } from './grouped-by.ts'

const TIMES_MEDIAN = 3
const PER_SECOND_MIN = 5

/** A partition that gets far more records than the others of its topic. */
export const hotPartition: Rule = (evidence) => {
  const byTopic = groupedBy(movingPartitions(evidence), ({ topic }) => topic)
  const hot = [...byTopic.values()].flatMap(hotOf)
  if (hot.length === 0) return undefined
  return {
    severity: 'warning',
    sentence: `${listed(hot.map(({ one }) => keyOf(one)))} ${hot.length === 1 ? 'gets' : 'get'} far more records than the other partitions of the topic.`,
    evidence: hot.map(
      ({ one, median }) =>
        `${keyOf(one)}: ${rateText(one.producedPerSecond!)}; the median of its topic is ${rateText(median)}.`,
    ),
    advice: [
      'One member has to read it alone, whatever the assignor does: find the key that most records have, and split it (a suffix, a better key).',
      "In kohort's client run({ concurrency, order: 'key' }) works on several keys of one partition at once.",
    ],
    partitions: hot.map(({ one: { topic, partition } }) => ({ topic, partition })),
  }
}

function hotOf(partitions: readonly MovingPartition[]) {
  const known = partitions.filter(({ producedPerSecond }) => producedPerSecond !== undefined)
  if (known.length < 2) return []
  return known.flatMap((one) => {
    const others = known.filter((other) => other !== one).map(({ producedPerSecond }) => producedPerSecond!)
    const median = others.sort((a, b) => a - b)[Math.floor((others.length - 1) / 2)]!
    return one.producedPerSecond! >= Math.max(PER_SECOND_MIN, TIMES_MEDIAN * median) ? [{ one, median }] : []
  })
}
