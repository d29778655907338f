export type { Partitioner, RecordToPlace } from './partitioner.ts'
export {
  type CloseProducerOptions,
  Producer,
  type ProducerStats,
  type SendOptions,
} from './producer.ts'
export type { ProducerRecord } from './producer-record.ts'
export type { SenderStats } from './send-counts.ts'
export type { RecordMetadata } from './trackers.ts'
