import type { BrokerConfig } from '../configs/index.ts'
import type { MetadataResult, MetadataStore } from '../metadata/metadata-store.ts'
import { GROUP_EVENTS_TOPIC } from '../topics/topic-name.ts'

/** So that retention has something to remove: it removes whole segments. */
const SEGMENT_BYTES = 8 * 1024 * 1024
const SEGMENT_MS = 24 * 60 * 60 * 1000

/** Creates `__group_events` where it is missing. Its configs are its own from then on: `kafka-configs` changes them as any topic's. */
export async function ensureGroupEventsTopic(
  metadata: MetadataStore,
  { values }: BrokerConfig,
): Promise<MetadataResult> {
  if (metadata.image.topicsByName.has(GROUP_EVENTS_TOPIC)) return { errorCode: 'NONE' }
  const result = await metadata.createTopic({
    name: GROUP_EVENTS_TOPIC,
    partitionCount: 1,
    configs: new Map([
      ['cleanup.policy', 'delete'],
      ['retention.ms', String(values.groupEventsRetentionMs)],
      ['retention.bytes', String(values.groupEventsRetentionBytes)],
      ['segment.bytes', String(SEGMENT_BYTES)],
      ['segment.ms', String(SEGMENT_MS)],
    ]),
    isInternal: true,
  })
  return result.errorCode === 'TOPIC_ALREADY_EXISTS' ? { errorCode: 'NONE' } : result
}
