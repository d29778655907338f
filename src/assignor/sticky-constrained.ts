import type { StickyProblem } from './sticky-problem.ts'

/**
 * The assignment when all members subscribe to the same topics: every member gets `minQuota` partitions and some get
 * one more, so that nothing has to be searched. Linear in members and partitions, after sorting.
 *
 * Follows the constrained assignment of Kafka's AbstractStickyAssignor (without racks), but serves members in the order
 * of their ids where Kafka takes the order of a hash map.
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
  const assignment = problem.ownedBy.map((owned, member) => {
    const takesOneMore = owned.length >= maxQuota && membersOverMinQuota > 0
    const quota = takesOneMore ? maxQuota : minQuota
    if (takesOneMore) membersOverMinQuota--
    else if (owned.length < minQuota) belowMinQuota.push(member)
    else atMinQuota.push(member)
    const partitions = keepFirst(problem, owned, quota)
    for (const partition of partitions) kept[partition] = 1
    return partitions
  })

  let unassigned = 0
  const nextUnassigned = (): number => {
    while (kept[unassigned] === 1) unassigned++
    return unassigned++
  }
  let left = partitionCount - assignment.reduce((sum, partitions) => sum + partitions.length, 0)

  // Round after round, one partition to each member that is below minQuota: there are always enough of them.
  let round = belowMinQuota
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
