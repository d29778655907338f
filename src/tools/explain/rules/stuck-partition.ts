import { count, durationText, listed } from '../../words/index.ts'
import { keyOf } from '../evidence.ts'
import type { Found, Rule } from '../finding.ts'
import { poisonedPartitions } from './poison.ts'
import { recordText, STUCK_MS, type StuckPartition, stuckPartitions } from './stuck.ts'

/** Partitions whose owner is alive and does not get on. */
export const stuckPartition: Rule = (evidence) => {
  const poisoned = new Set(poisonedPartitions(evidence).map(keyOf))
  const stuck = stuckPartitions(evidence).filter((one) => !poisoned.has(keyOf(one)))
  if (stuck.length === 0) return undefined
  // While a classic group waits for members to join again nobody knows who of them lives.
  const isKnownToLive = evidence.group!.state === 'Stable' || evidence.group!.type === 'consumer'
  const owners = [...new Set(stuck.map(({ owner }) => owner!.clientId))]
  // One that works on a long batch looks the same for a while.
  const isSure = stuck.some(({ standsMs = STUCK_MS }) => standsMs >= STUCK_MS)
  if (!isSure) return notYet(stuck, owners)
  return {
    severity: 'critical',
    sentence: `${listed(owners)} ${isKnownToLive ? `${owners.length === 1 ? 'is' : 'are'} alive and ` : ''}${owners.length === 1 ? 'does' : 'do'} not get on in ${count(stuck.length, 'partition')}: ${listed(stuck.map(keyOf))}.`,
    evidence: stuck.slice(0, 5).flatMap((one) => {
      const record = evidence.records.get(keyOf(one))
      const since = one.forMs === undefined ? '' : ` for ${durationText(one.forMs)}`
      return [
        `${keyOf(one)}: committed ${one.committedOffset}${since}, ${count(one.lag!, 'record')} behind, owner ${one.owner!.clientId}.`,
        ...(record === undefined ? [] : [`The next record: ${recordText(record)}.`]),
      ]
    }),
    advice: [
      'Heartbeats come from a thread of their own, so look at what the handler of that process does: a stack dump, a call without a timeout, a lock.',
      "A paused partition and a consumer that does not commit look the same from here; kohort's consumer says which with consumer.explain().",
      'max.poll.interval.ms takes the partition away in the end, if the handler really hangs.',
    ],
    members: [...new Set(stuck.map(({ owner }) => owner!.memberId))],
    partitions: stuck.map(({ topic, partition }) => ({ topic, partition })),
  }
}

function notYet(stuck: readonly StuckPartition[], owners: readonly string[]): Found {
  const longest = Math.max(...stuck.map(({ standsMs = 0 }) => standsMs))
  return {
    severity: 'warning',
    sentence: `${listed(owners)} ${owners.length === 1 ? 'has' : 'have'} committed nothing for ${durationText(longest)} in ${count(stuck.length, 'partition')} in which records wait: ${listed(stuck.map(keyOf))}.`,
    evidence: stuck
      .slice(0, 5)
      .map(
        (one) =>
          `${keyOf(one)}: committed ${one.committedOffset}, ${count(one.lag!, 'record')} behind, owner ${one.owner!.clientId}.`,
      ),
    advice: [
      'It may be at work on a large batch, or hang: look again in a minute. A process that hangs shows the same offset then.',
    ],
    members: [...new Set(stuck.map(({ owner }) => owner!.memberId))],
    partitions: stuck.map(({ topic, partition }) => ({ topic, partition })),
  }
}
