import { javaHashOrder, javaIntSetOrder, javaUuidHashCode } from '../java-hash.ts'
import type { ServerAssignment, ServerAssignorInput, ServerAssignorMember, TopicPartitions } from './types.ts'

/** A partition nobody has, as the topic's place in the list of topics and the partition's number. */
interface FreePartition {
  readonly topicId: string
  readonly partition: number
}

/**
 * All members subscribe to the same topics (Kafka: UniformHomogeneousAssignmentBuilder). Each member keeps what its quota allows, in
 * Kafka's order of topics; what is over goes to those with room. Linear in members and partitions.
 */
export function assignHomogeneous(input: ServerAssignorInput): ServerAssignment {
  const { partitionCounts } = input
  const members = inKafkasOrder(input.members)
  const subscribed = members[0]!.subscribedTopicIds
  const topicIds = javaHashOrder([...subscribed], javaUuidHashCode, true)
  const assignment: ServerAssignment = new Map()
  if (topicIds.length === 0) {
    for (const { memberId } of members) assignment.set(memberId, NOTHING)
    return assignment
  }
  const free = freePartitions(input, topicIds)
  let partitionCount = 0
  for (const topicId of topicIds) partitionCount += partitionCounts.get(topicId)!
  const quota = Math.trunc(partitionCount / members.length)
  let extraQuotas = partitionCount % members.length
  const hungry: { readonly memberId: string; readonly room: number }[] = []
  members.forEach((member, index) => {
    let isExtra = extraQuotas > 0
    let room = quota + (isExtra ? 1 : 0)
    const kept = keep(member, room, subscribed, free)
    room -= kept.count
    // It leaves its extra partition to a later member, unless there are only as many left as extra partitions.
    if (room > 0 && isExtra && members.length - index > extraQuotas) {
      room--
      isExtra = false
    }
    if (isExtra) extraQuotas--
    if (room > 0) hungry.push({ memberId: member.memberId, room })
    assignment.set(member.memberId, kept.partitions)
  })
  feed(hungry, free, assignment)
  return assignment
}

const NOTHING: TopicPartitions = new Map()

/** A draw between members is decided by the order of Kafka's HashMap of member ids. */
export function inKafkasOrder(members: readonly ServerAssignorMember[]): readonly ServerAssignorMember[] {
  const byId = new Map(members.map((member) => [member.memberId, member]))
  return javaHashOrder([...byId.keys()]).map((memberId) => byId.get(memberId)!)
}

/** In the order of topics: what no member has. */
function freePartitions({ members, partitionCounts }: ServerAssignorInput, topicIds: readonly string[]) {
  const owned = new Map(topicIds.map((topicId) => [topicId, new Uint8Array(partitionCounts.get(topicId)!)]))
  for (const { assignment } of members) {
    for (const [topicId, partitions] of assignment) {
      const flags = owned.get(topicId)
      if (flags !== undefined) for (const partition of partitions) flags[partition] = 1
    }
  }
  const free: FreePartition[] = []
  for (const [topicId, flags] of owned) {
    for (let partition = 0; partition < flags.length; partition++) {
      if (flags[partition] === 0) free.push({ topicId, partition })
    }
  }
  return free
}

/** What a member may keep of what it had; the rest of its subscribed topics becomes free. */
function keep(
  { assignment }: ServerAssignorMember,
  quota: number,
  subscribed: ReadonlySet<string>,
  free: FreePartition[],
): { readonly partitions: TopicPartitions; readonly count: number } {
  let room = quota
  let isSame = true
  const kept = new Map<string, readonly number[]>()
  for (const topicId of javaHashOrder([...assignment.keys()], javaUuidHashCode)) {
    const partitions = assignment.get(topicId)!
    if (!subscribed.has(topicId)) {
      isSame = false
      continue
    }
    if (partitions.length <= room) {
      room -= partitions.length
      kept.set(topicId, partitions)
      continue
    }
    isSame = false
    const inOrder = javaIntSetOrder(partitions)
    if (room > 0) kept.set(topicId, ascending(inOrder.slice(0, room)))
    for (const partition of inOrder.slice(room)) free.push({ topicId, partition })
    room = 0
  }
  return { partitions: isSame ? assignment : kept, count: quota - room }
}

function feed(
  hungry: readonly { readonly memberId: string; readonly room: number }[],
  free: readonly FreePartition[],
  assignment: ServerAssignment,
): void {
  let next = 0
  for (const { memberId, room } of hungry) {
    const given = new Map<string, number[]>()
    for (const end = Math.min(next + room, free.length); next < end; next++) {
      const { topicId, partition } = free[next]!
      const partitions = given.get(topicId)
      if (partitions === undefined) given.set(topicId, [partition])
      else partitions.push(partition)
    }
    if (given.size === 0) return
    const all = new Map(assignment.get(memberId))
    for (const [topicId, partitions] of given) {
      all.set(
        topicId,
        [...(all.get(topicId) ?? []), ...partitions].sort((a, b) => a - b),
      )
    }
    assignment.set(memberId, all)
  }
  if (next < free.length) throw new Error(`${free.length - next} partitions were left without a member`)
}

function ascending(partitions: number[]): readonly number[] {
  return partitions.sort((a, b) => a - b)
}
