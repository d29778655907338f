import { afterEach, describe, expect, test } from 'vitest'
import { NetworkCluster } from '../../../src/client/cluster/network-cluster.ts'
import { clusterSettings, commonKeys, producerKeys, resolveConfig } from '../../../src/client/config/index.ts'
import {
  json,
  Kafka,
  type KafkaConfig,
  KafkaError,
  KafkaItemsError,
  Producer,
  type ProducerConfig,
  type ProducerRecord,
} from '../../../src/client/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { startBroker, type TestBroker, VirtualClock } from '../../../src/testing/index.ts'
import { murmur2, type ProduceRequest, readBatchHeader } from '../../../src/wire/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(topics: Record<string, number> = { orders: 1 }, properties: Record<string, string> = {}) {
  const broker = await startBroker({ topics, properties })
  open.push(broker)
  return { broker, kafka: clientOf(broker) }
}

function clientOf({ bootstrapServers }: TestBroker, config: Partial<KafkaConfig> = {}): Kafka {
  const kafka = new Kafka({ bootstrapServers, clientId: 'test', retryBackoffMs: 5, reconnectBackoffMs: 5, ...config })
  open.push(kafka)
  return kafka
}

/** A producer whose time stands still until it is moved. */
function onVirtualTime({ bootstrapServers }: TestBroker, config: ProducerConfig = {}) {
  const clock = new VirtualClock()
  const common = resolveConfig({ where: '', keys: commonKeys }, { bootstrapServers }, [])
  const cluster = new NetworkCluster({ settings: clusterSettings(common), clock, logger: silentLogger })
  open.push(cluster)
  const resolved = resolveConfig({ where: '', keys: producerKeys }, config, [])
  return { clock, producer: new Producer({ cluster, config: resolved, common, onClosed() {} }) }
}

const values = async (broker: TestBroker, topic = 'orders') =>
  (await broker.records(topic)).map(({ value }) => value?.toString())

describe('send', () => {
  test('tells where a record went', async () => {
    const { broker, kafka } = await start({ orders: 3 })
    const producer = kafka.producer()
    const key = 'customer-7'
    const sent = await producer.send({ topic: 'orders', key, value: 'one', headers: { trace: 'x' }, timestamp: 1_234 })
    const partition = murmur2(Buffer.from(key)) % 3
    expect(sent).toEqual({ topic: 'orders', partition, offset: 0n, timestamp: 1_234 })
    const [record] = await broker.records('orders')
    expect([record!.key?.toString(), record!.value?.toString(), record!.partition]).toEqual([key, 'one', partition])
  })

  test('keeps the order of calls that are not awaited', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer()
    const sends = Array.from({ length: 500 }, (_, i) => producer.send({ topic: 'orders', value: `${i}` }))
    const offsets = (await Promise.all(sends)).map(({ offset }) => offset)
    expect(offsets).toEqual(Array.from({ length: 500 }, (_, i) => BigInt(i)))
    expect(await values(broker)).toEqual(Array.from({ length: 500 }, (_, i) => `${i}`))
  })

  test('does not wait for linger.ms when nothing else is under way', async () => {
    const { broker } = await start()
    // Time stands still: whatever waited for it would wait for ever.
    const { producer } = onVirtualTime(broker)
    for (let i = 0; i < 20; i++) await producer.send({ topic: 'orders', value: `${i}` })
    expect(await values(broker)).toHaveLength(20)
  })

  test('waits for linger.ms where it is given, and sends at once what fills a batch', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ lingerMs: 60_000, batchSize: 1_000 })
    const lone = producer.send({ topic: 'orders', value: 'lone' })
    const full = producer.send({ topic: 'orders', value: 'x'.repeat(2_000) })
    expect((await full).offset).toBe(1n)
    expect((await lone).offset).toBe(0n)
    const waits = producer.send({ topic: 'orders', value: 'waits' })
    await producer.flush()
    expect((await waits).offset).toBe(2n)
    expect(await values(broker)).toHaveLength(3)
  })

  test('creates the topic where the broker does that', async () => {
    const { kafka } = await start({})
    expect(await kafka.producer().send({ topic: 'fresh', value: 'x' })).toMatchObject({ partition: 0, offset: 0n })
  })

  test('says that there is no such topic, after max.block.ms', async () => {
    const { kafka } = await start({}, { 'auto.create.topics.enable': 'false' })
    await expect(kafka.producer({ maxBlockMs: 300 }).send({ topic: 'none', value: 'x' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: expect.stringContaining('none cannot be produced to') as string,
    })
  })

  test('waits for a partition that was added a moment ago, in the order of calls, and holds up nobody for it', async () => {
    const { broker, kafka } = await start()
    const admin = kafka.admin()
    const producer = kafka.producer()
    await producer.send({ topic: 'orders', value: 'known' })
    const early = [1, 2, 3].map((i) => producer.send({ topic: 'orders', value: `early ${i}`, partition: 2 }))
    const batch = producer.sendBatch([
      { topic: 'orders', value: 'early 4', partition: 2 },
      { topic: 'orders', value: 'x', partition: 1 },
    ])
    expect(await producer.send({ topic: 'orders', value: 'meanwhile' })).toMatchObject({ partition: 0, offset: 1n })
    await admin.createPartitions([{ topic: 'orders', totalCount: 3 }])
    const late = producer.send({ topic: 'orders', value: 'late', partition: 2 })
    expect((await Promise.all([...early, late])).map(({ partition, offset }) => [partition, offset])).toEqual([
      [2, 0n],
      [2, 1n],
      [2, 2n],
      [2, 4n],
    ])
    expect((await batch).map(({ partition, offset }) => [partition, offset])).toEqual([
      [2, 3n],
      [1, 0n],
    ])
    const added = (await broker.records('orders')).filter(({ partition }) => partition === 2)
    expect(added.map(({ value }) => value?.toString())).toEqual(['early 1', 'early 2', 'early 3', 'early 4', 'late'])
  })

  test('refuses what cannot be sent, and sends the rest', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ maxBlockMs: 200, maxRequestSize: 1_000, value: json<{ n: number | bigint }>() })
    const bad = { topic: 'orders', value: { n: 1n } }
    await expect(producer.send(bad)).rejects.toMatchObject({ code: 'SERIALIZATION_FAILED', kind: 'invalid' })
    await expect(producer.send({ topic: 'orders', value: { n: 1 }, partition: -1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'orders has partitions 0 to 0, and no -1',
    })
    await expect(producer.send({ topic: 'orders', value: { n: 1 }, partition: 4 })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: 'orders has partitions 0 to 0, and no 4',
    })
    await expect(producer.send({ topic: 'orders', key: 'k'.repeat(1_001), value: { n: 1 } })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    })
    await expect(producer.send({ topic: 'not a topic', value: { n: 1 } })).rejects.toMatchObject({
      code: 'INVALID_TOPIC_EXCEPTION',
    })
    const results = producer.sendBatch([
      { topic: 'orders', value: { n: 1 } },
      bad,
      { topic: 'orders', value: { n: 3 } },
    ])
    const error = (await results.catch((thrown: unknown) => thrown)) as KafkaItemsError<number>
    expect(error).toBeInstanceOf(KafkaItemsError)
    expect([error.code, [...error.failures.keys()], [...error.results.keys()]]).toEqual([
      'SERIALIZATION_FAILED',
      [1],
      [0, 2],
    ])
    expect(await values(broker)).toEqual(['{"n":1}', '{"n":3}'])
  })

  test('ends its wait by a signal, with the reason', async () => {
    const { kafka } = await start({}, { 'auto.create.topics.enable': 'false' })
    const controller = new AbortController()
    const producer = kafka.producer()
    const waiting = producer.send({ topic: 'none', value: 'x' }, { signal: controller.signal })
    controller.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    await expect(producer.send({ topic: 'none', value: 'x' }, { signal: controller.signal })).rejects.toBe('enough')
    await producer.close({ timeoutMs: 0 })
  })

  test('that waits for its topic holds up none for another topic, and keeps the order of its own', async () => {
    const { broker, kafka } = await start({ orders: 1 }, { 'auto.create.topics.enable': 'false' })
    const producer = kafka.producer()
    const waiting = ['1', '2', '3'].map((value) => producer.send({ topic: 'later', value }))
    const both = producer.sendBatch([
      { topic: 'later', value: '4' },
      { topic: 'orders', value: 'b' },
    ])
    const behind = producer.send({ topic: 'orders', value: 'c' })
    // `orders` waits behind the call that has both; a producer without it does not wait.
    const other = kafka.producer()
    const missing = other.send({ topic: 'later', value: '5' })
    expect((await other.send({ topic: 'orders', value: 'a' })).offset).toBe(0n)
    expect(producer.stats().waitingCalls).toBe(5)
    const flushed = producer.flush()
    await kafka.admin().createTopics([{ name: 'later', partitions: 1 }])
    await Promise.all([...waiting, both, behind, missing, flushed])
    expect(await values(broker)).toEqual(['a', 'b', 'c'])
    expect((await values(broker, 'later')).filter((value) => value !== '5')).toEqual(['1', '2', '3', '4'])
  })

  test('that is given up holds no later one up: for its topic, for memory, for its serializer', async () => {
    const { broker, kafka } = await start({ orders: 1 }, { 'auto.create.topics.enable': 'false' })
    const value = {
      serialize: (text: string) => (text === 'for ever' ? new Promise<Buffer>(() => {}) : Buffer.from(text)),
    }
    const producer = kafka.producer({ value, bufferMemory: 2_000 })
    await producer.send({ topic: 'orders', value: 'warm' })
    const behind = async (topic: string, text: string): Promise<void> => {
      const controller = new AbortController()
      const given = producer.send({ topic, value: text }, { signal: controller.signal })
      const next = producer.send({ topic: 'orders', value: 'next' })
      // Until the call in front waits.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      controller.abort('enough')
      await expect(given).rejects.toBe('enough')
      await next
    }
    await behind('none', 'x')
    await behind('orders', 'for ever')
    const stalled = broker.fault({ api: 'Produce', times: 100 }).stall()
    const first = producer.send({ topic: 'orders', value: 'x'.repeat(1_500) })
    await stalled.hit
    const full = new AbortController()
    const given = producer.send({ topic: 'orders', value: 'y'.repeat(1_500) }, { signal: full.signal })
    const small = producer.send({ topic: 'orders', value: 'small' })
    full.abort('enough')
    await expect(given).rejects.toBe('enough')
    while (producer.bufferedBytes < 1_600) await new Promise((resolve) => setImmediate(resolve))
    stalled.remove()
    await Promise.all([first, small])
    expect(await values(broker)).toEqual(['warm', 'next', 'next', 'x'.repeat(1_500), 'small'])
  })

  test('a thousand sends by one signal are no leak of listeners', async () => {
    const { kafka } = await start()
    const warnings: unknown[] = []
    const warned = (warning: unknown): void => void warnings.push(warning)
    process.on('warning', warned)
    const { signal } = new AbortController()
    const producer = kafka.producer()
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => producer.send({ topic: 'orders', value: `${i}` }, { signal })),
    )
    await Promise.all(Array.from({ length: 20 }, () => kafka.admin().listTopics({ signal })))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('compresses with %s', async (compressionType) => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ compressionType })
    await producer.sendBatch(
      Array.from({ length: 100 }, (_, i) => ({ topic: 'orders', value: `${i} ${'x'.repeat(100)}` })),
    )
    expect(await values(broker)).toHaveLength(100)
  })

  test.each([0, 1, 'all'] as const)('with acks %s', async (acks) => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ acks })
    const sent = await producer.send({ topic: 'orders', value: 'x' })
    expect(sent.offset).toBe(acks === 0 ? -1n : 0n)
    await producer.send({ topic: 'orders', value: 'y' })
    while ((await values(broker)).length < 2) await new Promise((resolve) => setImmediate(resolve))
  })

  test('asks a partitioner of the application', async () => {
    const { kafka } = await start({ orders: 4 })
    const asked: unknown[] = []
    const producer = kafka.producer({
      partitioner: (record) => {
        asked.push(record)
        return record.partitionCount - 1
      },
    })
    expect((await producer.send({ topic: 'orders', key: 'k', value: 'v' })).partition).toBe(3)
    expect(asked).toEqual([{ topic: 'orders', key: Buffer.from('k'), value: Buffer.from('v'), partitionCount: 4 }])
  })
})

describe('many records', () => {
  test('without a key fill batches of one partition after another', async () => {
    const { broker, kafka } = await start({ orders: 5 })
    const producer = kafka.producer({ batchSize: 1_000 })
    const records = Array.from({ length: 1_000 }, (_, i) => ({ topic: 'orders', value: `${i}`.padEnd(50) }))
    const sent = await producer.sendBatch(records)
    expect(new Set(sent.map(({ partition }) => partition)).size).toBe(5)
    const switches = sent.filter(({ partition }, i) => i > 0 && partition !== sent[i - 1]!.partition).length
    expect(switches).toBeLessThan(100)
    expect(await broker.records('orders')).toHaveLength(1_000)
  })

  test('wait for memory, and take no more of it', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ bufferMemory: 20_000, batchSize: 4_000 })
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, producer.bufferedBytes)
    }, 1)
    const records = Array.from({ length: 2_000 }, (_, i) => ({ topic: 'orders', value: `${i}`.padEnd(100) }))
    await Promise.all([producer.sendBatch(records), producer.sendBatch(records)])
    clearInterval(watch)
    expect(most).toBeLessThanOrEqual(20_000)
    expect(producer.bufferedBytes).toBe(0)
    expect((await values(broker)).map((value) => Number(value))).toEqual([...records.keys(), ...records.keys()])
  })

  test('fail when there is no memory for max.block.ms', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ bufferMemory: 2_000, maxBlockMs: 500 })
    await producer.send({ topic: 'orders', value: 'warm' })
    const stalled = broker.fault({ api: 'Produce', times: 100 }).stall()
    const first = producer.send({ topic: 'orders', value: 'x'.repeat(1_500) })
    await stalled.hit
    await expect(producer.send({ topic: 'orders', value: 'y'.repeat(1_500) })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('no buffer memory') as string,
    })
    stalled.remove()
    expect((await first).offset).toBe(1n)
  })
})

describe('what goes wrong on the way', () => {
  test('an answer that is lost duplicates nothing', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer()
    broker.fault({ api: 'Produce', times: 3 }).loseResponse()
    expect((await producer.send({ topic: 'orders', value: 'once' })).offset).toBe(0n)
    expect((await producer.send({ topic: 'orders', value: 'next' })).offset).toBe(1n)
    expect(await values(broker)).toEqual(['once', 'next'])
  })

  test.each([
    'loseResponse',
    'close',
  ] as const)('connections that break under load (%s) lose, double and reorder nothing', async (how) => {
    const { broker, kafka } = await start({ orders: 3 })
    const producer = kafka.producer({ batchSize: 500 })
    for (let nth = 2; nth < 40; nth += 3) broker.fault({ api: 'Produce', nth })[how]()
    const sends = Array.from({ length: 600 }, (_, i) =>
      producer.send({ topic: 'orders', value: `${i}`, partition: i % 3 }),
    )
    await Promise.all(sends)
    for (let partition = 0; partition < 3; partition++) {
      const found = (await broker.records('orders')).filter((record) => record.partition === partition)
      expect(found.map(({ value }) => Number(value))).toEqual(Array.from({ length: 200 }, (_, i) => 3 * i + partition))
    }
  })

  test.each([
    'NOT_LEADER_OR_FOLLOWER',
    'NOT_ENOUGH_REPLICAS',
    'KAFKA_STORAGE_ERROR',
    'CORRUPT_MESSAGE',
  ] as const)('%s is tried again, in order', async (error) => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ batchSize: 200 })
    broker.fault({ api: 'Produce', nth: 2, times: 3 }).error(error)
    await Promise.all(Array.from({ length: 200 }, (_, i) => producer.send({ topic: 'orders', value: `${i}` })))
    expect(await values(broker)).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`))
  })

  test.each([
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'UNKNOWN_PRODUCER_ID',
    'INVALID_PRODUCER_EPOCH',
  ] as const)('%s begins a new epoch, and nothing is lost', async (error) => {
    const { broker, kafka } = await start()
    const producer = kafka.producer()
    await producer.send({ topic: 'orders', value: '0' })
    const epochs: number[] = []
    broker.fault({ api: 'Produce' }).error(error)
    broker.fault({ api: 'Produce', times: 100, where: (request: ProduceRequest) => seen(request, epochs) }).stall()
    expect((await producer.send({ topic: 'orders', value: '1' })).offset).toBe(1n)
    expect(await values(broker)).toEqual(['0', '1'])
    expect(epochs).toEqual([1])
  })

  test('a batch that the broker finds too large is split', async () => {
    const { broker, kafka } = await start({ orders: 1 }, { 'message.max.bytes': '1000' })
    const producer = kafka.producer({ batchSize: 10_000 })
    const records = Array.from({ length: 60 }, (_, i) => ({ topic: 'orders', value: `${i}`.padEnd(100) }))
    await producer.sendBatch(records)
    expect((await values(broker)).map(Number)).toEqual([...records.keys()])
    const tooLarge = producer.send({ topic: 'orders', value: 'x'.repeat(2_000) })
    await expect(tooLarge).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect((await producer.send({ topic: 'orders', value: 'on' })).offset).toBe(60n)
  })

  test('what one call gives a partition goes in large batches, and what several do in small ones, unless batchSize is given', async () => {
    const sizes = async (
      config: ProducerConfig,
      send: (producer: Producer, record: ProducerRecord<null, Buffer | string>) => unknown,
    ) => {
      const { broker } = await start()
      const { producer } = onVirtualTime(broker, config)
      await producer.sendBatch(Array(20).fill({ topic: 'orders', value: Buffer.alloc(1_000) }))
      const counts: number[] = []
      broker
        .fault({ api: 'Produce', times: 1_000, where: (request: ProduceRequest) => counted(request, counts) })
        .stall()
      await send(producer, { topic: 'orders', value: Buffer.alloc(1_000) })
      return counts
    }
    const many = (producer: Producer, record: ProducerRecord<null, Buffer | string>) =>
      producer.sendBatch(Array(500).fill(record))
    const single = (producer: Producer, record: ProducerRecord<null, Buffer | string>) =>
      Promise.all(Array.from({ length: 32 }, () => producer.send(record)))
    expect(await sizes({}, many)).toEqual([259, 241])
    expect(await sizes({ batchSize: 100_000 }, many)).toEqual([99, 99, 99, 99, 99, 5])
    expect(await sizes({}, single)).toEqual([16, 16])
    // A large batch does not wait for more, whatever linger.ms says.
    expect(await sizes({ lingerMs: 1_000 }, (producer, record) => producer.sendBatch(Array(200).fill(record)))).toEqual(
      [200],
    )
  })

  test('batches are made smaller where the broker has refused one', async () => {
    const { broker } = await start({ orders: 1 }, { 'message.max.bytes': '100000' })
    const { producer } = onVirtualTime(broker)
    const counts: number[] = []
    await producer.send({ topic: 'orders', value: '0' })
    broker.fault({ api: 'Produce', times: 1_000, where: (request: ProduceRequest) => counted(request, counts) }).stall()
    const call = () => producer.sendBatch(Array(200).fill({ topic: 'orders', value: Buffer.alloc(1_000) }))
    await call()
    expect(counts[0]).toBe(200)
    counts.length = 0
    await call()
    expect(Math.max(...counts)).toBeLessThan(100)
    expect(await values(broker)).toHaveLength(401)
  })

  test('batches that are split one behind the other wait for nothing, keep their order, and need no new epoch', async () => {
    const { broker } = await start({ orders: 1 }, { 'message.max.bytes': '1000' })
    // Time stands still: whoever waited for a backoff would wait for ever.
    const { producer } = onVirtualTime(broker, { batchSize: 1_500 })
    await producer.send({ topic: 'orders', value: '0' })
    const epochs: number[] = []
    broker.fault({ api: 'Produce', times: 1_000, where: (request: ProduceRequest) => seen(request, epochs) }).stall()
    const large = Array.from({ length: 120 }, (_, i) =>
      producer.send({ topic: 'orders', value: `${i + 1}`.padEnd(100) }),
    )
    const small = Array.from({ length: 3 }, (_, i) => producer.send({ topic: 'orders', value: `${i + 121}` }))
    await Promise.all([...large, ...small])
    expect((await values(broker)).map(Number)).toEqual(Array.from({ length: 124 }, (_, i) => i))
    expect(new Set(epochs)).toEqual(new Set([0]))
  })

  test('what follows a batch that is refused does not wait either: its new epoch is begun at once', async () => {
    const { broker } = await start({ orders: 1 }, { 'message.max.bytes': '1000' })
    const { producer } = onVirtualTime(broker, { batchSize: 500 })
    await producer.send({ topic: 'orders', value: '0' })
    const refused = producer.send({ topic: 'orders', value: 'x'.repeat(2_000) })
    const behind = Array.from({ length: 20 }, (_, i) =>
      producer.send({ topic: 'orders', value: `${i + 1}`.padEnd(100) }),
    )
    await expect(refused).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await Promise.all(behind)
    expect((await values(broker)).map(Number)).toEqual(Array.from({ length: 21 }, (_, i) => i))
  })

  test('a record that the broker refuses is named (KIP-467)', async () => {
    const { broker, kafka } = await start({})
    const admin = await startCompacted(broker)
    const producer = kafka.producer({ lingerMs: 1 })
    const results = await Promise.allSettled([
      producer.send({ topic: admin, key: 'k', value: 'fine' }),
      producer.send({ topic: admin, value: 'no key' }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'INVALID_RECORD', kind: 'invalid' })
    expect((await producer.send({ topic: admin, key: 'k', value: 'fine' })).offset).toBe(0n)
  })

  test('what is not delivered within delivery.timeout.ms fails with the last reason', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ deliveryTimeoutMs: 80, requestTimeoutMs: 40, lingerMs: 0 })
    await producer.send({ topic: 'orders', value: 'warm' })
    const fault = broker.fault({ api: 'Produce', times: 1_000 }).error('NOT_ENOUGH_REPLICAS')
    await expect(producer.send({ topic: 'orders', value: 'x' })).rejects.toMatchObject({
      message: expect.stringMatching(/not delivered within 80 ms|NOT_ENOUGH_REPLICAS/) as string,
    })
    fault.remove()
    expect((await producer.send({ topic: 'orders', value: 'y' })).offset).toBe(1n)
  })

  test('what is on the wire fails at delivery.timeout.ms too, and its late answer keeps the sequence', async () => {
    const { broker } = await start()
    const { clock, producer } = onVirtualTime(broker, { deliveryTimeoutMs: 30_000, lingerMs: 0 })
    await producer.send({ topic: 'orders', value: '0' })
    const { late, stalled } = await sendAgainInVain(broker, producer, clock, 'stall')
    const epochs: number[] = []
    broker.fault({ api: 'Produce', times: 100, where: (request: ProduceRequest) => seen(request, epochs) }).stall()
    clock.advance(10_000)
    await expect(late).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(
        /not delivered within 30000 ms; the last failure was: .*NOT_ENOUGH_REPLICAS/,
      ) as string,
    })
    expect(producer.bufferedBytes).toBe(0)
    const next = producer.send({ topic: 'orders', value: '2' })
    stalled.remove()
    // It was appended after all, and nobody begins a new epoch.
    expect((await next).offset).toBe(2n)
    expect([await values(broker), epochs]).toEqual([['0', 'late', '2'], [0]])
  })

  test('what failed on the wire at delivery.timeout.ms is not sent again, and what follows begins a new epoch', async () => {
    const { broker } = await start()
    const { clock, producer } = onVirtualTime(broker, { deliveryTimeoutMs: 30_000, lingerMs: 0 })
    await producer.send({ topic: 'orders', value: '0' })
    const { late, stalled } = await sendAgainInVain(broker, producer, clock, 'drop')
    clock.advance(10_000)
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
    const epochs: number[] = []
    broker.fault({ api: 'Produce', times: 100, where: (request: ProduceRequest) => seen(request, epochs) }).stall()
    const next = producer.send({ topic: 'orders', value: '2' })
    // The connection ends, and the batch was not appended.
    stalled.remove()
    const moving = setInterval(() => clock.advance(100), 1)
    expect((await next).offset).toBe(1n)
    clearInterval(moving)
    expect([await values(broker), epochs]).toEqual([['0', '2'], [1]])
  })

  test('a broker that comes back gets what waits for it', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer()
    await producer.send({ topic: 'orders', value: '0' })
    const { port } = broker
    await broker.close()
    const sends = [1, 2, 3].map((i) => producer.send({ topic: 'orders', value: `${i}` }))
    const again = await startBroker({ port, topics: { orders: 1 } })
    open.unshift(again)
    await Promise.all(sends)
    expect(await values(again)).toEqual(['1', '2', '3'])
  })
})

describe('the end', () => {
  test('close sends what waits', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer({ lingerMs: 60_000 })
    const sent = producer.send({ topic: 'orders', value: 'x' })
    await producer.close()
    expect((await sent).offset).toBe(0n)
    expect(await values(broker)).toEqual(['x'])
    await expect(producer.send({ topic: 'orders', value: 'y' })).rejects.toMatchObject({
      code: 'CLOSED',
      kind: 'closed',
    })
  })

  test('close gives up what is not sent in its time', async () => {
    const { broker, kafka } = await start()
    const producer = kafka.producer()
    await producer.send({ topic: 'orders', value: 'x' })
    const stalled = broker.fault({ api: 'Produce', times: 10 }).stall()
    const lost = expect(producer.send({ topic: 'orders', value: 'y' })).rejects.toMatchObject({ code: 'CLOSED' })
    await stalled.hit
    await producer.close({ timeoutMs: 20 })
    await lost
    stalled.remove()
  })

  test('of the Kafka closes its producers', async () => {
    const { broker, kafka } = await start()
    const sent = kafka.producer({ lingerMs: 60_000 }).send({ topic: 'orders', value: 'x' })
    await kafka.close()
    expect((await sent).offset).toBe(0n)
    expect(() => kafka.producer()).toThrow(KafkaError)
    expect(await values(broker)).toEqual(['x'])
  })
})

/** Sends a record, refuses it once, and gives no answer when it comes again. */
async function sendAgainInVain(broker: TestBroker, producer: Producer, clock: VirtualClock, how: 'stall' | 'drop') {
  broker.fault({ api: 'Produce' }).error('NOT_ENOUGH_REPLICAS')
  const stalled = broker.fault({ api: 'Produce', times: 1_000 })[how]()
  const late = producer.send({ topic: 'orders', value: 'late' })
  late.catch(() => {})
  const moving = setInterval(() => clock.advance(100), 1)
  await stalled.hit
  clearInterval(moving)
  clock.advance(20_000 - clock.monotonicMs())
  return { late, stalled }
}

/** Notes the epochs of batches, and hits nothing. */
function counted({ topicData }: ProduceRequest, counts: number[]): boolean {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      counts.push(readBatchHeader(Array.isArray(records) ? Buffer.concat(records) : (records as Buffer)).recordCount)
    }
  }
  return false
}

function seen({ topicData }: ProduceRequest, epochs: number[]): boolean {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      const bytes = Array.isArray(records) ? Buffer.concat(records) : (records as Buffer)
      epochs.push(readBatchHeader(bytes).producerEpoch)
    }
  }
  return false
}

async function startCompacted(broker: TestBroker): Promise<string> {
  const { createTopicsAtStart } = await import('../../../src/broker/index.ts')
  const topic = { name: 'compacted', partitions: 1, configs: { 'cleanup.policy': 'compact' } }
  await createTopicsAtStart([topic], broker.running.broker)
  return 'compacted'
}
