import type { Admin, KafkaError, TopicDescription } from '../../client/index.ts'

/** Where a partition begins and ends; or that there is none; or why that cannot be told. */
export type PartitionEnds =
  | {
      readonly state: 'known'
      readonly topicId: string | undefined
      readonly leaderId: number
      readonly logStartOffset: bigint
      /** The high watermark: what consumers can read. */
      readonly logEndOffset: bigint
    }
  | { readonly state: 'no-such-partition'; readonly reason: string }
  | { readonly state: 'unknown'; readonly reason: string }

export interface ReadEndsOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

interface Place {
  readonly topic: string
  readonly partition: number
}

/**
 * Both ends of partitions, by `topic-partition`: one Metadata request, then ListOffsets, two a leader, all at once. The start is asked for at the same
 * time as the end, so it may be older or younger than that by as long as the answers took.
 */
export async function readPartitionEnds(
  admin: Admin,
  partitions: readonly Place[],
  { signal, timeoutMs }: ReadEndsOptions = {},
): Promise<ReadonlyMap<string, PartitionEnds>> {
  const options = { signal, timeoutMs, partial: true }
  const places = new Map(partitions.map((place) => [keyOf(place), place]))
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  if (names.length === 0) return new Map()
  const topics = await admin.describeTopics(names, options)
  const ends = new Map<string, PartitionEnds>()
  const existing: Place[] = []
  for (const [key, place] of places) {
    const missing = missingPlace(place, topics.get(place.topic), topics.failures.get(place.topic))
    if (missing === undefined) existing.push(place)
    else ends.set(key, missing)
  }
  if (existing.length === 0) return ends
  const [starts, latest] = await Promise.all([
    admin.listOffsets(
      existing.map((place) => ({ ...place, spec: 'earliest' as const })),
      options,
    ),
    admin.listOffsets(existing, options),
  ])
  for (const place of existing) {
    const key = keyOf(place)
    const start = starts.get(key)
    const end = latest.get(key)
    if (start === undefined || end === undefined) {
      ends.set(key, failedEnds(latest.failures.get(key) ?? starts.failures.get(key)))
      continue
    }
    const { topicId, partitions: described } = topics.get(place.topic)!
    const leaderId = described[place.partition]!.leaderId
    ends.set(key, { state: 'known', topicId, leaderId, logStartOffset: start.offset, logEndOffset: end.offset })
  }
  return ends
}

export function keyOf({ topic, partition }: Place): string {
  return `${topic}-${partition}`
}

function missingPlace(
  { topic, partition }: Place,
  described: TopicDescription | undefined,
  failure: KafkaError | undefined,
): PartitionEnds | undefined {
  if (described === undefined) {
    if (failure?.code === 'UNKNOWN_TOPIC_OR_PARTITION')
      return { state: 'no-such-partition', reason: `there is no topic ${topic}` }
    return failedEnds(failure)
  }
  const { length } = described.partitions
  if (partition < length) return undefined
  return { state: 'no-such-partition', reason: `${topic} has ${length} ${length === 1 ? 'partition' : 'partitions'}` }
}

function failedEnds(failure: KafkaError | undefined): PartitionEnds {
  // Deleted between two answers.
  const isGone = failure?.code === 'UNKNOWN_TOPIC_OR_PARTITION'
  return { state: isGone ? 'no-such-partition' : 'unknown', reason: failure?.message ?? 'the broker has no word on it' }
}
