import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { START_TIMEOUT_MS, startTarget, type TestTarget, targets } from './support/target.ts'

const NOT_REQUESTED = -2147483648
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAADA'

describe.each(targets)('Metadata on %s', (name) => {
  let target: TestTarget
  let ids: ReadonlyMap<string, string>
  beforeAll(async () => {
    target = await startTarget(name)
    ids = await target.createTopics({ one: 1, two: 2 })
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  const ask = (version: number, body: wire.MetadataRequestInput) =>
    target.call(wire.metadataRequest, wire.metadataResponse, version, body)
  const topicsOf = async (version: number, topics: wire.MetadataRequestInput['topics']) =>
    (await ask(version, { topics, allowAutoTopicCreation: version < 4 })).topics

  test('version 0 takes an empty list for all topics', async () => {
    const { topics, brokers } = await ask(0, { topics: [] })
    expect(topics.map((topic) => topic.name).sort()).toEqual(['one', 'two'])
    expect(brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: target.port, rack: null }])
  })

  test.each([1, 4, 9, 13])('version %i takes null for all topics and an empty list for none', async (version) => {
    const all = await ask(version, { topics: null })
    expect(all.topics.map((topic) => topic.name).sort()).toEqual(['one', 'two'])
    expect(all.controllerId).toBe(1)
    const none = await ask(version, { topics: [] })
    expect(none.topics).toEqual([])
  })

  test('a topic is answered with its id, its leader and the leader epoch', async () => {
    expect(await topicsOf(12, [{ name: 'one' }])).toEqual([
      {
        errorCode: 0,
        name: 'one',
        topicId: ids.get('one'),
        isInternal: false,
        partitions: [
          {
            errorCode: 0,
            partitionIndex: 0,
            leaderId: 1,
            leaderEpoch: 0,
            replicaNodes: [1],
            isrNodes: [1],
            offlineReplicas: [],
          },
        ],
        topicAuthorizedOperations: NOT_REQUESTED,
      },
    ])
  })

  test('a topic named twice is answered once', async () => {
    expect(await topicsOf(9, [{ name: 'two' }, { name: 'two' }])).toHaveLength(1)
  })

  test('a missing topic is UNKNOWN_TOPIC_OR_PARTITION and not created when the client forbids it', async () => {
    const [missing] = await topicsOf(9, [{ name: 'missing' }])
    expect(missing).toMatchObject({ errorCode: wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] })
    const { topics } = await ask(9, { topics: null })
    expect(topics.map((topic) => topic.name)).not.toContain('missing')
  })

  test.each(['', '.', '..', 'bad name', 'x'.repeat(250)])('the name %j is INVALID_TOPIC_EXCEPTION', async (bad) => {
    const { topics } = await ask(9, { topics: [{ name: bad }], allowAutoTopicCreation: true })
    expect(topics).toMatchObject([{ errorCode: wire.ErrorCode.INVALID_TOPIC_EXCEPTION, name: bad }])
  })

  test('from version 12 on topics are found by id', async () => {
    const topics = await topicsOf(12, [
      { topicId: ids.get('two')!, name: null },
      { topicId: ids.get('two')!, name: null },
      { topicId: UNKNOWN_ID, name: null },
    ])
    const seen = topics.map(({ errorCode, name: topic, topicId }) => ({ errorCode, name: topic, topicId }))
    expect(seen).toHaveLength(2)
    expect(seen).toContainEqual({ errorCode: 0, name: 'two', topicId: ids.get('two') })
    expect(seen).toContainEqual({ errorCode: wire.ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId: UNKNOWN_ID })
  })

  test('where one topic has an id, those with a name only are passed over', async () => {
    const topics = await topicsOf(12, [{ topicId: ids.get('one')!, name: null }, { name: 'two' }])
    expect(topics.map((topic) => topic.name)).toEqual(['one'])
  })

  test('versions 10 and 11 refuse ids, with no brokers and no controller', async () => {
    for (const version of [10, 11]) {
      const answer = await ask(version, { topics: [{ topicId: ids.get('one')!, name: null }] })
      expect(answer).toMatchObject({ brokers: [], controllerId: -1 })
      expect(answer.topics).toMatchObject([{ errorCode: wire.ErrorCode.INVALID_REQUEST, name: '' }])
    }
  })

  test('authorized operations are told when asked for', async () => {
    const asked = await ask(9, {
      topics: [{ name: 'one' }, { name: 'missing' }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    })
    expect(asked.clusterAuthorizedOperations).toBe(8096)
    expect(asked.topics.map((topic) => topic.topicAuthorizedOperations)).toEqual([3576, 3576])
    const notAsked = await ask(9, { topics: [{ name: 'one' }] })
    expect(notAsked.clusterAuthorizedOperations).toBe(NOT_REQUESTED)
    expect(notAsked.topics[0]!.topicAuthorizedOperations).toBe(NOT_REQUESTED)
  })

  test('a topic just deleted is not there for a client that would create it, until it asks again', async () => {
    await target.createTopics({ doomed: 2 })
    const body = { topicNames: ['doomed'], timeoutMs: 30_000 }
    expect(await target.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5, body)).toMatchObject({
      responses: [{ errorCode: 0 }],
    })
    const request: wire.MetadataRequestInput = { topics: [{ name: 'doomed' }], allowAutoTopicCreation: true }
    let [topic] = (await ask(3, request)).topics
    expect(topic).toMatchObject({ errorCode: wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] })
    while (topic!.errorCode === wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) [topic] = (await ask(3, request)).topics
    expect(topic).toMatchObject({ errorCode: 0, name: 'doomed', partitions: [{ partitionIndex: 0 }] })
  })

  test('a topic that clients may create is there, at the latest, when they ask again', async () => {
    const request: wire.MetadataRequestInput = { topics: [{ name: 'auto' }], allowAutoTopicCreation: true }
    let [topic] = (await ask(9, request)).topics
    while (topic!.errorCode === wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) [topic] = (await ask(9, request)).topics
    expect(topic).toMatchObject({ errorCode: 0, name: 'auto', partitions: [{ partitionIndex: 0, leaderId: 1 }] })
  })
})

describe('Metadata on kohort alone', () => {
  test('a topic created on the way is answered whole at once', async () => {
    const target = await startTarget('kohort', { 'num.partitions': '3' })
    const { topics } = await target.call(wire.metadataRequest, wire.metadataResponse, 3, {
      topics: [{ name: 'fresh' }],
    })
    expect(topics).toMatchObject([{ errorCode: 0, partitions: [{}, {}, {}] }])
    await target.stop()
  })

  test('node.id and broker.rack are told', async () => {
    const target = await startTarget('kohort', { 'node.id': '7', 'broker.rack': 'r1' })
    const { brokers, controllerId } = await target.call(wire.metadataRequest, wire.metadataResponse, 9, { topics: [] })
    expect(brokers).toEqual([{ nodeId: 7, host: '127.0.0.1', port: target.port, rack: 'r1' }])
    expect(controllerId).toBe(7)
    await target.stop()
  })

  test('auto.create.topics.enable=false creates nothing', async () => {
    const target = await startTarget('kohort', { 'auto.create.topics.enable': 'false' })
    const { topics } = await target.call(wire.metadataRequest, wire.metadataResponse, 3, {
      topics: [{ name: 'fresh' }],
    })
    expect(topics).toMatchObject([{ errorCode: wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }])
    await target.stop()
  })

  test('of two new names that collide the first is created and the second refused', async () => {
    const target = await startTarget('kohort')
    const { topics } = await target.call(wire.metadataRequest, wire.metadataResponse, 9, {
      topics: [{ name: 'a.b' }, { name: 'a_b' }],
    })
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, wire.ErrorCode.INVALID_TOPIC_EXCEPTION])
    await target.stop()
  })

  test('the offsets topic comes with its partitions, the metadata log never', async () => {
    const target = await startTarget('kohort')
    const { topics } = await target.call(wire.metadataRequest, wire.metadataResponse, 9, {
      topics: [{ name: '__consumer_offsets' }, { name: '__cluster_metadata' }],
    })
    expect(topics[0]).toMatchObject({ errorCode: 0, isInternal: true })
    expect(topics[0]!.partitions).toHaveLength(50)
    expect(topics[1]).toMatchObject({ errorCode: wire.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
    await target.stop()
  })
})
