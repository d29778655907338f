import { expect, test } from 'vitest'
import type { ClientAssignor, MembershipConfig } from '../../../../src/client/consumer/membership/membership.ts'
import { startBroker, type TestBroker } from '../../../../src/testing/index.ts'
import { TestMember } from './group-harness.ts'

const start = (broker: TestBroker, config: Partial<MembershipConfig> = {}, topics = ['t']): TestMember =>
  TestMember.start({ bootstrapServers: broker.bootstrapServers, config, subscription: { topics } })

/** Members of both protocols hear of changes soon. */
const properties = { 'group.consumer.heartbeat.interval.ms': '50', 'group.consumer.min.heartbeat.interval.ms': '50' }

const protocols = [
  { groupProtocol: 'classic', partitionAssignmentStrategy: ['cooperative-sticky'] },
  { groupProtocol: 'consumer' },
] as const

for (const config of protocols) {
  const name = config.groupProtocol
  test(`${name}: a second member gets its share only when the first one has given it up, and gives it back when it leaves`, async () => {
    await using broker = await startBroker({
      topics: { t: 4 },
      properties,
    })
    await using a = start(broker, config)
    await a.untilHas('t0 t1 t2 t3')
    let release = (): void => {}
    const isRevoking = new Promise<void>((revoking) => {
      a.beforeDone = (what) => {
        if (!what.startsWith('-')) return
        revoking()
        return new Promise((resolve) => {
          release = resolve
        })
      }
    })
    const b = start(broker, config)
    await isRevoking
    expect(b.has).toBe('')
    a.beforeDone = () => {}
    release()
    await b.until(() => b.owned().length === 2)
    await a.until(() => a.owned().length === 2)
    expect(`${a.has} ${b.has}`.split(' ').sort()).toEqual(['t0', 't1', 't2', 't3'])
    const kept = a.has
    expect(a.told.slice(0, 2)).toEqual(['+ t0 t1 t2 t3', expect.stringMatching(/^- /)])
    await b.close()
    expect(b.told.at(-1)).toMatch(/^- /)
    await a.untilHas('t0 t1 t2 t3')
    expect(a.told.filter((what) => what.includes('-'))).toHaveLength(1)
    expect(kept.split(' ').every((partition) => a.has.includes(partition))).toBe(true)
    const reasons = (await broker.group('g').timeline()).filter(({ type }) => type === 'member-left')
    expect(reasons).toHaveLength(1)
  })

  test(`${name}: a fenced member loses what it had, and comes back`, async () => {
    await using broker = await startBroker({
      topics: { t: 2 },
      properties,
    })
    await using a = start(broker, config)
    await a.untilHas('t0 t1')
    broker.expireSession('g', a.membership.groupMetadata().memberId)
    await a.until(() => a.told.length >= 3)
    expect(a.told.slice(0, 2)).toEqual(['+ t0 t1', '! t0 t1'])
    await a.untilHas('t0 t1')
  })

  test(`${name}: an application that does not ask for records leaves the group, and joins again when it asks`, async () => {
    await using broker = await startBroker({
      topics: { t: 2 },
      properties,
    })
    await using a = start(broker, { ...config, maxPollIntervalMs: 400 })
    await a.until(() => a.told.length === 2)
    expect(a.told).toEqual(['+ t0 t1', '! t0 t1'])
    expect(a.membership.describe()).toMatchObject({
      state: 'evicted',
      waitsFor: expect.stringContaining('maxPollIntervalMs'),
    })
    await broker.group('g').untilMembers(0)
    if (name === 'classic') {
      const left = (await broker.group('g').timeline()).find(({ type }) => type === 'member-left')
      expect(left).toMatchObject({
        trigger: 'max-poll-interval',
        member: { clientReason: 'consumer poll timeout has expired.' },
      })
    }
    a.membership.waiting(true)
    await a.until(() => a.told.length === 3)
    expect(a.told.at(-1)).toBe('+ t0 t1')
  })

  test(`${name}: topics come and go with the subscription, and partitions with the topic`, async () => {
    await using broker = await startBroker({
      topics: { t: 1, u: 2 },
      properties,
    })
    await using a = start(broker, config)
    await a.untilHas('t0')
    a.subscribe({ topics: ['t', 'u'] })
    await a.untilHas('t0 u0 u1')
    a.subscribe({ topics: ['u'] })
    await a.untilHas('u0 u1')
    a.subscribe({ topics: [], patterns: [/^[ut]$/] })
    await a.untilHas('t0 u0 u1')
    await broker.createTopics({ tt: 1 })
    a.subscribe({ topics: [], patterns: [/^t+$/] })
    await a.untilHas('t0 tt0')
  })

  test(`${name}: a static member that closes keeps its place, one that is told to leave does not`, async () => {
    await using broker = await startBroker({
      topics: { t: 2 },
      properties,
    })
    const a = start(broker, { ...config, groupInstanceId: 'i' })
    await a.untilHas('t0 t1')
    await a.close()
    expect(broker.group('g').members()).toHaveLength(1)
    const again = start(broker, { ...config, groupInstanceId: 'i' })
    await again.untilHas('t0 t1')
    expect(broker.group('g').members()).toHaveLength(1)
    await again.membership.leave('gone for good', { groupMembershipOperation: 'leave-group' })
    await broker.group('g').untilMembers(0)
    await again.close()
  })
}

test('classic, eager: everything is revoked before a rebalance', async () => {
  await using broker = await startBroker({ topics: { t: 4 } })
  await using a = start(broker, { partitionAssignmentStrategy: ['range'] })
  await a.untilHas('t0 t1 t2 t3')
  await using b = start(broker, { partitionAssignmentStrategy: ['range'] })
  await b.until(() => b.owned().length === 2)
  await a.until(() => a.owned().length === 2)
  expect(a.told).toEqual(['+ t0 t1 t2 t3', '- t0 t1 t2 t3', expect.stringMatching(/^\+ t. t.$/)])
})

test('classic: a second process with the same groupInstanceId fences the first one, which says so', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker, { groupInstanceId: 'i' })
  await a.untilHas('t0')
  await using b = start(broker, { groupInstanceId: 'i' })
  await b.untilHas('t0')
  const failure = await a.untilFailed()
  expect(failure).toMatchObject({
    code: 'FENCED_INSTANCE_ID',
    kind: 'fenced',
    message: expect.stringContaining('groupInstanceId i'),
  })
  expect(a.told).toEqual(['+ t0', '! t0'])
})

test('consumer: a second process with the same groupInstanceId is refused, with what to do', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker, { groupProtocol: 'consumer', groupInstanceId: 'i' })
  await a.untilHas('t0')
  await using b = start(broker, { groupProtocol: 'consumer', groupInstanceId: 'i' })
  expect(await b.untilFailed()).toMatchObject({
    code: 'UNRELEASED_INSTANCE_ID',
    message: expect.stringContaining('i already'),
  })
})

test('classic: members without a common assignor are told which ones they offered', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker, { partitionAssignmentStrategy: ['range'] })
  await a.untilHas('t0')
  await using b = start(broker, { partitionAssignmentStrategy: ['roundrobin', 'sticky'] })
  expect(await b.untilFailed()).toMatchObject({
    code: 'INCONSISTENT_GROUP_PROTOCOL',
    kind: 'invalid',
    message: expect.stringContaining('[roundrobin, sticky]'),
  })
})

test('classic: an assignor of the application gets and gives user data', async () => {
  await using broker = await startBroker({ topics: { t: 2 } })
  const given: string[] = []
  const assignor = (weight: string): ClientAssignor => ({
    name: 'weighted',
    subscriptionUserData: () => Buffer.from(weight),
    async assign(members, counts) {
      const heaviest = members.toSorted(
        (a, b) => Number(Buffer.from(b.userData!)) - Number(Buffer.from(a.userData!)),
      )[0]!
      const partitions = [...counts].flatMap(([topic, n]) =>
        Array.from({ length: n }, (_, partition) => ({ topic, partition })),
      )
      return new Map([[heaviest.memberId, { partitions, userData: Buffer.from('you win') }]])
    },
    onAssignment({ partitions, userData }, { generationId }) {
      given.push(
        `${weight} gen ${generationId}: ${partitions.length} ${userData === undefined || userData === null ? '' : Buffer.from(userData)}`,
      )
    },
  })
  await using a = start(broker, { partitionAssignmentStrategy: [assignor('1')] })
  await a.untilHas('t0 t1')
  await using b = start(broker, { partitionAssignmentStrategy: [assignor('2')] })
  await b.untilHas('t0 t1')
  await a.untilHas('')
  expect(given.toSorted()).toEqual(expect.arrayContaining(['1 gen 1: 2 you win', '1 gen 2: 0 ', '2 gen 2: 2 you win']))
})

test('consumer: the broker matches a pattern, and one that it cannot read is refused', async () => {
  await using broker = await startBroker({ topics: { 'a.x': 1, 'a.y': 1, b: 1 } })
  const config = { groupProtocol: 'consumer' } as const
  const { bootstrapServers } = broker
  await using a = TestMember.start({ bootstrapServers, config, subscription: { remotePattern: 'a\\..' } })
  await a.untilHas('a.x0 a.y0')
  await using b = TestMember.start({ bootstrapServers, config, subscription: { remotePattern: 'a(?=b)' } })
  expect(await b.untilFailed()).toMatchObject({
    code: 'INVALID_REGULAR_EXPRESSION',
    message: expect.stringContaining('RE2'),
  })
})

test('consumer: an assignor that the broker has not is named', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker, { groupProtocol: 'consumer', groupRemoteAssignor: 'mine' })
  expect(await a.untilFailed()).toMatchObject({
    code: 'UNSUPPORTED_ASSIGNOR',
    message: expect.stringContaining('mine'),
  })
})

test('auto: takes the consumer protocol for a new group, the type of a group with members, and classic for assignors of the application', async () => {
  await using broker = await startBroker({ topics: { t: 2 } })
  await using a = start(broker, { groupId: 'new', groupProtocol: 'auto' })
  await a.untilHas('t0 t1')
  expect(broker.group('new').protocol).toBe('consumer')
  await using b = start(broker, { groupId: 'old' })
  await b.untilHas('t0 t1')
  await using c = start(broker, { groupId: 'old', groupProtocol: 'auto' })
  await c.until(() => c.owned().length === 1)
  expect(broker.group('old').protocol).toBe('classic')
  const mine: ClientAssignor = {
    name: 'mine',
    assign: (members) => new Map([[members[0]!.memberId, { partitions: [{ topic: 't', partition: 0 }] }]]),
  }
  await using d = start(broker, { groupId: 'own', groupProtocol: 'auto', partitionAssignmentStrategy: [mine] })
  await d.untilHas('t0')
  expect(broker.group('own').protocol).toBe('classic')
})

test('classic: a SyncGroup that is not answered within requestTimeoutMs is given up, and the group joined again', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  const lost = broker.fault({ api: 'SyncGroup' }).drop()
  await using a = TestMember.start({
    bootstrapServers: broker.bootstrapServers,
    config: { maxPollIntervalMs: 300_000 },
    subscription: { topics: ['t'] },
    cluster: { requestTimeoutMs: 300 },
  })
  await a.untilHas('t0')
  expect(lost.hits).toBe(1)
})

test('classic: enforceRebalance joins again, with its reason in the timeline', async () => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await using a = start(broker)
  await a.untilHas('t0')
  a.membership.enforceRebalance('weights have changed')
  await a.until(() => a.told.length === 3)
  const events = await broker.group('g').timeline()
  expect(JSON.stringify(events)).toContain('weights have changed')
})

test('classic: the members of a leader get partitions of topics that it does not want itself', async () => {
  await using broker = await startBroker({ topics: { t: 1, u: 2 } })
  await using a = start(broker, {}, ['t'])
  await a.untilHas('t0')
  await using b = start(broker, {}, ['u'])
  await b.untilHas('u0 u1')
  await a.untilHas('t0')
})
