import { assignableTopics, compareMembers, emptyAssignment } from './order.ts'
import { racksMatter, racksOfTopic } from './racks.ts'
import type { Assignment, AssignmentInput, Assignor, AssignorMember } from './types.ts'

/**
 * Topic by topic, consecutive partitions to the members in their order; the first ones take one more where the number
 * does not divide. Topics with equal partition counts and subscribers are co-partitioned. Kafka's RangeAssignor.
 *
 * Where racks matter (KIP-881) members first take, within their share, partitions that have a replica in their rack; of
 * co-partitioned topics those numbers that have one in each. What is left goes by ranges as ever: balance comes first.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  rebalanceProtocol: 'EAGER',
  assign(input) {
    const assignment = emptyAssignment(input.members)
    const subscribers = subscribersByTopic(input)
    const shares = assignableTopics(input).map((topic) => new TopicShares(input, topic, subscribers.get(topic)!))
    const usesRacks = shares.some((topic) => topic.racksMatter)
    if (usesRacks) for (const topics of coPartitioned(shares)) assignWithinRacks(topics)
    for (const topic of shares) topic.assignRanges()
    for (const topic of shares) topic.addTo(assignment)
    return assignment
  },
}

function assignWithinRacks(topics: readonly TopicShares[]): void {
  if (topics.length > 1) return assignTogether(topics)
  if (topics[0]!.racksMatter) topics[0]!.assignRanges((member, partition) => topics[0]!.matches(member, partition))
}

/** The same partition of all topics to one member, where it is near to a replica of each. */
function assignTogether(topics: readonly TopicShares[]): void {
  const [first] = topics
  const members = new Set(first!.members.keys())
  for (let partition = 0; partition < first!.partitionCount; partition++) {
    for (const member of members) {
      if (!topics.every((topic) => topic.matches(member, partition) && topic.room(member) > 0)) continue
      for (const topic of topics) topic.give(member, [partition])
      if (topics.every((topic) => topic.room(member) === 0)) members.delete(member)
      break
    }
  }
}

/** Topics with the same members and as many partitions; only those where a member says where it is. */
function coPartitioned(shares: readonly TopicShares[]): TopicShares[][] {
  const groups = new Map<string, TopicShares[]>()
  for (const topic of shares) {
    if (!topic.hasRacks) continue
    const key = JSON.stringify([topic.partitionCount, topic.members.map(({ memberId }) => memberId)])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [topic])
    else group.push(topic)
  }
  return [...groups.values()]
}

/** A topic while its partitions are given out: to whom how many more. */
class TopicShares {
  readonly topic: string
  readonly members: readonly AssignorMember[]
  readonly partitionCount: number
  readonly hasRacks: boolean
  readonly racksMatter: boolean
  readonly #racks: readonly ReadonlySet<string>[]
  readonly #share: number
  /** Members that may take one more than the share. */
  #extra: number
  readonly #given: number[][]
  #left: number[]

  constructor(input: AssignmentInput, topic: string, members: readonly AssignorMember[]) {
    this.topic = topic
    this.members = members
    this.partitionCount = input.partitionsByTopic.get(topic)!
    const memberRacks = new Set(members.map(({ rackId }) => rackId ?? '').filter((rack) => rack !== ''))
    this.hasRacks = memberRacks.size > 0
    this.#racks = this.hasRacks ? racksOfTopic(input, topic) : []
    this.racksMatter = racksMatter(memberRacks, this.#racks)
    this.#share = Math.floor(this.partitionCount / members.length)
    this.#extra = this.partitionCount % members.length
    this.#given = members.map(() => [])
    this.#left = Array.from({ length: this.partitionCount }, (_, partition) => partition)
  }

  /** How many more this member may have. */
  room(member: number): number {
    return Math.max(0, this.#share + (this.#extra > 0 ? 1 : 0) - this.#given[member]!.length)
  }

  /** Who does not say where it is is near to all. */
  matches(member: number, partition: number): boolean {
    const rack = this.members[member]!.rackId ?? ''
    return rack === '' || this.#racks[partition]!.has(rack)
  }

  give(member: number, partitions: readonly number[]): void {
    const given = this.#given[member]!
    given.push(...partitions)
    if (given.length > this.#share) this.#extra--
    const gone = new Set(partitions)
    this.#left = this.#left.filter((partition) => !gone.has(partition))
  }

  /** In the order of members, to each as many of those left as it may have: all that are left, or those near to it. */
  assignRanges(mayHave?: (member: number, partition: number) => boolean): void {
    if (mayHave === undefined) return this.#assignRest()
    for (const member of this.members.keys()) {
      const may = this.#left.filter((partition) => mayHave(member, partition)).slice(0, this.room(member))
      if (may.length > 0) this.give(member, may)
    }
  }

  #assignRest(): void {
    let at = 0
    for (const [member, given] of this.#given.entries()) {
      const room = this.room(member)
      if (room === 0) continue
      given.push(...this.#left.slice(at, at + room))
      if (given.length > this.#share) this.#extra--
      at += room
    }
    this.#left = []
  }

  addTo(assignment: Assignment): void {
    for (const [index, { memberId }] of this.members.entries()) {
      const partitions = this.#given[index]!.sort((a, b) => a - b)
      const all = assignment.get(memberId)!
      for (const partition of partitions) all.push({ topic: this.topic, partition })
    }
  }
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
