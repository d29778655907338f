import fc from 'fast-check'
import type { Field, Fields } from '../../src/wire/index.ts'
import { ZERO_UUID } from '../../src/wire/index.ts'
import { inVersions } from '../../src/wire/versions.ts'

/** Any value that the version can carry, decoded: what it lacks has its default. */
export function anyValue(fields: Fields, version: number, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const arbitraries: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, field] of Object.entries(fields)) arbitraries[name] = anyField(field, version, depth)
  return fc.record(arbitraries, { noNullPrototype: true })
}

function anyField(field: Field, version: number, depth: number): fc.Arbitrary<unknown> {
  if (!inVersions(field.versions, version)) return fc.constant(defaultValue(field))
  const value = anyOfType(field, version, depth)
  const isNullable = field.nullable !== undefined && inVersions(field.nullable, version)
  return isNullable ? fc.option(value, { nil: null, freq: 4 }) : value
}

function anyOfType(field: Field, version: number, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'bool':
      return fc.boolean()
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f })
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff })
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff })
    case 'int32':
      return fc.integer()
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffff_ffff })
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'float64':
      return fc.double({ noNaN: true })
    case 'string':
      return fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ minLength: 15, maxLength: 200 }))
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
    case 'bytes':
    case 'records':
      return fc
        .oneof({ weight: 9, arbitrary: fc.uint8Array({ maxLength: 40 }) }, fc.constant(new Uint8Array(5000).fill(7)))
        .map((bytes) => Buffer.from(bytes))
    case 'array': {
      const element = anyField(field.element!, version, depth + 1)
      return fc.array(element, { maxLength: depth > 1 ? 2 : 3 })
    }
    case 'struct':
      return anyValue(field.fields!, version, depth)
  }
}

/** Written apart from the code under test. */
function defaultValue(field: Field): unknown {
  if (field.default !== undefined) return field.default
  switch (field.type) {
    case 'bool':
      return false
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
      return Object.fromEntries(Object.entries(field.fields!).map(([name, inner]) => [name, defaultValue(inner)]))
    default:
      return 0
  }
}
