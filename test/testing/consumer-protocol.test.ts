import { afterEach, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import * as wire from '../../src/wire/index.ts'
import { ConsumerMember } from './consumer-member.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(instanceId: string | null = null): Promise<{ broker: TestBroker; one: ConsumerMember }> {
  const broker = await startBroker({ topics: { t: 2 } })
  cleanups.push(() => broker.close())
  const one = await member(broker, 'one', instanceId)
  return { broker, one }
}

async function member(broker: TestBroker, memberId: string, instanceId: string | null = null): Promise<ConsumerMember> {
  const one = await ConsumerMember.connect(broker, { memberId, instanceId })
  cleanups.push(() => one.close())
  expect(await one.join()).toBe('NONE')
  return one
}

test('a member is ended now, and its partitions are free', async () => {
  const { broker, one } = await start()
  const group = broker.group('g')
  await group.untilStable()
  expect(group.members()).toMatchObject([{ memberId: 'one', protocol: 'consumer', assignment: { t: [0, 1] } }])
  broker.expireSession('g', 'one')
  await group.untilMembers(0)
  expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
  const two = await member(broker, 'two')
  // Two assignments of a group are so far apart.
  await broker.clock.advance(100)
  expect(await two.heartbeat()).toBe('NONE')
  expect(two.assignment?.topicPartitions[0]?.partitions).toEqual([0, 1])
  const events = await group.timeline()
  expect(events.find(({ type }) => type === 'member-evicted')).toMatchObject({ trigger: 'session-timeout' })
  expect(events.findLast(({ type }) => type === 'rebalance-completed')?.unowned).toHaveLength(2)
})

test('members that are connected are kept alive over a jump, and those that are not end', async () => {
  const { broker, one } = await start()
  await broker.clock.advance(600_000, { keepAlive: true })
  expect(await one.heartbeat()).toBe('NONE')
  one.close()
  while (broker.group('g').members()[0]!.isConnected) await new Promise((resolve) => setImmediate(resolve))
  await broker.clock.advance(46_000, { keepAlive: true })
  expect(broker.group('g').state).toBe('Empty')
})

test('without that a jump ends every session', async () => {
  const { broker, one } = await start()
  await broker.clock.advance(46_000)
  expect(broker.group('g').state).toBe('Empty')
  expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
})

test.each([
  [null, 'FENCED_MEMBER_EPOCH'],
  ['i', 'FENCED_INSTANCE_ID'],
])('a member with instance id %j is fenced with %s, by its heartbeat and not by a commit', async (instanceId, error) => {
  const { broker, one } = await start(instanceId)
  broker.fence('g', 'one')
  expect(await one.commit(1n)).toBe('NONE')
  expect(await one.heartbeat()).toBe(error)
  expect(await one.heartbeat()).toBe('NONE')
})

test('an answer is lost after the work is done: the member is in the next epoch and does not know it', async () => {
  const { broker, one } = await start()
  broker.fault({ api: 'ConsumerGroupHeartbeat', member: 'two' }).loseResponse()
  const two = await ConsumerMember.connect(broker, { memberId: 'two' })
  cleanups.push(() => two.close())
  await expect(two.join()).rejects.toThrow('closed the connection')
  expect(broker.group('g').members()).toHaveLength(2)
  expect(broker.group('g').generationId).toBe(2)
  expect(await one.heartbeat()).toBe('NONE')
})

test('a fetch is stalled and goes on, while the session lives by heartbeats', async () => {
  const { broker, one } = await start()
  await broker.produce('t', [{ value: 'x', partition: 0 }])
  const fetcher = await ConsumerMember.connect(broker, { memberId: 'one' })
  cleanups.push(() => fetcher.close())
  const stalled = broker.fault({ api: 'Fetch', clientId: 'one' }).stall()
  const fetched = fetcher.client.call(wire.fetchRequest, wire.fetchResponse, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000 }] }],
  })
  await stalled.hit
  expect(await one.heartbeat()).toBe('NONE')
  stalled.remove()
  expect((await fetched).responses[0]!.partitions[0]!.records).not.toBeNull()
})

test('requests of one connection are hit, and of no other', async () => {
  const { broker, one } = await start()
  const two = await member(broker, 'two')
  const [first, second] = broker.connections()
  expect(broker.connections().map(({ clientId }) => clientId)).toEqual(['one', 'two'])
  expect(broker.group('g').member('two').connectionId).toBe(second!.id)
  broker.fault({ connection: first!.id, times: 2 }).error('COORDINATOR_LOAD_IN_PROGRESS')
  expect(await two.heartbeat()).toBe('NONE')
  expect(await one.heartbeat()).toBe('COORDINATOR_LOAD_IN_PROGRESS')
  two.close()
  while (broker.connections().length > 1) await new Promise((resolve) => setImmediate(resolve))
  expect(broker.group('g').member('two').connectionId).toBeUndefined()
})
