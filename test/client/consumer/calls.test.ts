import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deadLetter, json, Kafka, KafkaError, retry, skip } from '../../../src/client/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { testConsumer } from '../support/test-consumer.ts'

let broker: TestBroker
let kafka: Kafka
beforeAll(async () => {
  broker = await startBroker({ topics: { orders: 2 }, properties: { 'group.initial.rebalance.delay.ms': '0' } })
  kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'calls', retryBackoffMs: 5 })
})
afterAll(async () => {
  await kafka.close()
  await broker.close()
})

/** What JavaScript lets through, TypeScript does not. */
// biome-ignore lint/suspicious/noExplicitAny: that is what these tests are about
type Anything = any

const orders = { topic: 'orders', partition: 0 }
const assigned = (): Anything => {
  const consumer = kafka.consumer({ groupId: 'calls', autoOffsetReset: 'earliest', heartbeat: 'inline' })
  consumer.assign([orders])
  return consumer
}
const failing = async (fn: () => unknown): Promise<unknown> => {
  try {
    await fn()
  } catch (error) {
    return error
  }
  return 'it went well'
}

describe('calls refuse what they cannot do anything with', () => {
  test.each<[string, (consumer: Anything) => unknown, string]>([
    ['poll(100)', (c) => c.poll(100), 'poll() takes an object of options, not 100'],
    ['poll timeout', (c) => c.poll({ timeout: 5 }), 'poll() has no timeout: it is called timeoutMs here'],
    ['poll -1', (c) => c.poll({ timeoutMs: -1 }), 'timeoutMs of poll() must be a number of milliseconds, not -1'],
    [
      'poll NaN',
      (c) => c.poll({ timeoutMs: Number.NaN }),
      'timeoutMs of poll() must be a number of milliseconds, not NaN',
    ],
    [
      'poll none',
      (c) => c.poll({ maxPollRecords: 0 }),
      'maxPollRecords of poll() must be a whole number of at least 1, not 0',
    ],
    ['run()', (c) => c.run(), 'run() takes an object of options, not undefined'],
    ['run without', (c) => c.run({}), 'run() needs a handler: run({ handler: (record) => … })'],
    ['run eachMessage', (c) => c.run({ eachMessage() {} }), 'run() has no eachMessage: it is called handler here'],
    [
      'run eachBatch',
      (c) => c.run({ eachBatch() {} }),
      'run() has no eachBatch; what there is instead: consumer.batches()',
    ],
    [
      'run concurrency',
      (c) => c.run({ handler() {}, concurrency: 0 }),
      'concurrency of run() must be a whole number of at least 1, not 0',
    ],
    [
      'run order',
      (c) => c.run({ handler() {}, order: 'keys' }),
      "order of run() must be 'partition' or 'key' or 'none', not \"keys\"",
    ],
    [
      'a policy',
      (c) => c.run({ handler() {}, onError() {} }),
      'onError of run() must be a policy: fail(), skip(), retry(…), deadLetter(…), not a function',
    ],
    [
      'a controller',
      (c) => c.records({ signal: new AbortController() }),
      'signal of records() must be an AbortSignal, not an AbortController',
    ],
    ['onerror', (c) => c.batches({ onerror: skip() }), 'batches() has no onerror; did you mean onError?'],
    [
      'partitions()',
      (c) => c.partitions({ concurrency: 2 }),
      'partitions() has no concurrency; what there is instead: consumer.run({ concurrency })',
    ],
    ['assign a name', (c) => c.assign('orders'), 'assign() takes a list of { topic, partition }, not "orders"'],
    [
      'assign names',
      (c) => c.assign(['orders']),
      'assign(): a partition is { topic, partition }, a name and a number, not "orders"',
    ],
    [
      'pause a text',
      (c) => c.pause([{ topic: 'orders', partition: '0' }]),
      'pause(): a partition is { topic, partition }, a name and a number, not {"topic":"orders","partition":"0"}',
    ],
    ['resume', (c) => c.resume([null]), 'resume(): a partition is { topic, partition }, a name and a number, not null'],
    [
      'seek a number',
      (c) => c.seek({ ...orders, offset: 3 }),
      'seek(): the offset of orders-0 is a bigint of at least 0n, not 3',
    ],
    [
      'seek below',
      (c) => c.seek({ ...orders, offset: -1n }),
      'seek(): the offset of orders-0 is a bigint of at least 0n, not -1n',
    ],
    [
      'commit below',
      (c) => c.commit([{ ...orders, offset: -1n }]),
      'commit(): the offset of orders-0 is a bigint of at least 0n, not -1n',
    ],
    [
      'commit a text',
      (c) => c.commit([{ ...orders, offset: '3' }]),
      'commit(): the offset of orders-0 is a bigint of at least 0n, not "3"',
    ],
    [
      'commit one',
      (c) => c.commit({ ...orders, offset: 3n }),
      'commit() takes a list of { topic, partition }, not {"topic":"orders","partition":0,"offset":"3n"}',
    ],
    [
      'times',
      (c) => c.offsetsForTimes([{ ...orders, timestamp: new Date(0) }]),
      'a timestamp is a whole number of milliseconds since 1970, not "1970-01-01T00:00:00.000Z"',
    ],
    [
      'no time',
      (c) => c.offsetsForTimes([{ ...orders, timestamp: 1.5 }]),
      'a timestamp is a whole number of milliseconds since 1970, not 1.5',
    ],
    ['close', (c) => c.close({ timeout: 5 }), 'close() has no timeout: it is called timeoutMs here'],
    ['retry()', () => retry(undefined as Anything), 'retry() takes an object of options, not undefined'],
    ['retries', () => retry({ retries: 5 } as Anything), 'retry() has no retries: it is called attempts here'],
    ['attempts', () => retry({ attempts: -1 }), 'attempts of retry() must be a whole number, or Infinity, not -1'],
    [
      'deadLetter()',
      () => deadLetter(undefined as Anything),
      'deadLetter() takes a topic, or a function that names one, not undefined',
    ],
    [
      'json({})',
      () => json({} as Anything),
      "json() takes a Standard Schema, which has '~standard': zod from 3.24 on, valibot from 1.0 on, ArkType from 2.0 on",
    ],
    ['consumer(null)', () => kafka.consumer(null as Anything), 'kafka.consumer() takes an object'],
    ['producer', () => kafka.producer('p' as Anything), 'kafka.producer() takes an object'],
    [
      'properties',
      () => Kafka.fromProperties(undefined as Anything),
      'properties are an object, a Map, or the text of a properties file',
    ],
    [
      'send()',
      () => kafka.producer().send(undefined as Anything),
      'send() takes a record, { topic, value, … }, not undefined',
    ],
    [
      'a date',
      () => kafka.producer().send({ topic: 'orders', value: 'x', timestamp: new Date(0) as Anything }),
      'a timestamp is a whole number of milliseconds since 1970, not "1970-01-01T00:00:00.000Z"',
    ],
    [
      'messages',
      () => kafka.producer().send({ topic: 'orders', messages: [] } as Anything),
      'the value of a record for orders cannot be encoded: it is undefined; a tombstone has the value null',
    ],
  ])('%s', async (_, call, message) => {
    const consumer = assigned()
    const error = (await failing(() => call(consumer))) as KafkaError
    expect(error).toBeInstanceOf(KafkaError)
    expect(error).toMatchObject({ kind: 'invalid', message })
    await consumer.close()
  })

  test.each<[string, (consumer: Anything) => unknown, string]>([
    ['nothing', (c) => c.subscribe(), 'subscribe() takes names'],
    [
      '{ topic }',
      (c) => c.subscribe({ topic: 'orders', fromBeginning: true }),
      "where to begin is the consumer's autoOffsetReset",
    ],
    ['{ re2: 1 }', (c) => c.subscribe({ re2: 1 }), 'subscribe() takes names'],
    ['a function', (c) => c.subscribe('orders', () => {}), 'a listener is an object with onPartitionsAssigned'],
    [
      'a misspelt listener',
      (c) => c.subscribe('orders', { onPartitionAssigned() {} }),
      'a listener has no onPartitionAssigned; did you mean onPartitionsAssigned?',
    ],
    [
      'no function',
      (c) => c.subscribe('orders', { onPartitionsLost: true }),
      'onPartitionsLost of a listener must be a function, not true',
    ],
  ])('subscribe with %s', async (_, call, message) => {
    const consumer = kafka.consumer({ groupId: 'calls', heartbeat: 'inline' })
    const error = (await failing(() => call(consumer))) as KafkaError
    expect([error.code, error.kind, error.message]).toEqual([
      'INVALID_ARGUMENT',
      'invalid',
      expect.stringContaining(message),
    ])
    await consumer.close()
  })

  test('a policy that is awaited rejects, and does not wait for ever', async () => {
    const error = await failing(() => Promise.resolve(retry({ attempts: 1 })))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: /policy is no promise/ })
  })

  test('a topic without a name is refused, and what comes after it is not', async () => {
    const producer = kafka.producer()
    const error = await failing(() => producer.send({ value: 'x' } as Anything))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'a topic is named by a string, not undefined' })
    const { offset } = await producer.send({ topic: 'orders', partition: 1, value: 'x' })
    expect(offset).toBe(0n)
    const offsets = await kafka.admin().listOffsets([{ topic: 'orders', partition: 1 }])
    expect(offsets.get('orders-1')?.offset).toBe(1n)
    await producer.close()
  })
})

test('an end is asked for once where a partition is named twice', async () => {
  const consumer = assigned()
  const ends = [
    { ...orders, offset: 0n },
    { ...orders, offset: 0n },
  ]
  expect(await consumer.endOffsets([orders, orders])).toEqual(ends)
  await consumer.close()
})

test('after close() calls say so', async () => {
  const consumer = assigned()
  await consumer.close()
  for (const call of [
    () => consumer.commit([{ ...orders, offset: 1n }]),
    () => consumer.commit(),
    () => consumer.committed([orders]),
    () => consumer.poll(),
    () => consumer.assign([orders]),
    () => consumer.endOffsets([orders]),
    () => consumer.position(orders),
  ])
    expect(await failing(call)).toMatchObject({ code: 'CLOSED', kind: 'closed' })
})

test('from assign() to subscribe(): nothing of the one fails the other', async () => {
  const consumer = kafka.consumer({ groupId: 'other', autoOffsetReset: 'earliest', heartbeat: 'inline' })
  for (let round = 0; round < 5; round++) {
    consumer.assign([orders])
    await consumer.unsubscribe()
    consumer.subscribe('orders')
    await consumer.poll({ timeoutMs: 20 })
    await consumer.unsubscribe()
  }
  await consumer.close()
})

test('partitions that assign() takes away are committed as far as they are processed', async () => {
  const own = await startBroker({ topics: { t: 2 } })
  await own.produce(
    't',
    Array.from({ length: 6 }, (_, i) => ({ partition: i % 2, value: Buffer.from(String(i)) })),
  )
  const client = new Kafka({ bootstrapServers: own.bootstrapServers })
  const consumer = client.consumer({ groupId: 'g', autoOffsetReset: 'earliest', heartbeat: 'inline' })
  consumer.assign([{ topic: 't', partition: 0 }])
  for await (const { offset } of consumer.records()) {
    if (offset < 2n) continue
    consumer.assign([{ topic: 't', partition: 1 }])
    break
  }
  await expect.poll(() => own.group('g').committed('t', 0)).toBe(2n)
  let seen = 0
  for await (const { partition } of consumer.records()) {
    expect(partition).toBe(1)
    if (++seen === 3) break
  }
  await consumer.unsubscribe()
  expect(own.group('g').committed('t', 1)).toBe(2n)
  await client.close()
  await own.close()
})

test('an abort ends the wait for a dead letter, with its reason, and leaves the record', async () => {
  const own = await startBroker({ topics: { t: 1 } })
  await own.produce('t', [{ partition: 0, value: Buffer.from('{') }])
  const client = new Kafka({ bootstrapServers: own.bootstrapServers })
  const config = { groupId: 'g', autoOffsetReset: 'earliest', heartbeat: 'inline', value: json() } as const
  const consumer = client.consumer(config)
  consumer.subscribe('t')
  const stop = new AbortController()
  const stalled = own.fault({ api: 'Produce' }).stall()
  const reading = (async () => {
    for await (const _ of consumer.records({ signal: stop.signal, onError: deadLetter('t.DLT') }))
      throw new Error('none')
  })()
  await expect.poll(() => stalled.hits).toBe(1)
  stop.abort(new Error('that is enough'))
  await expect(reading).rejects.toThrow('that is enough')
  await consumer.close()
  expect(own.group('g').committed('t', 0) ?? 0n).toBe(0n)
  stalled.remove()
  await client.close()
  await own.close()
})

test('a pattern for the broker is refused where no broker would match it', async () => {
  await using consumer = testConsumer('127.0.0.1:1', { groupId: 'g' })
  expect(() => consumer.subscribe({ re2: 'a.*' })).toThrow(
    "subscribe({ re2 }) needs groupProtocol 'consumer' or 'auto'",
  )
})
