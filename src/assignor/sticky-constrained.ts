import { isFar, type ProblemRacks, type StickyProblem } from './sticky-problem.ts'

/**
 * The assignment when all members subscribe to the same topics: every member gets `minQuota` partitions and some get
 * one more, so that nothing has to be searched. Linear in members and partitions, after sorting.
 *
 * Follows the constrained assignment of Kafka's AbstractStickyAssignor, but serves members in the order of their ids
 * where Kafka takes the order of a hash map. Where racks matter (KIP-881) a member gives up what has no replica in its
 * rack, and partitions go first to members that are near to a replica; balance comes before nearness.
 * @returns partition numbers of each member
 */
export function constrainedAssign(problem: StickyProblem): number[][] {
  const memberCount = problem.memberIds.length
  const partitionCount = problem.partitions.length
  const minQuota = Math.floor(partitionCount / memberCount)
  const maxQuota = Math.ceil(partitionCount / memberCount)
  /** How many members may have more than minQuota partitions. */
  let membersOverMinQuota = partitionCount % memberCount

  const kept = new Uint8Array(partitionCount)
  const belowMinQuota: number[] = []
  const atMinQuota: number[] = []
  const assignment = problem.ownedBy.map((everOwned, member) => {
    const owned =
      problem.racks === undefined ? everOwned : everOwned.filter((partition) => !isFar(problem, member, partition))
    const takesOneMore = owned.length >= maxQuota && membersOverMinQuota > 0
    const quota = takesOneMore ? maxQuota : minQuota
    if (takesOneMore) membersOverMinQuota--
    else if (owned.length < minQuota) belowMinQuota.push(member)
    else atMinQuota.push(member)
    const partitions = keepFirst(problem, owned, quota)
    for (const partition of partitions) kept[partition] = 1
    return partitions
  })

  let free = [...kept.keys()].filter((partition) => kept[partition] === 0)
  const { racks } = problem
  let round = belowMinQuota
  if (racks !== undefined) {
    // Those with the fewest near members first: others have a choice.
    free.sort((a, b) => racks.nearMembersOf[a]! - racks.nearMembersOf[b]! || a - b)
    if (membersOverMinQuota === 0) atMinQuota.length = 0
    free = assignWithinRacks({
      racks,
      free,
      assignment,
      below: round,
      atMinQuota,
      minQuota,
      maxQuota,
      membersOverMinQuota,
    })
  }
  let unassigned = 0
  const nextUnassigned = (): number => free[unassigned++]!
  let left = free.length

  // Round after round, one partition to each member that is below minQuota: there are always enough of them.
  while (round.length > 0) {
    const stillBelow: number[] = []
    for (const member of round) {
      const partitions = assignment[member]!
      partitions.push(nextUnassigned())
      left--
      if (partitions.length < minQuota) stillBelow.push(member)
      else atMinQuota.push(member)
    }
    round = stillBelow
  }
  // The rest, fewer than members, to members at minQuota: first those that were there already, then in order of filling.
  for (const member of atMinQuota) {
    if (left === 0) break
    assignment[member]!.push(nextUnassigned())
    left--
  }
  return assignment
}

/** Kafka revokes the highest partition numbers first, over all topics: the load of a topic with more stays spread. */
function keepFirst(problem: StickyProblem, owned: readonly number[], quota: number): number[] {
  if (owned.length <= quota) return [...owned]
  const sorted = [...owned].sort((a, b) => problem.partitions[a]!.partition - problem.partitions[b]!.partition || a - b)
  return sorted.slice(0, quota)
}

interface RackWork {
  readonly racks: ProblemRacks
  readonly free: readonly number[]
  readonly assignment: number[][]
  /** Members below minQuota, and those that may have one more: taken out when they have what they may. */
  readonly below: number[]
  readonly atMinQuota: number[]
  readonly minQuota: number
  readonly maxQuota: number
  readonly membersOverMinQuota: number
}

/** Each partition to the next member that is near to it and may have more. @returns those for which there is none */
function assignWithinRacks(work: RackWork): number[] {
  const { racks, assignment, below, atMinQuota, minQuota, maxQuota } = work
  let { membersOverMinQuota } = work
  let next = 0
  const left: number[] = []
  for (const partition of work.free) {
    let at = nextNear(racks, partition, below, next)
    if (at >= 0) {
      const member = below[at]!
      const count = assignment[member]!.push(partition)
      if (count >= minQuota) {
        below.splice(at, 1)
        if (count < maxQuota && membersOverMinQuota > 0) atMinQuota.push(member)
      } else at++
      next = below.length === 0 ? 0 : at % below.length
      continue
    }
    at = nextNear(racks, partition, atMinQuota, 0)
    if (at < 0) {
      left.push(partition)
      continue
    }
    assignment[atMinQuota[at]!]!.push(partition)
    atMinQuota.splice(at, 1)
    if (--membersOverMinQuota === 0) atMinQuota.length = 0
  }
  return left
}

function nextNear(
  { rackOf, racksOf }: ProblemRacks,
  partition: number,
  members: readonly number[],
  from: number,
): number {
  const near = racksOf[partition]!
  for (let i = 0; near.size > 0 && i < members.length; i++) {
    const at = (from + i) % members.length
    const rack = rackOf[members[at]!]
    if (rack !== undefined && near.has(rack)) return at
  }
  return -1
}
