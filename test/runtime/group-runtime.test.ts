import assert from 'node:assert/strict'
import { test } from 'vitest'
import type {
  GroupCommand,
  GroupConfig,
  GroupEvent,
  GroupResponse,
  GroupResponses,
  TopicImage,
} from '../../src/coordinator/index.ts'
import type { Logger } from '../../src/platform/index.ts'
import { GroupRuntime } from '../../src/runtime/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import {
  commit,
  defaultConfig,
  errorOf,
  fetch,
  heartbeat,
  join,
  leave,
  nobody,
  SESSION_MS,
  sync,
} from '../coordinator/harness.ts'
import { anyTopics } from '../support/topics.ts'
import { SimulatedShardDisk } from './simulated-shard-log.ts'

interface Setup {
  readonly autoFlush?: boolean
  readonly shardCount?: number
  readonly config?: Partial<GroupConfig>
  readonly topics?: TopicImage
  readonly owns?: (shard: number) => boolean
  readonly beforeTick?: () => Promise<void> | void
  readonly start?: boolean
  readonly disk?: SimulatedShardDisk
}

async function setUp(setup: Setup = {}) {
  const clock = new VirtualClock()
  const disk = setup.disk ?? new SimulatedShardDisk(setup.autoFlush)
  const events: GroupEvent[] = []
  const errors: object[] = []
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => errors.push(fields) }
  let ids = 0
  let openFailures = 0
  const runtime = new GroupRuntime({
    clock,
    logger,
    shardCount: setup.shardCount ?? 1,
    openShardLog: async () => {
      if (openFailures-- > 0) throw new Error('cannot be opened')
      return disk.open()
    },
    config: () => ({ ...defaultConfig, ...setup.config }),
    randomId: () => `id${++ids}`,
    topics: () => setup.topics ?? anyTopics(),
    onEvent: (event) => events.push(event),
    beforeTick: setup.beforeTick ?? (() => {}),
    ...(setup.owns && { owns: setup.owns }),
  })
  const answers: string[] = []
  const ask = <C extends GroupCommand>(command: C, name?: string) => {
    let response: GroupResponses[C['type']] | undefined
    const handle = runtime.submit(command, (answer) => {
      response = answer
      answers.push(`${name ?? (command as GroupCommand).type} ${errorOf(answer as GroupResponse)}`)
    })
    return { handle, response: () => response }
  }
  if (setup.start !== false) {
    runtime.start()
    await runtime.loaded
  }
  const failToOpen = (times: number): void => {
    openFailures = times
  }
  return { clock, disk, events, errors, runtime, answers, ask, failToOpen }
}

function joinOf(ask: Awaited<ReturnType<typeof setUp>>['ask'], memberId: string) {
  return ask(join({ memberId }) as Extract<GroupCommand, { type: 'JoinGroup' }>, 'join')
}

/** A group of one member, stable in generation 1. */
async function stableGroup(setup: Setup = {}) {
  const world = await setUp(setup)
  const { ask, clock, disk, answers } = world
  const { memberId } = joinOf(ask, '').response() ?? assert.fail('no member id')
  joinOf(ask, memberId)
  clock.advance(0)
  disk.flush()
  ask(sync({ memberId, generationId: 1 }, { [memberId]: 'A' }))
  disk.flush()
  answers.splice(0)
  return { ...world, memberId, member: { memberId, generationId: 1 } }
}

test('an answer leaves when its records are durable, and what was asked after it waits for the same', async () => {
  const { disk, answers, ask } = await setUp({ autoFlush: false })
  ask(commit(nobody, 5n), 'commit')
  ask(fetch(['t']), 'fetch')
  assert.deepEqual(answers, [])
  disk.flush()
  assert.deepEqual(answers, ['commit NONE', 'fetch NONE'])
  ask(fetch(['t']), 'fetch again')
  assert.deepEqual(answers.slice(2), ['fetch again NONE'])
})

test('events leave with the step that they belong to', async () => {
  const { disk, events, ask } = await setUp({ autoFlush: false })
  ask(join({ apiVersion: 3 }))
  assert.equal(events.length, 0)
  disk.flush()
  assert.deepEqual(
    events.map((event) => event.type),
    ['group-created', 'member-joined', 'rebalance-started'],
  )
})

test('a failed append fences the shard: all that waits is told, and the log is read anew', async () => {
  const { disk, answers, ask, clock, errors, member } = await stableGroup()
  disk.autoFlush = false
  ask(join({ apiVersion: 3 }), 'waiting join')
  ask(commit(member, 7n), 'commit')
  ask(heartbeat(member), 'heartbeat')
  disk.fail()
  assert.deepEqual(answers.sort(), [
    'commit NOT_COORDINATOR',
    'heartbeat NOT_COORDINATOR',
    'waiting join NOT_COORDINATOR',
  ])
  assert.equal(errors.length, 1)
  answers.splice(0)
  ask(commit(member, 7n), 'while loading')
  clock.advance(1_000)
  await settle()
  ask(heartbeat(member), 'heartbeat')
  ask(fetch(['t']), 'fetch')
  assert.deepEqual(answers, ['while loading COORDINATOR_LOAD_IN_PROGRESS', 'heartbeat NONE', 'fetch NONE'])
})

test('a throw fences the shard too, and its own request is told so that it is not repeated', async () => {
  const { answers, ask, member, clock } = await stableGroup({
    topics: anyTopics({
      topicId: (topic) => {
        if (topic === 'poison') throw new Error('a bug')
        return undefined
      },
    }),
  })
  ask(join({ apiVersion: 3 }), 'waiting join')
  ask(commit(member, 1n, { topic: 'poison' }), 'poison')
  assert.deepEqual(answers, ['poison UNKNOWN_SERVER_ERROR', 'waiting join NOT_COORDINATOR'])
  clock.advance(1_000)
  await settle()
  ask(heartbeat(member), 'heartbeat')
  assert.equal(answers.at(-1), 'heartbeat NONE')
})

test('a shard that cannot be loaded is tried again, later each time', async () => {
  const { clock, disk, answers, ask, failToOpen } = await setUp()
  failToOpen(3)
  ask(commit(nobody), 'commit')
  disk.fail()
  let tries = 0
  for (; answers.at(-1) !== 'fetch NONE' && tries < 100; tries++) {
    clock.advance(200)
    await settle()
    ask(fetch(['t']), 'fetch')
  }
  // 200 + 400 + 800 + 1600 ms
  assert.ok(tries >= 10 && tries <= 20, `${tries} tries`)
})

test('while a shard loads, heartbeats are fine and everything else may come again', async () => {
  const { answers, ask, runtime } = await setUp({ start: false })
  ask(heartbeat({ memberId: 'm', generationId: 1 }))
  ask(join())
  ask(fetch(['t']))
  ask({ type: 'DescribeGroup', groupId: 'g', apiVersion: 6 })
  ask({ type: 'ListGroups', shard: 0, statesFilter: [], typesFilter: [] })
  // What Kafka refuses before it looks for the group is refused all the same.
  ask(join({ sessionTimeoutMs: 1 }))
  assert.deepEqual(answers, [
    'Heartbeat NONE',
    'JoinGroup COORDINATOR_LOAD_IN_PROGRESS',
    'OffsetFetch COORDINATOR_LOAD_IN_PROGRESS',
    'DescribeGroup COORDINATOR_LOAD_IN_PROGRESS',
    'ListGroups COORDINATOR_LOAD_IN_PROGRESS',
    'JoinGroup INVALID_SESSION_TIMEOUT',
  ])
  await runtime.stop()
})

test('topics that are deleted while a shard loads lose their offsets too', async () => {
  const { disk, runtime, ask } = await setUp()
  ask(commit(nobody, 5n))
  await runtime.stop()
  const again = await setUp({ disk, start: false })
  again.runtime.topicsChanged(['t'])
  again.runtime.start()
  await again.runtime.loaded
  assert.equal(fetched(again.ask), -1n)
})

test('after a restart offsets of a topic that has another id now are gone', async () => {
  const disk = new SimulatedShardDisk()
  const withId = (id: string): TopicImage => anyTopics({ topicId: () => id })
  const { runtime, ask } = await setUp({ disk, topics: withId('AAAAAAAAAAAAAAAAAAAAAQ') })
  ask(commit(nobody, 5n))
  assert.equal(fetched(ask), 5n)
  await runtime.stop()
  const same = await setUp({ disk, topics: withId('AAAAAAAAAAAAAAAAAAAAAQ') })
  assert.equal(fetched(same.ask), 5n)
  await same.runtime.stop()
  const other = await setUp({ disk, topics: withId('AAAAAAAAAAAAAAAAAAAAAg') })
  assert.equal(fetched(other.ask), -1n)
  assert.equal(disk.durable.at(-1)?.value, null)
})

test('a closed connection gets no answer, whether its request waits for members or for the disk', async () => {
  const { disk, answers, ask, clock } = await setUp({ autoFlush: false })
  const { handle } = ask(join({ apiVersion: 3 }), 'join')
  const parked = ask(commit({ memberId: '', generationId: -1 }, 1n, { topic: 'u' }), 'commit').handle
  handle.cancel()
  parked.cancel()
  handle.cancel()
  disk.flush()
  clock.advance(60_000)
  disk.flush()
  assert.deepEqual(answers, [])
})

test('groups of shards that this node does not own are elsewhere', async () => {
  const { answers, ask } = await setUp({ shardCount: 2, owns: () => false })
  ask(heartbeat({ memberId: 'm', generationId: 1 }))
  ask({ type: 'ListGroups', shard: 1, statesFilter: [], typesFilter: [] })
  assert.deepEqual(answers, ['Heartbeat NOT_COORDINATOR', 'ListGroups NOT_COORDINATOR'])
})

test('a group lives where Kafka looks for it', async () => {
  const { runtime } = await setUp({ shardCount: 50, start: false })
  // Utils.abs(groupId.hashCode) % 50 by Kafka 4.2; the last one has the hash -2^31.
  const expected = { '': 0, g: 3, 'my-group': 12, 'consumer-group-1': 20, grüße: 23, polygenelubricants: 0 }
  for (const [groupId, shard] of Object.entries(expected)) assert.equal(runtime.shardOf(groupId), shard, groupId)
})

test('a pause of this process evicts nobody whose heartbeat lies in a socket', async () => {
  const unread: (() => void)[] = []
  const { clock, answers, ask, member } = await stableGroup({
    beforeTick: () => {
      for (const read of unread.splice(0)) read()
    },
  })
  clock.pause(SESSION_MS * 3)
  unread.push(() => ask(heartbeat(member), 'late'))
  clock.advance(0)
  ask(heartbeat(member), 'next')
  assert.deepEqual(answers, ['late NONE', 'next NONE'])
})

test('deadlines wait for a turn in which the sockets are read, by default one of the event loop', async () => {
  let read = (): void => {}
  let sockets = false
  const { clock, answers, ask, member } = await stableGroup({
    beforeTick: () => (sockets ? new Promise<void>((resolve) => (read = resolve)) : undefined),
  })
  sockets = true
  clock.advance(SESSION_MS)
  ask(heartbeat(member), 'just in time')
  read()
  await settle()
  ask(heartbeat(member), 'next')
  assert.deepEqual(answers, ['just in time NONE', 'next NONE'])
})

test('stop answers what waits for members, lets the disk finish, and leaves no timer', async () => {
  const { clock, disk, runtime, answers, ask, member } = await stableGroup()
  disk.autoFlush = false
  ask(join({ apiVersion: 3 }), 'waiting join')
  ask(commit(member, 3n), 'commit')
  const stopped = runtime.stop()
  ask(heartbeat(member), 'too late')
  disk.flush()
  await stopped
  assert.deepEqual(answers, ['waiting join NOT_COORDINATOR', 'too late COORDINATOR_NOT_AVAILABLE', 'commit NONE'])
  assert.equal(clock.pendingTimers, 0)
})

test('stop does not wait for ever for a disk that hangs', async () => {
  const { clock, disk, runtime, answers, ask } = await setUp()
  disk.autoFlush = false
  ask(commit(nobody), 'commit')
  const stopped = runtime.stop()
  clock.advance(1_000)
  await stopped
  assert.deepEqual(answers, ['commit NOT_COORDINATOR'])
  assert.equal(clock.pendingTimers, 0)
})

test('a listener that throws takes nobody down', async () => {
  const { runtime, errors, answers, ask } = await setUp()
  runtime.submit(commit(nobody), () => {
    throw new Error('a bug of the handler')
  })
  ask(fetch(['t']), 'fetch')
  assert.deepEqual(answers, ['fetch NONE'])
  assert.equal(errors.length, 1)
})

test('a command may be submitted from within an answer', async () => {
  const { runtime, answers, ask } = await setUp()
  runtime.submit(commit(nobody, 9n), () => void ask(fetch(['t']), 'fetch'))
  assert.deepEqual(answers, ['fetch NONE'])
})

test('groups, members, generations and offsets survive; members get a whole session from then on', async () => {
  const { disk, runtime, ask, member } = await stableGroup()
  ask(commit(member, 11n))
  await runtime.stop()
  const again = await setUp({ disk })
  again.clock.advance(SESSION_MS - 1)
  again.ask(heartbeat(member), 'heartbeat')
  assert.equal(fetched(again.ask), 11n)
  again.clock.advance(SESSION_MS)
  again.ask(heartbeat(member), 'too late')
  assert.deepEqual(again.answers, ['heartbeat NONE', 'OffsetFetch NONE', 'too late UNKNOWN_MEMBER_ID'])
})

test('what the coordinator does by itself is written in batches of bounded size, a command in one', async () => {
  const { disk, runtime, ask } = await setUp()
  const partitions = Array.from({ length: 2_500 }, (_, partitionIndex) => ({
    partitionIndex,
    committedOffset: 1n,
    committedLeaderEpoch: -1,
    committedMetadata: null,
  }))
  const command = commit(nobody) as Extract<GroupCommand, { type: 'OffsetCommit' }>
  const topics = [{ ...command.request.topics[0]!, partitions }]
  disk.batches.splice(0)
  ask({ ...command, request: { ...command.request, topics } })
  runtime.topicsChanged(['t'])
  assert.deepEqual(disk.batches, [2_500, 1_000, 1_000, 500])
})

test('a member that leaves lets the others know at once', async () => {
  const { answers, ask, memberId } = await stableGroup()
  ask(join({ apiVersion: 3 }), 'second')
  ask(leave(memberId), 'leave')
  assert.deepEqual(answers.sort(), ['leave NONE', 'second NONE'])
})

function fetched(ask: Awaited<ReturnType<typeof setUp>>['ask']): bigint | undefined {
  const response = ask(fetch(['t']) as Extract<GroupCommand, { type: 'OffsetFetch' }>).response()
  return response?.topics[0]?.partitions[0]?.committedOffset
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('texts that could not be written are refused before they fence the shard', async () => {
  const { answers, ask } = await setUp()
  const bad = '\ufffd'.repeat(20_000)
  const command = join({ apiVersion: 3 }) as Extract<GroupCommand, { type: 'JoinGroup' }>
  ask({ ...command, groupId: bad })
  ask({ ...command, client: { clientId: 'c'.repeat(32_740), clientHost: '/127.0.0.1' } })
  ask({ ...command, request: { ...command.request, groupInstanceId: bad } })
  ask({ ...command, request: { ...command.request, protocolType: bad } })
  ask({ ...command, request: { ...command.request, protocols: [{ name: bad, metadata: Buffer.alloc(0) }] } })
  assert.deepEqual(answers, [
    'JoinGroup INVALID_GROUP_ID',
    'JoinGroup INVALID_REQUEST',
    'JoinGroup INVALID_REQUEST',
    'JoinGroup INVALID_REQUEST',
    'JoinGroup INVALID_REQUEST',
  ])
  ask({ ...command, client: { clientId: 'c'.repeat(32_730), clientHost: '/127.0.0.1' } }, 'long but fine')
  assert.equal(answers.length, 5)
})
