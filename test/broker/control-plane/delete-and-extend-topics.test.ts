import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { START_TIMEOUT_MS, startTarget, type TestTarget, targets } from './support/target.ts'

const { ErrorCode, ZERO_UUID } = wire
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAADA'
const UNKNOWN_TOPIC = 'This server does not host this topic-partition.'

describe.each(targets)('DeleteTopics on %s', (name) => {
  let target: TestTarget
  let ids: ReadonlyMap<string, string>
  beforeAll(async () => {
    target = await startTarget(name)
    ids = await target.createTopics({ t0: 1, t1: 1, t2: 1, t3: 1, t4: 1, t5: 1, t6: 1 })
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  const byName = async (version: number, topicNames: readonly string[], timeoutMs = 30_000) =>
    (await target.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, version, { topicNames, timeoutMs }))
      .responses
  const byId = async (topics: readonly { name?: string | null; topicId: string }[]) => {
    const body = { topics, timeoutMs: 30_000 }
    return (await target.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 6, body)).responses
  }
  const idOf = (topic: string): string => ids.get(topic)!

  test('topics go by name; one that does not exist is told', async () => {
    const responses = await byName(1, ['t0', 'missing'])
    expect(responses).toHaveLength(2)
    expect(responses).toContainEqual(expect.objectContaining({ name: 't0', errorCode: 0 }))
    expect(responses).toContainEqual(
      expect.objectContaining({ name: 'missing', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }),
    )
  })

  test('version 5 says why', async () => {
    const responses = await byName(5, ['t1', 'missing', 'missing'])
    expect(responses).toHaveLength(2)
    expect(responses).toContainEqual({
      name: 'missing',
      topicId: ZERO_UUID,
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: 'Duplicate topic name.',
    })
    expect(responses).toContainEqual({ name: 't1', topicId: ZERO_UUID, errorCode: 0, errorMessage: null })
  })

  test('version 6 deletes by id and names the topic', async () => {
    expect(await byId([{ name: null, topicId: idOf('t2') }])).toEqual([
      { name: 't2', topicId: idOf('t2'), errorCode: 0, errorMessage: null },
    ])
  })

  test('a name or an id, not both and not neither', async () => {
    const responses = await byId([
      { name: 't3', topicId: idOf('t3') },
      { name: null, topicId: ZERO_UUID },
      { name: null, topicId: UNKNOWN_ID },
    ])
    expect(responses).toHaveLength(3)
    const errorCode = ErrorCode.INVALID_REQUEST
    const both = 'You may not specify both topic name and topic id.'
    expect(responses).toContainEqual({ name: 't3', topicId: idOf('t3'), errorCode, errorMessage: both })
    const neither = 'Neither topic name nor id were specified.'
    expect(responses).toContainEqual({ name: null, topicId: ZERO_UUID, errorCode, errorMessage: neither })
    const unknown = 'This server does not host this topic ID.'
    const unknownId = { name: null, topicId: UNKNOWN_ID, errorCode: ErrorCode.UNKNOWN_TOPIC_ID, errorMessage: unknown }
    expect(responses).toContainEqual(unknownId)
  })

  test('the same id twice, or a name and its id, delete nothing', async () => {
    const twice = { name: null, topicId: idOf('t4') }
    expect(await byId([twice, twice])).toEqual([
      { ...twice, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic id.' },
    ])
    const message = 'The provided topic name maps to an ID that was already supplied.'
    expect(await byId([{ name: 't4', topicId: ZERO_UUID }, twice])).toEqual([
      { name: 't4', topicId: idOf('t4'), errorCode: ErrorCode.INVALID_REQUEST, errorMessage: message },
    ])
    expect(await byName(5, ['t4'])).toMatchObject([{ errorCode: 0 }])
  })

  test('a topic of the same name gets another id', async () => {
    await byName(5, ['t5'])
    const again = await target.createTopics({ t5: 1 })
    expect(again.get('t5')).not.toBe(idOf('t5'))
    const message = 'This server does not host this topic ID.'
    expect(await byId([{ name: null, topicId: idOf('t5') }])).toMatchObject([{ errorMessage: message }])
  })

  test('a timeout that is over before it begins is REQUEST_TIMED_OUT, and the topic stays', async () => {
    expect(await byName(5, ['t6'], 0)).toMatchObject([{ errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: null }])
    expect(await byName(5, ['t6'])).toMatchObject([{ errorCode: 0 }])
  })

  test.each(['', 'bad name'])('the name %j is unknown', async (bad) => {
    expect(await byName(5, [bad])).toMatchObject([
      { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: UNKNOWN_TOPIC },
    ])
  })
})

describe('topics on kohort alone', () => {
  test('internal topics can be neither deleted nor extended', async () => {
    const target = await startTarget('kohort')
    await target.findCoordinator()
    const topicNames = ['__consumer_offsets']
    const deleted = await target.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5, {
      topicNames,
      timeoutMs: 1,
    })
    expect(deleted.responses).toMatchObject([{ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION }])
    const extended = await target.call(wire.createPartitionsRequest, wire.createPartitionsResponse, 3, {
      topics: [{ name: '__consumer_offsets', count: 51, assignments: null }],
      timeoutMs: 30_000,
      validateOnly: false,
    })
    expect(extended.results).toMatchObject([{ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION }])
    await target.stop()
  })

  test('delete.topic.enable=false keeps every topic', async () => {
    const target = await startTarget('kohort', { 'delete.topic.enable': 'false' })
    await target.createTopics({ kept: 1 })
    const body = { topicNames: ['kept'], timeoutMs: 30_000 }
    const { responses } = await target.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5, body)
    expect(responses).toMatchObject([{ errorCode: ErrorCode.TOPIC_DELETION_DISABLED }])
    await target.stop()
  })
})

describe.each(targets)('CreatePartitions on %s', (name) => {
  let target: TestTarget
  beforeAll(async () => {
    target = await startTarget(name)
    await target.createTopics({ two: 2, grows: 1, assigned: 1 })
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  type Topic = wire.CreatePartitionsRequestInput['topics'][number]
  const extend = async (topics: readonly Topic[], more: { validateOnly?: boolean; timeoutMs?: number } = {}) => {
    const body = { topics, timeoutMs: 30_000, validateOnly: false, ...more }
    return (await target.call(wire.createPartitionsRequest, wire.createPartitionsResponse, 3, body)).results
  }
  const partitionsOf = async (topic: string): Promise<number> => {
    const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
    return (await target.call(wire.metadataRequest, wire.metadataResponse, 9, body)).topics[0]!.partitions.length
  }
  const to = (topic: string, count: number, ...replicas: number[][]): Topic => ({
    name: topic,
    count,
    assignments: replicas.length === 0 ? null : replicas.map((brokerIds) => ({ brokerIds })),
  })

  test('a topic gets more partitions, but not when only asked to validate', async () => {
    expect(await extend([to('grows', 9)], { validateOnly: true })).toEqual([
      { name: 'grows', errorCode: 0, errorMessage: null },
    ])
    expect(await extend([to('grows', 3)])).toEqual([{ name: 'grows', errorCode: 0, errorMessage: null }])
    while ((await partitionsOf('grows')) !== 3);
  })

  test.each([
    [to('two', 2), 'INVALID_PARTITIONS', 'Topic already has 2 partition(s).'],
    [to('two', 1), 'INVALID_PARTITIONS', 'The topic two currently has 2 partition(s); 1 would not be an increase.'],
    [to('two', -1), 'INVALID_PARTITIONS', 'The topic two currently has 2 partition(s); -1 would not be an increase.'],
    [to('missing', 2), 'UNKNOWN_TOPIC_OR_PARTITION', null],
    [
      to('two', 3, [1], [1]),
      'INVALID_REPLICA_ASSIGNMENT',
      'Attempted to add 1 additional partition(s), but only 2 assignment(s) were specified.',
    ],
    [
      to('two', 3, [2]),
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes broker 2, but no such broker is registered.',
    ],
  ] as const)('%j is %s', async (topic, error, errorMessage) => {
    expect(await extend([topic])).toEqual([{ name: topic.name, errorCode: ErrorCode[error], errorMessage }])
  })

  test('this broker may be named as the replica', async () => {
    expect(await extend([to('assigned', 2, [1])])).toMatchObject([{ errorCode: 0 }])
  })

  test('a topic named twice is refused', async () => {
    expect(await extend([to('two', 3), to('two', 4)])).toEqual([
      { name: 'two', errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' },
    ])
  })

  test('a timeout that is over before it begins is REQUEST_TIMED_OUT', async () => {
    expect(await extend([to('two', 3)], { timeoutMs: 0 })).toMatchObject([{ errorCode: ErrorCode.REQUEST_TIMED_OUT }])
  })
})
