import type { ErrorName } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { OFFSETS_TOPIC } from './topic-name.ts'

/**
 * Creates `__consumer_offsets` where it is missing: Kafka does so when somebody first looks for a group's coordinator. Its partition count is
 * that of the group shards and never changes.
 */
export async function ensureOffsetsTopic(broker: Broker): Promise<ErrorName> {
  if (broker.metadata.image.topicsByName.has(OFFSETS_TOPIC)) return 'NONE'
  const segmentBytes = Number(broker.config.get('offsets.topic.segment.bytes'))
  const { errorCode } = await broker.metadata.createTopic({
    name: OFFSETS_TOPIC,
    partitionCount: broker.config.values.offsetsTopicNumPartitions,
    // As GroupCoordinator.groupMetadataTopicConfigs has it.
    configs: new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'producer'],
      // The broker's config may be smaller than a topic's may be.
      [segmentBytes < TOPIC_SEGMENT_BYTES_MIN ? 'internal.segment.bytes' : 'segment.bytes', String(segmentBytes)],
    ]),
    isInternal: true,
  })
  return errorCode === 'TOPIC_ALREADY_EXISTS' ? 'NONE' : errorCode
}

/** Of `segment.bytes`, since KIP-1030. */
const TOPIC_SEGMENT_BYTES_MIN = 1024 * 1024
