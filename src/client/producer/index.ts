export type { Partitioner, RecordToPlace } from './partitioner.ts'
export {
  type CloseProducerOptions,
  Producer,
  type ProducerRecord,
  type ProducerStats,
  type SendOptions,
} from './producer.ts'
export type { SenderStats } from './sender.ts'
export type { RecordMetadata } from './trackers.ts'
