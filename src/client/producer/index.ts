export type { Partitioner, RecordToPlace } from './partitioner.ts'
export { type CloseProducerOptions, Producer, type ProducerRecord, type SendOptions } from './producer.ts'
export type { RecordMetadata } from './trackers.ts'
