import { KafkaError } from '../kafka-error.ts'
import type { Serde } from './serde.ts'
import { type InputOf, type OutputOf, type StandardSchemaV1, validate } from './standard-schema.ts'

/**
 * JSON in UTF-8. With a schema (zod, valibot, ArkType: anything with `~standard`) what is read is what the schema gives, and what is written is
 * checked by it first. Null is Kafka's null, in both directions, and no schema sees it; `required(json(Order))` refuses it.
 */
export function json<T = unknown>(): Serde<T | null>
export function json<S extends StandardSchemaV1>(schema: S): Serde<OutputOf<S> | null, InputOf<S> | null>
export function json(schema?: StandardSchemaV1): Serde<unknown> {
  if (schema === undefined) return plain
  // A function too: ArkType's are.
  if (typeof schema?.['~standard']?.validate !== 'function') {
    const sentence =
      "json() takes a Standard Schema, which has '~standard': zod from 3.24 on, valibot from 1.0 on, ArkType from 2.0 on"
    throw new KafkaError('INVALID_ARGUMENT', sentence)
  }
  return withSchema(plain, schema)
}

/** What the serde gives goes through the schema; what is written too, before the serde gets it. */
export function withSchema<S extends StandardSchemaV1>(
  serde: Serde<unknown>,
  schema: S,
): Serde<OutputOf<S> | null, InputOf<S> | null> {
  const check = (value: unknown): OutputOf<S> | null | Promise<OutputOf<S> | null> =>
    value === null ? null : validate(schema, value)
  return {
    deserialize(bytes, record, part) {
      if (bytes === null) return null
      const value = serde.deserialize(bytes, record, part)
      return value instanceof Promise ? value.then(check) : check(value)
    },
    serialize(value, record, part) {
      const checked = check(value)
      if (checked instanceof Promise) return checked.then((valid) => serde.serialize(valid, record, part))
      return serde.serialize(checked, record, part)
    },
  }
}

/** Refuses Kafka's null: a tombstone, or a record without a key, is then one that cannot be decoded. */
export function required<T, I>(serde: Serde<T, I>): Serde<NonNullable<T>, NonNullable<I>> {
  const present = <V>(value: V): NonNullable<V> => {
    if (value === null || value === undefined) throw new TypeError('null where a value is required')
    return value
  }
  return {
    deserialize(bytes, record, part) {
      if (bytes === null) throw new TypeError(`the record has no ${part}`)
      const value = serde.deserialize(bytes, record, part)
      return value instanceof Promise ? value.then(present) : (present(value) as NonNullable<T>)
    },
    serialize: (value, record, part) => serde.serialize(present(value), record, part),
  }
}

const plain: Serde<unknown> = {
  deserialize: (bytes) => (bytes === null ? null : JSON.parse(bytes.toString('utf8'))),
  serialize(value) {
    if (value === null) return null
    const text = JSON.stringify(value)
    if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`)
    return Buffer.from(text, 'utf8')
  },
}
