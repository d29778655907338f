import type { AssignmentInput, AssignorMember, TopicPartition } from './types.ts'

/** Order of Java's String.compareTo: by UTF-16 code units. `localeCompare` would assign differently on each machine. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The order in which `range` and `roundrobin` serve members: static ones first, by instance id, then dynamic ones by
 * member id, so that a static member keeps its place under a new member id (KIP-345).
 */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
    return compareStrings(a.groupInstanceId, b.groupInstanceId) || compareStrings(a.memberId, b.memberId)
  }
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compareStrings(a.memberId, b.memberId)
}

/** Topics that exist, have partitions and have a subscriber, sorted by name. */
export function assignableTopics(input: AssignmentInput): string[] {
  const topics = new Set<string>()
  for (const member of input.members) {
    for (const topic of member.topics) {
      if ((input.partitionsByTopic.get(topic) ?? 0) > 0) topics.add(topic)
    }
  }
  return [...topics].sort(compareStrings)
}

/** An entry without partitions for every member: a member without partitions is part of the assignment too. */
export function emptyAssignment(members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
  return new Map(
    members
      .map((member) => member.memberId)
      .sort(compareStrings)
      .map((memberId) => [memberId, []]),
  )
}
