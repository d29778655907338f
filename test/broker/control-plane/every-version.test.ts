import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handlers } from '../../../src/broker/handlers/index.ts'
import type { RunningBroker } from '../../../src/broker/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { startTestBroker } from '../../../src/testing/index.ts'
import { ApiKey, defaultOf, type Field, type Fields, type Message, ZERO_UUID } from '../../../src/wire/index.ts'
import { inVersions } from '../../../src/wire/versions.ts'
import { RawClient } from '../../support/raw-client.ts'

const REQUESTS_PER_VERSION = 25
/** Without answer, for acks=0; the data plane has tests of its own. */
const LEFT_OUT: ReadonlySet<number> = new Set([ApiKey.Produce])

/** Words and numbers that mean something to some handler, so that requests get past the first check. */
const STRINGS = ['t0', 't1', 'g', '', 'missing', 'new.topic', 'bad name', '__consumer_offsets', '__cluster_metadata']
const CONFIGS = [
  'retention.ms',
  'cleanup.policy',
  'compact',
  'message.max.bytes',
  'num.partitions',
  '1',
  '5000',
  'user',
]
const NUMBERS = [-3, -2, -1, 0, 1, 2, 3, 4, 8, 16, 32, 100]

describe('every version of every API', () => {
  let running: RunningBroker
  let client: RawClient
  const mistakes: unknown[] = []
  const topicIds: string[] = [ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAADA']

  beforeAll(async () => {
    const error = (fields: object, message: string) => mistakes.push({ message, ...fields })
    const topics = ['t0', 't1'].map((name) => ({ name, partitions: 3 }))
    running = await startTestBroker({ topics, logger: { ...silentLogger, error } })
    for (const { topicId } of running.broker.metadata.image.topicsByName.values()) topicIds.push(topicId)
    client = await connect()
  })
  afterAll(async () => {
    client.close()
    await running.close()
  })
  const connect = () => RawClient.connect({ port: running.listeners[0]!.port })

  const served = [...handlers.values()].filter(({ api }) => !LEFT_OUT.has(api.key))
  test.each(served.map((one) => [one.api.name, one] as const))('%s', async (_, { api, minVersion, maxVersion }) => {
    const request = api.request as Message<unknown, unknown> & { readonly fields: Fields }
    for (let version = minVersion; version <= maxVersion; version++) {
      const anyRequest = anyFields(request.fields, version, topicIds)
      const property = fc.asyncProperty(anyRequest, async (body) => {
        mistakes.length = 0
        if (client.isEnded) client = await connect()
        client.send(request, version, body)
        const answer = await client.receive(request, api.response as Message<unknown, never>, version)
        expect(mistakes, `${api.name} v${version}`).toEqual([])
        // A refusal that has no place in the response ends the connection; no control request has one.
        expect(answer, `${api.name} v${version}`).toBeDefined()
      })
      await fc.assert(property, { numRuns: REQUESTS_PER_VERSION })
    }
  })
})

function anyFields(
  fields: Fields,
  version: number,
  topicIds: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  const arbitraries: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, field] of Object.entries(fields)) {
    const present = inVersions(field.versions, version)
    arbitraries[name] = present ? anyField(name, field, version, topicIds) : fc.constant(defaultOf(field))
  }
  return fc.record(arbitraries)
}

function anyField(name: string, field: Field, version: number, topicIds: readonly string[]): fc.Arbitrary<unknown> {
  const value = anyValue(name, field, version, topicIds)
  const isNullable = field.nullable !== undefined && inVersions(field.nullable, version)
  return isNullable ? fc.option(value, { nil: null, freq: 4 }) : value
}

function anyValue(name: string, field: Field, version: number, topicIds: readonly string[]): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'bool':
      return fc.boolean()
    case 'string':
      return fc.constantFrom(...STRINGS, ...CONFIGS)
    case 'uuid':
      return fc.constantFrom(...topicIds)
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))
    case 'int64':
      return fc.constantFrom(...NUMBERS.map(BigInt))
    case 'float64':
      return fc.constantFrom(0, 1, 0.5)
    case 'uint16':
    case 'uint32':
      return fc.constantFrom(...NUMBERS.filter((number) => number >= 0))
    case 'int8':
    case 'int16':
    case 'int32':
      return fc.constantFrom(...NUMBERS)
    case 'array':
      return fc.array(anyField(name, field.element!, version, topicIds), { maxLength: 3 })
    case 'struct':
      return anyFields(field.fields!, version, topicIds)
  }
}
