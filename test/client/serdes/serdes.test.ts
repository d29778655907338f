import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { Kafka } from '../../../src/client/index.ts'
import {
  bytes,
  double,
  float,
  int16,
  int32,
  int64,
  json,
  RecordHeaders,
  required,
  SchemaError,
  type Serde,
  type StandardSchemaV1,
  string,
  uuid,
} from '../../../src/client/serdes/index.ts'

const record = { topic: 't', partition: 0, offset: 5n, headers: RecordHeaders.empty }
const write = <T, I>(serde: Serde<T, I>, value: I): unknown => serde.serialize(value, record, 'value')
const read = <T, I>(serde: Serde<T, I>, value: string | null): unknown =>
  serde.deserialize(value === null ? null : Buffer.from(value, 'hex'), record, 'value')
const hex = (bytes: unknown): unknown => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : bytes)

interface Order {
  readonly id: number
}
/** As zod's would be: text becomes a number. */
function orderSchema(how: 'now' | 'later'): StandardSchemaV1<{ id: number | string }, Order> {
  const check = (value: unknown) => {
    const id = Number((value as { id?: unknown }).id)
    return Number.isNaN(id) ? { issues: [{ message: 'no number', path: ['id'] }] } : { value: { id } }
  }
  const validate = (value: unknown) => (how === 'now' ? check(value) : Promise.resolve(check(value)))
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('built-in serdes', () => {
  test.each([
    ['int16', int16(), -2, 'fffe'],
    ['int32', int32(), 258, '00000102'],
    ['int64', int64(), -1n, 'ffffffffffffffff'],
    ['float', float(), 1.5, '3fc00000'],
    ['double', double(), 1.5, '3ff8000000000000'],
    ['string', string(), 'é', 'c3a9'],
    [
      'uuid',
      uuid(),
      '0e2b0ea6-8cb8-4a5d-a5a1-2b5c1f7f4a11',
      '30653262306561362d386362382d346135642d613561312d326235633166376634613131',
    ],
  ] as [
    string,
    Serde<unknown>,
    unknown,
    string,
  ][])('%s writes the bytes that Java writes', (_, serde, value, bytes) => {
    expect(hex(write(serde, value))).toBe(bytes)
    expect(read(serde, bytes)).toEqual(value)
    expect(write(serde, null)).toBeNull()
    expect(read(serde, null)).toBeNull()
  })

  test('whatever is written is read again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double(),
        (s, i, d) => {
          expect(read(string(), hex(write(string(), s)) as string)).toBe(s)
          expect(read(int64(), hex(write(int64(), i)) as string)).toBe(i)
          expect(read(double(), hex(write(double(), d)) as string)).toBe(d)
        },
      ),
    )
  })

  test('a number of the wrong length, or no whole one, is refused', () => {
    expect(() => read(int32(), '0001')).toThrow('4 bytes are expected, there are 2')
    expect(() => write(int32(), 1.5)).toThrow('1.5 is not a whole number')
    expect(() => write(int32(), 2 ** 31)).toThrow(RangeError)
    expect(() => read(uuid(), '00')).toThrow('no UUID')
  })

  test('bytes are handed on as they are', () => {
    const buffer = Buffer.from('x')
    expect(bytes().deserialize(buffer, record, 'key')).toBe(buffer)
  })
})

describe('json', () => {
  test('without a schema it is what JSON.parse gives', () => {
    expect(hex(write(json(), { a: 1 }))).toBe(Buffer.from('{"a":1}').toString('hex'))
    expect(read(json(), Buffer.from('{"a":1}').toString('hex'))).toEqual({ a: 1 })
    expect(() => read(json(), '7b')).toThrow(SyntaxError)
    expect(() => write(json(), undefined)).toThrow('JSON has no undefined')
  })

  test('a schema gives its output, its types and its issues', () => {
    const serde = json(orderSchema('now'))
    expectTypeOf(serde).toEqualTypeOf<Serde<Order | null, { id: number | string } | null>>()
    expect(read(serde, Buffer.from('{"id":"7"}').toString('hex'))).toEqual({ id: 7 })
    expect(() => read(serde, Buffer.from('{"id":"x"}').toString('hex'))).toThrow(
      new SchemaError([]).constructor as never,
    )
    expect(() => write(serde, { id: 'x' })).toThrow('id: no number')
  })

  test('a schema that validates later gives promises', async () => {
    const serde = json(orderSchema('later'))
    expect(await read(serde, Buffer.from('{"id":"7"}').toString('hex'))).toEqual({ id: 7 })
    await expect(read(serde, Buffer.from('{"id":"x"}').toString('hex'))).rejects.toThrow('id: no number')
    expect(hex(await write(serde, { id: '7' }))).toBe(Buffer.from('{"id":7}').toString('hex'))
  })

  test('a tombstone is null, unless a value is required', () => {
    expect(read(json(orderSchema('now')), null)).toBeNull()
    const strict = required(json(orderSchema('now')))
    expectTypeOf(strict).toEqualTypeOf<Serde<Order, { id: number | string }>>()
    expect(() => read(strict, null)).toThrow('the record has no value')
    expect(() => read(strict, Buffer.from('null').toString('hex'))).toThrow('null where a value is required')
  })
})

describe('headers', () => {
  test('are an ordered list in which a name may stand twice', () => {
    const headers = RecordHeaders.from({ a: ['1', '2'], b: null, c: undefined, d: Buffer.from('x') })
    expect([...headers].map(({ key, value }) => [key, value?.toString() ?? null])).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', null],
      ['d', 'x'],
    ])
    expect(headers.getString('a')).toBe('2')
    expect(headers.getAll('a').map(String)).toEqual(['1', '2'])
    expect([headers.get('b'), headers.getString('b'), headers.get('z'), headers.getString('z')]).toEqual([
      null,
      null,
      undefined,
      undefined,
    ])
    expect(JSON.stringify(headers)).toBe('{"a":"2","b":null,"d":"x"}')
  })

  test('come from pairs where their order matters', () => {
    const headers = RecordHeaders.from([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
    expect([...headers].map(({ key }) => key)).toEqual(['a', 'b', 'a'])
    expect(() => RecordHeaders.from({ a: 1 as never })).toThrow(
      'header a: a value is a string, bytes or null, not number',
    )
  })
})

describe('schemas of other packages', () => {
  const Order = z.object({ id: z.coerce.number(), items: z.array(z.string()).default([]) })
  const Account = v.object({ name: v.pipe(v.string(), v.minLength(2)), since: v.optional(v.number(), 0) })

  test('zod: its output and its types are read, its input is written, its issues are told', () => {
    const serde = json(Order)
    expectTypeOf(serde.deserialize).returns.toEqualTypeOf<
      { id: number; items: string[] } | null | Promise<{ id: number; items: string[] } | null>
    >()
    expectTypeOf(serde.serialize).parameter(0).toEqualTypeOf<{ id: unknown; items?: string[] | undefined } | null>()
    expect(serde.deserialize(Buffer.from('{"id":"7"}'), record, 'value')).toEqual({ id: 7, items: [] })
    expect(Buffer.from(serde.serialize({ id: '7' }, record, 'value') as Uint8Array).toString()).toBe(
      '{"id":7,"items":[]}',
    )
    expect(() => serde.deserialize(Buffer.from('{"id":"x","items":[1]}'), record, 'value')).toThrow(
      expect.objectContaining({ name: 'SchemaError', message: expect.stringMatching(/^id: .*; items\.0: /) }),
    )
  })

  test('valibot: its output and its types are read, its input is written, its issues are told', () => {
    const serde = required(json(Account))
    expectTypeOf(serde.deserialize).returns.toEqualTypeOf<
      { name: string; since: number } | Promise<{ name: string; since: number }>
    >()
    expectTypeOf(serde.serialize).parameter(0).toEqualTypeOf<{ name: string; since?: number | undefined }>()
    expect(serde.deserialize(Buffer.from('{"name":"ann"}'), record, 'value')).toEqual({ name: 'ann', since: 0 })
    expect(() => serde.serialize({ name: 'a' }, record, 'value')).toThrow(/^name: /)
    expect(() => serde.deserialize(Buffer.from('{"name":5}'), record, 'value')).toThrow(
      expect.objectContaining({ name: 'SchemaError', message: expect.stringMatching(/^name: /) }),
    )
  })

  test('a consumer gives their types', () => {
    const kafka = new Kafka({ bootstrapServers: 'localhost:1' })
    const consumer = kafka.consumer({ groupId: 'g', key: string(), value: json(Order) })
    type Value = Awaited<ReturnType<typeof consumer.poll>>[number]['value']
    expectTypeOf<Value>().toEqualTypeOf<{ id: number; items: string[] } | null>()
    const producer = kafka.producer({ value: json(Account) })
    expectTypeOf<Parameters<typeof producer.send>[0]['value']>().toEqualTypeOf<{
      name: string
      since?: number | undefined
    } | null>()
  })
})
