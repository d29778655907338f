import { afterEach, describe, expect, test } from 'vitest'
import { type Admin, Kafka } from '../../../src/client/index.ts'
import { startBroker, type TestBroker, type TestBrokerOptions } from '../../../src/testing/index.ts'
import { readGroupLag, readRecordLag } from '../../../src/tools/index.ts'
import { RecordLagReader } from '../../../src/tools/lag/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(options: TestBrokerOptions): Promise<{ broker: TestBroker; kafka: Kafka; admin: Admin }> {
  const broker = await startBroker(options)
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'lag', retryBackoffMs: 5 })
  open.push(broker, kafka)
  return { broker, kafka, admin: kafka.admin() }
}

async function lagsOf(admin: Admin, reader: RecordLagReader) {
  const { partitions } = (await readGroupLag(admin, ['g'])).get('g')!
  return [...(await reader.read(partitions))].map(([key, lag]) => {
    const { records, minRecords, maxRecords } = lag
    return [key, records, minRecords, maxRecords, lag.oldestTimestampMs] as const
  })
}
const at = (partition: number, offset: bigint) => ({ topic: 't', partition, offset })
const values = (count: number, bytes: number, timestampMs: number) =>
  Array.from({ length: count }, (_, i) => ({ value: 'x'.repeat(bytes), partition: 0, timestampMs: timestampMs + i }))

describe('lag in records and in time', () => {
  test('is that of the record at the committed offset', async () => {
    const { broker, admin } = await start({ topics: { t: 2 } })
    const nowMs = broker.clock.wallMs()
    await broker.produce('t', values(5, 1, nowMs - 60_000))
    await admin.alterGroupOffsets('g', [at(0, 2n), at(1, 0n)])
    const { partitions } = (await readGroupLag(admin, ['g'])).get('g')!
    const lags = await readRecordLag(admin, partitions)
    const first = lags.get('t-0@2')!
    expect(first).toMatchObject({ records: 3n, minRecords: 3n, maxRecords: 3n, lastStableOffset: undefined })
    expect(first.oldestTimestampMs).toBe(nowMs - 60_000 + 2)
    expect(first.lagMs).toBeGreaterThanOrEqual(59_000)
    expect(lags.get('t-1@0')).toEqual({
      records: 0n,
      minRecords: 0n,
      maxRecords: 0n,
      oldestTimestampMs: undefined,
      lagMs: 0,
      lastStableOffset: undefined,
    })
  })

  test('is not negative where a timestamp lies in the future', async () => {
    const { broker, admin } = await start({ topics: { t: 1 } })
    await broker.produce('t', values(1, 1, broker.clock.wallMs() + 600_000))
    await admin.alterGroupOffsets('g', [at(0, 0n)])
    const { partitions } = (await readGroupLag(admin, ['g'])).get('g')!
    expect((await readRecordLag(admin, partitions)).get('t-0@0')?.lagMs).toBe(0)
  })

  test('begins at the start of the log where records were deleted before they were read', async () => {
    const { broker, admin } = await start({ topics: { t: 1 } })
    await broker.produce('t', values(10, 1, 1_000_000_000_000))
    await admin.alterGroupOffsets('g', [at(0, 1n)])
    await admin.deleteRecords([{ topic: 't', partition: 0, beforeOffset: 7n }])
    expect(await lagsOf(admin, new RecordLagReader(admin))).toEqual([['t-0@1', 3n, 3n, 3n, 1_000_000_000_007]])
  })

  test('is a guess with bounds where the bytes do not reach, and exact after some calls', async () => {
    const { broker, admin } = await start({ topics: { t: 1 } })
    for (let i = 0; i < 4; i++) await broker.produce('t', values(10, 500, 1_000_000_000_000))
    await admin.alterGroupOffsets('g', [at(0, 5n)])
    const reader = new RecordLagReader(admin, { maxBytes: 6_000 })
    expect(await lagsOf(admin, reader)).toEqual([['t-0@5', 35n, 5n, 35n, 1_000_000_000_005]])
    let lags = await lagsOf(admin, reader)
    for (let calls = 0; calls < 10 && lags[0]![2] !== lags[0]![3]; calls++) lags = await lagsOf(admin, reader)
    expect(lags).toEqual([['t-0@5', 35n, 35n, 35n, 1_000_000_000_005]])
  })

  test('does not count what compaction took', async () => {
    const { broker, admin } = await start({
      properties: { 'log.cleaner.backoff.ms': '20' },
    })
    const configs = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'segment.ms': '1' }
    await admin.createTopics([{ name: 't', partitions: 1, configs }])
    for (let i = 0; i < 30; i++) await broker.produce('t', [{ key: `k${i % 2}`, value: `${i}`, partition: 0 }])
    await admin.alterGroupOffsets('g', [at(0, 0n)])
    for (;;) {
      broker.clock.advance(1_000)
      const all = await broker.records('t')
      if (all.length < 30) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    // It may go on meanwhile: what counts is a lag that was read between two equal looks.
    let kept = -1
    let lag: Awaited<ReturnType<typeof lagsOf>>[number] | undefined
    for (let now = (await broker.records('t')).length; now !== kept; now = (await broker.records('t')).length) {
      kept = now
      ;[lag] = await lagsOf(admin, new RecordLagReader(admin))
    }
    expect(lag!.slice(1, 4)).toEqual([BigInt(kept), BigInt(kept), BigInt(kept)])
    expect((await readGroupLag(admin, ['g'])).get('g')!.partitions[0]!.lag).toBe(30n)
  })

  test('looks at a place once, for all groups that are there', async () => {
    const { broker, admin } = await start({ topics: { t: 1 } })
    await broker.produce('t', values(3, 1, 1_000_000_000_000))
    for (const groupId of ['a', 'b', 'c']) await admin.alterGroupOffsets(groupId, [at(0, 1n)])
    const fetches = () => {
      const found = broker.running.metrics().apis.find(({ api }) => api === 'Fetch')
      return [...(found?.requestsByVersion.values() ?? [])].reduce((sum, count) => sum + count, 0)
    }
    const reader = new RecordLagReader(admin)
    const views = await readGroupLag(admin, ['a', 'b', 'c'])
    const all = [...views.values()].flatMap(({ partitions }) => partitions)
    expect((await reader.read(all)).size).toBe(1)
    expect((await reader.read(all)).get('t-0@1')?.records).toBe(2n)
    expect(fetches()).toBe(1)
    expect(reader.size).toBe(1)
  })

  test('knows a topic that was made anew from the one that was', async () => {
    const { broker, admin } = await start({ topics: { t: 1 } })
    const reader = new RecordLagReader(admin)
    await broker.produce('t', values(3, 1, 1_000_000_000_000))
    await admin.alterGroupOffsets('g', [at(0, 1n)])
    expect(await lagsOf(admin, reader)).toEqual([['t-0@1', 2n, 2n, 2n, 1_000_000_000_001]])
    await admin.deleteTopics(['t'])
    await admin.createTopics([{ name: 't', partitions: 1 }])
    await broker.produce('t', values(5, 1, 1_100_000_000_000))
    await admin.alterGroupOffsets('g', [at(0, 1n)])
    expect(await lagsOf(admin, reader)).toEqual([['t-0@1', 4n, 4n, 4n, 1_100_000_000_001]])
  })

  test('looks at no more places than it may, the forgotten ones first', async () => {
    const { broker, admin } = await start({ topics: { t: 4 } })
    for (let partition = 0; partition < 4; partition++) {
      await broker.produce('t', [{ value: 'a', partition }])
    }
    await admin.alterGroupOffsets(
      'g',
      [0, 1, 2, 3].map((partition) => at(partition, 0n)),
    )
    const reader = new RecordLagReader(admin, { maxPlaces: 3, maxRemembered: 4 })
    expect(await lagsOf(admin, reader)).toHaveLength(3)
    expect(await lagsOf(admin, reader)).toHaveLength(4)
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('reads batches packed with %s', async (compressionType) => {
    const { kafka, admin } = await start({ topics: { t: 1 } })
    const producer = kafka.producer({ compressionType, lingerMs: 20 })
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        producer.send({ topic: 't', partition: 0, value: 'v'.repeat(100), timestamp: 1_000_000_000_000 + i }),
      ),
    )
    await admin.alterGroupOffsets('g', [at(0, 7n)])
    expect(await lagsOf(admin, new RecordLagReader(admin))).toEqual([['t-0@7', 13n, 13n, 13n, 1_000_000_000_007]])
  })

  test('places of one partition are asked for in turn, and large batches all come', async () => {
    const { broker, admin } = await start({ topics: { t: 3 } })
    for (let partition = 0; partition < 3; partition++) {
      await broker.produce('t', [
        { value: 'x'.repeat(100_000), partition },
        { value: 'y', partition },
      ])
    }
    const places = [0, 1, 2].flatMap((partition) => [at(partition, 0n), at(partition, 1n)])
    const peeked = await admin.peekRecords(places, { maxBytes: 100 })
    expect(
      [...peeked.values()].map(({ partition, offset, records, first }) => [partition, offset, records, first?.offset]),
    ).toEqual(places.map(({ partition, offset }) => [partition, offset, 2 - Number(offset), offset]))
  })
})
