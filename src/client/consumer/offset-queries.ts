import type { TopicPartition } from '../../assignor/index.ts'
import { invalidArgument, shown } from '../config/call-options.ts'
import type { ListedOffset, OffsetQuery } from './fetch/list-offsets.ts'

/** Asks the leaders; each partition once. The answer is by `topic-partition`. */
export type ListThem = (queries: readonly OffsetQuery[]) => Promise<ReadonlyMap<string, ListedOffset>>

export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint
}

/** At a timestamp: undefined where no record is as young. */
export interface PartitionOffsetForTime extends TopicPartition {
  readonly found: Pick<ListedOffset, 'offset' | 'timestamp' | 'leaderEpoch'> | undefined
}

/** @throws KafkaError INVALID_ARGUMENT for a timestamp that is none; what `list` rejects with */
export async function offsetsAt(
  times: readonly (TopicPartition & { readonly timestamp: number })[],
  list: ListThem,
): Promise<PartitionOffsetForTime[]> {
  const queries = times.map(({ topic, partition, timestamp }) => {
    if (!Number.isSafeInteger(timestamp) || timestamp < 0)
      throw invalidArgument(`a timestamp is a whole number of milliseconds since 1970, not ${shown(timestamp)}`)
    return { topic, partition, timestamp: BigInt(timestamp) }
  })
  const rounds = onceEach(queries)
  const listed = await Promise.all(rounds.map(list))
  return queries.map((query) => {
    const { topic, partition } = query
    const found = listed[rounds.findIndex((round) => round.includes(query))]!.get(`${topic}-${partition}`)
    return { topic, partition, found: found === undefined || found.offset < 0n ? undefined : found }
  })
}

/** @param end EARLIEST or LATEST */
export async function offsetsOfEnd(
  partitions: readonly TopicPartition[],
  end: bigint,
  list: ListThem,
): Promise<PartitionOffset[]> {
  const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp: end }))
  const listed = await list(onceEach(queries)[0] ?? [])
  return partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    offset: listed.get(`${topic}-${partition}`)!.offset,
  }))
}

/** A request may name a partition once. */
function onceEach<T extends TopicPartition>(queries: readonly T[]): T[][] {
  const rounds: T[][] = []
  const seen = new Map<string, number>()
  for (const query of queries) {
    const name = `${query.topic}-${query.partition}`
    const round = seen.get(name) ?? 0
    seen.set(name, round + 1)
    rounds[round] ??= []
    rounds[round].push(query)
  }
  return rounds
}
