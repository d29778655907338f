import type { GroupMemberDescription } from '../../../client/index.ts'
import { count, listed } from '../../words/index.ts'
import { type Evidence, heldBy, keyOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** Members without a partition, and why. */
export const idleMembers: Rule = (evidence) => {
  const { group } = evidence
  if (group === undefined || group.protocolType !== 'consumer') return undefined
  if (group.state !== 'Stable' && group.state !== 'Reconciling') return undefined
  const idle = group.members.filter(({ assignment }) => assignment.length === 0)
  if (idle.length === 0) return undefined
  const reasons = idle.map((member) => ({ member, ...reasonOf(member, evidence) }))
  const severity = reasons.some(({ isHarmless }) => !isHarmless) ? 'warning' : 'info'
  const advice = [...new Set(reasons.map((reason) => reason.advice))]
  return {
    severity,
    sentence: `${count(idle.length, 'member has', 'members have')} no partition: ${listed([...new Set(reasons.map(({ why }) => why))])}.`,
    evidence: reasons.slice(0, 10).map(({ member, why }) => `${member.clientId} (${member.memberId}): ${why}.`),
    advice,
    members: idle.map(({ memberId }) => memberId),
  }
}

function reasonOf(member: GroupMemberDescription, evidence: Evidence) {
  const { group, topics } = evidence
  const members = group!.members
  const waits = (member.targetAssignment ?? []).map(keyOf)
  if (waits.length > 0) {
    const holders = members.filter((other) => heldBy(evidence, other).some((place) => waits.includes(keyOf(place))))
    const names = listed(holders.map(({ clientId }) => clientId))
    const why =
      names === '' ? 'it is about to get its partitions' : `it waits until ${names} has given up ${listed(waits)}`
    return {
      why,
      isHarmless: false,
      advice: 'Look at the member that is waited for: it gives partitions up when its handler returns.',
    }
  }
  const wanted = member.subscribedTopics
  if (wanted.length === 0 && member.subscribedTopicRegex === null)
    return { why: 'it subscribes to nothing', isHarmless: false, advice: 'Look at the subscription of that consumer.' }
  const existing = wanted.filter((topic) => topics.has(topic))
  if (existing.length === 0 && member.subscribedTopicRegex === null) {
    const why = `it subscribes to ${listed(wanted)} only, which does not exist`
    return { why, isHarmless: false, advice: 'Create the topic, or mend its name in the subscription.' }
  }
  if (existing.length === 0) {
    const why = `no topic with partitions left matches ${member.subscribedTopicRegex}`
    return {
      why,
      isHarmless: false,
      advice: 'The broker matches whole names with RE2: ^orders matches nothing but "orders", orders.* does.',
    }
  }
  const partitions = existing.reduce((sum, topic) => sum + topics.get(topic)!, 0)
  const rivals = members.filter(({ subscribedTopics }) => subscribedTopics.some((topic) => existing.includes(topic)))
  if (rivals.length > partitions) {
    const why = `there are more members (${rivals.length}) than partitions (${partitions}) of ${listed(existing)}`
    return {
      why,
      isHarmless: true,
      advice:
        'Run fewer members, or add partitions (keys then go to other partitions); one spare member is a fair reserve.',
    }
  }
  const largest = Math.max(...existing.map((topic) => topics.get(topic)!))
  if (group!.assignor === 'range' && rivals.length > largest) {
    const why = `range shares out each topic by itself, and none has ${rivals.length} partitions`
    return {
      why,
      isHarmless: false,
      advice: 'Use cooperative-sticky (or uniform with group.protocol=consumer), which share out all topics together.',
    }
  }
  return {
    why: `the assignor ${group!.assignor} gave it nothing`,
    isHarmless: false,
    advice: 'kohort groups simulate shows what other assignors would give.',
  }
}
