import { afterEach, describe, expect, test } from 'vitest'
import { type Admin, Kafka } from '../../../src/client/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { type PartitionLag, readGroupLag } from '../../../src/tools/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(topics: Record<string, number>): Promise<{ broker: TestBroker; kafka: Kafka; admin: Admin }> {
  const broker = await startBroker({ topics, properties: { 'auto.create.topics.enable': 'false' } })
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'lag', retryBackoffMs: 5 })
  open.push(broker, kafka)
  return { broker, kafka, admin: kafka.admin() }
}

const nothing = {
  topicId: expect.any(String),
  committedOffset: undefined,
  committedLeaderEpoch: undefined,
  metadata: undefined,
  logStartOffset: undefined,
  logEndOffset: undefined,
  lag: undefined,
  lostOffsets: undefined,
  excessOffsets: undefined,
  reason: undefined,
}
const records = (count: number, partition = 0) =>
  Array.from({ length: count }, (_, i) => ({ value: `${i}`, partition }))
const short = ({ topic, partition, state, lag }: PartitionLag) => `${topic}-${partition} ${state} ${lag}`

describe('the lag of groups', () => {
  test('is what lies between the committed offset and the end of the log', async () => {
    const { broker, admin } = await start({ orders: 2 })
    await broker.produce('orders', records(5))
    await admin.alterGroupOffsets('billing', [
      { topic: 'orders', partition: 0, offset: 2n, leaderEpoch: 0, metadata: 'by hand' },
      { topic: 'orders', partition: 1, offset: 0n },
    ])
    const lag = (await readGroupLag(admin, ['billing'])).get('billing')!
    expect(lag.groupId).toBe('billing')
    expect(lag.atMs).toBeGreaterThan(1_600_000_000_000)
    expect(lag.partitions).toEqual([
      {
        ...nothing,
        topic: 'orders',
        partition: 0,
        state: 'known',
        committedOffset: 2n,
        committedLeaderEpoch: 0,
        metadata: 'by hand',
        logStartOffset: 0n,
        logEndOffset: 5n,
        lag: 3n,
      },
      {
        ...nothing,
        topic: 'orders',
        partition: 1,
        state: 'known',
        committedOffset: 0n,
        committedLeaderEpoch: -1,
        metadata: '',
        logStartOffset: 0n,
        logEndOffset: 0n,
        lag: 0n,
      },
    ])
  })

  test('is not known where a member has a partition and nothing is committed', async () => {
    const { broker, admin } = await start({ orders: 2 })
    await broker.produce('orders', records(3))
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 1, offset: 0n }])
    const assigned = [0, 1].map((partition) => ({ topic: 'orders', partition }))
    const lag = (await readGroupLag(admin, [{ groupId: 'billing', assigned }])).get('billing')!
    expect(lag.partitions[0]).toEqual({
      ...nothing,
      topic: 'orders',
      partition: 0,
      state: 'never-committed',
      logStartOffset: 0n,
      logEndOffset: 3n,
    })
    expect(lag.partitions.map(short)).toEqual(['orders-0 never-committed undefined', 'orders-1 known 0'])
  })

  test('counts what was deleted before it was read, and then from the start of the log', async () => {
    const { broker, admin } = await start({ orders: 1 })
    await broker.produce('orders', records(10))
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 2n }])
    await admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 6n }])
    const lag = (await readGroupLag(admin, ['billing'])).get('billing')!
    expect(lag.partitions).toMatchObject([
      {
        state: 'out-of-range',
        committedOffset: 2n,
        logStartOffset: 6n,
        logEndOffset: 10n,
        lag: 4n,
        lostOffsets: 4n,
        reason: '4 offsets deleted before this group has read them',
      },
    ])
  })

  test('is not known where the log ends before the committed offset', async () => {
    const { broker, admin } = await start({ orders: 1 })
    await broker.produce('orders', records(3))
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 10n }])
    const lag = (await readGroupLag(admin, ['billing'])).get('billing')!
    expect(lag.partitions).toMatchObject([
      { state: 'out-of-range', lag: undefined, lostOffsets: undefined, excessOffsets: 7n, logEndOffset: 3n },
    ])
    expect(lag.partitions[0]!.reason).toContain('the log ends at 3, 7 offsets before the committed one')
  })

  test('of partitions that do not exist says so, without waiting for them', async () => {
    const { broker, admin } = await start({ orders: 2 })
    await broker.produce('orders', records(1))
    const assigned = [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 7 },
      { topic: 'gone', partition: 0 },
    ]
    const lag = (await readGroupLag(admin, [{ groupId: 'billing', assigned }])).get('billing')!
    expect(lag.partitions.map(({ topic, partition, state, reason }) => [topic, partition, state, reason])).toEqual([
      ['gone', 0, 'no-such-partition', 'there is no topic gone'],
      ['orders', 0, 'never-committed', undefined],
      ['orders', 7, 'no-such-partition', 'orders has 2 partitions'],
    ])
  })

  test('that cannot be read is a failure of the group', async () => {
    const { broker, admin } = await start({ orders: 1 })
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 0n }])
    broker.fault({ api: 'OffsetFetch', times: 1_000 }).error('GROUP_AUTHORIZATION_FAILED')
    const failed = await readGroupLag(admin, ['billing', 'none'])
    expect([...failed.failures].map(([groupId, { code }]) => [groupId, code])).toEqual([
      ['billing', 'GROUP_AUTHORIZATION_FAILED'],
      ['none', 'GROUP_AUTHORIZATION_FAILED'],
    ])
  })

  test('has a reason where the leader does not tell its ends', async () => {
    const { broker, admin } = await start({ orders: 1 })
    await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 0n }])
    broker.fault({ api: 'ListOffsets', times: 1_000 }).error('TOPIC_AUTHORIZATION_FAILED')
    const lag = (await readGroupLag(admin, ['billing'])).get('billing')!
    expect(lag.partitions).toMatchObject([
      { state: 'unknown', committedOffset: 0n, lag: undefined, logEndOffset: undefined },
    ])
    expect(lag.partitions[0]!.reason).not.toBe('')
  })

  test('of a group that does not exist has no partitions', async () => {
    const { admin } = await start({ orders: 1 })
    expect((await readGroupLag(admin, ['nobody'])).get('nobody')).toMatchObject({ groupId: 'nobody', partitions: [] })
  })

  test('of many groups takes one OffsetFetch, and one ListOffsets for each end', async () => {
    const { broker, admin } = await start({ orders: 3, payments: 1 })
    const groupIds = Array.from({ length: 20 }, (_, i) => `group-${i}`)
    for (const groupId of groupIds) {
      await admin.alterGroupOffsets(groupId, [
        { topic: 'orders', partition: 2, offset: 0n },
        { topic: 'payments', partition: 0, offset: 0n },
      ])
    }
    const requests = (api: string) => {
      const found = broker.running.metrics().apis.find((one) => one.api === api)
      return [...(found?.requestsByVersion.values() ?? [])].reduce((sum, count) => sum + count, 0)
    }
    const before = { fetches: requests('OffsetFetch'), lists: requests('ListOffsets') }
    const read = await readGroupLag(admin, groupIds, { includesTopic: (topic) => topic !== 'payments' })
    expect([...read.keys()]).toEqual(groupIds)
    expect(read.get('group-7')!.partitions.map(short)).toEqual(['orders-2 known 0'])
    expect({ fetches: requests('OffsetFetch'), lists: requests('ListOffsets') }).toEqual({
      fetches: before.fetches + 1,
      lists: before.lists + 2,
    })
  })
})
