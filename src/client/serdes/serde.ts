import type { RecordHeaders } from './record-headers.ts'

/** Which half of a record a serde works on: one that names its schemas by topic needs to know. */
export type RecordPart = 'key' | 'value'

/** The record that bytes are decoded for. */
export interface DecodedFor {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly headers: RecordHeaders
}

/** The record that a value is encoded for. */
export interface EncodedFor {
  readonly topic: string
}

/**
 * Turns the bytes of a key or a value into `T`.
 *
 * The bytes are a view of what was fetched, with the batch around them: copy what shall live for long. A throw, or a rejection, becomes a
 * KafkaError `DESERIALIZATION_FAILED` that names topic, partition and offset, and follows the consumer's `onError`.
 */
export interface Deserializer<out T> {
  /** `null` is Kafka's null: a record without a key, or a tombstone. May answer a promise; one that does not costs no turn of the event loop. */
  deserialize(bytes: Buffer | null, record: DecodedFor, part: RecordPart): T | Promise<T>
  /**
   * It can neither throw nor answer a promise, whatever the bytes. Such a key or value is decoded when it is first read, and never where nobody reads
   * it; all others are decoded before the record is handed out, so that a failure meets `onError` and not the application. Default false.
   */
  readonly total?: boolean
}

/** Turns a key or a value into bytes; null is Kafka's null. A throw becomes a KafkaError `SERIALIZATION_FAILED`. */
export interface Serializer<in I> {
  serialize(value: I, record: EncodedFor, part: RecordPart): Uint8Array | null | Promise<Uint8Array | null>
}

/** Both directions: what is read as `T` is written from `I`. */
export interface Serde<out T, in I = T> extends Deserializer<T>, Serializer<I> {}
