import { afterEach, expect, test } from 'vitest'
import type { RunningBroker } from '../../../src/broker/index.ts'
import { type PlainTestBrokerOptions, startTestBroker } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { waitUntil } from '../../interop/support/wait.ts'
import { batchOf } from '../../log/support/batches.ts'
import { RawClient } from '../../support/raw-client.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start(options: PlainTestBrokerOptions = {}): Promise<{ running: RunningBroker; client: RawClient }> {
  const running = await startTestBroker({ topics: [{ name: 'orders', partitions: 2 }], ...options })
  ends.push(() => running.close())
  const client = await RawClient.connect({ port: running.listeners[0]!.port })
  ends.push(() => client.close())
  return { running, client }
}

function apiOf(running: RunningBroker, name: string) {
  const found = running.metrics().apis.find(({ api }) => api === name)
  if (found === undefined) throw new Error(`nobody asked for ${name}`)
  return found
}

async function produce(client: RawClient, topic: string, values: readonly string[]): Promise<number> {
  const { responses } = await client.call(wire.produceRequest, wire.produceResponse, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 1, records: batchOf(values) }] }],
  })
  return responses[0]!.partitionResponses[0]!.errorCode
}

test('requests are counted by API and version, with their errors, bytes and durations', async () => {
  const { running, client } = await start()
  expect(running.metrics().apis).toEqual([])
  expect(await produce(client, 'orders', ['a', 'b'])).toBe(wire.ErrorCode.NONE)
  expect(await produce(client, 'nowhere', ['a'])).toBe(wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const { requestsByVersion, errors, durations, requestBytes, responseBytes } = apiOf(running, 'Produce')
  expect([...requestsByVersion]).toEqual([[9, 2]])
  expect([...errors]).toEqual([['UNKNOWN_TOPIC_OR_PARTITION', 1]])
  expect(durations.count).toBe(2)
  expect(durations.sumSeconds).toBeGreaterThan(0)
  expect(requestBytes).toBeGreaterThan(200)
  expect(responseBytes).toBeGreaterThan(80)
})

test('a request that waits is counted when it comes, its duration when it is answered', async () => {
  const { running, client } = await start()
  client.send(wire.fetchRequest, 4, {
    maxWaitMs: 30_000,
    minBytes: 1,
    topics: [{ topic: 'orders', partitions: [{ partition: 1, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
  })
  await waitUntil('the fetch to wait', () => running.metrics().fetch.waiting === 1)
  expect([...apiOf(running, 'Fetch').requestsByVersion]).toEqual([[4, 1]])
  expect(apiOf(running, 'Fetch').durations.count).toBe(0)
  const producer = await RawClient.connect({ port: running.listeners[0]!.port })
  ends.push(() => producer.close())
  await produce(producer, 'orders', ['a'])
  await client.nextFrame()
  expect(apiOf(running, 'Fetch').durations.count).toBe(1)
  expect(running.metrics().fetch.waiting).toBe(0)
})

test('logs are counted by topic: partitions, bytes and records', async () => {
  const { running, client } = await start()
  const batch = batchOf(['a', 'b', 'c'])
  await produce(client, 'orders', ['a', 'b', 'c'])
  const { topics, disk } = running.metrics().logs
  expect(topics.find(({ topic }) => topic === 'orders')).toEqual({
    topic: 'orders',
    partitions: 2,
    sizeBytes: batch.length,
    segments: 1,
    appendedBytes: batch.length,
    appendedRecords: 3,
    fetchedBytes: 0,
  })
  expect(disk).toBeUndefined()
})

test('groups are counted by state, with members, offsets, and why they changed', async () => {
  const { running, client } = await start()
  await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, { key: 'g' })
  await waitUntil('the groups to be loaded', () => running.status().state === 'ready')
  const join = { groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '' }
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
  const joined = await client.call(wire.joinGroupRequest, wire.joinGroupResponse, 3, {
    ...join,
    protocolType: 'consumer',
    protocols,
  })
  await client.call(wire.syncGroupRequest, wire.syncGroupResponse, 1, {
    groupId: 'g',
    generationId: joined.generationId,
    memberId: joined.memberId,
    assignments: [{ memberId: joined.memberId, assignment: Buffer.alloc(0) }],
  })
  await client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 8, {
    groupId: 'alone',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }] }],
  })
  // Whatever a client calls its protocol, it makes no new label.
  const invented = { ...join, groupId: 'odd', protocolType: 'invented-4711', protocols }
  await client.call(wire.joinGroupRequest, wire.joinGroupResponse, 3, invented)
  const { groups, groupEvents } = running.metrics()
  const byType = [...groups.groups].sort((a, b) => a.protocolType.localeCompare(b.protocolType))
  expect(byType).toEqual([
    { protocol: 'classic', protocolType: '', state: 'Empty', groups: 1, members: 0 },
    { protocol: 'classic', protocolType: 'consumer', state: 'Stable', groups: 1, members: 1 },
    { protocol: 'classic', protocolType: 'other', state: 'CompletingRebalance', groups: 1, members: 1 },
  ])
  expect(groups.committedOffsets).toBe(1)
  expect(groups.shards).toEqual({ count: 50, loading: 0 })
  const started = groupEvents.events.filter(({ type }) => type === 'rebalance-started')
  expect(started).toEqual([{ protocol: 'classic', type: 'rebalance-started', trigger: 'join', count: 2 }])
  expect(groupEvents.rebalances.count).toBe(1)
})

test('a broker says that it stops', async () => {
  const { running, client } = await start()
  client.close()
  expect(running.status()).toEqual({ state: 'ready', message: 'ready' })
  const closed = running.close()
  expect(running.status().state).toBe('stopping')
  await closed
})
