import { defaultClusterSettings } from '../../../src/client/cluster/cluster-settings.ts'
import { NetworkCluster } from '../../../src/client/cluster/network-cluster.ts'
import {
  Consumer,
  type ConsumerSettings,
  parseResetStrategy,
  type RawProducer,
} from '../../../src/client/consumer/index.ts'
import { bytes, type Deserializer } from '../../../src/client/serdes/index.ts'
import { type Clock, type Logger, silentLogger, systemClock } from '../../../src/platform/index.ts'

export const defaultSettings: ConsumerSettings = {
  groupId: undefined,
  groupInstanceId: undefined,
  groupProtocol: 'classic',
  groupRemoteAssignor: undefined,
  partitionAssignmentStrategy: ['range', 'cooperative-sticky'],
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 3_000,
  heartbeat: 'inline',
  maxPollIntervalMs: 300_000,
  maxPollRecords: 500,
  autoOffsetReset: parseResetStrategy('earliest'),
  enableAutoCommit: true,
  autoCommitIntervalMs: 5_000,
  allowAutoCreateTopics: false,
  excludeInternalTopics: true,
  defaultApiTimeoutMs: 60_000,
  fetchMinBytes: 1,
  fetchMaxBytes: 52_428_800,
  fetchMaxWaitMs: 500,
  maxPartitionFetchBytes: 1_048_576,
  maxBufferedBytes: 67_108_864,
  isolationLevel: 'read_uncommitted',
  checkCrcs: true,
  clientRack: '',
  requestTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  metadataMaxAgeMs: 300_000,
}

export interface TestConsumerOptions<K, V> extends Partial<ConsumerSettings> {
  readonly clientId?: string
  readonly clock?: Clock
  readonly logger?: Logger
  readonly key?: Deserializer<K>
  readonly value?: Deserializer<V>
  readonly producer?: () => RawProducer
}

/** A consumer with connections of its own, which it closes: what `kafka.consumer()` makes, without the configuration tables. */
export function testConsumer<K = Buffer | null, V = Buffer | null>(
  bootstrapServers: string,
  options: TestConsumerOptions<K, V> = {},
): Consumer<K, V> {
  const { clientId = 'test', clock = systemClock, logger = silentLogger, key, value, producer, ...settings } = options
  const [host, port] = bootstrapServers.split(':')
  const cluster = new NetworkCluster({
    clock,
    logger,
    settings: { ...defaultClusterSettings, clientId, bootstrapServers: [{ host: host!, port: Number(port) }] },
  })
  return new Consumer<K, V>({
    cluster,
    settings: { ...defaultSettings, ...settings },
    serdes: { key: key ?? (bytes() as never), value: value ?? (bytes() as never) },
    producer:
      producer ??
      (() => {
        throw new Error('this test has no producer')
      }),
    onClosed: () => void cluster.close(),
  })
}
