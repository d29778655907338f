import type { Admin, AdminCallOptions, ConfigEntry, TopicDescription } from '../../client/index.ts'
import { Results } from '../../client/index.ts'
import { readPartitionEnds } from '../lag/index.ts'

/** A partition: who has it, and where its log begins and ends. */
export interface TopicPartitionReport {
  readonly partition: number
  /** -1 while there is none. */
  readonly leaderId: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** undefined where it cannot be told; `reason` says why. */
  readonly logStartOffset: bigint | undefined
  readonly logEndOffset: bigint | undefined
  readonly reason: string | undefined
}

/** A topic with its partitions and where their logs begin and end. */
export interface TopicReport {
  readonly name: string
  /** undefined before Kafka 2.8. */
  readonly topicId: string | undefined
  readonly isInternal: boolean
  readonly replicationFactor: number
  /** What is set for this topic alone; undefined where this client may not see it. */
  readonly configs: readonly ConfigEntry[] | undefined
  readonly partitions: readonly TopicPartitionReport[]
}

/** Reports of topics, by name; one that does not exist fails with UNKNOWN_TOPIC_OR_PARTITION. */
export async function readTopicReports(
  admin: Admin,
  names: readonly string[],
  { signal, timeoutMs }: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<Results<TopicReport>> {
  const options = { signal, timeoutMs, partial: true }
  const topics = await admin.describeTopics(names, options)
  const existing = [...topics.values()]
  const places = existing.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  )
  const [ends, configs] = await Promise.all([
    readPartitionEnds(admin, places, options),
    admin.describeConfigs(
      existing.map(({ name }) => ({ type: 'topic' as const, name })),
      options,
    ),
  ])
  const reports = existing.map((topic): [string, TopicReport] => {
    const own = configs.get(`topic:${topic.name}`)?.filter(({ source }) => source === 'dynamic-topic')
    return [topic.name, { ...headOf(topic), configs: own, partitions: topic.partitions.map(withEnds) }]

    function withEnds({
      partition,
      leaderId,
      replicas,
      isr,
    }: TopicDescription['partitions'][number]): TopicPartitionReport {
      const found = ends.get(`${topic.name}-${partition}`)
      const known = found?.state === 'known' ? found : undefined
      return {
        partition,
        leaderId,
        replicas,
        isr,
        logStartOffset: known?.logStartOffset,
        logEndOffset: known?.logEndOffset,
        reason: found === undefined || found.state === 'known' ? undefined : found.reason,
      }
    }
  })
  return new Results(reports, topics.failures)
}

/** Offsets between the ends of all partitions: at least the number of records, as compaction and transactions leave holes. */
export function offsetSpan({ partitions }: TopicReport): bigint {
  return partitions.reduce((sum, { logStartOffset = 0n, logEndOffset = 0n }) => sum + logEndOffset - logStartOffset, 0n)
}

function headOf({ name, topicId, isInternal, partitions }: TopicDescription) {
  return { name, topicId, isInternal, replicationFactor: partitions[0]?.replicas.length ?? 0 }
}
