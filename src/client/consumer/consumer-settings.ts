import type { CommonConfig, ResolvedConsumerConfig } from '../config/index.ts'
import type { FetchConfig } from './fetch/fetch-config.ts'
import type { ClientAssignor } from './membership/membership.ts'
import { parseResetStrategy, type ResetStrategy } from './reset-strategy.ts'

/** The consumer's configuration, with the client's: Kafka's names and meanings. */
export interface ConsumerSettings extends FetchConfig {
  readonly groupId: string | undefined
  readonly groupInstanceId: string | undefined
  readonly groupProtocol: 'classic' | 'consumer' | 'auto'
  readonly groupRemoteAssignor: string | undefined
  readonly partitionAssignmentStrategy: readonly (string | ClientAssignor)[]
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly heartbeat: 'worker' | 'inline'
  readonly maxPollIntervalMs: number
  readonly maxPollRecords: number
  readonly autoOffsetReset: ResetStrategy
  readonly enableAutoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly allowAutoCreateTopics: boolean
  readonly excludeInternalTopics: boolean
  readonly defaultApiTimeoutMs: number
}

/** What is configured for the consumer, and for the client that makes it. @throws KafkaError INVALID_CONFIG */
export function consumerSettings(common: CommonConfig, config: ResolvedConsumerConfig): ConsumerSettings {
  const { key: _key, value: _value, partitionAssignmentStrategy, ...own } = config
  const strategies = partitionAssignmentStrategy
  return {
    ...own,
    partitionAssignmentStrategy: typeof strategies === 'string' || 'assign' in strategies ? [strategies] : strategies,
    autoOffsetReset: parseResetStrategy(own.autoOffsetReset),
    defaultApiTimeoutMs: own.defaultApiTimeoutMs ?? common.defaultApiTimeoutMs,
    requestTimeoutMs: common.requestTimeoutMs,
    retryBackoffMs: common.retryBackoffMs,
    retryBackoffMaxMs: common.retryBackoffMaxMs,
    metadataMaxAgeMs: common.metadataMaxAgeMs,
  }
}
