import { Buffer } from 'node:buffer'
import { ZERO_UUID } from './reader.ts'
import type { WritableBytes } from './writer.ts'

/**
 * The vocabulary in which the messages are described: one function a field type, values' types inferred.
 *
 * Versions are written as in Kafka's message definitions: '0-9', '6+', '3' or 'none'.
 */
export interface FieldOptions<D> {
  /** Versions of the message that carry the field; without it, all of them. Others decode to the default. */
  readonly versions?: string
  /** Versions in which the field may be null. */
  readonly nullable?: string
  /** Value of a field that is absent or, when tagged, not sent; without it zero, '' or empty, as in Kafka. */
  readonly default?: D | null
  /** Number of a tagged field (KIP-482). It is sent only where its value is not the default. */
  readonly tag?: number
  /** A sender may drop the value silently where the version lacks the field; otherwise encoding it is an error. */
  readonly ignorable?: boolean
  /** 'none' for the one field that keeps its old encoding in flexible versions: the client id of request headers. */
  readonly flexible?: 'none'
}

export type PrimitiveType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

declare const types: unique symbol

/** A described field: decodes to `T`, is encoded from `I`, and may be left out when encoding if `Optional`. */
export interface Field<out T = unknown, out I = unknown, Optional extends boolean = boolean>
  extends FieldOptions<unknown> {
  readonly type: PrimitiveType | 'array' | 'struct'
  /** Of an array. */
  readonly element?: Field
  /** Of a struct. */
  readonly fields?: Fields
  readonly [types]?: readonly [T, I, Optional]
}

/** Fields by name, in the order of the wire. */
export type Fields = { readonly [name: string]: Field }

/** What decoding gives: every field is there, absent ones with their defaults. */
export type Infer<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, unknown, boolean> ? T : never
}

/** What encoding takes: fields with a default, of some versions only, or tagged may be left out. */
export type Input<F extends Fields> = Flat<
  { readonly [K in RequiredKeys<F>]: InputOf<F[K]> } & {
    readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: InputOf<F[K]> | undefined
  }
>

type InputOf<F> = F extends Field<unknown, infer I, boolean> ? I : never
type RequiredKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, unknown, infer O> ? (O extends true ? never : K) : never
}[keyof F]
type Flat<T> = { [K in keyof T]: T[K] }

type OrNull<O> = O extends { readonly nullable: string } ? null : never
type IsOptional<O> = O extends { readonly versions: string } | { readonly tag: number } | { readonly default: unknown }
  ? true
  : false
type Of<T, O, I = T> = Field<T | OrNull<O>, I | OrNull<O>, IsOptional<O>>

export function bool<const O extends FieldOptions<boolean>>(options?: O): Of<boolean, O> {
  return { type: 'bool', ...options }
}

export function int8<const O extends FieldOptions<number>>(options?: O): Of<number, O> {
  return { type: 'int8', ...options }
}

export function int16<const O extends FieldOptions<number>>(options?: O): Of<number, O> {
  return { type: 'int16', ...options }
}

export function uint16<const O extends FieldOptions<number>>(options?: O): Of<number, O> {
  return { type: 'uint16', ...options }
}

export function int32<const O extends FieldOptions<number>>(options?: O): Of<number, O> {
  return { type: 'int32', ...options }
}

export function uint32<const O extends FieldOptions<number>>(options?: O): Of<number, O> {
  return { type: 'uint32', ...options }
}

export function int64<const O extends FieldOptions<bigint>>(options?: O): Of<bigint, O> {
  return { type: 'int64', ...options }
}

export function float64<const O extends FieldOptions<number>>(options?: O): Of<number, O> {
  return { type: 'float64', ...options }
}

export function string<const O extends FieldOptions<string>>(options?: O): Of<string, O> {
  return { type: 'string', ...options }
}

/** As Kafka prints it: 22 characters of base64url, `ZERO_UUID` when absent. */
export function uuid<const O extends FieldOptions<string>>(options?: O): Of<string, O> {
  return { type: 'uuid', ...options }
}

/** Decodes to a view of the frame: copy what shall outlive it. */
export function bytes<const O extends FieldOptions<never>>(options?: O): Of<Buffer, O, WritableBytes> {
  return { type: 'bytes', ...options }
}

/** Record batches, not looked into: a view of the frame when decoded, one or more slices when encoded. */
export function records<const O extends FieldOptions<never>>(options?: O): Of<Buffer, O, WritableBytes> {
  return { type: 'records', ...options }
}

export function struct<F extends Fields, const O extends FieldOptions<never>>(
  fields: F,
  options?: O,
): Of<Infer<F>, O, Input<F>> {
  return { type: 'struct', fields, ...options }
}

/** An array of a field, or of structs when given fields. */
export function array<E extends Field, const O extends FieldOptions<never>>(
  element: E,
  options?: O,
): E extends Field<infer T, infer I, boolean> ? Of<readonly T[], O, readonly I[]> : never
export function array<F extends Fields, const O extends FieldOptions<never>>(
  fields: F,
  options?: O,
): Of<readonly Infer<F>[], O, readonly Input<F>[]>
export function array(elementOrFields: Field | Fields, options?: FieldOptions<never>): Field {
  const element = isField(elementOrFields) ? elementOrFields : struct(elementOrFields)
  return { type: 'array', element, ...options }
}

/** A struct's field may itself be called `type`; only a field's own `type` is a string. */
function isField(value: Field | Fields): value is Field {
  return typeof value.type === 'string'
}

/** The value of a field that is absent or not sent. */
export function defaultOf(field: Field): unknown {
  if (field.default !== undefined) return field.default
  switch (field.type) {
    case 'bool':
      return false
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'float64':
      return 0
    case 'int64':
      return 0n
    case 'string':
      return ''
    case 'uuid':
      return ZERO_UUID
    case 'bytes':
      return Buffer.alloc(0)
    case 'records':
      return null
    case 'array':
      return []
    case 'struct':
      return Object.fromEntries(Object.entries(field.fields!).map(([name, inner]) => [name, defaultOf(inner)]))
  }
}
