import { describe, expect, test } from 'vitest'
import { json, type KafkaError, type Serializer } from '../../../src/client/index.ts'
import { checkedTimestamp, RecordEncoder } from '../../../src/client/producer/record-encoder.ts'

const plain = new RecordEncoder<unknown, unknown>({ key: undefined, value: undefined })
const bytes = (text: string) => Buffer.from(text)

function failure(fn: () => unknown): string {
  try {
    fn()
  } catch (error) {
    return `${(error as KafkaError).code}: ${(error as KafkaError).message}`
  }
  return 'none'
}

describe('without a serializer', () => {
  test('bytes stay as they are, text is UTF-8, and null is a tombstone', () => {
    const given = new Uint8Array([1, 2])
    expect(plain.value({ topic: 't', value: given })).toBe(given)
    expect(plain.value({ topic: 't', value: 'ä' })).toEqual(bytes('ä'))
    expect(plain.value({ topic: 't', value: null })).toBeNull()
    expect(plain.key({ topic: 't', key: undefined, value: null })).toBeNull()
  })

  test('what is none of them is refused', () => {
    expect(failure(() => plain.key({ topic: 't', key: 7, value: null }))).toBe(
      'SERIALIZATION_FAILED: the key of a record for t cannot be encoded: it is number; without a serializer, bytes, strings and null can be sent',
    )
  })
})

test('a value that is not there is no tombstone, with a serializer or without', () => {
  const expected = /^SERIALIZATION_FAILED: the value of a record for t .*a tombstone has the value null$/
  expect(failure(() => plain.value({ topic: 't', value: undefined }))).toMatch(expected)
  const encoder = new RecordEncoder<unknown, unknown>({ key: json(), value: json() })
  expect(failure(() => encoder.value({ topic: 't', value: undefined }))).toMatch(expected)
  expect(encoder.key({ topic: 't', value: 1 })).toBeNull()
})

test('whatever a serializer throws or rejects with becomes one error, with its cause', async () => {
  const throwing: Serializer<unknown> = {
    serialize() {
      throw 'no schema'
    },
  }
  const rejecting: Serializer<unknown> = { serialize: () => Promise.reject(new Error('no registry')) }
  const encoder = new RecordEncoder<unknown, unknown>({ key: throwing, value: rejecting })
  const record = { topic: 't', key: 1, value: 1 }
  expect(failure(() => encoder.key(record))).toBe(
    'SERIALIZATION_FAILED: the key of a record for t cannot be encoded: no schema',
  )
  await expect(encoder.value(record)).rejects.toMatchObject({
    code: 'SERIALIZATION_FAILED',
    message: 'the value of a record for t cannot be encoded: no registry',
    cause: { message: 'no registry' },
  })
})

test('a timestamp is a whole number', () => {
  expect(checkedTimestamp(0)).toBe(0)
  expect(failure(() => checkedTimestamp(1.5))).toMatch(/^INVALID_ARGUMENT: a timestamp is a whole number/)
  expect(failure(() => checkedTimestamp(new Date(0) as never))).toMatch(/^INVALID_ARGUMENT/)
})
