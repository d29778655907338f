import { count, listed } from '../../words/index.ts'
import { heldBy, keyOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** KIP-848: members that have not given up yet what others shall have. */
export const waitingForRevocation: Rule = (evidence) => {
  const { group, members, timeline, atMs } = evidence
  if (group?.type !== 'consumer') return undefined
  const holders = group.members.flatMap((member) => {
    if (member.targetAssignment === undefined) return []
    const target = new Set(member.targetAssignment.map(keyOf))
    const held = heldBy(evidence, member).filter((place) => !target.has(keyOf(place)))
    return held.length === 0 ? [] : [{ member, held }]
  })
  if (holders.length === 0) return undefined
  const started = timeline.findLast(({ type }) => type === 'rebalance-started')
  const forMs = started === undefined ? undefined : atMs - started.timeMs
  const left = holders.flatMap(({ member }) => {
    const timeoutMs = members.get(member.memberId)?.rebalanceTimeoutMs
    return timeoutMs === undefined || forMs === undefined ? [] : [Math.max(0, timeoutMs - forMs)]
  })
  const limit = left.length === 0 ? '' : `, for ${Math.ceil(Math.max(...left) / 1_000)} s more at most`
  const names = listed(holders.map(({ member }) => member.clientId))
  return {
    severity: 'warning',
    sentence: `The group waits until ${names} ${holders.length === 1 ? 'has' : 'have'} given up ${count(holders.flatMap(({ held }) => held).length, 'partition')}${limit}.`,
    evidence: holders.map(
      ({ member, held }) => `${member.clientId} (${member.memberId}) still has ${listed(held.map(keyOf))}.`,
    ),
    advice: [
      'Look at the handler of that member: it gives partitions up between two polls. Shorter handlers make rebalances shorter.',
      'Its max.poll.interval.ms ends the wait in any case.',
    ],
    members: holders.map(({ member }) => member.memberId),
    partitions: holders.flatMap(({ held }) => held),
  }
}
