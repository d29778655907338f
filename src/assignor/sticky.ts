import { constrainedAssign } from './sticky-constrained.ts'
import { generalAssign } from './sticky-general.ts'
import { isTransfer, type StickyProblem, stickyProblem } from './sticky-problem.ts'
import type { Assignment, Assignor, TopicPartition } from './types.ts'

/**
 * As balanced as can be, and among such assignments one that moves few partitions. The caller takes `ownedPartitions`
 * and `generationId` from the user data, as the members of an eager group own nothing while they join.
 * Kafka's StickyAssignor (KIP-54).
 */
export const stickyAssignor: Assignor = {
  name: 'sticky',
  rebalanceProtocol: 'EAGER',
  assign(input) {
    const problem = stickyProblem(input)
    return toAssignment(problem, solve(problem))
  },
}

/**
 * The assignment of `sticky` without the partitions that another member still owns: these are given out by the
 * rebalance that follows when their owners have revoked them. Kafka's CooperativeStickyAssignor (KIP-429).
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  rebalanceProtocol: 'COOPERATIVE',
  assign(input) {
    const problem = stickyProblem(input)
    const partitionsByMember = solve(problem).map((partitions, member) =>
      partitions.filter((partition) => !isTransfer(problem, { partition, to: member })),
    )
    return toAssignment(problem, partitionsByMember)
  },
}

function solve(problem: StickyProblem): number[][] {
  if (problem.memberIds.length === 0) return []
  return problem.allSubscriptionsEqual ? constrainedAssign(problem) : generalAssign(problem)
}

function toAssignment(problem: StickyProblem, partitionsByMember: readonly number[][]): Assignment {
  const assignment = new Map<string, TopicPartition[]>()
  for (const [member, memberId] of problem.memberIds.entries()) {
    const numbers = partitionsByMember[member]!.sort((a, b) => a - b)
    assignment.set(
      memberId,
      numbers.map((number) => problem.partitions[number]!),
    )
  }
  return assignment
}
