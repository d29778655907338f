import { describe, expect, test } from 'vitest'
import type { Admin } from '../../../src/client/index.ts'
import { type PartitionLag, readGroupLag } from '../../../src/tools/index.ts'
import { RecordLagReader } from '../../../src/tools/lag/index.ts'
import { waitUntil } from '../../interop/support/wait.ts'
import { lagFixture } from '../support/lag-fixture.ts'

const { atEnd, startCluster } = lagFixture()

const at = (partition: number, offset: bigint) => ({ topic: 't', partition, offset })
const values = (count: number, partition = 0) => Array.from({ length: count }, (_, i) => ({ value: `${i}`, partition }))

async function lagOf(admin: Admin, groupId = 'g'): Promise<readonly PartitionLag[]> {
  return (await readGroupLag(admin, [groupId])).get(groupId)!.partitions
}

describe('a lag is right', () => {
  test('while records are produced and commits race with it: never negative, never out of range', async () => {
    const seed = Number(process.env.KOHORT_SEED ?? Math.trunc(Math.random() * 2 ** 31))
    console.log(`lag against producers and committers: KOHORT_SEED=${seed}`)
    const random = randomOf(seed)
    const { broker, kafka, admin } = await startCluster({ topics: { t: 3 } })
    const committer = atEnd(kafka.admin())
    const ends = [0, 0, 0]
    const commits = [0, 0, 0]
    let isOver = false
    const producing = (async () => {
      while (!isOver) {
        const partition = Math.trunc(random() * 3)
        const count = 1 + Math.trunc(random() * 20)
        await broker.produce('t', values(count, partition))
        ends[partition]! += count
        await nextTurn()
      }
    })()
    const committing = (async () => {
      while (!isOver) {
        const partition = Math.trunc(random() * 3)
        // Up to the end as a consumer knows it, and what it has read may be deleted at once.
        commits[partition] = ends[partition]!
        await committer.alterGroupOffsets('g', [at(partition, BigInt(ends[partition]!))])
        if (random() < 0.3)
          await committer.deleteRecords([{ topic: 't', partition, beforeOffset: BigInt(commits[partition]!) }])
      }
    })()
    const reader = new RecordLagReader(admin)
    const before = [0n, 0n, 0n]
    for (let look = 0; look < 100; look++) {
      const lags = await lagOf(admin)
      const records = await reader.read(lags)
      for (const lag of lags) {
        expect(
          lag,
          JSON.stringify(lag, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
        ).toMatchObject({ state: 'known' })
        expect(lag.lag!).toBeGreaterThanOrEqual(0n)
        expect(lag.lag!).toBe(lag.logEndOffset! - lag.committedOffset!)
        expect(lag.committedOffset!).toBeGreaterThanOrEqual(before[lag.partition]!)
        before[lag.partition] = lag.committedOffset!
        const found = records.get(`t-${lag.partition}@${lag.committedOffset}`)
        if (found === undefined) continue
        expect(found.minRecords).toBeLessThanOrEqual(found.records)
        expect(found.records).toBeLessThanOrEqual(found.maxRecords)
        expect(found.maxRecords).toBeLessThanOrEqual(lag.lag!)
        expect(found.lagMs ?? 0).toBeGreaterThanOrEqual(0)
      }
    }
    isOver = true
    await Promise.all([producing, committing])
  })

  test('when retention takes what was not read: so many are lost, the rest is lag', async () => {
    const { broker, admin } = await startCluster({ properties: { 'log.retention.check.interval.ms': '1000' } })
    const configs = { 'retention.ms': '60000', 'segment.ms': '1000' }
    await admin.createTopics([{ name: 't', partitions: 1, configs }])
    await broker.produce('t', values(5))
    await admin.alterGroupOffsets('g', [at(0, 1n)])
    broker.clock.advance(30_000)
    await broker.produce('t', values(3))
    broker.clock.advance(40_000)
    const [lag] = await waitUntil('the old segment to be gone', async () => {
      broker.clock.advance(1_000)
      const lags = await lagOf(admin)
      return lags[0]!.state === 'out-of-range' ? lags : undefined
    })
    expect(lag).toMatchObject({ committedOffset: 1n, lag: lag!.logEndOffset! - lag!.logStartOffset! })
    expect(lag!.lostOffsets).toBe(lag!.logStartOffset! - 1n)
  })

  test('of a topic that is deleted, and made anew', async () => {
    const { broker, kafka, admin } = await startCluster({ topics: { t: 1, other: 1 } })
    await broker.produce('t', values(5))
    // A member that is subscribed keeps what it was assigned for a while.
    const assigned = [{ topic: 't', partition: 0 }]
    await admin.alterGroupOffsets('g', [at(0, 5n), { topic: 'other', partition: 0, offset: 0n }])
    await admin.deleteTopics(['t'])
    const gone = (await readGroupLag(admin, [{ groupId: 'g', assigned }])).get('g')!.partitions
    expect(gone.map(({ topic, state, lag }) => [topic, state, lag])).toEqual([
      ['other', 'known', 0n],
      ['t', 'no-such-partition', undefined],
    ])
    await admin.createTopics([{ name: 't', partitions: 1 }])
    // Kafka forgets the offsets of a topic that is deleted; one that is set by hand may still lie behind the new end.
    await admin.alterGroupOffsets('g', [at(0, 5n)])
    const anew = (await lagOf(atEnd(kafka.admin()))).find(({ topic }) => topic === 't')
    expect(anew).toMatchObject({ state: 'out-of-range', lag: undefined, excessOffsets: 5n })
    await broker.produce('t', values(7))
    expect((await lagOf(admin)).find(({ topic }) => topic === 't')).toMatchObject({ state: 'known', lag: 2n })
  })

  test('of a group that is idle stays what it is, and its time goes on', async () => {
    const { broker, admin } = await startCluster({ topics: { t: 1 } })
    await broker.produce('t', values(2))
    await admin.alterGroupOffsets('g', [at(0, 1n)])
    const reader = new RecordLagReader(admin)
    const first = (await reader.read(await lagOf(admin))).get('t-0@1')!
    const second = await waitUntil('time to pass', async () => {
      const next = (await reader.read(await lagOf(admin))).get('t-0@1')!
      return next.lagMs! > first.lagMs! ? next : undefined
    })
    expect([second.records, second.oldestTimestampMs]).toEqual([first.records, first.oldestTimestampMs])
    expect(reader.looks).toBe(1)
  })

  test.each(['classic', 'consumer'] as const)('of a live group of the %s protocol', async (groupProtocol) => {
    const { broker, kafka, admin } = await startCluster({ topics: { t: 2 } })
    await broker.produce('t', [...values(6, 0), ...values(4, 1)])
    const consumer = kafka.consumer({
      groupId: 'g',
      groupProtocol,
      autoOffsetReset: 'earliest',
      enableAutoCommit: false,
    })
    consumer.subscribe(['t'])
    let count = 0
    while (count < 10) count += (await consumer.poll({ timeoutMs: 5_000 })).length
    await consumer.commit([at(0, 2n), at(1, 4n)])
    expect((await lagOf(admin)).map(({ partition, state, lag }) => [partition, state, lag])).toEqual([
      [0, 'known', 4n],
      [1, 'known', 0n],
    ])
  })
})

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
