import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import { isTraced, traced } from '../../src/client/diagnostics.ts'
import {
  type CommitContext,
  type FetchEvent,
  Kafka,
  type Logger,
  type LoopContext,
  type ProcessContext,
  type ProduceEvent,
  type RebalanceContext,
  retry,
  type SendContext,
  string,
} from '../../src/client/index.ts'
import { startBroker } from '../../src/testing/index.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start({ logger }: { logger?: Logger } = {}) {
  const broker = await startBroker({ topics: { orders: 2 } })
  ends.push(() => broker.close())
  const { bootstrapServers } = broker
  const kafka = new Kafka({ bootstrapServers, clientId: 'test', retryBackoffMs: 5, ...(logger && { logger }) })
  ends.push(() => kafka.close())
  return { broker, kafka }
}

/** What a channel tells while the test lasts. */
function events<T>(name: string): T[] {
  const found: T[] = []
  const listener = (event: unknown): void => void found.push(event as T)
  subscribe(name, listener)
  ends.push(() => unsubscribe(name, listener))
  return found
}

/** Which of a tracing channel's events were told, with a snapshot of the context. */
function traces<C extends object>(name: string): (C & { readonly told: string })[] {
  const found: (C & { readonly told: string })[] = []
  const note = (told: string) => (context: unknown) => void found.push({ ...(context as C), told })
  const handlers = { start: note('start'), asyncEnd: note('asyncEnd'), error: note('error') }
  const channels = tracingChannel<object, object>(name)
  for (const [told, handler] of Object.entries(handlers)) channels[told as 'start'].subscribe(handler)
  ends.push(() => {
    for (const [told, handler] of Object.entries(handlers)) channels[told as 'start'].unsubscribe(handler)
  })
  return found
}

test('a send is traced, and a subscriber gives its records headers', async () => {
  const { broker, kafka } = await start()
  const sends = traces<SendContext>('kohort:send')
  const batches = events<ProduceEvent>('kohort:produce')
  const inject = (context: unknown): void => {
    const { records } = context as SendContext
    for (const [i, record] of records.entries()) records[i] = { ...record, headers: { traceparent: `t-${i}` } }
  }
  subscribe('tracing:kohort:send:start', inject)
  ends.push(() => unsubscribe('tracing:kohort:send:start', inject))
  const producer = kafka.producer()
  const given = [
    { topic: 'orders', value: 'a', partition: 0 },
    { topic: 'orders', value: 'b', partition: 1 },
  ]
  await producer.sendBatch(given)
  await expect(producer.send({ topic: 'orders', value: 'c', partition: -9 })).rejects.toThrow('no -9')
  expect(given[0]).toEqual({ topic: 'orders', value: 'a', partition: 0 })
  const records = await broker.records('orders')
  expect(records.map(({ headers }) => Object.entries(headers).map(([key, value]) => [key, String(value)]))).toEqual([
    [['traceparent', 't-0']],
    [['traceparent', 't-1']],
  ])
  expect(
    sends.map(({ told, records, result, error }) => [told, records.length, result, (error as Error)?.message]),
  ).toEqual([
    ['start', 2, undefined, undefined],
    [
      'asyncEnd',
      2,
      [expect.objectContaining({ partition: 0, offset: 0n }), expect.objectContaining({ partition: 1 })],
      undefined,
    ],
    ['start', 1, undefined, undefined],
    ['error', 1, undefined, 'orders has partitions 0 to 1, and no -9'],
    ['asyncEnd', 1, undefined, 'orders has partitions 0 to 1, and no -9'],
  ])
  expect(batches.map(({ durationMs: _, ...event }) => event).sort((a, b) => a.partition - b.partition)).toEqual(
    [0, 1].map((partition) => ({
      clientId: 'test',
      topic: 'orders',
      partition,
      recordCount: 1,
      bytes: expect.any(Number) as number,
      attempts: 1,
      baseOffset: 0n,
      error: undefined,
    })),
  )
  expect(producer.stats()).toMatchObject({
    acknowledgedRecords: 2,
    acknowledgedBatches: 2,
    failedRecords: 0,
    retries: 0,
    bufferedBytes: 0,
    waitingCalls: 0,
    requestsInFlight: 0,
  })
})

test('fetches, handlers, commits and rebalances are traced, and counted', async () => {
  const { broker, kafka } = await start()
  const fetches = events<FetchEvent>('kohort:fetch')
  const handled = traces<ProcessContext>('kohort:process')
  const commits = traces<CommitContext>('kohort:commit')
  const rebalances = traces<RebalanceContext>('kohort:rebalance')
  const store = new AsyncLocalStorage<string>()
  const channel = tracingChannel<string, ProcessContext>('kohort:process').start
  channel.bindStore(store, ({ record }) => `span of ${record.offset}`)
  ends.push(() => channel.unbindStore(store))
  await broker.produce('orders', [
    { value: 'good', partition: 0 },
    { value: 'bad', partition: 0 },
  ])
  const consumer = kafka.consumer({ groupId: 'billing', autoOffsetReset: 'earliest', value: string() })
  consumer.subscribe('orders')
  const spans: (string | undefined)[] = []
  let failures = 1
  const running = consumer.run({
    onError: retry({ attempts: 2, backoffMs: 0 }),
    handler: async ({ value, offset }) => {
      await Promise.resolve()
      spans.push(store.getStore())
      if (value === 'bad' && failures-- > 0) throw new Error('not today')
      if (offset === 1n) void consumer.close()
    },
  })
  await running
  await consumer.close()
  expect(spans).toEqual(['span of 0', 'span of 1', 'span of 1'])
  expect(
    handled.map(({ told, groupId, record, error }) => [told, groupId, record.offset, (error as Error)?.message]),
  ).toEqual([
    ['start', 'billing', 0n, undefined],
    ['asyncEnd', 'billing', 0n, undefined],
    ['start', 'billing', 1n, undefined],
    ['error', 'billing', 1n, 'not today'],
    ['asyncEnd', 'billing', 1n, 'not today'],
    ['start', 'billing', 1n, undefined],
    ['asyncEnd', 'billing', 1n, undefined],
  ])
  expect(fetches.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(2)
  expect(fetches[0]).toMatchObject({ clientId: 'test', groupId: 'billing', nodeId: 1, error: undefined })
  expect(
    commits.map(({ told, offsets }) => [told, offsets.map(({ partition, offset }) => [partition, offset])]),
  ).toEqual([
    [
      'start',
      [
        [0, 2n],
        [1, 0n],
      ],
    ],
    [
      'asyncEnd',
      [
        [0, 2n],
        [1, 0n],
      ],
    ],
  ])
  expect(rebalances.map(({ told, event, partitions }) => [told, event, partitions.length])).toEqual([
    ['start', 'assigned', 2],
    ['asyncEnd', 'assigned', 2],
    ['start', 'revoked', 2],
    ['asyncEnd', 'revoked', 2],
  ])
  expect(consumer.stats()).toMatchObject({
    groupId: 'billing',
    fetchedRecords: 2,
    commits: 1,
    failedCommits: 0,
    rebalances: { assigned: 1, revoked: 1, lost: 0 },
    partitions: [],
  })
})

test('stats say where a consumer is, and a normal rebalance is told at info', async () => {
  const lines: string[] = []
  const note = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`)
  const logger: Logger = { debug: () => {}, info: note('info'), warn: note('warn'), error: note('error') }
  const { broker, kafka } = await start({ logger })
  await broker.produce('orders', [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 0 },
  ])
  const consumer = kafka.consumer({ groupId: 'billing', autoOffsetReset: 'earliest' })
  consumer.subscribe('orders')
  for await (const record of consumer.records()) {
    if (record.offset === 0n) continue
    expect(kafka.stats().consumers).toEqual(
      [consumer.stats()].map((stats) => ({ ...stats, sinceLastAskedMs: expect.any(Number) as number })),
    )
    const { partitions, ...stats } = consumer.stats()
    expect(partitions.find(({ partition }) => partition === 0)).toMatchObject({ position: 2n, endOffset: 2n, lag: 0n })
    expect(stats).toMatchObject({ state: 'stable', generationId: 1, fetchedRecords: 2, clientId: 'test' })
    break
  }
  await consumer.close()
  expect(lines).toEqual([
    'info joining group billing',
    expect.stringContaining('info joining group billing: need to re-join') as string,
    'info member of group billing in generation 1: orders-0, orders-1',
    'info 2 partitions were revoked: the consumer is being closed',
  ])
})

test('what a loop has in its hands is traced: a record, a batch, a poll, processed or left', async () => {
  const { broker, kafka } = await start()
  const told = traces<LoopContext>('kohort:loop')
  const seen = (): unknown[] =>
    told.splice(0).map(({ told: event, records, isProcessed, groupId }) => {
      return [event, records.map(({ offset }) => Number(offset)), isProcessed, groupId]
    })
  await broker.produce(
    'orders',
    ['a', 'b', 'c'].map((value) => ({ value, partition: 0 })),
  )
  const consumer = kafka.consumer({ groupId: 'billing', autoOffsetReset: 'earliest', value: string() })
  consumer.subscribe('orders')
  for await (const { offset } of consumer.records()) if (offset === 1n) break
  expect(seen()).toEqual([
    ['start', [0], undefined, 'billing'],
    ['asyncEnd', [0], true, 'billing'],
    ['start', [1], undefined, 'billing'],
    ['asyncEnd', [1], false, 'billing'],
  ])
  for await (const _ of consumer.batches()) break
  expect(seen()).toEqual([
    ['start', [1, 2], undefined, 'billing'],
    ['asyncEnd', [1, 2], false, 'billing'],
  ])
  for await (const stream of consumer.partitions()) {
    if (stream.partition !== 0) continue
    for await (const { offset } of stream) if (offset === 2n) break
    break
  }
  expect(seen()).toEqual([
    ['start', [1], undefined, 'billing'],
    ['asyncEnd', [1], true, 'billing'],
    ['start', [2], undefined, 'billing'],
    ['asyncEnd', [2], false, 'billing'],
  ])
  expect(await consumer.poll({ timeoutMs: 10_000 })).toHaveLength(1)
  await consumer.close()
  expect(seen()).toEqual([
    ['start', [2], undefined, 'billing'],
    ['asyncEnd', [2], true, 'billing'],
  ])
})

test('where nobody listens no context is made', async () => {
  const trace = tracingChannel<object, object>('kohort:test')
  const contextOf = (): object => {
    throw new Error('nobody asked for a context')
  }
  expect([isTraced(trace), await traced(trace, contextOf, async () => 'done')]).toEqual([false, 'done'])
  const listener = (): void => {}
  trace.asyncEnd.subscribe(listener)
  expect(isTraced(trace)).toBe(true)
  expect(() => traced(trace, contextOf, async () => 'done')).toThrow('nobody asked')
  trace.asyncEnd.unsubscribe(listener)
})
