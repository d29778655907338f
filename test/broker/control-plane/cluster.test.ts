import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { START_TIMEOUT_MS, startTarget, type TestTarget, targets } from './support/target.ts'

const { ErrorCode, ZERO_UUID } = wire
const NOT_REQUESTED = -2147483648

describe.each(targets)('the cluster on %s', (name) => {
  let target: TestTarget
  let ids: ReadonlyMap<string, string>
  beforeAll(async () => {
    target = await startTarget(name)
    ids = await target.createTopics({ aa: 1, bb: 3, cc: 1 })
  }, START_TIMEOUT_MS)
  afterAll(() => target.stop())

  describe('DescribeCluster', () => {
    const ask = (version: number, body: wire.DescribeClusterRequestInput) =>
      target.call(wire.describeClusterRequest, wire.describeClusterResponse, version, body)

    test.each([0, 1, 2])('version %i names the one broker', async (version) => {
      const answer = await ask(version, { includeClusterAuthorizedOperations: false })
      expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, controllerId: 1 })
      expect(answer.clusterAuthorizedOperations).toBe(NOT_REQUESTED)
      expect(answer.brokers).toEqual([
        { brokerId: 1, host: '127.0.0.1', port: target.port, rack: null, isFenced: false },
      ])
      expect(answer.clusterId).toMatch(/^[\w-]{22}$/)
    })

    test('authorized operations are told when asked for', async () => {
      const answer = await ask(2, { includeClusterAuthorizedOperations: true })
      expect(answer.clusterAuthorizedOperations).toBe(8096)
    })

    test('this is no endpoint of controllers', async () => {
      const answer = await ask(1, { includeClusterAuthorizedOperations: false, endpointType: 2 })
      expect(answer).toMatchObject({ errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE, controllerId: -1, brokers: [] })
      const unknown = await ask(1, { includeClusterAuthorizedOperations: false, endpointType: 3 })
      expect(unknown).toMatchObject({
        errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: 'Unsupported endpoint type 3',
      })
    })
  })

  describe('DescribeTopicPartitions', () => {
    type Cursor = { topicName: string; partitionIndex: number }
    const ask = async (names: readonly string[], responsePartitionLimit: number, cursor: Cursor | null = null) => {
      const topics = names.map((topic) => ({ name: topic }))
      const answer = await target.call(wire.describeTopicPartitionsRequest, wire.describeTopicPartitionsResponse, 0, {
        topics,
        responsePartitionLimit,
        cursor,
      })
      const seen = answer.topics.map((topic) => [
        topic.name,
        wire.errorName(topic.errorCode),
        topic.partitions.map(({ partitionIndex }) => partitionIndex),
      ])
      return { topics: seen, nextCursor: answer.nextCursor, whole: answer }
    }

    test('topics come in the order of their names, each once, unknown ones with their error', async () => {
      const { topics, nextCursor } = await ask(['bb', 'missing', 'aa', 'bad name', 'bb'], 2000)
      expect(topics).toEqual([
        ['aa', 'NONE', [0]],
        ['bad name', 'INVALID_TOPIC_EXCEPTION', []],
        ['bb', 'NONE', [0, 1, 2]],
        ['missing', 'UNKNOWN_TOPIC_OR_PARTITION', []],
      ])
      expect(nextCursor).toBeNull()
    })

    test('a topic is told whole', async () => {
      const { whole } = await ask(['aa'], 2000)
      expect(whole.topics[0]).toEqual({
        errorCode: 0,
        name: 'aa',
        topicId: ids.get('aa'),
        isInternal: false,
        partitions: [
          {
            errorCode: 0,
            partitionIndex: 0,
            leaderId: 1,
            leaderEpoch: 0,
            replicaNodes: [1],
            isrNodes: [1],
            eligibleLeaderReplicas: [],
            lastKnownElr: [],
            offlineReplicas: [],
          },
        ],
        topicAuthorizedOperations: 3576,
      })
    })

    test('a limit cuts between topics or within one, and the cursor says where to go on', async () => {
      const first = await ask(['aa', 'bb', 'cc'], 3)
      expect(first.topics).toEqual([
        ['aa', 'NONE', [0]],
        ['bb', 'NONE', [0, 1]],
      ])
      expect(first.nextCursor).toEqual({ topicName: 'bb', partitionIndex: 2 })
      const second = await ask(['aa', 'bb', 'cc'], 1, first.nextCursor)
      expect(second.topics).toEqual([['bb', 'NONE', [2]]])
      expect(second.nextCursor).toEqual({ topicName: 'cc', partitionIndex: 0 })
      const third = await ask(['aa', 'bb', 'cc'], 1, second.nextCursor)
      expect(third.topics).toEqual([['cc', 'NONE', [0]]])
      expect(third.nextCursor).toBeNull()
    })

    test('a limit below 1 counts as 1', async () => {
      expect((await ask(['aa', 'bb'], 0)).topics).toEqual([['aa', 'NONE', [0]]])
    })

    test('no names stand for all topics', async () => {
      const { topics } = await ask([], 2000)
      expect(topics.map(([topic]) => topic)).toEqual(['aa', 'bb', 'cc'])
    })

    test('a cursor must stand at one of the topics, and not before its first partition', async () => {
      const elsewhere = await ask(['aa', 'cc'], 10, { topicName: 'bb', partitionIndex: 0 })
      expect(elsewhere.topics).toEqual([
        ['aa', 'INVALID_REQUEST', []],
        ['cc', 'INVALID_REQUEST', []],
      ])
      const before = await ask(['aa'], 10, { topicName: 'aa', partitionIndex: -1 })
      expect(before.topics).toEqual([['aa', 'INVALID_REQUEST', []]])
    })
  })

  describe('DescribeLogDirs', () => {
    test.each([1, 2, 3, 4])('version %i gives the sizes of what exists', async (version) => {
      const topics = [
        { topic: 'bb', partitions: [0, 2, 9] },
        { topic: 'missing', partitions: [0] },
      ]
      const { results } = await target.call(wire.describeLogDirsRequest, wire.describeLogDirsResponse, version, {
        topics,
      })
      expect(results).toHaveLength(1)
      const partition = { partitionSize: 0n, offsetLag: 0n, isFutureKey: false }
      expect(results[0]!.topics).toEqual([
        {
          name: 'bb',
          partitions: [
            { partitionIndex: 0, ...partition },
            { partitionIndex: 2, ...partition },
          ],
        },
      ])
    })

    test('null stands for all topics', async () => {
      const { results } = await target.call(wire.describeLogDirsRequest, wire.describeLogDirsResponse, 4, {
        topics: null,
      })
      expect(results[0]!.topics.map((topic) => topic.name).sort()).toEqual(['aa', 'bb', 'cc'])
    })
  })

  test('ElectLeaders: a partition with one replica needs no election', async () => {
    const answer = await target.call(wire.electLeadersRequest, wire.electLeadersResponse, 2, {
      topicPartitions: [
        { topic: 'aa', partitions: [0] },
        { topic: 'missing', partitions: [0] },
      ],
    })
    const notNeeded = 'Leader election not needed for topic partition.'
    expect(answer.errorCode).toBe(0)
    expect(answer.replicaElectionResults).toEqual([
      {
        topic: 'aa',
        partitionResult: [{ partitionId: 0, errorCode: ErrorCode.ELECTION_NOT_NEEDED, errorMessage: notNeeded }],
      },
      {
        topic: 'missing',
        partitionResult: [
          { partitionId: 0, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: 'No such topic as missing' },
        ],
      },
    ])
  })

  test('ElectLeaders refuses an unknown election type', async () => {
    const answer = await target.call(wire.electLeadersRequest, wire.electLeadersResponse, 2, {
      electionType: 5,
      topicPartitions: [{ topic: 'aa', partitions: [0] }],
    })
    expect(answer.errorCode).toBe(ErrorCode.INVALID_REQUEST)
    expect(answer.replicaElectionResults[0]!.partitionResult).toEqual([
      { partitionId: 0, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Unknown election type 5' },
    ])
  })

  test('partitions can be reassigned to where they are', async () => {
    const partition = (partitionIndex: number, replicas: number[] | null) => ({ partitionIndex, replicas })
    const { responses } = await target.call(
      wire.alterPartitionReassignmentsRequest,
      wire.alterPartitionReassignmentsResponse,
      1,
      {
        topics: [
          { name: 'bb', partitions: [partition(0, [1]), partition(1, [2]), partition(2, null)] },
          { name: 'missing', partitions: [partition(0, [1])] },
        ],
      },
    )
    const results = responses.flatMap((topic) =>
      topic.partitions.map(({ partitionIndex, errorCode, errorMessage }) => [
        `${topic.name}-${partitionIndex}`,
        wire.errorName(errorCode),
        errorMessage,
      ]),
    )
    const elsewhere = 'The manual partition assignment includes broker 2, but no such broker is registered.'
    expect(results).toEqual([
      ['bb-0', 'NONE', null],
      ['bb-1', 'INVALID_REPLICA_ASSIGNMENT', elsewhere],
      ['bb-2', 'NO_REASSIGNMENT_IN_PROGRESS', null],
      ['missing-0', 'UNKNOWN_TOPIC_OR_PARTITION', 'Unable to find a topic named missing.'],
    ])
    const list = await target.call(
      wire.listPartitionReassignmentsRequest,
      wire.listPartitionReassignmentsResponse,
      0,
      {},
    )
    expect(list).toMatchObject({ errorCode: 0, errorMessage: null, topics: [] })
  })

  describe('DescribeQuorum', () => {
    const ask = (version: number, topicName: string) =>
      target.call(wire.describeQuorumRequest, wire.describeQuorumResponse, version, {
        topics: [{ topicName, partitions: [{ partitionIndex: 0 }] }],
      })

    test.each([0, 1, 2])('version %i names the one voter', async (version) => {
      const answer = await ask(version, '__cluster_metadata')
      const [partition] = answer.topics[0]!.partitions
      expect(answer.errorCode).toBe(0)
      expect(partition).toMatchObject({ errorCode: 0, leaderId: 1, observers: [] })
      expect(partition!.currentVoters).toMatchObject([{ replicaId: 1, replicaDirectoryId: ZERO_UUID }])
      expect(partition!.highWatermark).toBeGreaterThan(0n)
      if (version >= 2) expect(answer.nodes).toMatchObject([{ nodeId: 1, listeners: [{ name: 'CONTROLLER' }] }])
    })

    test('no other topic has one', async () => {
      const answer = await ask(2, 'aa')
      expect(answer.topics[0]!.partitions).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }])
    })
  })

  test('UpdateFeatures: a feature may be set to the level that it has, and not to one that is not there', async () => {
    const update = async (feature: string, maxVersionLevel: number) => {
      const featureUpdates = [{ feature, maxVersionLevel }]
      const { errorCode, errorMessage } = await target.call(
        wire.updateFeaturesRequest,
        wire.updateFeaturesResponse,
        2,
        {
          featureUpdates,
        },
      )
      return [wire.errorName(errorCode), errorMessage]
    }
    const prefix = 'The update failed for all features since the following feature had an error: Invalid update version'
    expect(await update('metadata.version', 29)).toEqual(['NONE', null])
    expect(await update('metadata.version', 30)).toEqual([
      'INVALID_UPDATE_VERSION',
      `${prefix} 30 for feature metadata.version. Local controller 1 only supports versions 7-29`,
    ])
    expect(await update('nope', 1)).toEqual([
      'INVALID_UPDATE_VERSION',
      `${prefix} 1 for feature nope. Local controller 1 does not support this feature.`,
    ])
  })

  test('ACLs need an authorizer', async () => {
    const anything = { resourceTypeFilter: 1, resourceNameFilter: null, principalFilter: null, hostFilter: null }
    const described = await target.call(wire.describeAclsRequest, wire.describeAclsResponse, 3, {
      ...anything,
      operation: 1,
      permissionType: 1,
      patternTypeFilter: 1,
    })
    const errorMessage = 'No Authorizer is configured on the broker'
    expect(described).toMatchObject({ errorCode: ErrorCode.SECURITY_DISABLED, errorMessage, resources: [] })
    const created = await target.call(wire.createAclsRequest, wire.createAclsResponse, 3, {
      creations: [
        {
          resourceType: 2,
          resourceName: 'x',
          resourcePatternType: 3,
          principal: 'User:a',
          host: '*',
          operation: 3,
          permissionType: 3,
        },
      ],
    })
    expect(created.results).toEqual([
      { errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' },
    ])
    const deleted = await target.call(wire.deleteAclsRequest, wire.deleteAclsResponse, 3, {
      filters: [{ ...anything, operation: 1, permissionType: 1, patternTypeFilter: 1 }],
    })
    expect(deleted.filterResults).toMatchObject([{ errorCode: ErrorCode.SECURITY_DISABLED, matchingAcls: [] }])
  })

  test('quotas: there are none, and bad questions are refused', async () => {
    const ask = async (...components: wire.DescribeClientQuotasRequestInput['components'][number][]) => {
      const body = { components, strict: false }
      const answer = await target.call(wire.describeClientQuotasRequest, wire.describeClientQuotasResponse, 1, body)
      return [wire.errorName(answer.errorCode), answer.errorMessage, answer.entries]
    }
    expect(await ask()).toEqual(['NONE', '', []])
    expect(await ask({ entityType: 'user', matchType: 2, match: null })).toEqual(['NONE', '', []])
    expect(await ask({ entityType: 'foo', matchType: 2, match: null })).toEqual([
      'UNSUPPORTED_VERSION',
      'Unsupported entity type foo',
      null,
    ])
    expect(await ask({ entityType: 'user', matchType: 9, match: null })).toEqual([
      'INVALID_REQUEST',
      'Unknown match type 9',
      null,
    ])
    const user = { entityType: 'user', matchType: 2, match: null }
    expect(await ask(user, { ...user, entityType: 'ip' })).toEqual([
      'INVALID_REQUEST',
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
      null,
    ])
  })

  test('SCRAM: no user has credentials', async () => {
    const ask = async (users: { name: string }[] | null) =>
      target.call(wire.describeUserScramCredentialsRequest, wire.describeUserScramCredentialsResponse, 0, { users })
    expect(await ask(null)).toMatchObject({ errorCode: 0, results: [] })
    const { results } = await ask([{ name: 'x' }])
    const errorMessage = 'Attempt to describe a user credential that does not exist: x'
    expect(results).toEqual([{ user: 'x', errorCode: ErrorCode.RESOURCE_NOT_FOUND, errorMessage, credentialInfos: [] }])
  })
})
