import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { ClassicGroup, GroupResponses } from '../../src/coordinator/index.ts'
import { errorName } from '../../src/wire/index.ts'
import {
  assigned,
  commit,
  errorOf,
  fetch,
  Harness,
  heartbeat,
  join,
  leave,
  nobody,
  REBALANCE_MS,
  SESSION_MS,
  sync,
} from './harness.ts'

function group(harness: Harness): ClassicGroup {
  return harness.shard.groups.get('g') as ClassicGroup
}

/** Joins at once, as clients of before version 4 do; gives the member id that the group knows. */
function addMember(harness: Harness, name: string, fields: Parameters<typeof join>[0] = {}): string {
  harness.send(name, join({ apiVersion: 3, ...fields }))
  return [...group(harness).members.keys()].at(-1)!
}

function stable(harness = new Harness()) {
  const memberId = addMember(harness, 'a')
  harness.advance(0)
  harness.send('a', sync({ memberId, generationId: 1 }, { [memberId]: 'A' }))
  return { harness, member: { memberId, generationId: 1 } }
}

test('ids that were given out and not used are bounded: the oldest makes room', () => {
  const harness = new Harness()
  const ids = Array.from({ length: 10_001 }, () => harness.send<GroupResponses['JoinGroup']>('x', join())!.memberId)
  assert.equal(group(harness).pendingMembers.size, 10_000)
  assert.equal(errorOf(harness.send('x', join({ memberId: ids[0]! }))!), 'UNKNOWN_MEMBER_ID')
  assert.equal(harness.send('x', join({ memberId: ids[10_000]! })), undefined)
})

test('a first join that waits too long is let go, though it waits', () => {
  const { harness, member } = stable()
  addMember(harness, 'b', { rebalanceTimeoutMs: 1_000_000 })
  for (let passedMs = 0; passedMs < 300_000; passedMs += SESSION_MS / 2) {
    harness.send('hb', heartbeat(member))
    assert.equal(
      harness.answers.find(({ to }) => to === 'b'),
      undefined,
    )
    harness.advance(SESSION_MS / 2)
  }
  assert.equal(errorOf(harness.answers.find(({ to }) => to === 'b')!.response), 'UNKNOWN_MEMBER_ID')
})

test('the bytes of requests are copied: their frames may be used again', () => {
  const harness = new Harness()
  const command = join({ apiVersion: 3 }) as { request: { protocols: { metadata: Buffer }[] } } & ReturnType<
    typeof join
  >
  harness.send('a', command)
  const [memberId] = group(harness).members.keys()
  const expected = Buffer.from(command.request.protocols[0]!.metadata)
  command.request.protocols[0]!.metadata.fill(0xff)
  harness.advance(0)
  const { members } = harness.answers.at(-1)!.response as GroupResponses['JoinGroup']
  assert.deepEqual(members[0]!.metadata, expected)
  const assignment = Buffer.from('mine')
  const bring = sync({ memberId: memberId!, generationId: 1 }) as { request: { assignments: unknown } } & ReturnType<
    typeof sync
  >
  bring.request.assignments = [{ memberId, assignment }]
  harness.send('a', bring)
  assignment.fill(0)
  const answer = harness.send<GroupResponses['SyncGroup']>('a', sync({ memberId: memberId!, generationId: 1 }))!
  assert.equal(answer.assignment.toString(), 'mine')
})

test('a group that does not fit into one record fails its rebalance and starts another, as in Kafka', () => {
  const harness = new Harness()
  harness.config = { ...harness.config, groupMetadataBytesMax: 1_000 }
  const memberId = addMember(harness, 'a')
  harness.advance(0)
  const records = harness.records.length
  const tooLarge = sync({ memberId, generationId: 1 }, { [memberId]: 'x'.repeat(1_000) })
  assert.equal(errorOf(harness.send('a', tooLarge)!), 'UNKNOWN_SERVER_ERROR')
  assert.equal(group(harness).state, 'PreparingRebalance')
  assert.equal(harness.records.length, records)
})

test('a commit that does not fit into one batch is refused as a whole', () => {
  const harness = new Harness()
  harness.config = { ...harness.config, groupMetadataBytesMax: 1_000 }
  const response = harness.send('a', commit(nobody, 1n, { metadata: 'x'.repeat(1_000) }))!
  assert.equal(errorOf(response), 'UNKNOWN_SERVER_ERROR')
  assert.equal(harness.records.length, 0)
})

test('events tell why: who joined with which words, how long the phases took, and who has what', () => {
  const { harness, member } = stable()
  harness.events.splice(0)
  const second = join({ apiVersion: 8 }) as { request: { reason: string } } & ReturnType<typeof join>
  const { memberId } = harness.send<GroupResponses['JoinGroup']>('b', second)!
  second.request.reason = 'r'.repeat(300)
  harness.send('b', { ...second, request: { ...second.request, memberId } } as never)
  harness.advance(700)
  harness.send('a', join({ memberId: member.memberId, apiVersion: 3 }))
  harness.advance(300)
  harness.send('b', sync({ memberId, generationId: 2 }))
  harness.send(
    'a',
    sync(
      { memberId: member.memberId, generationId: 2 },
      { [member.memberId]: assigned({ t: [0] }), [memberId]: assigned({ t: [1, 2] }) },
    ),
  )
  assert.deepEqual(
    harness.events.map(({ type, trigger, generationId }) => `${type} ${trigger} ${generationId}`),
    ['member-joined join 1', 'rebalance-started join 1', 'rebalance-completed join 2'],
  )
  const [joined, , completed] = harness.events
  assert.ok(joined!.reason.endsWith(`client reason: ${'r'.repeat(255)}`))
  assert.deepEqual(joined!.member, {
    memberId,
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    clientReason: 'r'.repeat(255),
  })
  assert.deepEqual(completed!.phases, { prepareMs: 700, syncMs: 300 })
  assert.deepEqual(
    completed!.assignments!.map(({ memberId, before, after }) => [
      memberId,
      before && Object.fromEntries(before),
      after && Object.fromEntries(after),
    ]),
    [
      [member.memberId, null, { t: [0] }],
      [memberId, null, { t: [1, 2] }],
    ],
  )
})

test('a group that has become too large while nobody listened rebalances when it is loaded', () => {
  const { harness, member } = stable()
  addMember(harness, 'b')
  harness.send('a', join({ memberId: member.memberId, apiVersion: 3 }))
  harness.send('a', sync({ memberId: member.memberId, generationId: 2 }))
  const later = new Harness()
  later.config = { ...later.config, groupMaxSize: 1 }
  for (const [offset, record] of harness.records.entries()) later.shard.apply(record, { offset: BigInt(offset) })
  later.shard.onLoaded(later.step())
  assert.equal(group(later).state, 'PreparingRebalance')
  assert.equal(later.events.at(-1)!.trigger, 'coordinator-load')
  // The first to rejoin finds a place, the other does not; the rebalance does not wait for it any more.
  assert.equal(later.send('a', join({ memberId: member.memberId, apiVersion: 3 })), undefined)
  const other = [...group(later).members.keys()].find((memberId) => memberId !== member.memberId)!
  assert.equal(errorOf(later.send('b', join({ memberId: other, apiVersion: 3 }))!), 'GROUP_MAX_SIZE_REACHED')
  assert.equal(group(later).state, 'CompletingRebalance')
})

test('sessions begin with the end of the load, whatever the wall clock says', () => {
  const { harness, member } = stable()
  const later = new Harness()
  later.nowMs = 5_000_000
  for (const [offset, record] of harness.records.entries()) later.shard.apply(record, { offset: BigInt(offset) })
  later.shard.onLoaded(later.step())
  assert.equal(group(later).state, 'Stable')
  later.advance(SESSION_MS - 1)
  assert.equal(errorOf(later.send('a', heartbeat(member))!), 'NONE')
  later.advance(SESSION_MS)
  assert.equal(group(later).state, 'Empty')
})

test('expiry looks at some groups at a time, and at all in the end', () => {
  const harness = new Harness()
  harness.config = { ...harness.config, offsetsRetentionMs: 1 }
  for (let i = 0; i < 2_500; i++) {
    harness.send('x', { ...commit(nobody), groupId: `g${i}` } as ReturnType<typeof commit>)
  }
  harness.shard.onLoaded(harness.step())
  harness.nowMs += harness.config.offsetsRetentionCheckIntervalMs
  harness.shard.tick(harness.step())
  assert.equal(harness.shard.groups.size, 1_500)
  harness.advance(10)
  assert.equal(harness.shard.groups.size, 0)
  assert.equal(harness.shard.nextDeadlineMs(), harness.nowMs - 8 + harness.config.offsetsRetentionCheckIntervalMs)
})

test('an empty group is not deleted under the feet of a member that just got its id', () => {
  const harness = new Harness()
  harness.config = { ...harness.config, offsetsRetentionCheckIntervalMs: 1_000 }
  harness.shard.onLoaded(harness.step())
  const { memberId } = harness.send<GroupResponses['JoinGroup']>('a', join())!
  harness.advance(1_000)
  assert.equal(harness.send('a', join({ memberId })), undefined)
})

test('a superseded join is answered, so that no request waits for ever', () => {
  const { harness, member } = stable()
  addMember(harness, 'b')
  const [, second] = group(harness).members.keys()
  assert.equal(harness.send('b2', join({ memberId: second!, apiVersion: 3 })), undefined)
  assert.equal(errorOf(harness.answers.at(-1)!.response), 'REBALANCE_IN_PROGRESS')
  harness.send('a', join({ memberId: member.memberId, apiVersion: 3 }))
  assert.equal(errorOf(harness.answers.find(({ to }) => to === 'b2')!.response), 'NONE')
})

test('a member that leaves while it waits for its assignment is told so', () => {
  const { harness, member } = stable()
  const second = addMember(harness, 'b')
  harness.send('a', join({ memberId: member.memberId, apiVersion: 3 }))
  assert.equal(harness.send('b', sync({ memberId: second, generationId: 2 })), undefined)
  harness.send('admin', leave(second))
  assert.equal(
    errorOf(harness.answers.find(({ to, response }) => to === 'b' && 'assignment' in response)!.response),
    'UNKNOWN_MEMBER_ID',
  )
})

test('a static member that restarts before it has synced is still waited for', () => {
  const harness = new Harness()
  harness.send('a', join({ instanceId: 'i1' }))
  harness.send('b', join({ instanceId: 'i2' }))
  harness.advance(0)
  const [leader, follower] = [...group(harness).members.keys()]
  harness.send(
    'a',
    sync({ memberId: leader!, generationId: 1, instanceId: 'i1' }, { [leader!]: 'A', [follower!]: 'B' }),
  )
  const replaced = harness.send<GroupResponses['JoinGroup']>('b', join({ instanceId: 'i2' }))!
  assert.equal(errorName(replaced.errorCode), 'NONE')
  assert.deepEqual([...group(harness).pendingSyncs], [replaced.memberId])
  harness.send('b', sync({ memberId: replaced.memberId, generationId: 1, instanceId: 'i2' }))
  for (let passedMs = 0; passedMs < REBALANCE_MS; passedMs += SESSION_MS / 2) {
    harness.send('hb', heartbeat({ memberId: leader!, generationId: 1, instanceId: 'i1' }))
    harness.send('hb', heartbeat({ memberId: replaced.memberId, generationId: 1, instanceId: 'i2' }))
    harness.advance(SESSION_MS / 2)
  }
  assert.equal(group(harness).state, 'Stable')
})

test('offsets of a former topic of the same name are not shown', () => {
  const harness = new Harness()
  harness.topics = { ...harness.topics, topicId: () => 'AAAAAAAAAAAAAAAAAAAAAQ' }
  harness.send('x', commit(nobody, 5n))
  harness.topics = { ...harness.topics, topicId: () => 'AAAAAAAAAAAAAAAAAAAAAg' }
  const { topics } = harness.send<GroupResponses['OffsetFetch']>('x', fetch(['t']))!
  assert.equal(topics[0]!.partitions[0]!.committedOffset, -1n)
})

test('a client that dies while it waits is out when its session is over, and not in the next generation', () => {
  const { harness, member } = stable()
  const { memberId } = harness.send<GroupResponses['JoinGroup']>('b', join())!
  harness.send('b', join({ memberId }))
  harness.close('b')
  harness.send('hb', heartbeat(member))
  harness.advance(SESSION_MS - 1)
  assert.ok(group(harness).members.has(memberId))
  harness.send('hb', heartbeat(member))
  harness.advance(1)
  assert.ok(!group(harness).members.has(memberId))
  // The other one, waiting alone, goes on at once.
  const rejoined = harness.send<GroupResponses['JoinGroup']>('a', join({ memberId: member.memberId }))
  assert.equal(rejoined?.members.length, 1)
})

test('a client that comes back within its session goes on waiting as if nothing had been', () => {
  const { harness, member } = stable()
  const { memberId } = harness.send<GroupResponses['JoinGroup']>('b', join())!
  harness.send('b', join({ memberId }))
  harness.close('b')
  harness.advance(SESSION_MS / 2)
  assert.equal(harness.send('b again', join({ memberId })), undefined)
  harness.send('hb', heartbeat(member))
  harness.advance(SESSION_MS / 2)
  harness.send('a', join({ memberId: member.memberId }))
  assert.equal(errorOf(harness.answers.find(({ to }) => to === 'b again')!.response), 'NONE')
})

test('an explicit retention beyond all time is the end of time', () => {
  const harness = new Harness()
  assert.equal(errorOf(harness.send('x', commit(nobody, 1n, { retentionTimeMs: 2n ** 63n - 1n }))!), 'NONE')
  const [record] = harness.records
  assert.equal(record?.type === 'OffsetCommit' && record.value?.expireTimestamp, 2n ** 63n - 1n)
})
