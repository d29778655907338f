import { MemberBalancer } from './member-balancer.ts'
import type { ServerAssignment, ServerAssignorInput, ServerAssignorMember, TopicPartitions } from './types.ts'
import { inKafkasOrder } from './uniform-homogeneous.ts'

/** Kafka's bound: overlapping subscriptions may take long to converge, and each round about halves what is left. */
const ROUNDS_MAX = 16
const NOBODY = -1

/** One subscribed topic, with the owner of each partition as an index of members. */
interface Topic {
  readonly topicId: string
  readonly subscribers: number[]
  readonly owners: Int32Array
}

/**
 * Members subscribe to different topics (Kafka: UniformHeterogeneousAssignmentBuilder): members keep what they still subscribe to, free
 * partitions go to the least loaded subscriber, then partitions move from the most to the least loaded until that helps no more.
 */
export function assignHeterogeneous(input: ServerAssignorInput): ServerAssignment {
  const members = inKafkasOrder(input.members)
  const topics = topicsOf(members, input.partitionCounts)
  const sizes = new Int32Array(members.length)
  const byId = new Map(topics.map((topic) => [topic.topicId, topic]))
  members.forEach((member, index) => {
    sizes[index] = keepSubscribed(member, index, byId)
  })
  const balancer = new MemberBalancer(sizes)
  giveFreePartitions(topics, sizes, balancer)
  const movable = topics.filter(({ subscribers }) => subscribers.length > 1)
  if (movable.length > 0) balance(movable, sizes, balancer)
  return toAssignment(members, topics)
}

/** In the order in which they are given out: most partitions a subscriber first, then fewest subscribers, then by id. */
function topicsOf(members: readonly ServerAssignorMember[], partitionCounts: ReadonlyMap<string, number>): Topic[] {
  const topics = new Map<string, Topic>()
  members.forEach(({ subscribedTopicIds }, index) => {
    for (const topicId of subscribedTopicIds) {
      const topic = topics.get(topicId)
      if (topic !== undefined) topic.subscribers.push(index)
      else {
        const owners = new Int32Array(partitionCounts.get(topicId) ?? 0).fill(NOBODY)
        topics.set(topicId, { topicId, subscribers: [index], owners })
      }
    }
  })
  const density = ({ owners, subscribers }: Topic): number => owners.length / subscribers.length
  return [...topics.values()].sort(
    (a, b) =>
      density(b) - density(a) || a.subscribers.length - b.subscribers.length || compareUuids(a.topicId, b.topicId),
  )
}

/** How many partitions it keeps. */
function keepSubscribed(member: ServerAssignorMember, index: number, topics: ReadonlyMap<string, Topic>): number {
  let count = 0
  for (const [topicId, partitions] of member.assignment) {
    if (!member.subscribedTopicIds.has(topicId)) continue
    const { owners } = topics.get(topicId)!
    for (const partition of partitions) owners[partition] = index
    count += partitions.length
  }
  return count
}

function giveFreePartitions(topics: readonly Topic[], sizes: Int32Array, balancer: MemberBalancer): void {
  for (const { owners, subscribers } of topics) {
    if (!owners.includes(NOBODY)) continue
    balancer.start(subscribers)
    for (let partition = 0; partition < owners.length; partition++) {
      if (owners[partition] === NOBODY) move(owners, partition, balancer.nextLeastLoaded(), sizes)
    }
  }
}

/** Goes round the topics until a whole round has moved nothing. */
function balance(topics: readonly Topic[], sizes: Int32Array, balancer: MemberBalancer): void {
  let lastMoved = -1
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (let index = 0; index < topics.length; index++) {
      if (index === lastMoved) return
      const moved = balanceTopic(topics[index]!, sizes, balancer)
      if (moved > 0 || lastMoved === -1) lastMoved = index
    }
  }
}

/** How many partitions moved. */
function balanceTopic({ owners, subscribers }: Topic, sizes: Int32Array, balancer: MemberBalancer): number {
  if (balancer.start(subscribers) <= 1) return 0
  // What each member can give, the last partition first.
  const stocks = new Map<number, number[]>()
  owners.forEach((owner, partition) => {
    const stock = stocks.get(owner)
    if (stock === undefined) stocks.set(owner, [partition])
    else stock.push(partition)
  })
  let moved = 0
  while (!balancer.isBalanced()) {
    const partition = takeFromMostLoaded(stocks, balancer)
    if (partition === undefined) break
    const receiver = balancer.nextLeastLoaded()
    if (balancer.isBalanced()) break
    move(owners, partition, receiver, sizes)
    moved++
  }
  return moved
}

function takeFromMostLoaded(stocks: ReadonlyMap<number, number[]>, balancer: MemberBalancer): number | undefined {
  for (;;) {
    const giver = balancer.nextMostLoaded()
    if (giver === -1) return undefined
    const partition = stocks.get(giver)?.pop()
    if (partition !== undefined) return partition
    balancer.excludeMostLoaded()
  }
}

function move(owners: Int32Array, partition: number, to: number, sizes: Int32Array): void {
  const from = owners[partition]!
  if (from !== NOBODY) sizes[from]!--
  owners[partition] = to
  sizes[to]!++
}

function toAssignment(members: readonly ServerAssignorMember[], topics: readonly Topic[]): ServerAssignment {
  const given = members.map(() => new Map<string, number[]>())
  for (const { topicId, owners } of topics) {
    owners.forEach((owner, partition) => {
      const partitions = given[owner]!.get(topicId)
      if (partitions === undefined) given[owner]!.set(topicId, [partition])
      else partitions.push(partition)
    })
  }
  return new Map(members.map(({ memberId }, index): [string, TopicPartitions] => [memberId, given[index]!]))
}

/** As `org.apache.kafka.common.Uuid` compares: two signed numbers. */
function compareUuids(a: string, b: string): number {
  const [left, right] = [Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url')]
  for (const at of [0, 8]) {
    const [x, y] = [left.readBigInt64BE(at), right.readBigInt64BE(at)]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
