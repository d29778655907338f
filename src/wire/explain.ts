import type { Field, Fields } from './schema.ts'
import { inVersions } from './versions.ts'

/**
 * Path of the first field whose value cannot be encoded, for the message of an error: composed codecs know positions,
 * not names. Slow, and only used when encoding has failed already.
 */
export function explainInvalid(fields: Fields, value: unknown, version: number): string | undefined {
  if (typeof value !== 'object' || value === null) return ''
  for (const [name, field] of Object.entries(fields)) {
    if (!inVersions(field.versions, version)) continue
    const inner = (value as Record<string, unknown>)[name]
    const isLeftOut = inner === undefined && (field.versions ?? field.default ?? field.tag) !== undefined
    const path = isLeftOut ? undefined : explainField(field, inner, version)
    if (path !== undefined) return `.${name}${path}`
  }
  return undefined
}

function explainField(field: Field, value: unknown, version: number): string | undefined {
  if (value === null && field.nullable !== undefined && inVersions(field.nullable, version)) return undefined
  if (field.type === 'struct') return explainInvalid(field.fields!, value, version)
  if (field.type !== 'array') return fits(field.type, value) ? undefined : ''
  if (!Array.isArray(value)) return ''
  for (const [index, element] of value.entries()) {
    const path = explainField(field.element!, element, version)
    if (path !== undefined) return `[${index}]${path}`
  }
  return undefined
}

function fits(type: Exclude<Field['type'], 'array' | 'struct'>, value: unknown): boolean {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean'
    case 'int8':
    case 'int16':
    case 'int32':
      return isIntegerWithin(value, -(2 ** (Number(type.slice(3)) - 1)), 2 ** (Number(type.slice(3)) - 1) - 1)
    case 'uint16':
    case 'uint32':
      return isIntegerWithin(value, 0, 2 ** Number(type.slice(4)) - 1)
    case 'int64':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
    case 'float64':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string' && value.length <= 0x7fff
    case 'uuid':
      return typeof value === 'string' && value.length === 22
    case 'bytes':
    case 'records':
      return value instanceof Uint8Array || Array.isArray(value)
  }
}

function isIntegerWithin(value: unknown, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest
}
