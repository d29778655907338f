import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Consumer,
  deadLetter,
  fail,
  type RawProducer,
  RecordError,
  retry,
  skip,
} from '../../../src/client/consumer/index.ts'
import { json, string } from '../../../src/client/serdes/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { type TestConsumerOptions, testConsumer } from '../../client/support/test-consumer.ts'

let broker: TestBroker
const open: { close(options: { timeoutMs: number }): Promise<void> }[] = []

beforeEach(async () => {
  broker = await startBroker({ topics: { one: 1, three: 3, 'one.DLT': 1 } })
})
afterEach(async () => {
  broker.clearFaults()
  await Promise.all(open.splice(0).map((consumer) => consumer.close({ timeoutMs: 2000 })))
  await broker.close()
})

function consumer<V = string | null>(options: TestConsumerOptions<string | null, V> = {}): Consumer<string | null, V> {
  const made = testConsumer<string | null, V>(broker.bootstrapServers, {
    key: string(),
    value: string() as never,
    clock: broker.clock,
    groupId: 'g',
    ...options,
  })
  open.push(made)
  return made
}

async function committed(): Promise<Record<string, bigint>> {
  const offsets = await broker.group('g').offsets()
  return Object.fromEntries(offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]))
}

/** Dead letters through the broker's own door, which a test can shut. */
function producer(gate: Promise<void> = Promise.resolve()): RawProducer {
  return {
    async send({ topic, key, value, headers }) {
      await gate
      const all = Object.fromEntries(headers.map((header) => [header.key, header.value ?? '']))
      return broker.produce(topic, [{ key, value, headers: all }])
    },
  }
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i))

async function take<T>(source: AsyncIterable<{ readonly value: T }>, count: number): Promise<T[]> {
  const values: T[] = []
  for await (const { value } of source) {
    values.push(value)
    if (values.length === count) break
  }
  return values
}

describe('a record that cannot be decoded', () => {
  const poisoned = ['1', '2', '{', '4']

  test('ends the iteration with its position, again and again, until somebody seeks past it', async () => {
    await broker.produce('one', poisoned)
    const c = consumer({ value: json<number>() })
    c.subscribe('one')
    const failure = await take(c.records(), 4).catch((error) => error)
    expect(failure).toBeInstanceOf(RecordError)
    expect(failure).toMatchObject({
      code: 'DESERIALIZATION_FAILED',
      kind: 'invalid',
      topic: 'one',
      partition: 0,
      offset: 2n,
      nextOffset: 3n,
    })
    expect(failure.record.rawValue.toString()).toBe('{')
    await expect(c.poll({ timeoutMs: 2000 })).rejects.toMatchObject({ offset: 2n })
    await expect(take(c.records(), 1)).rejects.toMatchObject({ offset: 2n })
    await c.commit()
    expect(await committed()).toEqual({ 'one-0': 2n })
    c.seek({ topic: 'one', partition: 0, offset: failure.nextOffset })
    expect(await take(c.records(), 1)).toEqual([4])
  })

  test.each([
    'records',
    'batches',
    'poll',
    'run',
    'partitions',
  ] as const)('is left out where the policy says so: %s', async (way) => {
    await broker.produce('one', poisoned)
    const c = consumer({ value: json<number>() })
    c.subscribe('one')
    const heard: bigint[] = []
    const onError = skip({ log: ({ offset }) => heard.push(offset) })
    const values: unknown[] = []
    const enough = () => values.length === 3
    if (way === 'records') {
      for await (const { value } of c.records({ onError })) if (values.push(value) === 3) break
    } else if (way === 'batches') {
      for await (const batch of c.batches({ onError })) {
        for (const { value } of batch) values.push(value)
        if (enough()) break
      }
    } else if (way === 'poll') {
      while (!enough()) for (const { value } of await c.poll({ onError })) values.push(value)
    } else if (way === 'run') {
      void c.run({ onError, handler: ({ value }) => void values.push(value) })
      await expect.poll(enough).toBe(true)
    } else {
      for await (const stream of c.partitions({ onError })) {
        for await (const { value } of stream) if (values.push(value) === 3) break
        break
      }
    }
    expect([values, heard]).toEqual([[1, 2, 4], [2n]])
  })

  test('goes to the dead letters as it was, and the offset moves when they are acknowledged', async () => {
    await broker.produce('one', [{ key: 'k', value: '{', headers: { trace: 'x' } }, '2'])
    let letThrough = (): void => {}
    const gate = new Promise<void>((resolve) => {
      letThrough = resolve
    })
    const c = consumer({ value: json<number>(), producer: () => producer(gate) })
    c.subscribe('one')
    const reading = take(c.records({ onError: retry({ attempts: 3 }).then(deadLetter('one.DLT')) }), 1)
    await expect.poll(() => c.assignment().length).toBe(1)
    await new Promise<void>((resolve) => setImmediate(resolve))
    await expect.poll(() => c.explain().report.partitions[0]?.position).not.toBeUndefined()
    await c.commit()
    expect((await committed())['one-0'] ?? 0n).toBe(0n)
    letThrough()
    expect(await reading).toEqual([2])
    const [letter] = await broker.records('one.DLT')
    expect([String(letter!.key), String(letter!.value), String(letter!.headers.trace)]).toEqual(['k', '{', 'x'])
    await c.close()
    expect(await committed()).toEqual({ 'one-0': 1n })
  })

  test('stays where it is when its dead letter cannot be sent', async () => {
    await broker.produce('one', ['{'])
    const c = consumer({ value: json<number>(), producer: () => ({ send: () => Promise.reject(new Error('full')) }) })
    c.subscribe('one')
    await expect(take(c.records({ onError: deadLetter('one.DLT') }), 1)).rejects.toThrow('could not be sent to one.DLT')
    expect(await c.position({ topic: 'one', partition: 0 })).toBe(0n)
  })
})

describe('a handler that fails', () => {
  test('is called again, then its record goes to the dead letters', async () => {
    await broker.produce('one', numbers(0, 4))
    const c = consumer({ producer: () => producer() })
    c.subscribe('one')
    const calls: string[] = []
    const running = c.run({
      handler({ value }) {
        calls.push(value!)
        if (value === '1') throw new Error('never')
        if (value === '2' && calls.filter((one) => one === '2').length < 3) throw new Error('not yet')
      },
      onError: retry({ attempts: 2, backoffMs: 1 }).then(deadLetter('one.DLT')),
    })
    await expect.poll(() => calls.includes('3')).toBe(true)
    expect(calls).toEqual(['0', '1', '1', '1', '2', '2', '2', '3'])
    await c.close()
    await running
    const letters = await broker.records('one.DLT')
    expect(letters.map(({ value }) => String(value))).toEqual(['1'])
    const headers = Object.fromEntries(Object.entries(letters[0]!.headers).map(([key, value]) => [key, String(value)]))
    expect(headers).toMatchObject({
      'dlt.original.topic': 'one',
      'dlt.original.offset': '1',
      'dlt.group': 'g',
      'dlt.attempts': '3',
      'dlt.error.message': 'never',
    })
    expect(await committed()).toEqual({ 'one-0': 4n })
  })

  test('is not called again for errors that are not worth it', async () => {
    await broker.produce('one', numbers(0, 2))
    const c = consumer()
    c.subscribe('one')
    let calls = 0
    const running = c.run({
      handler() {
        calls++
        throw new TypeError('bug')
      },
      onError: retry({ attempts: 5, when: (error) => !(error instanceof TypeError) }).then(fail()),
    })
    await expect(running).rejects.toThrow('bug')
    expect(calls).toBe(1)
  })
})

describe('a fetch that fails', () => {
  test.each([
    'NOT_LEADER_OR_FOLLOWER',
    'UNKNOWN_TOPIC_ID',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'KAFKA_STORAGE_ERROR',
  ] as const)('with %s is repeated', async (error) => {
    await broker.produce('one', numbers(0, 3))
    const fault = broker.fault({ api: 'Fetch', times: 2 }).error(error)
    const c = consumer()
    c.subscribe('one')
    expect(await take(c.records(), 3)).toEqual(numbers(0, 3))
    expect(fault.hits).toBe(2)
  })

  test('because the session is gone is begun anew, and loses nothing', async () => {
    await broker.produce(
      'three',
      numbers(0, 30).map((value, i) => ({ partition: i % 3, value })),
    )
    const c = consumer()
    c.subscribe('three')
    const records = c.records()
    const seen: string[] = []
    const read = async (count: number): Promise<void> => {
      while (seen.length < count) seen.push((await records.next()).value.value)
    }
    await read(30)
    broker.fault({ api: 'Fetch', times: 1 }).error('FETCH_SESSION_ID_NOT_FOUND')
    await broker.produce(
      'three',
      numbers(30, 60).map((value, i) => ({ partition: i % 3, value })),
    )
    await read(60)
    broker.fault({ api: 'Fetch', times: 1 }).error('INVALID_FETCH_SESSION_EPOCH')
    await broker.produce(
      'three',
      numbers(60, 90).map((value, i) => ({ partition: i % 3, value })),
    )
    await read(90)
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(0, 90))
  })

  test('for lack of permission reaches the application, which may go on', async () => {
    await broker.produce('one', numbers(0, 3))
    broker.fault({ api: 'Fetch', times: 1 }).error('TOPIC_AUTHORIZATION_FAILED')
    const c = consumer()
    c.subscribe('one')
    await expect(take(c.records(), 3)).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
      kind: 'unauthorized',
    })
    expect(await take(c.records(), 3)).toEqual(numbers(0, 3))
  })

  test('with the connection is repeated on another', async () => {
    await broker.produce('one', numbers(0, 3))
    const c = consumer()
    c.subscribe('one')
    const records = c.records()
    expect((await records.next()).value.value).toBe('0')
    broker.fault({ api: 'Fetch', times: 2 }).close()
    expect((await records.next()).value.value).toBe('1')
    expect((await records.next()).value.value).toBe('2')
    await broker.produce('one', ['3'])
    expect((await records.next()).value.value).toBe('3')
  })

  test('of the offsets is repeated', async () => {
    await broker.produce('one', numbers(0, 3))
    broker.fault({ api: 'ListOffsets', times: 2 }).error('NOT_LEADER_OR_FOLLOWER')
    broker.fault({ api: 'OffsetFetch', times: 1 }).error('NOT_COORDINATOR')
    const c = consumer()
    c.subscribe('one')
    expect(await take(c.records(), 3)).toEqual(numbers(0, 3))
  })
})
