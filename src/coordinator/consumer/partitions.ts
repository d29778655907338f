import type { TopicPartitions } from '../../assignor/index.ts'

/** Partitions as the wire has them, in the order in which they came. */
export type PartitionList = readonly { readonly topicId: string; readonly partitions: readonly number[] }[]

export const NO_PARTITIONS: TopicPartitions = new Map()

export function partitionsOf(list: PartitionList): TopicPartitions {
  const byTopic = new Map<string, readonly number[]>()
  for (const { topicId, partitions } of list) {
    const known = byTopic.get(topicId)
    if (known === undefined && partitions.length === 0) continue
    byTopic.set(topicId, ascending(known === undefined ? partitions : [...known, ...partitions]))
  }
  return byTopic
}

export function listOf(partitions: TopicPartitions): { topicId: string; partitions: number[] }[] {
  return [...partitions].map(([topicId, numbers]) => ({ topicId, partitions: [...numbers] }))
}

export function samePartitions(a: TopicPartitions, b: TopicPartitions): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [topicId, left] of a) {
    const right = b.get(topicId)
    if (right === undefined || !sameNumbers(left, right)) return false
  }
  return true
}

/** Whether each partition of `list` is in `all`. */
export function isSubset(list: PartitionList, all: TopicPartitions): boolean {
  return list.every(({ topicId, partitions }) => {
    const known = all.get(topicId)
    return known !== undefined && partitions.every((partition) => includes(known, partition))
  })
}

/** Whether some partition of `list` is in `some`. */
export function intersects(list: PartitionList, some: TopicPartitions): boolean {
  if (some.size === 0) return false
  return list.some(({ topicId, partitions }) => {
    const known = some.get(topicId)
    return known !== undefined && partitions.some((partition) => includes(known, partition))
  })
}

/** Halves its way to the number: a member may own thousands of partitions. */
export function includes(numbers: readonly number[], wanted: number): boolean {
  let low = 0
  let high = numbers.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = numbers[middle]!
    if (found === wanted) return true
    if (found < wanted) low = middle + 1
    else high = middle - 1
  }
  return false
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((number, i) => number === b[i]))
}

function ascending(numbers: readonly number[]): readonly number[] {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted.some((number, i) => number === sorted[i - 1]) ? [...new Set(sorted)] : sorted
}
