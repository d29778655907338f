import assert from 'node:assert/strict'
import { test } from 'vitest'
import { silentLogger } from '../../src/platform/index.ts'
import type { GroupConfig, GroupEvent, GroupResponses } from '../../src/runtime/index.ts'
import { GroupRuntime } from '../../src/runtime/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { ErrorCode } from '../../src/wire/index.ts'
import { SimulatedShardDisk } from './simulated-shard-log.ts'

const config: GroupConfig = {
  groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupMaxSize: 2_147_483_647,
  groupInitialRebalanceDelayMs: 0,
  offsetMetadataMaxBytes: 4096,
  offsetsRetentionMs: 7 * 86_400_000,
  offsetsRetentionCheckIntervalMs: 600_000,
}

const client = { clientId: 'c', clientHost: '/127.0.0.1' }

async function startRuntime(options: { autoFlush?: boolean } = {}) {
  const clock = new VirtualClock()
  const disk = new SimulatedShardDisk(options.autoFlush)
  const events: GroupEvent[] = []
  let ids = 0
  const runtime = new GroupRuntime({
    clock,
    logger: silentLogger,
    shardCount: 1,
    openShardLog: async () => disk.open(),
    config: () => config,
    randomId: () => `id${++ids}`,
    topics: () => ({ has: () => true, partitionCount: () => 1, topicId: () => undefined }),
    onEvent: (event) => events.push(event),
    beforeTick: () => {},
  })
  runtime.start()
  await runtime.loaded
  return { clock, disk, events, runtime }
}

const join = (memberId: string) =>
  ({
    type: 'JoinGroup',
    groupId: 'g',
    apiVersion: 9,
    client,
    request: {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from([0, 0]) }],
      reason: null,
    },
  }) as const

test('a member joins, syncs, commits and fetches', async () => {
  const { clock, runtime, disk } = await startRuntime()
  const joins: GroupResponses['JoinGroup'][] = []
  runtime.submit(join(''), (response) => joins.push(response))
  assert.equal(joins[0]?.errorCode, ErrorCode.MEMBER_ID_REQUIRED)
  const { memberId } = joins[0]!
  runtime.submit(join(memberId), (response) => joins.push(response))
  clock.advance(1)
  assert.equal(joins[1]?.errorCode, ErrorCode.NONE)
  const { generationId } = joins[1]!
  const request = { groupId: 'g', generationId, memberId, groupInstanceId: null }
  const syncs: GroupResponses['SyncGroup'][] = []
  const assignments = [{ memberId, assignment: Buffer.from('a') }]
  runtime.submit(
    {
      type: 'SyncGroup',
      groupId: 'g',
      apiVersion: 5,
      request: { ...request, protocolType: 'consumer', protocolName: 'range', assignments },
    },
    (response) => syncs.push(response),
  )
  assert.equal(syncs[0]?.assignment.toString(), 'a')
  assert.equal(disk.durable.length, 2)
})
