import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
import { inVersions, parseVersions } from '../../src/wire/versions.ts'

interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: unknown
  readonly ignorable?: boolean | 'true'
  readonly fields?: readonly KafkaField[]
}

interface KafkaMessage {
  readonly name: string
  readonly type: string
  readonly apiKey?: number
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[]
}

const url = new URL('../facts/kafka-4.2-messages.jsonl', import.meta.url)
const definitions = readFileSync(url, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as KafkaMessage)
const messages = new Map(
  Object.values(wire)
    .filter((value): value is typeof value & wire.Message => 'decodePrefix' in Object(value))
    .map((message) => [message.name, message]),
)

describe("Kafka 4.2's message definitions", () => {
  test('all 239 have a schema, and no schema has none', () => {
    assert.equal(definitions.length, 239)
    assert.deepEqual([...messages.keys()].sort(), definitions.map(({ name }) => name).sort())
  })

  test.each(definitions)('$name is described field by field', (definition) => {
    const message = messages.get(definition.name)!
    const { lowest, highest } = parseVersions(definition.validVersions)
    assert.deepEqual(
      [message.type, message.apiKey, message.lowestVersion, message.highestVersion],
      [definition.type, definition.apiKey, lowest, highest],
    )
    for (let version = lowest; version <= highest; version++) {
      assert.equal(message.flexible(version), inVersions(definition.flexibleVersions, version))
      compare(message.fields, definition.fields, { definition, version, path: definition.name })
    }
  })
})

interface Place {
  readonly definition: KafkaMessage
  readonly version: number
  readonly path: string
}

function compare(ours: wire.Fields, kafkas: readonly KafkaField[], place: Place): void {
  assert.deepEqual(
    Object.keys(ours),
    kafkas.map((field) => camel(field.name)),
    place.path,
  )
  for (const kafka of kafkas) {
    const field = ours[camel(kafka.name)]!
    const at = { ...place, path: `${place.path}.${kafka.name} v${place.version}` }
    const { version } = place
    const isThere = inVersions(kafka.versions ?? kafka.taggedVersions, version)
    assert.equal(inVersions(field.versions, version), isThere, at.path)
    assert.equal(String(field.ignorable ?? false), String(kafka.ignorable ?? false), `${at.path} ignorable`)
    assert.equal(field.flexible, kafka.flexibleVersions, `${at.path} flexible`)
    assert.deepEqual(shownDefault(field), kafkaDefault(kafka), `${at.path} default`)
    if (!isThere) continue
    const isTagged = kafka.taggedVersions !== undefined && inVersions(kafka.taggedVersions, version)
    assert.equal(field.tag, isTagged ? kafka.tag : undefined, `${at.path} tag`)
    assert.equal(
      field.nullable !== undefined && inVersions(field.nullable, version),
      kafka.nullableVersions !== undefined && inVersions(kafka.nullableVersions, version),
      `${at.path} nullable`,
    )
    compareType(field, kafka, at)
  }
}

function compareType(field: wire.Field, kafka: KafkaField, place: Place): void {
  const isArray = kafka.type.startsWith('[]')
  const elementType = isArray ? kafka.type.slice(2) : kafka.type
  assert.equal(field.type === 'array', isArray, place.path)
  const element = isArray ? field.element! : field
  const common = place.definition.commonStructs?.find(({ name }) => name === elementType)
  const inner = common?.fields ?? kafka.fields
  assert.equal(element.type, inner === undefined ? elementType : 'struct', place.path)
  if (inner !== undefined) compare(element.fields!, inner, place)
}

/** Without a default of its own a struct has that of its fields, which are compared one by one. */
function shownDefault(field: wire.Field): unknown {
  return field.type === 'struct' && field.default === undefined ? 'fields' : wire.defaultOf(field)
}

/** Kafka's generator takes the word null as null, and a JSON null as no default at all. */
function kafkaDefault({ type, default: value }: KafkaField): unknown {
  if (value === 'null') return null
  if (type.startsWith('[]')) return []
  switch (type) {
    case 'bool':
      return String(value ?? false) === 'true'
    case 'int64':
      return BigInt(String(value ?? 0))
    case 'string':
      return value ?? ''
    case 'uuid':
      return wire.ZERO_UUID
    case 'bytes':
      return Buffer.alloc(0)
    case 'records':
      return null
    default:
      return /^u?int\d+$|^float64$/.test(type) ? Number(value ?? 0) : 'fields'
  }
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
