import type { BrokerConfig } from './broker-config.ts'

/** The broker configs that kohort's code goes by, parsed, in Kafka's names camel-cased. Bytes and milliseconds; -1 = no limit. */
export interface BrokerValues {
  readonly autoCreateTopicsEnable: boolean
  readonly brokerRack: string | null
  readonly connectionsMaxIdleMs: number
  readonly defaultReplicationFactor: number
  readonly deleteTopicEnable: boolean
  readonly fetchMaxBytes: number
  readonly groupConsumerAssignmentIntervalMs: number
  readonly groupConsumerAssignors: readonly string[]
  readonly groupConsumerHeartbeatIntervalMs: number
  readonly groupConsumerMaxSize: number
  readonly groupConsumerMigrationPolicy: 'DISABLED' | 'UPGRADE' | 'DOWNGRADE' | 'BIDIRECTIONAL'
  readonly groupConsumerRegexRefreshIntervalMs: number
  readonly groupConsumerSessionTimeoutMs: number
  readonly groupEventsEnable: boolean
  readonly groupEventsRetentionBytes: number
  readonly groupEventsRetentionMs: number
  readonly groupInitialRebalanceDelayMs: number
  readonly groupMaxSessionTimeoutMs: number
  readonly groupMaxSize: number
  readonly groupMinSessionTimeoutMs: number
  /** `log.dirs`, or `log.dir` when that is not set. */
  readonly logDirs: readonly string[]
  /** null = not set: `--flush interval` has a default of its own. */
  readonly logFlushIntervalMs: number | null
  readonly logCleanerBackoffMs: number
  readonly logCleanerDedupeBufferSize: number
  readonly logCleanerEnable: boolean
  readonly logCleanerIoBufferLoadFactor: number
  readonly logCleanerIoBufferSize: number
  readonly logCleanerIoMaxBytesPerSecond: number
  readonly logRetentionCheckIntervalMs: number
  readonly maxConnections: number
  readonly maxConnectionsPerIp: number
  readonly maxIncrementalFetchSessionCacheSlots: number
  readonly maxRequestPartitionSizeLimit: number
  readonly nodeId: number
  readonly numPartitions: number
  readonly offsetMetadataMaxBytes: number
  readonly offsetsRetentionCheckIntervalMs: number
  readonly offsetsRetentionMinutes: number
  readonly offsetsTopicNumPartitions: number
  readonly offsetsTopicSegmentBytes: number
  readonly producerIdExpirationMs: number
  readonly queuedMaxRequestBytes: number
  readonly socketRequestMaxBytes: number
}

export function readBrokerValues(config: BrokerConfig): BrokerValues {
  /** Of a config that has a default. */
  const number = (name: string): number => Number(config.get(name) as number | bigint)
  const boolean = (name: string): boolean => config.get(name) as boolean
  const numberOrNull = (name: string): number | null => (config.get(name) === null ? null : number(name))
  return Object.freeze({
    autoCreateTopicsEnable: boolean('auto.create.topics.enable'),
    brokerRack: config.get('broker.rack') as string | null,
    connectionsMaxIdleMs: number('connections.max.idle.ms'),
    defaultReplicationFactor: number('default.replication.factor'),
    deleteTopicEnable: boolean('delete.topic.enable'),
    fetchMaxBytes: number('fetch.max.bytes'),
    groupConsumerAssignmentIntervalMs: number('group.consumer.assignment.interval.ms'),
    groupConsumerAssignors: config.get('group.consumer.assignors') as readonly string[],
    groupConsumerHeartbeatIntervalMs: number('group.consumer.heartbeat.interval.ms'),
    groupConsumerMaxSize: number('group.consumer.max.size'),
    groupConsumerMigrationPolicy: (
      config.get('group.consumer.migration.policy') as string
    ).toUpperCase() as BrokerValues['groupConsumerMigrationPolicy'],
    groupConsumerRegexRefreshIntervalMs: number('group.consumer.regex.refresh.interval.ms'),
    groupConsumerSessionTimeoutMs: number('group.consumer.session.timeout.ms'),
    groupEventsEnable: boolean('group.events.enable'),
    groupEventsRetentionBytes: number('group.events.retention.bytes'),
    groupEventsRetentionMs: number('group.events.retention.ms'),
    groupInitialRebalanceDelayMs: number('group.initial.rebalance.delay.ms'),
    groupMaxSessionTimeoutMs: number('group.max.session.timeout.ms'),
    groupMaxSize: number('group.max.size'),
    groupMinSessionTimeoutMs: number('group.min.session.timeout.ms'),
    logDirs: (config.get('log.dirs') ?? config.get('log.dir')) as readonly string[],
    logCleanerBackoffMs: number('log.cleaner.backoff.ms'),
    logCleanerDedupeBufferSize: number('log.cleaner.dedupe.buffer.size'),
    logCleanerEnable: boolean('log.cleaner.enable'),
    logCleanerIoBufferLoadFactor: number('log.cleaner.io.buffer.load.factor'),
    logCleanerIoBufferSize: number('log.cleaner.io.buffer.size'),
    logCleanerIoMaxBytesPerSecond: number('log.cleaner.io.max.bytes.per.second'),
    logFlushIntervalMs: numberOrNull('log.flush.interval.ms'),
    logRetentionCheckIntervalMs: number('log.retention.check.interval.ms'),
    maxConnections: number('max.connections'),
    maxConnectionsPerIp: number('max.connections.per.ip'),
    maxIncrementalFetchSessionCacheSlots: number('max.incremental.fetch.session.cache.slots'),
    maxRequestPartitionSizeLimit: number('max.request.partition.size.limit'),
    nodeId: number('node.id'),
    numPartitions: number('num.partitions'),
    offsetMetadataMaxBytes: number('offset.metadata.max.bytes'),
    offsetsRetentionCheckIntervalMs: number('offsets.retention.check.interval.ms'),
    offsetsRetentionMinutes: number('offsets.retention.minutes'),
    offsetsTopicNumPartitions: number('offsets.topic.num.partitions'),
    offsetsTopicSegmentBytes: number('offsets.topic.segment.bytes'),
    producerIdExpirationMs: number('producer.id.expiration.ms'),
    queuedMaxRequestBytes: number('queued.max.request.bytes'),
    socketRequestMaxBytes: number('socket.request.max.bytes'),
  })
}
