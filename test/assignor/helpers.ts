import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Assignment, AssignmentInput, AssignorMember, TopicPartition } from '../../src/assignor/index.ts'

export interface GoldenCase {
  readonly case: number
  readonly topics: Readonly<Record<string, number>>
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly topics: readonly string[]
    readonly owned: readonly string[]
    readonly generation: number
  }[]
  readonly range: Readonly<Record<string, readonly string[]>>
  readonly roundrobin: Readonly<Record<string, readonly string[]>>
  readonly 'cooperative-sticky': Readonly<Record<string, readonly string[]>>
}

/** Assignments by Apache Kafka 4.2. */
export function goldenCases(): GoldenCase[] {
  const file = new URL('../vectors/assignors.jsonl.gz', import.meta.url)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as GoldenCase)
}

export function inputOf(golden: GoldenCase): AssignmentInput {
  return {
    partitionsByTopic: new Map(Object.entries(golden.topics)),
    members: golden.members.map((member) =>
      memberOf({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        topics: member.topics,
        ownedPartitions: member.owned.map(parse),
        generationId: member.generation,
      }),
    ),
  }
}

export function memberOf(fields: Partial<AssignorMember> & { readonly memberId: string }): AssignorMember {
  return { groupInstanceId: null, topics: [], ownedPartitions: [], generationId: -1, ...fields }
}

/** 'topic-3' of a topic partition, and back. */
export function print(partition: TopicPartition): string {
  return `${partition.topic}-${partition.partition}`
}

export function parse(text: string): TopicPartition {
  const dash = text.lastIndexOf('-')
  return { topic: text.slice(0, dash), partition: Number(text.slice(dash + 1)) }
}

export function printed(assignment: Assignment): Record<string, string[]> {
  return Object.fromEntries([...assignment].map(([memberId, partitions]) => [memberId, partitions.map(print)]))
}

/** The members as they are when they have taken over an assignment. */
export function takenOver(input: AssignmentInput, assignment: Assignment, generationId: number): AssignmentInput {
  const members = input.members.map((member) => ({
    ...member,
    ownedPartitions: assignment.get(member.memberId) ?? [],
    generationId,
  }))
  return { ...input, members }
}

/** How many partitions stay with a member that owned them. */
export function keptCount(input: AssignmentInput, assignment: Assignment): number {
  let kept = 0
  for (const member of input.members) {
    const owned = new Set(member.ownedPartitions.map(print))
    for (const partition of assignment.get(member.memberId) ?? []) if (owned.has(print(partition))) kept++
  }
  return kept
}

export function assignedCount(assignment: Assignment): number {
  let count = 0
  for (const partitions of assignment.values()) count += partitions.length
  return count
}

/**
 * The moves that would make an assignment more balanced: a partition whose owner has at least two more than another
 * subscriber of its topic. Empty for the best that subscriptions allow.
 */
export function helpfulMoves(input: AssignmentInput, assignment: Assignment): string[] {
  const moves: string[] = []
  for (const [owner, partitions] of assignment) {
    for (const topic of new Set(partitions.map((partition) => partition.topic))) {
      for (const member of input.members) {
        const load = assignment.get(member.memberId)?.length ?? 0
        if (member.topics.includes(topic) && load + 1 < partitions.length) {
          moves.push(`${topic}: ${owner} -> ${member.memberId}`)
        }
      }
    }
  }
  return moves
}
