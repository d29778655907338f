import { KafkaError, type KafkaErrorCode } from '../../kafka-error.ts'
import type { ConsumerRecord } from './consumer-record.ts'

export interface RecordErrorOptions {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Offset behind what cannot be read: one further, or behind a whole batch that cannot be unpacked. */
  readonly nextOffset: bigint
  readonly cause: unknown
  /** Default: none. */
  readonly record?: ConsumerRecord<unknown, unknown>
}

/**
 * A record that was fetched and cannot be handed out: its bytes are damaged (CORRUPT_MESSAGE), or a deserializer refused them
 * (DESERIALIZATION_FAILED; the `cause` says why). `onError` decides what becomes of it; where nothing does, the consumer stays in front of it, and
 * `seek(…, error.nextOffset)` leads past it.
 */
export class RecordError extends KafkaError {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly nextOffset: bigint
  /** With its bytes (`rawKey`, `rawValue`); undefined where the batch cannot be read. */
  readonly record: ConsumerRecord<unknown, unknown> | undefined

  constructor(code: KafkaErrorCode, what: string, options: RecordErrorOptions) {
    const { topic, partition, offset, nextOffset, cause } = options
    const why = cause instanceof Error ? cause.message : String(cause)
    super(code, `${what} at offset ${offset} of ${topic}-${partition}: ${why}`, { cause, kind: 'invalid' })
    this.name = 'RecordError'
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.nextOffset = nextOffset
    this.record = options.record
  }
}
