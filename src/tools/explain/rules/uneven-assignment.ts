import type { Rule } from '../finding.ts'
import { groupedBy } from './grouped-by.ts'

/** Members with the same subscription that have very different numbers of partitions. */
export const unevenAssignment: Rule = ({ group }) => {
  if (group === undefined || group.state !== 'Stable' || group.members.length < 2) return undefined
  const bySubscription = groupedBy(group.members, ({ subscribedTopics, subscribedTopicRegex }) =>
    JSON.stringify([[...subscribedTopics].sort(), subscribedTopicRegex]),
  )
  for (const members of bySubscription.values()) {
    const sorted = members.toSorted((a, b) => b.assignment.length - a.assignment.length)
    const [most, least] = [sorted[0]!, sorted.at(-1)!]
    // Without a partition at all: that is a rule of its own.
    if (least.assignment.length === 0 || most.assignment.length - least.assignment.length < 2) continue
    const isRange = group.assignor === 'range'
    return {
      severity: 'warning',
      sentence: `Partitions are unevenly shared out: ${most.clientId} has ${most.assignment.length}, ${least.clientId} has ${least.assignment.length}.`,
      evidence: sorted
        .slice(0, 10)
        .map(({ clientId, memberId, assignment }) => `${clientId} (${memberId}): ${assignment.length}`),
      advice: [
        isRange
          ? 'range gives the first members one more of every topic: use cooperative-sticky, or group.protocol=consumer with uniform.'
          : `The assignor ${group.assignor} does that with these subscriptions; kohort groups simulate shows what others would do.`,
      ],
      members: [most.memberId, least.memberId],
    }
  }
  return undefined
}
