import { invalidArgument, shown } from '../config/call-options.ts'
import { KafkaError } from '../kafka-error.ts'
import type { Serializer } from '../serdes/index.ts'
import type { ProducerRecord } from './producer-record.ts'

/** As it goes into a batch; a promise where the serializer gives one. */
export type Encoded = Uint8Array | null | Promise<Uint8Array | null>

/** Keys and values in bytes: by the serializers of the producer, or, without one, bytes as they are and text in UTF-8. */
export class RecordEncoder<K, V> {
  readonly #key: Serializer<K> | undefined
  readonly #value: Serializer<V> | undefined

  constructor({
    key,
    value,
  }: {
    readonly key: Serializer<K> | undefined
    readonly value: Serializer<V> | undefined
  }) {
    this.#key = key
    this.#value = value
  }

  /** @throws KafkaError SERIALIZATION_FAILED, or rejects with it */
  key(record: ProducerRecord<K, V>): Encoded {
    const { key } = record
    if (this.#key !== undefined && key === undefined) return null
    return encoded(this.#key as Serializer<unknown> | undefined, key, record, 'key')
  }

  /** @throws KafkaError SERIALIZATION_FAILED, or rejects with it */
  value(record: ProducerRecord<K, V>): Encoded {
    return encoded(this.#value as Serializer<unknown> | undefined, record.value, record, 'value')
  }
}

function encoded(
  serializer: Serializer<unknown> | undefined,
  given: unknown,
  record: ProducerRecord<unknown, unknown>,
  part: 'key' | 'value',
): Encoded {
  try {
    // Of kafkajs's { topic, messages } a tombstone would be made without a word.
    if (given === undefined && part === 'value') throw new TypeError('it is undefined; a tombstone has the value null')
    if (serializer === undefined) return plainBytes(given)
    const bytes = serializer.serialize(given, record, part)
    return bytes instanceof Promise
      ? bytes.catch((error: unknown) => Promise.reject(notSerialized(record, part, error)))
      : bytes
  } catch (error) {
    throw notSerialized(record, part, error)
  }
}

function plainBytes(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (value instanceof Uint8Array) return value
  throw new TypeError(`it is ${typeof value}; without a serializer, bytes, strings and null can be sent`)
}

function notSerialized(record: { readonly topic: string }, part: string, cause: unknown): KafkaError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  const message = `the ${part} of a record for ${record.topic} cannot be encoded: ${detail}`
  return new KafkaError('SERIALIZATION_FAILED', message, { cause })
}

/** @throws KafkaError INVALID_ARGUMENT */
export function checkedTimestamp(timestamp: number): number {
  if (Number.isSafeInteger(timestamp)) return timestamp
  throw invalidArgument(`a timestamp is a whole number of milliseconds since 1970, not ${shown(timestamp)}`)
}
