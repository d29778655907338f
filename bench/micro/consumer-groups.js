// What groups of the consumer protocol (KIP-848) cost the coordinator, without network and disk. Budgets: a target assignment for 1,000 members and 10,000 partitions < 100 ms, a heartbeat that
// changes nothing < 5 µs.
import { randomBytes } from 'node:crypto'
import { bench, group } from 'mitata'
import { serverAssignors } from '../../dist/assignor/index.js'
import { ShardCoordinator } from '../../dist/coordinator/index.js'

const MEMBERS = 1_000
const TOPICS = 10
const PARTITIONS = 1_000

const topicIds = Array.from({ length: TOPICS }, () => randomBytes(16).toString('base64url'))
const partitionCounts = new Map(topicIds.map((topicId) => [topicId, PARTITIONS]))

/** Members with what they had, one of them new. */
function input(assignor, isHomogeneous) {
  const everything = new Set(topicIds)
  const most = new Set(topicIds.slice(1))
  const members = (count, before) =>
    Array.from({ length: count }, (_, i) => ({
      memberId: `member-${i}`,
      instanceId: null,
      rackId: null,
      subscribedTopicIds: isHomogeneous || i % 2 === 0 ? everything : most,
      assignment: before?.get(`member-${i}`) ?? new Map(),
    }))
  const before = assignor.assign({ members: members(MEMBERS - 1), partitionCounts, isHomogeneous })
  return { members: members(MEMBERS, before), partitionCounts, isHomogeneous }
}

group('target assignment', () => {
  for (const assignor of Object.values(serverAssignors)) {
    for (const isHomogeneous of [true, false]) {
      const next = input(assignor, isHomogeneous)
      const what = isHomogeneous ? 'same topics' : 'different topics'
      bench(`target assignment, ${assignor.name}, ${what}: 1,000th member, 10,000 partitions`, () =>
        assignor.assign(next),
      )
    }
  }
})

const names = topicIds.map((_, i) => `topic-${i}`)
const topics = {
  has: (name) => names.includes(name),
  partitionCount: () => PARTITIONS,
  topicId: (name) => topicIds[names.indexOf(name)],
  topicName: (topicId) => names[topicIds.indexOf(topicId)],
  version: 1,
  createdVersion: 1,
}
const config = {
  groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupMaxSize: 2_147_483_647,
  groupInitialRebalanceDelayMs: 0,
  offsetMetadataMaxBytes: 4096,
  offsetsRetentionMs: 604_800_000,
  offsetsRetentionCheckIntervalMs: 600_000,
}
const shard = new ShardCoordinator({ config: () => config, topics: () => topics })
let nowMs = 0
let answer
const step = {
  get nowMs() {
    return nowMs
  },
  get wallMs() {
    return nowMs
  },
  randomId: () => 'id',
  append: (record) => shard.apply(record, { offset: 0n }),
  reply: (_, response) => {
    answer = response
  },
  event: () => {},
  ask: (effect) => {
    const { groupId, groupEpoch, assignmentId, assignor } = effect
    const assignment = serverAssignors[assignor].assign(effect.input)
    queueMicrotask(() => shard.resume({ type: 'assigned', groupId, groupEpoch, assignmentId, assignment }, step))
  },
}
const client = { clientId: 'client', clientHost: '/127.0.0.1' }
const heartbeat = (groupId, memberId, memberEpoch, more = {}) => ({
  type: 'ConsumerGroupHeartbeat',
  groupId,
  apiVersion: 1,
  client,
  regexProblem: null,
  request: {
    groupId,
    memberId,
    memberEpoch,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
    ...more,
  },
})
const joining = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: names.slice(0, 1), topicPartitions: [] }
// 1,000 groups of one member, as they rest.
const quiet = Array.from({ length: 1_000 }, (_, i) => {
  shard.handle(heartbeat(`group-${i}`, 'member', 0, joining), i, step)
  return heartbeat(`group-${i}`, 'member', answer.memberEpoch)
})
let at = 0
group('consumer group heartbeat', () => {
  bench('consumer group heartbeat that changes nothing', () => {
    nowMs += 1
    shard.handle(quiet[at++ % quiet.length], 1, step)
  })
})
