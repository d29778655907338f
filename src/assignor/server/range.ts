import type { ServerAssignment, ServerAssignor, ServerAssignorInput, ServerAssignorMember } from './types.ts'

/**
 * Kafka's server-side `range`: of each topic every subscriber gets the next run of partitions, so that topics with as many partitions are
 * co-partitioned. Unlike the client-side assignor of this name it does not skip members between topics.
 */
export const serverRangeAssignor: ServerAssignor = { name: 'range', assign }

/** What one topic has left to give. */
interface TopicRange {
  readonly partitionCount: number
  readonly quota: number
  extra: number
  next: number
}

function assign(input: ServerAssignorInput): ServerAssignment {
  const ranges = rangesOf(input)
  const assignment: ServerAssignment = new Map()
  for (const member of [...input.members].sort(staticMembersFirst)) {
    const given = new Map<string, readonly number[]>()
    for (const topicId of member.subscribedTopicIds) {
      const partitions = take(ranges.get(topicId)!)
      if (partitions.length > 0) given.set(topicId, partitions)
    }
    assignment.set(member.memberId, given)
  }
  return assignment
}

function rangesOf({ members, partitionCounts }: ServerAssignorInput): Map<string, TopicRange> {
  const subscribers = new Map<string, number>()
  for (const { subscribedTopicIds } of members) {
    for (const topicId of subscribedTopicIds) subscribers.set(topicId, (subscribers.get(topicId) ?? 0) + 1)
  }
  const ranges = new Map<string, TopicRange>()
  for (const [topicId, count] of subscribers) {
    const partitionCount = partitionCounts.get(topicId) ?? 0
    const quota = Math.trunc(partitionCount / count)
    ranges.set(topicId, { partitionCount, quota, extra: partitionCount % count, next: 0 })
  }
  return ranges
}

function take(range: TopicRange): readonly number[] {
  const length = range.quota + (range.extra > 0 ? 1 : 0)
  if (range.extra > 0) range.extra--
  const start = range.next
  range.next = Math.min(start + length, range.partitionCount)
  return Array.from({ length: range.next - start }, (_, i) => start + i)
}

/** Static members come first and are ordered by instance id, so that a restart changes nothing. */
function staticMembersFirst(a: ServerAssignorMember, b: ServerAssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId)
  if (a.instanceId !== null) return -1
  if (b.instanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
