import { assignableTopics, compareMembers, emptyAssignment } from './order.ts'
import type { Assignor } from './types.ts'

/**
 * All partitions in the order of topic and number, one by one, to the members in their order, going round; a member
 * that does not subscribe to the topic is passed over. Kafka's RoundRobinAssignor.
 */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  rebalanceProtocol: 'EAGER',
  assign(input) {
    const assignment = emptyAssignment(input.members)
    const members = [...input.members].sort(compareMembers)
    const subscriptions = members.map((member) => new Set(member.topics))
    let next = 0
    for (const topic of assignableTopics(input)) {
      const partitionCount = input.partitionsByTopic.get(topic)!
      for (let partition = 0; partition < partitionCount; partition++) {
        // Ends: assignableTopics has only topics with a subscriber.
        while (!subscriptions[next]!.has(topic)) next = (next + 1) % members.length
        assignment.get(members[next]!.memberId)!.push({ topic, partition })
        next = (next + 1) % members.length
      }
    }
    return assignment
  },
}
