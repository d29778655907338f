import { afterEach, describe, expect, test } from 'vitest'
import { type Admin, Kafka } from '../../../src/client/index.ts'
import { startBroker, type TestBroker, type TestBrokerOptions } from '../../../src/testing/index.ts'
import { LagMonitor, type LagMonitorOptions, type LagSnapshot } from '../../../src/tools/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(options: TestBrokerOptions): Promise<{ broker: TestBroker; kafka: Kafka; admin: Admin }> {
  const broker = await startBroker(options)
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'monitor', retryBackoffMs: 5 })
  open.push(broker, kafka)
  return { broker, kafka, admin: kafka.admin() }
}

function monitorOf(admin: Admin, options: Partial<LagMonitorOptions> = {}): LagMonitor {
  const monitor = new LagMonitor({ admin, ...options })
  open.push(monitor)
  return monitor
}

const short = ({ groups }: LagSnapshot) =>
  groups.map(({ groupId, state, members, evaluation, partitions }) => {
    return [
      groupId,
      state,
      members,
      evaluation,
      partitions.map((one) => `${one.topic}-${one.partition} ${one.state} ${one.lag}`),
    ]
  })

describe('the lag monitor', () => {
  test('sees groups of both protocols, and those that only commit', async () => {
    const { broker, kafka, admin } = await start({ topics: { orders: 2 } })
    await broker.produce('orders', [
      { value: 'a', partition: 0 },
      { value: 'b', partition: 0 },
    ])
    await admin.alterGroupOffsets('simple', [{ topic: 'orders', partition: 0, offset: 0n }])
    for (const groupProtocol of ['classic', 'consumer'] as const) {
      const consumer = kafka.consumer({
        groupId: groupProtocol,
        groupProtocol,
        autoOffsetReset: 'latest',
      })
      consumer.subscribe(['orders'])
      void consumer.poll({ timeoutMs: 60_000 }).catch(() => {})
      await broker.group(groupProtocol).untilStable()
    }
    const snapshot = await monitorOf(admin).poll()
    expect(short(snapshot)).toEqual([
      ['classic', 'Stable', 1, undefined, ['orders-0 never-committed NaN', 'orders-1 never-committed NaN']],
      ['consumer', 'Stable', 1, undefined, ['orders-0 never-committed NaN', 'orders-1 never-committed NaN']],
      ['simple', 'Empty', 0, 'OK', ['orders-0 known 2']],
    ])
    const [classic, consumer] = snapshot.groups
    expect(classic!.partitions[0]!.owner?.clientId).toBe('monitor')
    expect(consumer!.type).toBe('consumer')
    expect(consumer!.assignedByTopic.get('orders')).toEqual({ members: 1, partitions: 2 })
    expect(snapshot.topics.map(({ name, partitions }) => [name, partitions.map((one) => one?.logEndOffset)])).toEqual([
      ['orders', [2, 0]],
    ])
  })

  test('tells records, time, rates and judgements from round to round', async () => {
    const { broker, admin } = await start({ topics: { orders: 1 } })
    const monitor = monitorOf(admin, { rules: { windowMs: 60_000 } })
    const commit = (offset: bigint) => admin.alterGroupOffsets('g', [{ topic: 'orders', partition: 0, offset }])
    await commit(0n)
    await monitor.poll()
    await broker.produce(
      'orders',
      Array.from({ length: 10 }, () => 'x'),
    )
    await commit(4n)
    const first = (await monitor.poll()).groups[0]!.partitions[0]!
    expect([first.lag, first.records, first.minRecords, first.maxRecords, first.evaluation]).toEqual([6, 6, 6, 6, 'OK'])
    expect(first.lagMs).toBeGreaterThanOrEqual(0)
    expect(first.progress.commitRate).toBeGreaterThan(0)
    expect(first.place!.appendRate).toBeGreaterThan(first.progress.commitRate)
  })

  test('tells time by earlier rounds where there is no time to look at records, and how far it may be off', async () => {
    const { broker, admin } = await start({ topics: { orders: 1 } })
    const monitor = monitorOf(admin, { records: { maxPlaces: 0 } })
    const commit = (offset: bigint) => admin.alterGroupOffsets('g', [{ topic: 'orders', partition: 0, offset }])
    await broker.produce('orders', ['a', 'b'])
    await commit(0n)
    const before = (await monitor.poll()).groups[0]!.partitions[0]!
    expect([before.lag, before.lagMs, before.records]).toEqual([2, Number.NaN, Number.NaN])
    await broker.produce('orders', ['c', 'd'])
    await commit(3n)
    const snapshot = await monitor.poll()
    const after = snapshot.groups[0]!.partitions[0]!
    expect(snapshot.placesLeftOut).toBe(1)
    expect(after.lagMs).toBeGreaterThanOrEqual(0)
    expect(after.lagErrorMs).toBeGreaterThan(0)
    const exact = (await monitorOf(admin).poll()).groups[0]!.partitions[0]!
    expect(exact.lagErrorMs).toBe(0)
    expect(Math.abs(exact.oldestTimestampMs - after.oldestTimestampMs)).toBeLessThanOrEqual(after.lagErrorMs + 1)
  })

  test('keeps groups and topics out that it shall not see, and forgets those that are gone', async () => {
    const { admin } = await start({ topics: { orders: 1, audit: 1 } })
    for (const groupId of ['a', 'b', 'secret']) {
      await admin.alterGroupOffsets(groupId, [
        { topic: 'orders', partition: 0, offset: 0n },
        { topic: 'audit', partition: 0, offset: 0n },
      ])
    }
    const monitor = monitorOf(admin, {
      includesGroup: (groupId) => groupId !== 'secret',
      includesTopic: (topic) => topic !== 'audit',
    })
    const partitions = ['orders-0 known 0']
    expect(short(await monitor.poll())).toEqual([
      ['a', 'Empty', 0, 'OK', partitions],
      ['b', 'Empty', 0, 'OK', partitions],
    ])
    await admin.deleteGroups(['a'])
    const last = await monitor.poll()
    expect(short(last)).toEqual([['b', 'Empty', 0, 'OK', partitions]])
    await admin.deleteGroups(['b'])
    const none = await monitor.poll()
    expect([none.groups, none.topics]).toEqual([[], []])
  })

  test('has all topics where it is asked for them, and their retention', async () => {
    const { broker, admin } = await start({ topics: {} })
    await admin.createTopics([
      { name: 'brief', partitions: 1, configs: { 'retention.ms': '60000' } },
      { name: 'state', partitions: 2, configs: { 'cleanup.policy': 'compact' } },
    ])
    await broker.produce('brief', ['x'])
    const { topics } = await monitorOf(admin, {
      topics: 'all',
      includesTopic: (topic) => !topic.startsWith('_'),
    }).poll()
    expect(
      topics.map(({ name, retentionMs, partitions }) => [
        name,
        retentionMs,
        partitions.map((one) => one?.logEndOffset),
      ]),
    ).toEqual([
      ['brief', 60_000, [1]],
      ['state', Number.POSITIVE_INFINITY, [0, 0]],
    ])
    expect(topics[0]!.partitions[0]).toMatchObject({ leaderId: 1, replicas: [1], isr: [1] })
  })

  test('reads sizes of topics that are bounded by bytes, and of all where it is asked to', async () => {
    const { broker, admin } = await start({ topics: {} })
    await admin.createTopics([
      { name: 'bounded', partitions: 1, configs: { 'retention.bytes': '1000' } },
      { name: 'endless', partitions: 1, configs: { 'retention.ms': '-1' } },
    ])
    for (const topic of ['bounded', 'endless']) {
      await broker.produce(topic, ['x', 'y'])
      await admin.alterGroupOffsets('g', [{ topic, partition: 0, offset: 0n }])
    }
    const sizes = ({ nodes, topics }: LagSnapshot) => [
      ...topics.map(({ name, retentionBytes, logBytes, partitions }) => [
        name,
        retentionBytes,
        logBytes > 0,
        partitions[0]!.logBytes === logBytes,
      ]),
      nodes[0]!.logBytes,
    ]
    expect(sizes(await monitorOf(admin).poll())).toEqual([
      ['bounded', 1_000, true, true],
      ['endless', Number.POSITIVE_INFINITY, false, false],
      Number.NaN,
    ])
    const all = await monitorOf(admin, { sizes: 'all' }).poll()
    expect(all.topics.map(({ logBytes }) => logBytes > 0)).toEqual([true, true])
    expect(all.nodes[0]!.logBytes).toBe(all.topics[0]!.logBytes + all.topics[1]!.logBytes)
  })

  test('keeps what it knows of partitions when others of the group come and go', async () => {
    const { admin } = await start({ topics: { orders: 3 } })
    const commit = (partition: number, offset: bigint) =>
      admin.alterGroupOffsets('g', [{ topic: 'orders', partition, offset }])
    const monitor = monitorOf(admin)
    await commit(1, 0n)
    const before = (await monitor.poll()).groups[0]!.partitions[0]!
    const movedAtMs = before.progress.movedAtMs
    await commit(0, 0n)
    await commit(2, 0n)
    const { partitions } = (await monitor.poll()).groups[0]!
    expect(partitions.map(({ partition }) => partition)).toEqual([0, 1, 2])
    expect(partitions[1]).toBe(before)
    expect([before.committedOffset, before.lag, before.progress.movedAtMs]).toEqual([0, 0, movedAtMs])
    expect(partitions[0]!.progress.movedAtMs).toBeGreaterThanOrEqual(movedAtMs)
  })

  test('calls a commit to a topic that was made anew no rewind, and one to the same topic a rewind', async () => {
    const { broker, admin } = await start({ topics: { old: 1, other: 1 } })
    const monitor = monitorOf(admin)
    const commit = (topic: string, offset: bigint) => admin.alterGroupOffsets('g', [{ topic, partition: 0, offset }])
    const judged = ({ groups }: LagSnapshot) =>
      groups[0]!.partitions.map(({ topic, state, evaluation }) => `${topic} ${state} ${evaluation}`)
    for (const topic of ['old', 'other']) {
      await broker.produce(topic, ['a', 'b', 'c'])
      await commit(topic, 3n)
    }
    expect(judged(await monitor.poll())).toEqual(['old known OK', 'other known OK'])
    await admin.deleteTopics(['old'])
    await admin.createTopics([{ name: 'old', partitions: 1 }])
    await broker.produce('old', ['x', 'y', 'z', 'z'])
    for (const topic of ['old', 'other']) await commit(topic, 1n)
    expect(judged(await monitor.poll())).toEqual(['old known OK', 'other known REWIND'])
    // Behind the end, as after a truncation: nothing is known, and what comes next is no rewind.
    await commit('old', 9n)
    expect(judged(await monitor.poll())[0]).toBe('old out-of-range undefined')
    await commit('old', 2n)
    expect(judged(await monitor.poll())[0]).toBe('old known OK')
  })

  test('leaves groups out beyond its limit of partitions, and says how many', async () => {
    const { admin } = await start({ topics: { orders: 3 } })
    const offsets = [0, 1, 2].map((partition) => ({ topic: 'orders', partition, offset: 0n }))
    for (const groupId of ['a', 'b', 'c']) await admin.alterGroupOffsets(groupId, offsets)
    const snapshot = await monitorOf(admin, { maxPartitions: 7 }).poll()
    expect(snapshot.groups).toHaveLength(2)
    expect(snapshot.groupsLeftOut).toBe(1)
  })

  test('names a group that cannot be read, and has the others', async () => {
    const { broker, admin } = await start({ topics: { orders: 1 } })
    await admin.alterGroupOffsets('a', [{ topic: 'orders', partition: 0, offset: 0n }])
    broker.fault({ api: 'OffsetFetch', times: 1_000 }).error('GROUP_AUTHORIZATION_FAILED')
    const { groups } = await monitorOf(admin).poll()
    expect(groups.map(({ groupId, failure }) => [groupId, failure])).toEqual([['a', 'Group authorization failed.']])
  })

  test('goes on by itself until it is closed, and after a round that failed', async () => {
    const { broker, admin } = await start({ topics: { orders: 1 } })
    broker.fault({ api: 'ListGroups', times: 1 }).error('CLUSTER_AUTHORIZATION_FAILED')
    const failures: unknown[] = []
    let rounds = 0
    await new Promise<void>((resolve) => {
      const monitor = monitorOf(admin, {
        intervalMs: 1,
        onSnapshot: () => {
          rounds++
          if (rounds === 3) resolve()
        },
        onFailure: (error) => void failures.push(error),
      })
      monitor.start()
    })
    expect(rounds).toBeGreaterThanOrEqual(3)
  })
})
