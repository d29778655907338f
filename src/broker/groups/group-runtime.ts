import { randomUUID } from 'node:crypto'
import type { ConsumerGroupConfig, GroupConfig, GroupEvent, TopicImage } from '../../coordinator/index.ts'
import type { LogStore, PartitionLog } from '../../log/index.ts'
import type { Clock, Logger } from '../../platform/index.ts'
import { GroupRuntime } from '../../runtime/index.ts'
import type { BrokerConfig } from '../configs/index.ts'
import type { MetadataImage, MetadataStore } from '../metadata/metadata-store.ts'
import { OFFSETS_TOPIC } from '../topics/topic-name.ts'
import { consumerConfigReader } from './consumer-config.ts'
import { GroupEffects } from './group-effects.ts'
import { OffsetsShardLog } from './offsets-shard-log.ts'

export interface BrokerGroupsOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly config: BrokerConfig
  readonly metadata: MetadataStore
  readonly logs: LogStore
  /** The partition of `__consumer_offsets`, which exists. */
  shardLog(shard: number): PartitionLog
  onEvent(event: GroupEvent): void
}

/**
 * The group runtime on the partitions of `__consumer_offsets`. Shards load at once where the topic exists, else when it is created; the
 * runtime hears of topics that go.
 */
export function startGroupRuntime(options: BrokerGroupsOptions): GroupRuntime {
  const { clock, logger, config, metadata, logs, onEvent } = options
  const opened = new Map<number, OffsetsShardLog>()
  let topics = topicImage(metadata.image, undefined)
  const effects = new GroupEffects({ clock, metadata })
  const consumerConfig = consumerConfigReader(config, metadata, () => runtime.consumerMembers())
  const runtime = new GroupRuntime({
    clock,
    logger,
    shardCount: offsetsTopic(metadata.image)?.partitionCount ?? config.values.offsetsTopicNumPartitions,
    openShardLog: async (shard) => {
      const log = new OffsetsShardLog(logs, options.shardLog(shard), opened.get(shard))
      opened.set(shard, log)
      return log
    },
    config: () => groupConfig(config, metadata.image, consumerConfig()),
    runEffect: (effect) => effects.run(effect),
    stopEffects: () => effects.stop(),
    randomId: randomUUID,
    topics: () => topics,
    onEvent,
  })
  if (offsetsTopic(metadata.image) !== undefined) runtime.start()
  metadata.onChange((image, previous) => {
    topics = topicImage(image, topics)
    if (offsetsTopic(previous) === undefined && offsetsTopic(image) !== undefined) runtime.start()
    const deleted: string[] = []
    for (const { name, topicId } of previous.topicsById.values()) if (!image.topicsById.has(topicId)) deleted.push(name)
    runtime.topicsChanged(deleted)
  })
  return runtime
}

function offsetsTopic({ topicsByName }: MetadataImage) {
  return topicsByName.get(OFFSETS_TOPIC)
}

function groupConfig(config: BrokerConfig, image: MetadataImage, consumer: ConsumerGroupConfig): GroupConfig {
  const { values } = config
  const configs = offsetsTopic(image)?.configs
  return {
    groupMinSessionTimeoutMs: values.groupMinSessionTimeoutMs,
    groupMaxSessionTimeoutMs: values.groupMaxSessionTimeoutMs,
    groupMaxSize: values.groupMaxSize,
    groupInitialRebalanceDelayMs: values.groupInitialRebalanceDelayMs,
    offsetMetadataMaxBytes: values.offsetMetadataMaxBytes,
    offsetsRetentionMs: values.offsetsRetentionMinutes * 60_000,
    offsetsRetentionCheckIntervalMs: values.offsetsRetentionCheckIntervalMs,
    consumer,
    ...(configs !== undefined && { groupMetadataBytesMax: config.topicConfig(configs).maxMessageBytes }),
  }
}

/** @param previous the image before; its versions hold on while no topic has come, gone or grown. */
function topicImage(image: MetadataImage, previous: BrokerTopicImage | undefined): BrokerTopicImage {
  const { topicsByName, topicsById } = image
  const change = previous === undefined ? 'created' : topicChange(topicsById, previous.topicsById)
  return {
    topicsById,
    has: (topic) => topicsByName.has(topic),
    partitionCount: (topic) => topicsByName.get(topic)?.partitionCount,
    topicId: (topic) => topicsByName.get(topic)?.topicId,
    topicName: (topicId) => topicsById.get(topicId)?.name,
    version: change === 'none' ? previous!.version : image.version,
    createdVersion: change === 'created' ? image.version : previous!.createdVersion,
  }
}

interface BrokerTopicImage extends TopicImage {
  readonly topicsById: MetadataImage['topicsById']
}

function topicChange(
  now: MetadataImage['topicsById'],
  before: MetadataImage['topicsById'],
): 'none' | 'changed' | 'created' {
  let change: 'none' | 'changed' = now.size === before.size ? 'none' : 'changed'
  for (const [topicId, topic] of now) {
    const old = before.get(topicId)
    if (old === undefined) return 'created'
    if (old.partitionCount !== topic.partitionCount) change = 'changed'
  }
  return change
}
