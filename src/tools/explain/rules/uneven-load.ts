import { rateText } from '../../words/index.ts'
import { movingPartitions } from '../evidence.ts'
import type { Rule } from '../finding.ts'

const PER_SECOND_MIN = 10

/** One member has to read far more records than the others, however many partitions they have. */
export const unevenLoad: Rule = (evidence) => {
  const { group } = evidence
  if (group === undefined || group.state !== 'Stable' || group.members.length < 2) return undefined
  const produced = new Map(group.members.map(({ memberId }) => [memberId, 0]))
  for (const { owner, producedPerSecond } of movingPartitions(evidence)) {
    if (owner !== undefined) produced.set(owner.memberId, produced.get(owner.memberId)! + (producedPerSecond ?? 0))
  }
  const total = [...produced.values()].reduce((sum, rate) => sum + rate, 0)
  const mean = total / produced.size
  const sorted = [...produced].sort((a, b) => b[1] - a[1])
  const [memberId, rate] = sorted[0]!
  if (total < PER_SECOND_MIN || rate < 2 * mean) return undefined
  const name = (id: string): string => group.members.find((member) => member.memberId === id)!.clientId
  return {
    severity: 'warning',
    sentence: `${name(memberId)} gets ${Math.round((rate / total) * 100)} % of all records: ${rateText(rate)}, on average a member gets ${rateText(mean)}.`,
    evidence: sorted.slice(0, 10).map(([id, perSecond]) => `${name(id)}: ${rateText(perSecond)}`),
    advice: [
      'Assignors count partitions, not records: look for keys that one partition gets most of (kohort groups explain shows a hot partition of its own).',
      'kohort groups simulate shows the load of each member under other assignors; more partitions spread it only where keys are many.',
    ],
    members: [memberId],
  }
}
