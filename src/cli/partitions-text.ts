import type { TopicPartition } from '../assignor/index.ts'

/** `orders:0,1,2 payments:4`, as `--topic` takes them. */
export function partitionsText(partitions: readonly TopicPartition[]): string {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = byTopic.get(topic)
    if (known === undefined) byTopic.set(topic, [partition])
    else known.push(partition)
  }
  return Array.from(byTopic, ([topic, numbers]) => `${topic}:${numbers.sort((a, b) => a - b).join(',')}`)
    .sort()
    .join(' ')
}
