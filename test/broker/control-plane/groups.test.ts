import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { START_TIMEOUT_MS, startTarget, type TestTarget, targets } from './support/target.ts'

const { ErrorCode } = wire
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAADA'

describe.each(targets)('before anybody looked for a coordinator, on %s', (name) => {
  let target: TestTarget
  beforeAll(async () => {
    target = await startTarget(name)
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  test('this node coordinates nothing', async () => {
    const described = await target.call(wire.describeGroupsRequest, wire.describeGroupsResponse, 6, { groups: ['g'] })
    expect(described.groups).toMatchObject([{ errorCode: ErrorCode.NOT_COORDINATOR, groupState: '', members: [] }])
    const listed = await target.call(wire.listGroupsRequest, wire.listGroupsResponse, 5, {})
    expect(listed).toMatchObject({ errorCode: 0, groups: [] })
    const fetched = await target.call(wire.offsetFetchRequest, wire.offsetFetchResponse, 8, {
      groups: [{ groupId: 'g', topics: null }],
    })
    expect(fetched.groups).toEqual([{ groupId: 'g', topics: [], errorCode: ErrorCode.NOT_COORDINATOR }])
    const beat = { groupId: 'g', generationId: 1, memberId: 'm' }
    const heartbeat = await target.call(wire.heartbeatRequest, wire.heartbeatResponse, 4, beat)
    expect(heartbeat.errorCode).toBe(ErrorCode.NOT_COORDINATOR)
    const nameless = await target.call(wire.heartbeatRequest, wire.heartbeatResponse, 4, { ...beat, groupId: '' })
    expect(nameless.errorCode).toBe(ErrorCode.INVALID_GROUP_ID)
  })
})

describe.each(targets)('group requests on %s', (name) => {
  let target: TestTarget
  let ids: ReadonlyMap<string, string>
  beforeAll(async () => {
    target = await startTarget(name)
    ids = await target.createTopics({ t0: 2, t1: 1 })
    await target.findCoordinator()
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())
  const idOf = (topic: string): string => ids.get(topic)!

  describe('FindCoordinator', () => {
    const ask = (version: number, body: wire.FindCoordinatorRequestInput) =>
      target.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, version, body)
    const here = () => ({ nodeId: 1, host: '127.0.0.1', port: target.port, errorCode: 0 })

    test.each([0, 1, 2, 3])('version %i finds one', async (version) => {
      expect(await ask(version, { key: 'g' })).toMatchObject(here())
    })

    test('up to version 3 no error reads NONE', async () => {
      expect((await ask(1, { key: 'g' })).errorMessage).toBe('NONE')
    })

    test('version 4 finds several, each as often as asked', async () => {
      const { coordinators } = await ask(4, { coordinatorKeys: ['a', 'b', 'a', ''] })
      expect(coordinators).toEqual(['a', 'b', 'a', ''].map((key) => ({ key, ...here(), errorMessage: '' })))
      expect((await ask(4, { coordinatorKeys: [] })).coordinators).toEqual([])
    })

    test.each([-1, 5])('the key type %i is INVALID_REQUEST', async (keyType) => {
      const error = { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: wire.errorMessage('INVALID_REQUEST') }
      expect(await ask(3, { key: 'x', keyType })).toMatchObject({ nodeId: -1, host: '', port: -1, ...error })
      const { coordinators } = await ask(4, { coordinatorKeys: ['a', 'b'], keyType })
      expect(coordinators).toMatchObject([
        { key: 'a', nodeId: -1, ...error },
        { key: 'b', nodeId: -1, ...error },
      ])
    })
  })

  describe('OffsetCommit', () => {
    const NOBODY = { generationIdOrMemberEpoch: -1, memberId: '' }
    type Topic = wire.OffsetCommitRequestInput['topics'][number]
    const commit = async (version: number, topics: readonly Topic[], who: object = NOBODY, groupId = 'committer') => {
      const body = { groupId, ...NOBODY, ...who, topics }
      const answer = await target.call(wire.offsetCommitRequest, wire.offsetCommitResponse, version, body)
      return answer.topics.map((topic) => ({
        topic: version >= 10 ? topic.topicId : topic.name,
        partitions: Object.fromEntries(
          topic.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, wire.errorName(errorCode)]),
        ),
      }))
    }
    const at = (...partitions: (readonly [number, bigint])[]) =>
      partitions.map(([partitionIndex, committedOffset]) => ({
        partitionIndex,
        committedOffset,
        committedMetadata: 'm',
      }))

    test.each([2, 5, 9])('version %i refuses what does not exist, partition by partition', async (version) => {
      const topics = [
        { name: 't0', partitions: at([0, 5n], [1, 6n], [9, 1n]) },
        { name: 'missing', partitions: at([0, 1n]) },
      ]
      expect(await commit(version, topics)).toEqual([
        { topic: 't0', partitions: { 0: 'NONE', 1: 'NONE', 9: 'UNKNOWN_TOPIC_OR_PARTITION' } },
        { topic: 'missing', partitions: { 0: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ])
    })

    test('version 10 has topic ids', async () => {
      const results = await commit(10, [
        { topicId: idOf('t0'), partitions: at([0, 5n], [9, 1n]) },
        { topicId: UNKNOWN_ID, partitions: at([0, 1n]) },
      ])
      expect(results).toHaveLength(2)
      expect(results).toContainEqual({ topic: UNKNOWN_ID, partitions: { 0: 'UNKNOWN_TOPIC_ID' } })
      const known = { topic: idOf('t0'), partitions: { 0: 'NONE', 9: 'UNKNOWN_TOPIC_OR_PARTITION' } }
      expect(results).toContainEqual(known)
    })

    test('where no topic exists the member is not even looked at', async () => {
      const missing = { name: 'missing', partitions: at([0, 1n]) }
      const stranger = { generationIdOrMemberEpoch: 5, memberId: 'stranger' }
      expect(await commit(9, [missing], stranger)).toEqual([
        { topic: 'missing', partitions: { 0: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ])
      expect(await commit(9, [missing, { name: 't0', partitions: at([0, 1n], [7, 1n]) }], stranger)).toEqual([
        { topic: 'missing', partitions: { 0: 'UNKNOWN_TOPIC_OR_PARTITION' } },
        { topic: 't0', partitions: { 0: 'UNKNOWN_MEMBER_ID', 7: 'UNKNOWN_TOPIC_OR_PARTITION' } },
      ])
    })

    test('a topic without partitions is left out, one that comes twice is answered twice', async () => {
      expect(await commit(9, [{ name: 't0', partitions: [] }])).toEqual([])
      const twice = [
        { name: 't0', partitions: at([0, 7n]) },
        { name: 't0', partitions: at([1, 8n]) },
      ]
      expect(await commit(9, twice)).toEqual([
        { topic: 't0', partitions: { 0: 'NONE' } },
        { topic: 't0', partitions: { 1: 'NONE' } },
      ])
    })

    test('offsets can be kept under the empty group id', async () => {
      expect(await commit(9, [{ name: 't0', partitions: at([0, 7n]) }], NOBODY, '')).toEqual([
        { topic: 't0', partitions: { 0: 'NONE' } },
      ])
    })
  })

  describe('OffsetFetch', () => {
    const group = 'fetcher'
    beforeAll(async () => {
      const partitions = [0, 1].map((partitionIndex) => ({
        partitionIndex,
        committedOffset: BigInt(7 + partitionIndex),
        committedMetadata: `m${partitionIndex}`,
      }))
      await target.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 9, {
        groupId: group,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: [{ name: 't0', partitions }],
      })
    })
    const partition = (partitionIndex: number, committedOffset: bigint, metadata = '', errorCode = 0) => ({
      partitionIndex,
      committedOffset,
      committedLeaderEpoch: -1,
      metadata,
      errorCode,
    })
    const committed = [partition(0, 7n, 'm0'), partition(1, 8n, 'm1')]
    const fetch = (version: number, body: wire.OffsetFetchRequestInput) =>
      target.call(wire.offsetFetchRequest, wire.offsetFetchResponse, version, body)

    test.each([1, 2, 5, 7])('version %i: what was never committed is -1 without error', async (version) => {
      const topics = [
        { name: 't0', partitionIndexes: [0, 1, 9] },
        { name: 'missing', partitionIndexes: [0] },
      ]
      const answer = await fetch(version, { groupId: group, topics })
      expect(answer).toMatchObject({ errorCode: 0 })
      expect(answer.topics).toEqual([
        { name: 't0', partitions: [...committed, partition(9, -1n)] },
        { name: 'missing', partitions: [partition(0, -1n)] },
      ])
    })

    test.each([2, 7])('version %i: null stands for all topics, an empty list for none', async (version) => {
      const all = await fetch(version, { groupId: group, topics: null })
      expect(all.topics).toEqual([{ name: 't0', partitions: committed }])
      expect((await fetch(version, { groupId: group, topics: [] })).topics).toEqual([])
    })

    test('version 8 asks for several groups', async () => {
      const { groups } = await fetch(8, {
        groups: [
          { groupId: group, topics: [{ name: 't0', partitionIndexes: [1] }] },
          { groupId: 'nobody', topics: null },
          { groupId: group, topics: null },
        ],
      })
      const topic = (partitions: readonly unknown[]) => [expect.objectContaining({ name: 't0', partitions })]
      expect(groups).toEqual([
        { groupId: group, topics: topic([committed[1]]), errorCode: 0 },
        { groupId: 'nobody', topics: [], errorCode: 0 },
        { groupId: group, topics: topic(committed), errorCode: 0 },
      ])
    })

    test('version 10 has topic ids', async () => {
      const { groups } = await fetch(10, {
        groups: [
          {
            groupId: group,
            topics: [
              { topicId: UNKNOWN_ID, partitionIndexes: [0] },
              { topicId: idOf('t0'), partitionIndexes: [0, 1] },
            ],
          },
          { groupId: group, topics: null },
        ],
      })
      const known = { name: '', topicId: idOf('t0'), partitions: committed }
      const unknown = { name: '', topicId: UNKNOWN_ID, partitions: [partition(0, -1n, '', ErrorCode.UNKNOWN_TOPIC_ID)] }
      expect(groups[0]!.topics).toHaveLength(2)
      expect(groups[0]!.topics).toContainEqual(known)
      expect(groups[0]!.topics).toContainEqual(unknown)
      expect(groups[1]!.topics).toEqual([known])
    })
  })

  test('DescribeGroups: a group that is not there is Dead, from version 6 on an error', async () => {
    const ask = async (version: number, includeAuthorizedOperations: boolean) => {
      const body = { groups: ['nobody'], ...(version >= 3 && { includeAuthorizedOperations }) }
      return (await target.call(wire.describeGroupsRequest, wire.describeGroupsResponse, version, body)).groups[0]!
    }
    expect(await ask(0, false)).toMatchObject({ errorCode: 0, groupState: 'Dead' })
    expect(await ask(5, true)).toMatchObject({ errorCode: 0, groupState: 'Dead', authorizedOperations: 3400 })
    expect(await ask(6, true)).toMatchObject({
      errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
      errorMessage: 'Group nobody not found.',
      groupState: 'Dead',
    })
  })

  test('DeleteGroups answers a group once', async () => {
    const body = { groupsNames: ['nobody', 'nobody'] }
    const { results } = await target.call(wire.deleteGroupsRequest, wire.deleteGroupsResponse, 2, body)
    expect(results).toEqual([{ groupId: 'nobody', errorCode: ErrorCode.GROUP_ID_NOT_FOUND }])
  })

  test('OffsetDelete refuses what does not exist, partition by partition', async () => {
    await target.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 9, {
      groupId: 'deleter',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [{ name: 't0', partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }] }],
    })
    const ask = (groupId: string) =>
      target.call(wire.offsetDeleteRequest, wire.offsetDeleteResponse, 0, {
        groupId,
        topics: [
          { name: 't0', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] },
          { name: 'missing', partitions: [{ partitionIndex: 0 }] },
        ],
      })
    const { errorCode, topics } = await ask('deleter')
    expect(errorCode).toBe(0)
    const results = topics.flatMap((topic) =>
      topic.partitions.map((one) => `${topic.name}-${one.partitionIndex} ${wire.errorName(one.errorCode)}`),
    )
    expect(results.sort()).toEqual([
      'missing-0 UNKNOWN_TOPIC_OR_PARTITION',
      't0-0 NONE',
      't0-9 UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(await ask('nobody')).toMatchObject({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] })
  })

  test('ListGroups filters by state and type, in any case of letters', async () => {
    const list = async (version: number, body: wire.ListGroupsRequestInput) =>
      (await target.call(wire.listGroupsRequest, wire.listGroupsResponse, version, body)).groups
    expect(await list(5, { statesFilter: ['empty'] })).toContainEqual({
      groupId: 'committer',
      protocolType: '',
      groupState: 'Empty',
      groupType: 'classic',
    })
    expect(await list(5, { statesFilter: ['Stable'] })).toEqual([])
    expect(await list(5, { typesFilter: ['consumer'] })).toEqual([])
  })
})

describe('coordinators on kohort alone', () => {
  test('looking for the first coordinator creates the offsets topic and finds it at once', async () => {
    const target = await startTarget('kohort')
    const found = await target.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 0, { key: 'g' })
    expect(found).toMatchObject({ errorCode: 0, nodeId: 1 })
    const body = { topics: [{ name: '__consumer_offsets' }], allowAutoTopicCreation: false }
    const { topics } = await target.call(wire.metadataRequest, wire.metadataResponse, 9, body)
    expect(topics).toMatchObject([{ errorCode: 0, isInternal: true }])
    expect(topics[0]!.partitions).toHaveLength(50)
    await target.stop()
  })

  test.each([
    [3, 1, 'Transactions are not supported by this broker: use a producer without a transactional id.'],
    [6, 2, 'Share groups are not supported by this broker.'],
  ])('version %i, key type %i is refused for good, with a sentence', async (version, keyType, errorMessage) => {
    const target = await startTarget('kohort')
    const body = version >= 4 ? { keyType, coordinatorKeys: ['x'] } : { keyType, key: 'x' }
    const answer = await target.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, version, body)
    const result = version >= 4 ? answer.coordinators[0] : answer
    expect(result).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage, nodeId: -1 })
    await target.stop()
  })
})
