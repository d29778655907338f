import type { BrokerConfig } from './broker-config.ts'
import { type ConfigValue, validateConfigValue } from './config-value.ts'
import { topicConfigDefinitions } from './definitions.ts'

/**
 * A topic's configs, parsed, in Kafka's names camel-cased. Bytes and milliseconds; -1 = no limit. Kafka's largest LONG,
 * 2^63-1, comes as the nearest number, 2^63, which is as good as infinite. Has all of log/'s LogConfig.
 */
export interface TopicConfig {
  readonly cleanupPolicy: readonly ('delete' | 'compact')[]
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly compressionZstdLevel: number
  readonly deleteRetentionMs: number
  readonly fileDeleteDelayMs: number
  readonly flushMessages: number
  readonly flushMs: number
  readonly indexIntervalBytes: number
  readonly maxCompactionLagMs: number
  readonly maxMessageBytes: number
  readonly messageTimestampAfterMaxMs: number
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  readonly minInsyncReplicas: number
  readonly preallocate: boolean
  readonly retentionBytes: number
  readonly retentionMs: number
  /** `internal.segment.bytes` where it is set: Kafka's tests use it to go below the limit of 1 MB. */
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  readonly segmentJitterMs: number
  readonly segmentMs: number
  readonly uncleanLeaderElectionEnable: boolean
}

const names: Readonly<Record<keyof TopicConfig, string>> = {
  cleanupPolicy: 'cleanup.policy',
  compressionGzipLevel: 'compression.gzip.level',
  compressionLz4Level: 'compression.lz4.level',
  compressionType: 'compression.type',
  compressionZstdLevel: 'compression.zstd.level',
  deleteRetentionMs: 'delete.retention.ms',
  fileDeleteDelayMs: 'file.delete.delay.ms',
  flushMessages: 'flush.messages',
  flushMs: 'flush.ms',
  indexIntervalBytes: 'index.interval.bytes',
  maxCompactionLagMs: 'max.compaction.lag.ms',
  maxMessageBytes: 'max.message.bytes',
  messageTimestampAfterMaxMs: 'message.timestamp.after.max.ms',
  messageTimestampBeforeMaxMs: 'message.timestamp.before.max.ms',
  messageTimestampType: 'message.timestamp.type',
  minCleanableDirtyRatio: 'min.cleanable.dirty.ratio',
  minCompactionLagMs: 'min.compaction.lag.ms',
  minInsyncReplicas: 'min.insync.replicas',
  preallocate: 'preallocate',
  retentionBytes: 'retention.bytes',
  retentionMs: 'retention.ms',
  segmentBytes: 'segment.bytes',
  segmentIndexBytes: 'segment.index.bytes',
  segmentJitterMs: 'segment.jitter.ms',
  segmentMs: 'segment.ms',
  uncleanLeaderElectionEnable: 'unclean.leader.election.enable',
}

export function readTopicConfig(broker: BrokerConfig, overrides: ReadonlyMap<string, string>): TopicConfig {
  const effective = effectiveTopicConfigs(broker, overrides)
  const config: Record<string, unknown> = {}
  for (const [property, name] of Object.entries(names)) {
    const value = effective.get(name)
    config[property] = typeof value === 'bigint' ? Number(value) : value
  }
  const internalSegmentBytes = effective.get('internal.segment.bytes')
  if (internalSegmentBytes !== null) config.segmentBytes = internalSegmentBytes
  return Object.freeze(config) as unknown as TopicConfig
}

/** Every topic config, parsed; null = not set and without default (`internal.segment.bytes`). */
export function effectiveTopicConfigs(
  broker: BrokerConfig,
  overrides: ReadonlyMap<string, string>,
): Map<string, ConfigValue | null> {
  const effective = new Map<string, ConfigValue | null>()
  for (const definition of topicConfigDefinitions().values()) {
    const override = overrides.get(definition.name)
    const result = override === undefined ? undefined : validateConfigValue(definition, override)
    effective.set(definition.name, result?.ok === true ? result.parsed : topicDefault(broker, definition.name))
  }
  return effective
}

/** What holds for a topic that says nothing: the broker's value under the first synonym that is set, else the default. */
export function topicDefault(broker: BrokerConfig, name: string): ConfigValue | null {
  const definition = topicConfigDefinitions().get(name)!
  for (const { name: brokerName, factor } of definition.brokerConfigs) {
    const value = broker.get(brokerName)
    if (value === null) continue
    const converted = definition.type === 'LONG' ? BigInt(value as number | bigint) * BigInt(factor) : value
    // Kafka takes every negative retention for no limit.
    return name === 'retention.ms' && (converted as bigint) < 0n ? -1n : converted
  }
  if (definition.defaultValue === null) return null
  const result = validateConfigValue(definition, definition.defaultValue)
  return result.ok ? result.parsed : null
}
