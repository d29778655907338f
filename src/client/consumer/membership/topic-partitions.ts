import type { TopicPartition } from '../../../assignor/index.ts'

/** As a key of maps and sets; topic names have no '/'. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

export function formatPartitions(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
}

/** In the order of first appearance. */
export function groupByTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = byTopic.get(topic)
    if (known === undefined) byTopic.set(topic, [partition])
    else known.push(partition)
  }
  return Array.from(byTopic, ([topic, numbers]) => ({ topic, partitions: numbers }))
}

export function topicPartitionsOf(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}

interface OfTopicId {
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** In the order of ids and partitions, each once; topics without partitions are left out. */
export function unionById(lists: readonly (readonly OfTopicId[])[]): OfTopicId[] {
  const byId = new Map<string, Set<number>>()
  for (const { topicId, partitions } of lists.flat()) {
    const known = byId.get(topicId) ?? new Set()
    for (const partition of partitions) byId.set(topicId, known.add(partition))
  }
  return Array.from(byId, ([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions].sort((a, b) => a - b),
  })).sort((a, b) => (a.topicId < b.topicId ? -1 : 1))
}

/** What `a` has and `b` has not. */
export function without(a: readonly TopicPartition[], b: readonly TopicPartition[]): TopicPartition[] {
  const keys = new Set(b.map(keyOf))
  return a.filter((partition) => !keys.has(keyOf(partition)))
}

export function sortPartitions(partitions: readonly TopicPartition[]): TopicPartition[] {
  return [...partitions].sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
}

export function samePartitions(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  return a.length === b.length && without(a, b).length === 0
}

export function sameTopics(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length
}
