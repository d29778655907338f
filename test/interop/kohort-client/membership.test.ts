import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MembershipConfig } from '../../../src/client/consumer/membership/membership.ts'
import { apis } from '../../../src/wire/index.ts'
import { distUrl } from '../../built/support.ts'
import { TestMember } from '../../client/consumer/membership/group-harness.ts'
import { type Broker, startBroker } from '../support/broker.ts'

// Members of this client alone, without its consumer: against our broker, and against Apache Kafka with KOHORT_TARGET=kafka.

const SESSION_MS = 2_000
const heartbeatWorkerFile = new URL(distUrl('lib/heartbeat-worker.js'))
let broker: Broker

beforeAll(async () => {
  broker = await startBroker({
    set: {
      'group.initial.rebalance.delay.ms': '0',
      'group.min.session.timeout.ms': '500',
      'group.consumer.min.session.timeout.ms': '500',
      'group.consumer.session.timeout.ms': String(SESSION_MS),
      'group.consumer.min.heartbeat.interval.ms': '100',
      'group.consumer.heartbeat.interval.ms': '200',
      'offsets.topic.num.partitions': '5',
    },
  })
  await using admin = member('none', 'classic')
  const topics = ['t', 'a.x', 'a.y'].map((name) => ({
    name,
    numPartitions: name === 't' ? 4 : 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }))
  const { body } = await admin.cluster.call('controller', apis.CreateTopics, {
    topics,
    timeoutMs: 30_000,
    validateOnly: false,
  })
  expect(body.topics.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0])
})
afterAll(async () => {
  await broker?.stop()
})

function member(
  groupId: string,
  groupProtocol: 'classic' | 'consumer' | 'auto',
  config: Partial<MembershipConfig> = {},
  subscription: TestMember['wanted'] = { topics: ['t'], patterns: [] },
): TestMember {
  return new TestMember({
    bootstrapServers: broker.bootstrap,
    config: {
      groupId,
      groupProtocol,
      heartbeat: 'worker',
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: 200,
      partitionAssignmentStrategy: ['cooperative-sticky'],
      ...config,
    },
    subscription,
    heartbeatWorkerFile,
  })
}

function start(...of: Parameters<typeof member>): TestMember {
  const started = member(...of)
  started.membership.start()
  return started
}

for (const protocol of ['classic', 'consumer'] as const) {
  test(`${protocol}: three members share a topic, and the one that stays gets all of it`, async () => {
    await using a = start(`share-${protocol}`, protocol)
    await a.untilHas('t0 t1 t2 t3')
    const others = [start(`share-${protocol}`, protocol), start(`share-${protocol}`, protocol)]
    const all = [a, ...others]
    for (const one of all) await one.until(() => all.every((other) => other.owned().length > 0) && total(all) === 4)
    expect(all.flatMap(({ has }) => has.split(' ')).sort()).toEqual(['t0', 't1', 't2', 't3'])
    for (const other of others) await other.close()
    await a.untilHas('t0 t1 t2 t3')
    expect(all.flatMap(({ told }) => told).filter((what) => what.startsWith('!'))).toEqual([])
  })

  test(`${protocol}: a static member comes back to its place, and leaves for good when it is told to`, async () => {
    const group = `static-${protocol}`
    const a = start(group, protocol, { groupInstanceId: 'i' })
    await a.untilHas('t0 t1 t2 t3')
    await a.close()
    await using b = start(group, protocol)
    await using again = start(group, protocol, { groupInstanceId: 'i' })
    await b.until(() => b.owned().length === 2 && again.owned().length === 2)
    await again.membership.leave('gone for good', { groupMembershipOperation: 'leave-group' })
    await b.untilHas('t0 t1 t2 t3')
  })

  test(`${protocol}: a handler that blocks the event loop for two sessions loses nothing`, async () => {
    await using a = start(`blocked-${protocol}`, protocol)
    await a.untilHas('t0 t1 t2 t3')
    const end = performance.now() + 2 * SESSION_MS
    while (performance.now() < end);
    await a.cluster.refresh('what came meanwhile is heard')
    expect(a.told).toEqual(['+ t0 t1 t2 t3'])
  })

  test(`${protocol}: an application that asks for nothing is put out, and comes back`, async () => {
    await using a = start(`hung-${protocol}`, protocol, { maxPollIntervalMs: 1_000 })
    await a.until(() => a.told.length === 2)
    a.membership.waiting(true)
    await a.untilHas('t0 t1 t2 t3')
    expect(a.told.slice(0, 2)).toEqual(['+ t0 t1 t2 t3', '! t0 t1 t2 t3'])
  })

  test(`${protocol}: a pattern of the client`, async () => {
    await using a = start(`pattern-${protocol}`, protocol, {}, { topics: [], patterns: [/^a\./] })
    await a.untilHas('a.x0 a.y0')
  })
}

test('classic: eager and sticky members', async () => {
  for (const assignor of ['range', 'roundrobin', 'sticky']) {
    await using a = start(`eager-${assignor}`, 'classic', { partitionAssignmentStrategy: [assignor] })
    await a.untilHas('t0 t1 t2 t3')
    await using b = start(`eager-${assignor}`, 'classic', { partitionAssignmentStrategy: [assignor] })
    await b.until(() => b.owned().length === 2 && a.owned().length === 2)
  }
})

test('consumer: a pattern of the broker, and one that it cannot read', async () => {
  await using a = start('remote', 'consumer', {}, { topics: [], patterns: [], remotePattern: 'a\\..' })
  await a.untilHas('a.x0 a.y0')
  await using b = start('remote', 'consumer', {}, { topics: [], patterns: [], remotePattern: 'a(?=b)' })
  expect(await b.untilFailed()).toMatchObject({ code: 'INVALID_REGULAR_EXPRESSION' })
})

test('refusals say what to do', async () => {
  await using a = start('refused', 'consumer', { groupInstanceId: 'i' })
  await a.untilHas('t0 t1 t2 t3')
  await using b = start('refused', 'consumer', { groupInstanceId: 'i' })
  expect(await b.untilFailed()).toMatchObject({ code: 'UNRELEASED_INSTANCE_ID' })
  await using c = start('refused', 'consumer', { groupRemoteAssignor: 'mine' })
  expect(await c.untilFailed()).toMatchObject({ code: 'UNSUPPORTED_ASSIGNOR' })
  await using d = start('refused-classic', 'classic', { partitionAssignmentStrategy: ['range'] })
  await d.untilHas('t0 t1 t2 t3')
  await using e = start('refused-classic', 'classic', { partitionAssignmentStrategy: ['sticky'] })
  expect(await e.untilFailed()).toMatchObject({ code: 'INCONSISTENT_GROUP_PROTOCOL' })
})

test('auto joins a classic group as one of it, and makes new groups of the consumer protocol', async () => {
  await using a = start('auto-classic', 'classic')
  await a.untilHas('t0 t1 t2 t3')
  await using b = start('auto-classic', 'auto')
  await b.until(() => b.owned().length === 2)
  expect(b.membership.describe().protocol).toBe('classic')
  await using c = start('auto-new', 'auto')
  await c.untilHas('t0 t1 t2 t3')
  expect(c.membership.describe().protocol).toBe('consumer')
})

function total(members: readonly TestMember[]): number {
  return members.reduce((sum, one) => sum + one.owned().length, 0)
}
