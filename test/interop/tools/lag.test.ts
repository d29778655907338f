import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Admin, Kafka } from '../../../src/client/index.ts'
import { LagMonitor, type PartitionLag, readGroupLag } from '../../../src/tools/index.ts'
import { RecordLagReader } from '../../../src/tools/lag/index.ts'
import { waitUntil } from '../support/wait.ts'
import { startTarget, type Target, targets } from './targets.ts'
import { Transactions } from './transactions.ts'

let names = 0
const fresh = (what: string): string => `${what}-${process.pid}-${names++}`

describe.each(targets)('lag on %s', (name) => {
  let target: Target
  let kafka: Kafka
  let admin: Admin

  beforeAll(async () => {
    target = await startTarget(name)
    kafka = new Kafka({ bootstrapServers: target.bootstrap, clientId: 'lag' })
    admin = kafka.admin()
  })
  afterAll(async () => {
    await kafka?.close()
    await target?.stop()
  })

  async function lagOf(groupId: string): Promise<PartitionLag> {
    return (await readGroupLag(admin, [groupId])).get(groupId)!.partitions[0]!
  }

  async function produced(count: number, configs: Record<string, string> = {}): Promise<string> {
    const topic = fresh('lag')
    await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, configs }])
    const producer = kafka.producer()
    for (let i = 0; i < count; i++) await producer.send({ topic, partition: 0, key: `k${i}`, value: `${i}` })
    await producer.close()
    return topic
  }

  test('counts offsets, records and time, and what DeleteRecords took', async () => {
    const topic = await produced(10)
    const groupId = fresh('g')
    await admin.alterGroupOffsets(groupId, [{ topic, partition: 0, offset: 2n, metadata: 'm' }])
    expect(await lagOf(groupId)).toMatchObject({ state: 'known', lag: 8n, metadata: 'm', logEndOffset: 10n })
    const lags = await new RecordLagReader(admin).read([await lagOf(groupId)])
    const [record] = lags.values()
    expect(record).toMatchObject({ records: 8n, minRecords: 8n, maxRecords: 8n, lastStableOffset: undefined })
    expect(record!.lagMs).toBeLessThan(600_000)
    await admin.deleteRecords([{ topic, partition: 0, beforeOffset: 5n }])
    expect(await lagOf(groupId)).toMatchObject({ state: 'out-of-range', lag: 5n, lostOffsets: 3n })
    await admin.deleteTopics([topic])
    // Kafka forgets the offsets of a deleted topic a moment later than the topic.
    await waitUntil('the topic, or the offset, to be gone', async () => {
      const lag = await lagOf(groupId)
      return lag === undefined || lag.state === 'no-such-partition'
    })
  })

  test('sees groups of both protocols and simple ones, in one round', async () => {
    const topic = await produced(6)
    const ids = { classic: fresh('classic'), consumer: fresh('consumer'), simple: fresh('simple') }
    await admin.alterGroupOffsets(ids.simple, [{ topic, partition: 0, offset: 1n }])
    const consumers = (['classic', 'consumer'] as const).map((groupProtocol) =>
      kafka.consumer({
        groupId: ids[groupProtocol],
        groupProtocol,
        autoOffsetReset: 'earliest',
        enableAutoCommit: false,
      }),
    )
    for (const consumer of consumers) {
      consumer.subscribe([topic])
      let count = 0
      while (count < 6) count += (await consumer.poll({ timeoutMs: 10_000 })).length
      await consumer.commit([{ topic, partition: 0, offset: 4n }])
    }
    const monitor = new LagMonitor({ admin, includesTopic: (one) => one === topic })
    const { groups } = await monitor.poll()
    const seen = groups
      .filter(({ groupId }) => Object.values(ids).includes(groupId))
      .map(({ groupId, type, members, partitions }) => [
        groupId.split('-')[0],
        type,
        members,
        partitions[0]?.lag,
        partitions[0]?.owner?.clientId,
      ])
    expect(seen).toEqual([
      ['classic', 'classic', 1, 2, 'lag'],
      ['consumer', 'consumer', 1, 2, 'lag'],
      ['simple', 'classic', 0, 5, undefined],
    ])
    await monitor.close()
    for (const consumer of consumers) await consumer.close()
  })

  test.skipIf(name === 'kohort')(
    'counts no transaction markers and no aborted records, and sees what an open transaction holds',
    async () => {
      const topic = await produced(2)
      const groupId = fresh('g')
      const transactions = await Transactions.begin(target.bootstrap, fresh('tx'), topic)
      await transactions.run(3, 'commit')
      await transactions.run(4, 'abort')
      await transactions.run(5, 'commit')
      // 2 + 3 + marker + 4 + marker + 5 + marker
      await admin.alterGroupOffsets(groupId, [{ topic, partition: 0, offset: 1n }])
      const lag = await waitUntil('the last marker', async () => {
        const found = await lagOf(groupId)
        return found.lag === 16n ? found : undefined
      })
      const read = async (isolationLevel?: 'read_uncommitted') =>
        [...(await new RecordLagReader(admin, { isolationLevel }).read([await lagOf(groupId)])).values()][0]!
      expect(await read()).toMatchObject({ records: 9n, minRecords: 9n, maxRecords: 9n })
      expect(await read('read_uncommitted')).toMatchObject({ records: 13n, minRecords: 13n, maxRecords: 13n })
      // A consumer of committed records commits behind the last record: a lag of one marker is nothing to do.
      await admin.alterGroupOffsets(groupId, [{ topic, partition: 0, offset: lag.logEndOffset! - 1n }])
      expect((await lagOf(groupId)).lag).toBe(1n)
      expect(await read()).toMatchObject({ records: 0n, maxRecords: 0n, lagMs: 0 })
      // Nor is it something that nobody reads, however long it is there.
      const behind = fresh('g')
      await admin.alterGroupOffsets(behind, [{ topic, partition: 0, offset: 0n }])
      const monitor = new LagMonitor({
        admin,
        includesGroup: (one) => one === groupId || one === behind,
        rules: { windowMs: 2_000 },
      })
      await waitUntil('the group that is behind to be STOPPED', async () => {
        const { groups } = await monitor.poll()
        const judged = new Map(groups.map((group) => [group.groupId, group.evaluation]))
        expect(judged.get(groupId)).toBe('OK')
        return judged.get(behind) === 'STOPPED'
      })
      await monitor.close()
      await transactions.run(2, 'open')
      const held = await read()
      expect(held.lastStableOffset).toBe(lag.logEndOffset)
      expect([held.minRecords, held.maxRecords]).toEqual([0n, 2n])
      expect(held.oldestTimestampMs).toBeGreaterThan(0)
      await transactions.close()
    },
  )
})
