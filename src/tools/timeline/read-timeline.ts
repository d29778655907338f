import type { Kafka } from '../../client/index.ts'
import { isOutOfReach, readPartition } from '../read-partition.ts'
import { describedTimeline } from './described-timeline.ts'
import { Inference } from './inference/inference.ts'
import { readOffsetsRecords } from './offsets-topic.ts'
import { recordedEntry, type TimelineEntry } from './timeline-entry.ts'

/** Whose history, and from when. */
export interface ReadTimelineOptions {
  readonly groupId: string
  /** Wall clock, ms since the epoch: what happened from then on. Default: all that is kept. */
  readonly sinceMs?: number | undefined
  /** Waits for more, until the signal. Default false. */
  readonly follow?: boolean | undefined
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined
}

/** kohort's topic of group events (docs/group-timeline.md). */
export const GROUP_EVENTS_TOPIC = '__group_events'

/**
 * What happened to a group and why, oldest first: as kohort recorded it; on other clusters inferred from what the coordinator stored in
 * `__consumer_offsets`. Where neither may be read, and of share and streams groups, `follow` looks at the group every two seconds and tells the
 * differences.
 * @throws KafkaError where neither may be read, without `follow`
 */
export async function* readGroupTimeline(kafka: Kafka, options: ReadTimelineOptions): AsyncGenerator<TimelineEntry> {
  const isRecorded = await hasGroupEvents(kafka, options.signal)
  if (isRecorded) return yield* recordedTimeline(kafka, options)
  if (await isOfOtherType(kafka, options)) {
    if (options.follow === true) yield* describedTimeline(kafka, options)
    return
  }
  try {
    yield* inferredTimeline(kafka, options)
  } catch (error) {
    if (options.follow !== true || !isOutOfReach(error)) throw error
    yield* describedTimeline(kafka, options)
  }
}

/** Whether the cluster keeps why groups changed. */
export async function hasGroupEvents(kafka: Kafka, signal?: AbortSignal): Promise<boolean> {
  const described = await kafka.admin().describeTopics([GROUP_EVENTS_TOPIC], { signal, partial: true })
  const failure = described.failures.get(GROUP_EVENTS_TOPIC)
  if (failure !== undefined && !isOutOfReach(failure)) throw failure
  return failure === undefined
}

/** Share and streams groups store what is not read here. */
async function isOfOtherType(kafka: Kafka, { groupId, signal }: ReadTimelineOptions): Promise<boolean> {
  const { type } = (await kafka.admin().describeGroups([groupId], { signal, partial: true })).get(groupId) ?? {}
  return type === 'share' || type === 'streams'
}

async function* recordedTimeline(kafka: Kafka, options: ReadTimelineOptions): AsyncGenerator<TimelineEntry> {
  const { groupId, sinceMs, follow, signal } = options
  const from = sinceMs === undefined ? ('earliest' as const) : { timestamp: sinceMs }
  for await (const record of readPartition(kafka, { topic: GROUP_EVENTS_TOPIC, partition: 0, from, follow, signal })) {
    const entry = record && recordedEntry(record.rawValue)
    if (entry === undefined || entry.timeMs < (sinceMs ?? Number.NEGATIVE_INFINITY)) continue
    if (entry.groupId === groupId || entry.type === 'events-dropped') yield entry
  }
}

export async function* inferredTimeline(kafka: Kafka, options: ReadTimelineOptions): AsyncGenerator<TimelineEntry> {
  const { groupId, sinceMs = Number.NEGATIVE_INFINITY, follow, signal } = options
  const topicName = await topicNames(kafka, signal)
  const inference = new Inference(groupId, topicName)
  for await (const stored of readOffsetsRecords(kafka, groupId, { follow, signal })) {
    const entries = stored.kind === 'settled' ? inference.settle() : inference.add(stored.record, stored.timeMs)
    for (const entry of entries) if (entry.timeMs >= sinceMs) yield entry
  }
}

/** Names of topics as of now; of others the id itself. */
export async function topicNames(kafka: Kafka, signal?: AbortSignal): Promise<(topicId: string) => string> {
  const topics = await kafka.admin().listTopics({ signal, includeInternal: true })
  const names = new Map(topics.map(({ topicId, name }) => [topicId, name]))
  return (topicId) => names.get(topicId) ?? topicId
}
