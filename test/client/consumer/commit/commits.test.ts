import { expect, test } from 'vitest'
import { defaultClusterSettings } from '../../../../src/client/cluster/cluster-settings.ts'
import { NetworkCluster } from '../../../../src/client/cluster/network-cluster.ts'
import type { CommitHost, OffsetToCommit } from '../../../../src/client/consumer/commit/commits.ts'
import { type CommitConfig, createCommits } from '../../../../src/client/consumer/commit/create-commits.ts'
import { silentLogger } from '../../../../src/platform/index.ts'
import { JumpingClock, startBroker, type TestBroker } from '../../../../src/testing/index.ts'
import { FakeCluster } from '../../support/fake-cluster.ts'
import { TestMember } from '../membership/group-harness.ts'

const config: CommitConfig = {
  groupId: 'g',
  enableAutoCommit: true,
  autoCommitIntervalMs: 30,
  defaultApiTimeoutMs: 20_000,
  requestTimeoutMs: 10_000,
  retryBackoffMs: 10,
  retryBackoffMaxMs: 50,
}
const properties = {
  'group.consumer.heartbeat.interval.ms': '50',
  'group.consumer.min.heartbeat.interval.ms': '50',
}
const nothing: CommitHost = { processed: () => [] }
const t0 = { topic: 't', partition: 0 }

const start = (broker: TestBroker, groupProtocol: 'classic' | 'consumer' = 'classic'): TestMember =>
  TestMember.start({
    bootstrapServers: broker.bootstrapServers,
    config: { groupProtocol },
    subscription: { topics: ['t'] },
  })

for (const protocol of ['classic', 'consumer'] as const) {
  test(`${protocol}: what is committed is there, with epoch and metadata, for the member and for who has no group`, async () => {
    await using broker = await startBroker({ topics: { t: 2 }, properties })
    await using a = start(broker, protocol)
    await a.untilHas('t0 t1')
    const commits = createCommits(a.cluster, config, a.membership, nothing)
    await commits.commit([{ ...t0, offset: 7n, leaderEpoch: 3, metadata: 'seven' }])
    expect(broker.group('g').committed('t', 0)).toBe(7n)
    const [known, others] = await Promise.all([
      commits.committed([t0, { topic: 't', partition: 1 }]),
      createCommits(a.cluster, config, undefined, nothing).committed([t0]),
    ])
    expect(known).toEqual(new Map([['t-0', { offset: 7n, leaderEpoch: 3, metadata: 'seven' }]]))
    expect(others).toEqual(known)
    expect(commits.describe()).toMatchObject({ lastCommitAtMs: expect.any(Number), lastFailure: undefined })
  })

  test(`${protocol}: a coordinator that moves or loads is waited for`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await using a = start(broker, protocol)
    await a.untilHas('t0')
    const commits = createCommits(a.cluster, config, a.membership, nothing)
    broker.fault({ api: 'OffsetCommit' }).error('NOT_COORDINATOR')
    broker.fault({ api: 'OffsetCommit' }).error('COORDINATOR_LOAD_IN_PROGRESS')
    broker.fault({ api: 'OffsetCommit' }).loseResponse()
    await commits.commit([{ ...t0, offset: 1n }])
    expect(broker.group('g').committed('t', 0)).toBe(1n)
  })

  test(`${protocol}: a member that is out of its group commits nothing`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await using a = start(broker, protocol)
    const commits = createCommits(a.cluster, config, a.membership, nothing)
    await expect(commits.commit([{ ...t0, offset: 1n }])).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
      kind: 'fenced',
      message: expect.stringContaining('not a member of group g'),
    })
    await a.untilHas('t0')
    broker.fault({ api: 'OffsetCommit' }).error('UNKNOWN_MEMBER_ID')
    await expect(commits.commit([{ ...t0, offset: 1n }])).rejects.toMatchObject({
      kind: 'fenced',
      message: expect.stringContaining('processed again'),
    })
    expect(broker.group('g').committed('t', 0)).toBeUndefined()
  })
}

test('consumer: a commit with an old member epoch takes the new one by itself', async () => {
  await using broker = await startBroker({ topics: { t: 2 }, properties })
  await using a = start(broker, 'consumer')
  await a.untilHas('t0 t1')
  const commits = createCommits(a.cluster, config, a.membership, nothing)
  // Nothing of the next epoch reaches this member before its commit does.
  const heartbeats = broker
    .fault({ api: 'ConsumerGroupHeartbeat', member: a.membership.groupMetadata().memberId, times: 1_000 })
    .stall()
  await heartbeats.hit
  const refused = broker.fault({ api: 'OffsetCommit' }).error('STALE_MEMBER_EPOCH')
  await using b = start(broker, 'consumer')
  // It is a member, and gets nothing before the other has given it up.
  await b.until(() => b.told.length === 1)
  const committing = commits.commit([{ ...t0, offset: 5n }])
  await refused.hit
  heartbeats.remove()
  await committing
  expect(broker.group('g').committed('t', 0)).toBe(5n)
  await b.until(() => b.owned().length === 1)
}, 20_000)

test('offsets that a transaction has not finished are waited for', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  const commits = createCommits(a.cluster, config, a.membership, nothing)
  const unstable = broker.fault({ api: 'OffsetFetch', times: 2 }).error('UNSTABLE_OFFSET_COMMIT')
  expect(await commits.committed([t0])).toEqual(new Map())
  expect(unstable.hits).toBe(2)
})

test('what is asked for in one turn goes in one request', async () => {
  await using broker = await startBroker({ topics: { t: 3 } })
  await using a = start(broker)
  await a.untilHas('t0 t1 t2')
  const commits = createCommits(a.cluster, config, a.membership, nothing)
  const requests = broker.fault({ api: 'OffsetFetch', times: 10 }).delay(0)
  await Promise.all([0, 1, 2].map((partition) => commits.committed([{ topic: 't', partition }])))
  expect(requests.hits).toBe(1)
})

test('a topic that is not there fails only those who ask for it', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  const commits = createCommits(a.cluster, config, a.membership, nothing)
  const [here, gone] = await Promise.allSettled([
    commits.committed([t0]),
    commits.committed([{ topic: 'nowhere', partition: 0 }]),
  ])
  expect(here.status).toBe('fulfilled')
  expect(['fulfilled', 'rejected']).toContain(gone.status)
})

test('auto-commit commits what is processed, nothing twice, and at once when it is asked', async () => {
  await using broker = await startBroker({ topics: { t: 2 } })
  await using a = start(broker)
  await a.untilHas('t0 t1')
  const processed: OffsetToCommit[] = [{ ...t0, offset: 3n }]
  const commits = createCommits(a.cluster, config, a.membership, { processed: () => processed })
  const requests = broker.fault({ api: 'OffsetCommit', times: 100 }).delay(0)
  commits.startAutoCommit()
  await broker.group('g').untilCommitted({ ...t0, offset: 3 })
  await commits.autoCommitNow()
  await commits.autoCommitNow()
  expect(requests.hits).toBe(1)
  processed.push({ topic: 't', partition: 1, offset: 9n })
  processed[0] = { ...t0, offset: 4n }
  await commits.autoCommitNow([{ topic: 't', partition: 1 }])
  expect(broker.group('g').committed('t', 1)).toBe(9n)
  await broker.group('g').untilCommitted({ ...t0, offset: 4 })
  commits.close()
})

test('of a group without members auto-commit says again what has not moved, before it expires (KIP-211)', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  const clock = new JumpingClock()
  const [host, port] = broker.bootstrapServers.split(':') as [string, string]
  const settings = { ...defaultClusterSettings, bootstrapServers: [{ host, port: Number(port) }] }
  const cluster = new NetworkCluster({ settings, clock, logger: silentLogger })
  const commits = createCommits(cluster, config, undefined, { processed: () => [{ ...t0, offset: 3n }] })
  const requests = broker.fault({ api: 'OffsetCommit', times: 100 }).delay(0)
  await commits.autoCommitNow()
  await commits.autoCommitNow()
  expect(requests.hits).toBe(1)
  await clock.advance(60_000) // the shortest offsets.retention.minutes
  await commits.autoCommitNow()
  expect(requests.hits).toBe(2)
  commits.close()
  await cluster.close()
})

test('with an interval of 0 auto-commit does not look at once again when there was nothing to commit', async () => {
  const cluster = new FakeCluster([1])
  let looks = 0
  const processed = (): OffsetToCommit[] => {
    looks++
    return []
  }
  const commits = createCommits(cluster, { ...config, autoCommitIntervalMs: 0 }, undefined, { processed })
  commits.startAutoCommit()
  for (let ms = 0; ms < 100; ms++) {
    cluster.clock.advance(1)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(looks).toBeGreaterThan(1)
  expect(looks).toBeLessThanOrEqual(1 + 100 / config.retryBackoffMs)
  commits.close()
})

test('a failed auto-commit is said in the log, and comes again', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  const outcomes: unknown[] = []
  const processed = (): OffsetToCommit[] => [{ ...t0, offset: 3n }]
  const committed = (error: unknown): void => void outcomes.push(error)
  const commits = createCommits(a.cluster, config, a.membership, { processed, committed })
  broker.fault({ api: 'OffsetCommit' }).error('REBALANCE_IN_PROGRESS')
  commits.startAutoCommit()
  await broker.group('g').untilCommitted({ ...t0, offset: 3 })
  // While it joins again there may be others.
  expect(outcomes[0]).toMatchObject({ code: 'REBALANCE_IN_PROGRESS' })
  expect(commits.describe().lastFailure).toBeInstanceOf(Error)
  commits.close()
})

test('commits go one after the other, in their order', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  const commits = createCommits(a.cluster, config, a.membership, nothing)
  broker.fault({ api: 'OffsetCommit' }).delay(50)
  await Promise.all([5n, 6n, 2n].map((offset) => commits.commit([{ ...t0, offset }])))
  expect(broker.group('g').committed('t', 0)).toBe(2n)
})

test('without a group a consumer commits as nobody, unless the group has members', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  const a = start(broker)
  const alone = createCommits(a.cluster, { ...config, groupId: 'simple' }, undefined, nothing)
  await alone.commit([{ ...t0, offset: 4n }])
  expect(broker.group('simple').committed('t', 0)).toBe(4n)
  await a.untilHas('t0')
  const intruder = createCommits(a.cluster, config, undefined, nothing)
  await expect(intruder.commit([{ ...t0, offset: 4n }])).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  await a.close()
})

test('a wait for a commit ends with its signal, and all of them with the consumer', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  const commits = createCommits(a.cluster, config, a.membership, nothing)
  const stalled = broker.fault({ api: 'OffsetCommit', times: 10 }).stall()
  const abort = new AbortController()
  const first = commits.commit([{ ...t0, offset: 1n }], { signal: abort.signal })
  await stalled.hit
  abort.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  const second = commits.commit([{ ...t0, offset: 1n }])
  commits.close()
  await expect(second).rejects.toMatchObject({ code: 'CLOSED' })
  stalled.remove()
})

test('the last auto-commit of a consumer that closes waits for the commit before it no longer than the close may take', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  const commits = createCommits(a.cluster, config, undefined, { processed: () => [{ ...t0, offset: 2n }] })
  const fault = broker.fault({ api: 'OffsetCommit' }).stall()
  const stuck = commits.commit([{ ...t0, offset: 1n }])
  stuck.catch(() => {})
  const closing = new AbortController()
  const last = commits.autoCommitNow(undefined, { signal: closing.signal })
  closing.abort(new Error('no more time'))
  await last
  commits.close()
  await expect(stuck).rejects.toMatchObject({ code: 'CLOSED' })
  fault.remove()
})
