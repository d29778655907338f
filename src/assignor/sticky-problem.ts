import { assignableTopics, compareStrings } from './order.ts'
import { racksMatter, racksOfTopic } from './racks.ts'
import type { AssignmentInput, AssignorMember, TopicPartition } from './types.ts'

/**
 * What the sticky assignors work on: members, topics and partitions as numbers in sorted order, so that sets are
 * arrays and a comparison of ids is a comparison of numbers.
 */
export interface StickyProblem {
  readonly memberIds: readonly string[]
  readonly topicCount: number
  /** By number: topic by topic, in the order of names, partitions 0, 1, 2, … of each. */
  readonly partitions: readonly TopicPartition[]
  readonly topicOf: readonly number[]
  /** Number of the first partition of each topic, and behind the last topic the number of partitions. */
  readonly firstPartitionOf: readonly number[]
  /** Topics of each member, ascending. */
  readonly topicsOf: readonly (readonly number[])[]
  readonly allSubscriptionsEqual: boolean
  /**
   * The members that claim each partition with the highest generation that any member claims it with. More than one is
   * a contradiction, and then it belongs to nobody (Kafka does the same since 2.8, KAFKA-12983).
   */
  readonly claimantsOf: readonly (readonly number[])[]
  /** Partitions of each member that nobody else claims with an equal or higher generation. */
  readonly ownedBy: readonly (readonly number[])[]
  /**
   * The member that had a partition in the newest generation before the current one, or -1: when a partition has to
   * move, it moves best to a consumer that may still have state of it.
   */
  readonly previousOwnerOf: readonly number[]
  /** Where racks matter (KIP-881), else undefined. */
  readonly racks: ProblemRacks | undefined
}

export interface ProblemRacks {
  /** Of each member; undefined where it does not say. */
  readonly rackOf: readonly (string | undefined)[]
  /** Of each partition's replicas. */
  readonly racksOf: readonly ReadonlySet<string>[]
  /** How many members are in a rack of each partition. */
  readonly nearMembersOf: readonly number[]
}

/** The member says where it is, and no replica of the partition is there. */
export function isFar({ racks }: StickyProblem, member: number, partition: number): boolean {
  const rack = racks?.rackOf[member]
  return rack !== undefined && !racks!.racksOf[partition]!.has(rack)
}

export function stickyProblem(input: AssignmentInput): StickyProblem {
  const members = [...input.members].sort((a, b) => compareStrings(a.memberId, b.memberId))
  const topicNames = assignableTopics(input)
  const topicNumbers = new Map(topicNames.map((name, number) => [name, number]))

  const partitions: TopicPartition[] = []
  const topicOf: number[] = []
  const firstPartitionOf: number[] = []
  for (const [number, topic] of topicNames.entries()) {
    firstPartitionOf.push(partitions.length)
    const partitionCount = input.partitionsByTopic.get(topic)!
    for (let partition = 0; partition < partitionCount; partition++) {
      partitions.push({ topic, partition })
      topicOf.push(number)
    }
  }
  firstPartitionOf.push(partitions.length)

  const claims = members.map((member) => claimedPartitions(member, topicNumbers, firstPartitionOf))
  const claimantsOf = claimants(members, claims, partitions.length)
  return {
    memberIds: members.map((member) => member.memberId),
    topicCount: topicNames.length,
    partitions,
    topicOf,
    firstPartitionOf,
    topicsOf: members.map((member) => subscribedTopics(member, topicNumbers)),
    allSubscriptionsEqual: allSubscriptionsEqual(members),
    claimantsOf,
    ownedBy: claims.map((claimed, member) =>
      claimed.filter((partition) => claimantsOf[partition]!.length === 1 && claimantsOf[partition]![0] === member),
    ),
    previousOwnerOf: previousOwners(members, claims, partitions.length),
    racks: problemRacks(input, members, topicNames),
  }
}

function problemRacks(
  input: AssignmentInput,
  members: readonly AssignorMember[],
  topicNames: readonly string[],
): ProblemRacks | undefined {
  const rackOf = members.map(({ rackId }) => (rackId === '' ? undefined : (rackId ?? undefined)))
  const membersIn = new Map<string, number>()
  for (const rack of rackOf) if (rack !== undefined) membersIn.set(rack, (membersIn.get(rack) ?? 0) + 1)
  if (membersIn.size === 0) return undefined
  const racksOf = topicNames.flatMap((topic) => racksOfTopic(input, topic))
  if (!racksMatter(new Set(membersIn.keys()), racksOf)) return undefined
  const nearMembersOf = racksOf.map((racks) => [...racks].reduce((sum, rack) => sum + (membersIn.get(rack) ?? 0), 0))
  return { rackOf, racksOf, nearMembersOf }
}

/**
 * True when the partition is, or may be, in the hands of another member than the one that it is to go to. A claim of an
 * older generation than somebody else's does not count: that member has lost the partition without noticing yet.
 * Where subscriptions differ, Kafka holds a partition back only if its new owner did not claim it at all, and so may
 * give it to one of two members that both claim it.
 */
export function isTransfer(problem: StickyProblem, move: { partition: number; to: number }): boolean {
  return problem.claimantsOf[move.partition]!.some((claimant) => claimant !== move.to)
}

/** Names that are no topic count too: Kafka compares subscriptions as they are, before it looks at the metadata. */
function allSubscriptionsEqual(members: readonly AssignorMember[]): boolean {
  const first = new Set(members[0]?.topics)
  return members.every((member) => {
    const topics = new Set(member.topics)
    return topics.size === first.size && member.topics.every((topic) => first.has(topic))
  })
}

function subscribedTopics(member: AssignorMember, topicNumbers: ReadonlyMap<string, number>): number[] {
  const topics = new Set<number>()
  for (const name of member.topics) {
    const topic = topicNumbers.get(name)
    if (topic !== undefined) topics.add(topic)
  }
  return [...topics].sort((a, b) => a - b)
}

/** Without partitions that do not exist: those of deleted topics, and those beyond the end of a recreated one. */
function claimedPartitions(
  member: AssignorMember,
  topicNumbers: ReadonlyMap<string, number>,
  firstPartitionOf: readonly number[],
): number[] {
  const claimed = new Set<number>()
  for (const { topic, partition } of member.ownedPartitions) {
    const number = topicNumbers.get(topic)
    if (number === undefined || partition < 0) continue
    const partitionNumber = firstPartitionOf[number]! + partition
    if (partitionNumber < firstPartitionOf[number + 1]!) claimed.add(partitionNumber)
  }
  return [...claimed]
}

function claimants(
  members: readonly AssignorMember[],
  claims: readonly (readonly number[])[],
  partitionCount: number,
): number[][] {
  const claimantsOf: number[][] = Array.from({ length: partitionCount }, () => [])
  for (const [member, claimed] of claims.entries()) {
    for (const partition of claimed) {
      const others = claimantsOf[partition]!
      const generation = members[member]!.generationId
      const highest = others.length === 0 ? generation : members[others[0]!]!.generationId
      if (generation > highest) claimantsOf[partition] = [member]
      else if (generation === highest) others.push(member)
    }
  }
  return claimantsOf
}

function previousOwners(
  members: readonly AssignorMember[],
  claims: readonly (readonly number[])[],
  partitionCount: number,
): number[] {
  const currentGeneration = members.reduce((highest, member) => Math.max(highest, member.generationId), -1)
  const previousOwnerOf: number[] = new Array(partitionCount).fill(-1)
  for (const [member, claimed] of claims.entries()) {
    const generation = members[member]!.generationId
    if (generation >= currentGeneration) continue
    for (const partition of claimed) {
      const other = previousOwnerOf[partition]!
      if (other === -1 || generation > members[other]!.generationId) previousOwnerOf[partition] = member
    }
  }
  return previousOwnerOf
}
