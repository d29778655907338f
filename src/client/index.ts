export type { Clock, Logger } from '../platform/index.ts'
export * from './admin/index.ts'
export type { ConnectionStats } from './cluster/lanes.ts'
export type {
  Acks,
  AdminConfig,
  ConsumerConfig,
  KafkaConfig,
  ProducerConfig,
  Properties,
  SaslCredentials,
} from './config/index.ts'
export * from './consumer/index.ts'
export type {
  CommitContext,
  ConnectionEvent,
  FetchEvent,
  LoopContext,
  ProcessContext,
  ProduceEvent,
  RebalanceContext,
  RequestEvent,
  SendContext,
} from './diagnostics.ts'
export { Kafka, type KafkaCloseOptions, type KafkaStats } from './kafka.ts'
export { type ClientErrorCode, KafkaError, type KafkaErrorCode, type KafkaErrorKind } from './kafka-error.ts'
export { KafkaItemsError } from './kafka-items-error.ts'
export * from './producer/index.ts'
export * from './serdes/index.ts'
