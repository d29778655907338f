import type { Clock, Kafka } from '../../client/index.ts'
import { pause } from '../delay.ts'
import { readPartition } from '../read-partition.ts'
import { GROUP_EVENTS_TOPIC, hasGroupEvents } from '../timeline/read-timeline.ts'
import { recordedEntry } from '../timeline/timeline-entry.ts'
import type { GroupEventCounts } from './group-event-counts.ts'

export interface FollowOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** A cluster without the topic is asked again after so long: it comes with the first event. Default 15 s. */
  readonly retryMs?: number | undefined
}

/** Counts what `__group_events` tells from now on, until the signal. Clusters of Apache Kafka have no such topic: then nothing is counted. */
export async function followGroupEvents(kafka: Kafka, counts: GroupEventCounts, options: FollowOptions): Promise<void> {
  const { clock, signal, retryMs = 15_000 } = options
  let sinceMs = clock.wallMs()
  while (!signal.aborted) {
    try {
      if (await hasGroupEvents(kafka, signal)) {
        const place = { topic: GROUP_EVENTS_TOPIC, partition: 0, from: { timestamp: sinceMs } }
        for await (const record of readPartition(kafka, { ...place, follow: true, signal })) {
          const entry = record && recordedEntry(record.rawValue)
          if (entry === undefined || entry.timeMs < sinceMs) continue
          counts.add(entry)
          counts.reachedMs = Math.max(counts.reachedMs, entry.timeMs)
        }
      }
    } catch {
      // The monitor says that the cluster cannot be reached; here it is only asked again.
    }
    sinceMs = Math.max(sinceMs, counts.reachedMs + 1)
    await pause(options, retryMs, signal)
  }
}
