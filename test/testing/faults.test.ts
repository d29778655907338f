import { afterEach, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import * as wire from '../../src/wire/index.ts'
import { Member } from './member.ts'

let broker: TestBroker
let one: Member
afterEach(async () => {
  one.close()
  await broker.close()
})

async function start(): Promise<void> {
  broker = await startBroker({ topics: { t: 2 } })
  one = await Member.connect(broker)
  await one.join()
  await one.sync()
}

test('a request is refused with an error, once, and nothing is done', async () => {
  await start()
  const fault = broker.fault({ api: 'OffsetCommit', group: 'g' }).error('COORDINATOR_LOAD_IN_PROGRESS')
  expect(await one.commit(7n)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
  expect(broker.group('g').offsets()).toEqual([])
  await fault.hit
  expect(fault.hits).toBe(1)
  expect(await one.commit(7n)).toBe('NONE')
})

test('the nth request and some after it are hit; other groups and APIs are not', async () => {
  await start()
  const fault = broker.fault({ api: 'Heartbeat', group: 'g', nth: 2, times: 2 }).error('REBALANCE_IN_PROGRESS')
  broker.fault({ api: 'Heartbeat', group: 'another' }).error('NOT_COORDINATOR')
  broker.fault({ api: 'SyncGroup' }).error('NOT_COORDINATOR')
  broker.fault({ clientId: 'somebody else' }).close()
  broker.fault({ api: 'Heartbeat', where: ({ generationId }: wire.HeartbeatRequest) => generationId > 9 }).close()
  const answers: string[] = []
  for (let i = 0; i < 4; i++) answers.push(await one.heartbeat())
  expect(answers).toEqual(['NONE', 'REBALANCE_IN_PROGRESS', 'REBALANCE_IN_PROGRESS', 'NONE'])
  expect(fault.hits).toBe(2)
})

test('an answer is lost after the work is done', async () => {
  await start()
  broker.fault({ api: 'OffsetCommit' }).loseResponse()
  await expect(one.commit(3n)).rejects.toThrow('closed the connection')
  expect(broker.group('g').committed('t', 0)).toBe(3n)
})

test('a connection is closed instead of an answer', async () => {
  await start()
  broker.fault({ api: 'OffsetCommit' }).close()
  await expect(one.commit(3n)).rejects.toThrow('closed the connection')
  expect(broker.group('g').committed('t', 0)).toBeUndefined()
})

test('a request waits by the clock of the broker, or until the fault is removed', async () => {
  await start()
  const delayed = broker.fault({ api: 'Heartbeat' }).delay(30_000)
  const first = one.heartbeat()
  await delayed.hit
  await broker.clock.advance(30_000)
  expect(await first).toBe('NONE')
  const stalled = broker.fault({ api: 'Heartbeat', times: Number.POSITIVE_INFINITY }).stall()
  const second = one.heartbeat()
  await stalled.hit
  stalled.remove()
  expect(await second).toBe('NONE')
  expect(await one.heartbeat()).toBe('NONE')
})

test('a request that is dropped has no answer, and does not keep the broker from closing', async () => {
  await start()
  const dropped = broker.fault({ api: 'OffsetCommit' }).drop()
  const commit = one.commit(3n).catch((error: Error) => error.message)
  await dropped.hit
  expect(broker.group('g').committed('t', 0)).toBeUndefined()
  broker.clearFaults()
  expect(await commit).toContain('closed the connection')
})

test('a member is fenced, and the others are not', async () => {
  await start()
  broker.fence('g', 'member')
  expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
  expect(await one.heartbeat()).toBe('NONE')
})

test('errors stand where each API has them', async () => {
  await start()
  await broker.produce('t', [{ value: 'x', partition: 0 }])
  broker.fault({ api: 'Fetch' }).error('OFFSET_OUT_OF_RANGE')
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000 }]
  const fetched = await one.client.call(wire.fetchRequest, wire.fetchResponse, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic: 't', partitions }],
  })
  expect(fetched.errorCode).toBe(0)
  expect(fetched.responses[0]!.partitions[0]).toMatchObject({
    errorCode: wire.ErrorCode.OFFSET_OUT_OF_RANGE,
    records: null,
  })
  broker.fault({ api: 'Produce' }).error('NOT_LEADER_OR_FOLLOWER')
  const records = wire.encodeBatch({ records: [{ key: null, value: Buffer.from('y'), timestamp: 1 }] })
  const produced = await one.client.call(wire.produceRequest, wire.produceResponse, 9, {
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
  })
  expect(produced.responses[0]!.partitionResponses[0]!.errorCode).toBe(wire.ErrorCode.NOT_LEADER_OR_FOLLOWER)
  expect(await broker.records('t')).toHaveLength(1)
  broker.fault({ api: 'FindCoordinator', group: 'g' }).error('COORDINATOR_NOT_AVAILABLE')
  const found = await one.client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 4, {
    coordinatorKeys: ['g'],
  })
  expect(found.coordinators[0]!.errorCode).toBe(wire.ErrorCode.COORDINATOR_NOT_AVAILABLE)
  expect(() => broker.fault({}).error('NO_SUCH_ERROR' as 'NONE')).toThrow('Kafka has no error NO_SUCH_ERROR')
})

test('writes of many things are refused one by one, and nothing is done', async () => {
  await start()
  const { client } = one
  const error = (api: wire.ApiName): number => {
    broker.fault({ api }).error('POLICY_VIOLATION')
    return wire.ErrorCode.POLICY_VIOLATION
  }
  const timeoutMs = 1_000
  let errorCode = error('CreateTopics')
  const topic = { name: 'n', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const asked = { topics: [topic], timeoutMs, validateOnly: false }
  const created = await client.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, asked)
  expect(created.topics).toMatchObject([{ name: 'n', errorCode }])
  errorCode = error('DeleteTopics')
  const deleted = await client.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 6, {
    topics: [{ name: 't', topicId: wire.ZERO_UUID }],
    timeoutMs,
  })
  expect(deleted.responses).toMatchObject([{ name: 't', errorCode }])
  errorCode = error('CreatePartitions')
  const grown = await client.call(wire.createPartitionsRequest, wire.createPartitionsResponse, 3, {
    topics: [{ name: 't', count: 9, assignments: null }],
    timeoutMs,
    validateOnly: false,
  })
  expect(grown.results).toMatchObject([{ name: 't', errorCode }])
  errorCode = error('DeleteRecords')
  const cut = await client.call(wire.deleteRecordsRequest, wire.deleteRecordsResponse, 2, {
    topics: [{ name: 't', partitions: [{ partitionIndex: 1, offset: 0n }] }],
    timeoutMs,
  })
  expect(cut.topics).toMatchObject([{ name: 't', partitions: [{ partitionIndex: 1, errorCode }] }])
  errorCode = error('DeleteGroups')
  const gone = await client.call(wire.deleteGroupsRequest, wire.deleteGroupsResponse, 2, { groupsNames: ['g'] })
  expect(gone.results).toMatchObject([{ groupId: 'g', errorCode }])
  errorCode = error('IncrementalAlterConfigs')
  const configs = [{ name: 'retention.ms', configOperation: 0, value: '1' }]
  const altered = await client.call(wire.incrementalAlterConfigsRequest, wire.incrementalAlterConfigsResponse, 1, {
    resources: [{ resourceType: 2, resourceName: 't', configs }],
    validateOnly: false,
  })
  expect(altered.responses).toMatchObject([{ resourceType: 2, resourceName: 't', errorCode }])
  const { topicsByName } = broker.running.broker.metadata.image
  expect([topicsByName.has('n'), topicsByName.get('t')?.partitionCount]).toEqual([false, 2])
})
