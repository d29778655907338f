import { assignableTopics, compareMembers, emptyAssignment } from './order.ts'
import type { AssignmentInput, Assignor, AssignorMember } from './types.ts'

/**
 * Topic by topic, consecutive partitions to the members in their order; the first ones take one more where the number
 * does not divide. Topics with equal partition counts and subscribers are co-partitioned. Kafka's RangeAssignor.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  rebalanceProtocol: 'EAGER',
  assign(input) {
    const assignment = emptyAssignment(input.members)
    const subscribers = subscribersByTopic(input)
    for (const topic of assignableTopics(input)) {
      const members = subscribers.get(topic)!
      const partitionCount = input.partitionsByTopic.get(topic)!
      const share = Math.floor(partitionCount / members.length)
      const membersWithOneMore = partitionCount % members.length
      let partition = 0
      for (const [index, member] of members.entries()) {
        const end = partition + share + (index < membersWithOneMore ? 1 : 0)
        const partitions = assignment.get(member.memberId)!
        for (; partition < end; partition++) partitions.push({ topic, partition })
      }
    }
    return assignment
  },
}

function subscribersByTopic(input: AssignmentInput): Map<string, AssignorMember[]> {
  const subscribers = new Map<string, AssignorMember[]>()
  for (const member of [...input.members].sort(compareMembers)) {
    for (const topic of new Set(member.topics)) {
      const members = subscribers.get(topic)
      if (members === undefined) subscribers.set(topic, [member])
      else members.push(member)
    }
  }
  return subscribers
}
