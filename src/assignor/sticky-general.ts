import { PartitionMovements } from './partition-movements.ts'
import { isFar, type StickyProblem } from './sticky-problem.ts'

/**
 * The assignment when subscriptions differ: keep what is owned, give each free partition to the least loaded member
 * that may have it, then move partitions one by one from a member to another that has at least two less, until there is
 * no such pair. Each move lowers the sum of the squares of the loads, so it ends.
 *
 * Where racks matter (KIP-881) members give up what has no replica in their rack, and free partitions go to near members
 * first; moves look at the balance only.
 *
 * Follows the general assignment of Kafka's AbstractStickyAssignor. Where Kafka asks of the whole
 * assignment before each step whether it is balanced, this asks of the partition at hand only, with the same result;
 * and as no move here makes the balance worse, there is no assignment to go back to at the end. Kafka may also give a
 * partition back to a previous owner that no longer subscribes to its topic; this does not.
 * @returns partition numbers of each member
 */
export function generalAssign(problem: StickyProblem): number[][] {
  const balancer = new Balancer(problem)
  return balancer.run()
}

const NOBODY = -1

class Balancer {
  readonly #problem: StickyProblem
  /** Members that subscribe to each topic, ascending. */
  readonly #subscribersOf: readonly (readonly number[])[]
  /** Partitions in the order in which they are given out: those with the fewest possible owners first. */
  readonly #order: readonly number[]
  readonly #ownerOf: number[]
  readonly #loadOf: number[]
  readonly #movements = new PartitionMovements()

  constructor(problem: StickyProblem) {
    this.#problem = problem
    this.#subscribersOf = subscribersByTopic(problem)
    this.#order = partitionsByScarcity(problem, this.#subscribersOf)
    this.#ownerOf = new Array(problem.partitions.length).fill(NOBODY)
    this.#loadOf = new Array(problem.memberIds.length).fill(0)
  }

  run(): number[][] {
    const { revoked } = this.#keepOwned()
    const added = this.#order.filter((partition) => this.#ownerOf[partition] === NOBODY)
    if (this.#problem.racks !== undefined) {
      for (const partition of added) {
        const near = this.#leastLoadedSubscriber(partition, (member) => !isFar(this.#problem, member, partition))
        if (near !== NOBODY) this.#setOwner(partition, near)
      }
    }
    for (const partition of added) {
      if (this.#ownerOf[partition] === NOBODY) this.#setOwner(partition, this.#leastLoadedSubscriber(partition))
    }

    const movable = (partition: number) => this.#subscribers(partition).length > 1
    // Moving a partition that nobody has yet costs nothing, so these go first. If something has been revoked already,
    // Kafka looks at all partitions at once.
    if (!revoked) this.#moveUntilBalanced(added.filter(movable))
    this.#moveUntilBalanced(this.#order.filter(movable))
    return this.#partitionsByMember()
  }

  /** `revoked` is true when a member owns a partition of a topic to which it no longer subscribes, or far from it. */
  #keepOwned(): { revoked: boolean } {
    let revoked = false
    for (const [member, owned] of this.#problem.ownedBy.entries()) {
      for (const partition of owned) {
        const keeps = this.#maySubscribe(member, partition) && !isFar(this.#problem, member, partition)
        if (keeps) this.#setOwner(partition, member)
        else revoked = true
      }
    }
    return { revoked }
  }

  #moveUntilBalanced(partitions: readonly number[]): void {
    let moved = true
    while (moved) {
      moved = false
      for (const partition of partitions) {
        const target = this.#betterOwner(partition)
        if (target === NOBODY) continue
        this.#move(partition, target)
        moved = true
      }
    }
  }

  /** The previous owner if that helps the balance, else the least loaded subscriber if that does, else nobody. */
  #betterOwner(partition: number): number {
    const owner = this.#ownerOf[partition]!
    const previousOwner = this.#problem.previousOwnerOf[partition]!
    if (
      previousOwner !== NOBODY &&
      this.#maySubscribe(previousOwner, partition) &&
      this.#helps({ from: owner, to: previousOwner })
    ) {
      return previousOwner
    }
    const leastLoaded = this.#leastLoadedSubscriber(partition)
    return this.#helps({ from: owner, to: leastLoaded }) ? leastLoaded : NOBODY
  }

  #move(partition: number, to: number): void {
    const topic = this.#problem.topicOf[partition]!
    const actual = this.#movements.partitionToMove({ topic, partition, from: this.#ownerOf[partition]!, to })
    // Another partition of the topic, moved the other way before, goes home in its place, if that is a gain as well.
    const chosen = this.#helps({ from: this.#ownerOf[actual]!, to }) ? actual : partition
    this.#movements.moved({ topic, partition: chosen, from: this.#ownerOf[chosen]!, to })
    this.#setOwner(chosen, to)
  }

  #helps(move: { from: number; to: number }): boolean {
    return this.#loadOf[move.from]! > this.#loadOf[move.to]! + 1
  }

  #setOwner(partition: number, member: number): void {
    const owner = this.#ownerOf[partition]!
    if (owner !== NOBODY) this.#loadOf[owner]!--
    this.#ownerOf[partition] = member
    this.#loadOf[member]!++
  }

  #leastLoadedSubscriber(partition: number, accepts?: (member: number) => boolean): number {
    let best = NOBODY
    let bestLoad = Number.POSITIVE_INFINITY
    for (const member of this.#subscribers(partition)) {
      if (accepts?.(member) === false) continue
      const load = this.#loadOf[member]!
      if (load < bestLoad) {
        best = member
        bestLoad = load
      }
    }
    return best
  }

  #subscribers(partition: number): readonly number[] {
    return this.#subscribersOf[this.#problem.topicOf[partition]!]!
  }

  #maySubscribe(member: number, partition: number): boolean {
    return this.#problem.topicsOf[member]!.includes(this.#problem.topicOf[partition]!)
  }

  #partitionsByMember(): number[][] {
    const result: number[][] = this.#problem.memberIds.map(() => [])
    for (const [partition, member] of this.#ownerOf.entries()) result[member]!.push(partition)
    return result
  }
}

function subscribersByTopic(problem: StickyProblem): number[][] {
  const subscribers: number[][] = Array.from({ length: problem.topicCount }, () => [])
  for (const [member, topics] of problem.topicsOf.entries()) {
    for (const topic of topics) subscribers[topic]!.push(member)
  }
  return subscribers
}

function partitionsByScarcity(problem: StickyProblem, subscribersOf: readonly (readonly number[])[]): number[] {
  const topics = [...subscribersOf.keys()].sort((a, b) => subscribersOf[a]!.length - subscribersOf[b]!.length || a - b)
  const order: number[] = []
  for (const topic of topics) {
    const end = problem.firstPartitionOf[topic + 1]!
    for (let partition = problem.firstPartitionOf[topic]!; partition < end; partition++) order.push(partition)
  }
  return order
}
