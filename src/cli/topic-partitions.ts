import type { TopicPartition } from '../assignor/index.ts'
import type { Admin } from '../client/index.ts'
import { CliError, UsageError } from './exit-code.ts'

/**
 * Partitions that `--topic` names: `orders` is all of a topic, `orders:0,1` are two of them (as Kafka's tools write them). By topic and partition.
 * @throws UsageError for another form; CliError for topics that do not exist
 */
export async function topicPartitions(
  admin: Admin,
  texts: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly TopicPartition[]> {
  const found = new Map<string, TopicPartition>()
  const add = (one: TopicPartition): void => void found.set(`${one.topic}-${one.partition}`, one)
  const whole: string[] = []
  for (const text of texts) {
    const match = /^([^:]+)(?::(\d+(?:,\d+)*))?$/.exec(text)
    if (match === null) throw new UsageError(`--topic ${text} is neither TOPIC nor TOPIC:PARTITION,PARTITION.`)
    const [, topic, partitions] = match
    if (partitions === undefined) whole.push(topic!)
    else for (const partition of partitions.split(',')) add({ topic: topic!, partition: Number(partition) })
  }
  const topics = await admin.describeTopics(whole, { signal, partial: true })
  for (const [name, { code, message }] of topics.failures) {
    throw new CliError(
      code === 'UNKNOWN_TOPIC_OR_PARTITION' ? `There is no topic ${name}.` : `Topic ${name}: ${message}`,
    )
  }
  for (const { name, partitions } of topics.values()) {
    for (const { partition } of partitions) add({ topic: name, partition })
  }
  return [...found.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}
