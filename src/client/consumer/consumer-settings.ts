import type { FetchConfig } from './fetch/fetch-config.ts'
import type { ClientAssignor } from './membership/membership.ts'
import type { ResetStrategy } from './reset-strategy.ts'

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
