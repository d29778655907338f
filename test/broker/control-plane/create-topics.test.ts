import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { newTopic, START_TIMEOUT_MS, startTarget, type TestTarget, targets } from './support/target.ts'

const { ErrorCode, ZERO_UUID } = wire

describe.each(targets)('CreateTopics on %s', (name) => {
  let target: TestTarget
  beforeAll(async () => {
    target = await startTarget(name)
    await target.createTopics({ existing: 1, 'with.dot': 1 })
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  const create = async (topics: readonly object[], more: Partial<wire.CreateTopicsRequestInput> = {}, version = 7) => {
    const body = { timeoutMs: 30_000, ...more, topics: topics as wire.CreateTopicsRequestInput['topics'] }
    return (await target.call(wire.createTopicsRequest, wire.createTopicsResponse, version, body)).topics
  }
  const refused = (topic: string, error: wire.ErrorName, errorMessage: string | null) => ({
    name: topic,
    topicId: ZERO_UUID,
    errorCode: ErrorCode[error],
    errorMessage,
    topicConfigErrorCode: 0,
    numPartitions: -1,
    replicationFactor: -1,
    configs: [],
  })

  test('the answer has the id, the counts and all configs', async () => {
    const [created] = await create([
      newTopic('answered', { numPartitions: 3, configs: [{ name: 'retention.ms', value: '5' }] }),
    ])
    expect(created).toMatchObject({ name: 'answered', errorCode: 0, errorMessage: null })
    expect(created).toMatchObject({ numPartitions: 3, replicationFactor: 1 })
    expect(created!.topicId).not.toBe(ZERO_UUID)
    expect(created!.configs).toHaveLength(33)
    expect(created!.configs).toContainEqual({
      name: 'retention.ms',
      value: '5',
      readOnly: false,
      configSource: 1,
      isSensitive: false,
    })
    expect(created!.configs).toContainEqual({
      name: 'cleanup.policy',
      value: 'delete',
      readOnly: false,
      configSource: 5,
      isSensitive: false,
    })
  })

  test('-1 stands for the default counts', async () => {
    const counts = { numPartitions: -1, replicationFactor: -1 }
    expect(await create([newTopic('by-default', counts)])).toMatchObject([{ numPartitions: 1, replicationFactor: 1 }])
  })

  test('validate_only creates nothing', async () => {
    expect(await create([newTopic('only-valid')], { validateOnly: true })).toMatchObject([{ errorCode: 0 }])
    expect(await create([newTopic('only-valid')])).toMatchObject([{ errorCode: 0 }])
  })

  test('a topic that exists is refused', async () => {
    const expected = refused('existing', 'TOPIC_ALREADY_EXISTS', "Topic 'existing' already exists.")
    expect(await create([newTopic('existing')])).toEqual([expected])
  })

  const long = 'x'.repeat(250)
  test.each([
    ['', 'the empty string is not allowed'],
    ['.', "'.' is not allowed"],
    ['..', "'..' is not allowed"],
    ['bad name', "'bad name' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    [long, `the length of '${long}' is longer than the max allowed length 249`],
  ])('the name %j is refused', async (bad, why) => {
    expect(await create([newTopic(bad)])).toEqual([
      refused(bad, 'INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`),
    ])
  })

  test('a name that differs from another only in . against _ is refused', async () => {
    const message = "Topic 'with_dot' collides with existing topic: with.dot"
    expect(await create([newTopic('with_dot')])).toEqual([refused('with_dot', 'INVALID_TOPIC_EXCEPTION', message)])
  })

  test('the metadata log cannot be created', async () => {
    const message = 'Creation of internal topic __cluster_metadata is prohibited.'
    const expected = refused('__cluster_metadata', 'INVALID_REQUEST', message)
    expect(await create([newTopic('__cluster_metadata')])).toEqual([expected])
  })

  test.each([0, -2])('%i partitions are refused', async (numPartitions) => {
    const message = 'Number of partitions was set to an invalid non-positive value.'
    expect(await create([newTopic('bad-count', { numPartitions })])).toEqual([
      refused('bad-count', 'INVALID_PARTITIONS', message),
    ])
  })

  test.each([0, -2])('the replication factor %i is refused', async (replicationFactor) => {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.'
    expect(await create([newTopic('bad-factor', { replicationFactor })])).toEqual([
      refused('bad-factor', 'INVALID_REPLICATION_FACTOR', message),
    ])
  })

  test('a replication factor that no cluster has is refused', async () => {
    const message =
      'Unable to replicate the partition 11 time(s): The target replication factor of 11 cannot be reached because only 1 broker(s) are registered.'
    expect(await create([newTopic('bad-factor', { replicationFactor: 11 })])).toEqual([
      refused('bad-factor', 'INVALID_REPLICATION_FACTOR', message),
    ])
  })

  test('more than 10 000 partitions in one request are refused', async () => {
    const message = 'Excessively large number of partitions per request.'
    expect(await create([newTopic('huge', { numPartitions: 10_001 })])).toEqual([
      refused('huge', 'POLICY_VIOLATION', message),
    ])
  })

  const assigned = (...assignments: (readonly [number, readonly number[]])[]) => ({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  })
  test('replicas may be chosen, as long as it is this broker', async () => {
    const topic = newTopic('assigned', assigned([0, [1]], [1, [1]]))
    expect(await create([topic])).toMatchObject([{ errorCode: 0, numPartitions: 2, replicationFactor: 1 }])
  })
  test.each([
    [assigned([0, [2]]), 'The manual partition assignment includes broker 2, but no such broker is registered.'],
    [assigned([0, [1, 1]]), 'The manual partition assignment includes the broker 1 more than once.'],
    [assigned([0, []]), 'The manual partition assignment includes an empty replica list.'],
    [assigned([0, [1]], [0, [1]]), 'Found multiple manual partition assignments for partition 0'],
    [assigned([1, [1]]), 'partitions should be a consecutive 0-based integer sequence'],
  ])('the replicas %j are refused', async (assignment, message) => {
    const expected = refused('misassigned', 'INVALID_REPLICA_ASSIGNMENT', message)
    expect(await create([newTopic('misassigned', assignment)])).toEqual([expected])
  })
  test('replicas and a count together are refused', async () => {
    const message = 'A manual partition assignment was specified, but replication factor was not set to -1.'
    const topic = newTopic('both', { ...assigned([0, [1]]), replicationFactor: 1 })
    expect(await create([topic])).toEqual([refused('both', 'INVALID_REQUEST', message)])
  })

  test.each([
    [
      { name: 'retention.ms', value: 'abc' },
      'Invalid value abc for configuration retention.ms: Not a number of type LONG',
    ],
    [{ name: 'retention.ms', value: null }, 'Null value not supported for topic configs: retention.ms'],
    [{ name: 'nope', value: '1' }, 'Unknown topic config name: nope'],
  ])('the config %j is refused', async (config, message) => {
    expect(await create([newTopic('misconfigured', { configs: [config] })])).toEqual([
      refused('misconfigured', 'INVALID_CONFIG', message),
    ])
  })

  test('a topic named twice in one request is refused once, the others are created', async () => {
    const topics = await create([newTopic('twice'), newTopic('once'), newTopic('twice')])
    expect(topics).toHaveLength(2)
    expect(topics).toContainEqual(refused('twice', 'INVALID_REQUEST', 'Duplicate topic name.'))
    expect(topics).toContainEqual(expect.objectContaining({ name: 'once', errorCode: 0 }))
  })

  test('a timeout that is over before it begins is REQUEST_TIMED_OUT', async () => {
    expect(await create([newTopic('too-late')], { timeoutMs: 0 })).toEqual([
      refused('too-late', 'REQUEST_TIMED_OUT', null),
    ])
  })

  test.each([2, 3, 4, 5, 6])('version %i answers in its own words', async (version) => {
    const [created] = await create([newTopic(`in-${version}`)], {}, version)
    expect(created).toMatchObject({ name: `in-${version}`, errorCode: 0, errorMessage: null, topicId: ZERO_UUID })
    expect(created!.configs).toHaveLength(version >= 5 ? 33 : 0)
  })
})

describe('CreateTopics on kohort alone', () => {
  test('a replication factor above 1 is accepted and reported as 1', async () => {
    const target = await startTarget('kohort')
    const { topics } = await target.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, {
      topics: [newTopic('replicated', { replicationFactor: 3 })],
      timeoutMs: 30_000,
    })
    expect(topics).toMatchObject([{ errorCode: 0, replicationFactor: 1 }])
    await target.stop()
  })

  test('internal topics come by themselves, with the right partition count', async () => {
    const target = await startTarget('kohort')
    const { topics } = await target.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, {
      topics: [newTopic('__consumer_offsets')],
      timeoutMs: 30_000,
    })
    expect(topics).toMatchObject([{ errorCode: ErrorCode.INVALID_REQUEST }])
    await target.stop()
  })
})
