import { count, listed } from '../../words/index.ts'
import { keyOf, movingPartitions } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** The group has members, and nobody has a partition in which records wait. */
export const unassignedPartitions: Rule = (evidence) => {
  const { group } = evidence
  if (group === undefined || group.state !== 'Stable' || group.members.length === 0) return undefined
  const orphans = movingPartitions(evidence).filter(({ owner, lag = 0n }) => owner === undefined && lag > 0n)
  if (orphans.length === 0) return undefined
  const topics = [...new Set(orphans.map(({ topic }) => topic))]
  const wanted = new Set(group.members.flatMap(({ subscribedTopics }) => subscribedTopics))
  const unwanted = topics.filter((topic) => !wanted.has(topic))
  return {
    severity: 'warning',
    sentence: `No member has ${count(orphans.length, 'partition')} in which records wait: ${listed(orphans.map(keyOf))}.`,
    evidence: orphans.slice(0, 5).map((one) => `${keyOf(one)}: ${count(one.lag!, 'record')} behind.`),
    advice: [
      unwanted.length > 0
        ? `Nobody subscribes to ${listed(unwanted)} any more: subscribe again, or forget it with kohort groups delete-offsets ${evidence.groupId}.`
        : 'Members subscribe to it, so their metadata is old: look whether they see the newest partitions (metadata.max.age.ms).',
    ],
    partitions: orphans.map(({ topic, partition }) => ({ topic, partition })),
  }
}
