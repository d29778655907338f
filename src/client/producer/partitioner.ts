import { murmur2 } from '../../wire/index.ts'

/** What a partitioner is told. */
export interface RecordToPlace {
  readonly topic: string
  /** Encoded; null for none. */
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** All of the topic, with or without a leader. */
  readonly partitionCount: number
}

/** Chooses the partition of a record: 0 to `partitionCount` - 1; undefined = as a record without a key. */
export type Partitioner = (record: RecordToPlace) => number | undefined

/** As Java, librdkafka's murmur2_random, franz-go and kafkajs place a key. */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return murmur2(key) % partitionCount
}
