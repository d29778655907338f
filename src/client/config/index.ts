export { type AdminConfig, adminKeys } from './admin-config.ts'
export { bootstrapAddresses, type CommonConfig, clusterSettings } from './cluster-config.ts'
export { commonKeys, type KafkaConfig, type SaslCredentials } from './common-config.ts'
export {
  type AssignmentStrategy,
  type ConsumerConfig,
  checkConsumerConfig,
  consumerKeys,
  type ResolvedConsumerConfig,
} from './consumer-config.ts'
export { nearest } from './nearest.ts'
export {
  type Acks,
  type ProducerConfig,
  type ProducerSettings,
  producerKeys,
  producerSettings,
  type ResolvedProducerConfig,
} from './producer-config.ts'
export { configsOf, type Properties, parseProperties } from './properties.ts'
export { type ConfigTable, resolveConfig } from './resolve.ts'
