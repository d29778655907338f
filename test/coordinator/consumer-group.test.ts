import assert from 'node:assert/strict'
import { test } from 'vitest'
import { type ServerAssignorInput, serverAssignors } from '../../src/assignor/index.ts'
import { ClassicGroup, type CoordinatorRecord } from '../../src/coordinator/index.ts'
import type { JoinGroupResponse, SyncGroupResponse } from '../../src/wire/index.ts'
import { errorName } from '../../src/wire/index.ts'
import { assigned, ConsumerHarness, REBALANCE_MS, SESSION_MS, syncOf } from './consumer-harness.ts'
import { join } from './harness.ts'

test('a heartbeat that changes nothing writes nothing, and keeps the member alive', () => {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  group.written()
  for (let i = 0; i < 5; i++) {
    group.advance(SESSION_MS - 1)
    assert.equal(errorName(group.heartbeat('a', 1).errorCode), 'NONE')
  }
  assert.deepEqual(group.written(), [])
  group.advance(SESSION_MS)
  assert.equal(errorName(group.heartbeat('a', 1).errorCode), 'UNKNOWN_MEMBER_ID')
  assert.equal(group.group.state, 'Empty')
})

test('members that join within the assignment interval share one assignment', () => {
  const group = new ConsumerHarness()
  group.configure({ assignmentIntervalMs: 100 })
  assert.deepEqual(assigned(group.heartbeat('a', 0)), [0, 1, 2])
  group.written()
  for (const memberId of ['b', 'c']) {
    // They are in the epoch of the last assignment until the next.
    const response = group.heartbeat(memberId, 0)
    assert.deepEqual([response.memberEpoch, assigned(response)], [1, []])
  }
  assert.equal(group.group.state, 'Assigning')
  assert.equal(group.written().filter((type) => type.startsWith('ConsumerGroupTarget')).length, 0)
  group.advance(100)
  assert.equal(group.group.state, 'Reconciling')
  assert.deepEqual(group.written(), [
    'ConsumerGroupTargetAssignmentMember',
    'ConsumerGroupTargetAssignmentMember',
    'ConsumerGroupTargetAssignmentMember',
    'ConsumerGroupTargetAssignmentMetadata',
  ])
  assert.deepEqual([group.group.groupEpoch, group.group.assignmentEpoch], [3, 3])
})

test('a large assignment is asked for, and the group goes on with its former one until it is there', () => {
  const group = new ConsumerHarness()
  group.configure({ inlineAssignmentCostMax: 0 })
  // The first is always computed at once.
  assert.deepEqual(assigned(group.heartbeat('a', 0)), [0, 1, 2])
  assert.equal(group.heartbeat('b', 0).memberEpoch, 1)
  const [effect] = group.effects
  assert.ok(effect?.type === 'assign')
  group.heartbeat('c', 0)
  assert.equal(group.effects.length, 1, 'one at a time')
  const { groupId, groupEpoch, assignmentId } = effect
  const assignment = serverAssignors.uniform.assign(effect.input as ServerAssignorInput)
  group.shard.resume({ type: 'assigned', groupId, groupEpoch, assignmentId, assignment }, group.step())
  assert.deepEqual([group.group.groupEpoch, group.group.assignmentEpoch], [3, 2])
  assert.equal(group.heartbeat('b', 1).memberEpoch, 2)
  assert.equal(group.effects.length, 2, 'the next one, with c')
})

test('an assignment that does not know of a replaced static member is not used', () => {
  const group = new ConsumerHarness()
  group.configure({ inlineAssignmentCostMax: 0 })
  group.heartbeat('a', 0, { instanceId: 'i' })
  group.heartbeat('b', 0)
  const [effect] = group.effects
  assert.ok(effect?.type === 'assign')
  group.heartbeat('a', -2, { instanceId: 'i' })
  group.heartbeat('a2', 0, { instanceId: 'i' })
  const assignment = serverAssignors.uniform.assign(effect.input as ServerAssignorInput)
  const { groupId, groupEpoch, assignmentId } = effect
  group.shard.resume({ type: 'assigned', groupId, groupEpoch, assignmentId, assignment }, group.step())
  assert.equal(group.group.assignmentEpoch, 1)
  assert.equal(group.effects.length, 2)
})

test('a group converges at short intervals and rests at long ones, never longer than configured', () => {
  const group = new ConsumerHarness()
  assert.equal(group.heartbeat('a', 0).heartbeatIntervalMs, 500)
  assert.equal(group.heartbeat('b', 0).heartbeatIntervalMs, 100)
  assert.equal(group.heartbeat('a', 1, { owned: group.owned(0, 1, 2) }).heartbeatIntervalMs, 100)
  group.heartbeat('a', 1, { owned: group.owned(0, 1) })
  assert.equal(group.heartbeat('b', 2).heartbeatIntervalMs, 500)
  // 2,000 members of the node at rest would be 200 heartbeats a second at 10 s.
  group.overrides.membersOnNode = 2_000
  assert.equal(group.heartbeat('b', 2).heartbeatIntervalMs, 5_000)
  group.configure({ groups: () => ({ sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 50 }) })
  assert.equal(group.heartbeat('b', 2).heartbeatIntervalMs, 50)
})

test('a member that gives nothing up within its rebalance timeout is out, and its partitions are free', () => {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  group.heartbeat('b', 0)
  group.heartbeat('a', 1, { owned: group.owned(0, 1, 2) })
  group.advance(REBALANCE_MS)
  assert.equal(errorName(group.heartbeat('a', 1).errorCode), 'UNKNOWN_MEMBER_ID')
  assert.deepEqual(assigned(group.heartbeat('b', 2)), [0, 1, 2])
})

test('after a restart what members owe is still owed, in the time that they had', () => {
  const before = new ConsumerHarness()
  before.heartbeat('a', 0)
  before.heartbeat('b', 0)
  before.heartbeat('a', 1, { owned: before.owned(0, 1, 2) })
  const group = before.replayed()
  assert.equal(assigned(group.heartbeat('b', 2)), undefined)
  group.advance(REBALANCE_MS)
  assert.equal(errorName(group.heartbeat('a', 1).errorCode), 'UNKNOWN_MEMBER_ID')
})

test('a member in a state of a later version has to begin anew', () => {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  const record = group.records.find(({ type }) => type === 'ConsumerGroupCurrentMemberAssignment')
  assert.ok(record?.type === 'ConsumerGroupCurrentMemberAssignment' && record.value !== null)
  const later: CoordinatorRecord = { ...record, value: { ...record.value, state: 9 } }
  group.shard.apply(later, { offset: 99n })
  assert.equal(errorName(group.heartbeat('a', 1).errorCode), 'FENCED_MEMBER_EPOCH')
  assert.equal(errorName(group.heartbeat('a', 0).errorCode), 'NONE')
  assert.equal(group.group.state, 'Stable')
})

test('a record of before Kafka 4.1 goes with the next change', () => {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  const key = { groupId: 'g' }
  group.shard.apply({ type: 'ConsumerGroupPartitionMetadata', key, value: { topics: [] } }, { offset: 99n })
  group.written()
  group.heartbeat('b', 0)
  assert.ok(group.written().includes('ConsumerGroupPartitionMetadata tombstone'))
})

test('when the session of the last member with the consumer protocol ends, classic members are a classic group', () => {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  const joined = group.send<JoinGroupResponse>('m', join({ apiVersion: 3, sessionTimeoutMs: 200_000 }))
  assert.equal(joined?.generationId, 2)
  assert.equal(errorName(group.send<SyncGroupResponse>('m', syncOf(joined!))!.errorCode), 'NONE')
  group.advance(SESSION_MS - 1_000)
  // The sync and the rejoin of a classic member are waited for; a heartbeat is no sign of either.
  group.advance(1_000)
  const classic = group.shard.groups.get('g')
  assert.ok(classic instanceof ClassicGroup)
  assert.equal(classic.state, 'PreparingRebalance')
  assert.deepEqual([...classic.members.keys()], [joined!.memberId])
  const replayed = group.replayed()
  assert.ok(replayed.shard.groups.get('g') instanceof ClassicGroup)
})

test('a classic group with an assignor of its own does not change its protocol', () => {
  const group = new ConsumerHarness()
  const joined = group.join('m')
  const custom = Buffer.from('00000000000000000003010203', 'hex')
  group.send('m', {
    type: 'SyncGroup',
    groupId: 'g',
    apiVersion: 4,
    client: { clientId: 'client', clientHost: '/127.0.0.1' },
    request: {
      groupId: 'g',
      memberId: joined.memberId,
      generationId: 1,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: [{ memberId: joined.memberId, assignment: custom }],
    },
  })
  const response = group.heartbeat('a', 0)
  assert.equal(errorName(response.errorCode), 'GROUP_ID_NOT_FOUND')
  assert.match(response.errorMessage!, /unsupported custom assignor/)
  assert.ok(group.shard.groups.get('g') instanceof ClassicGroup)
})

test('members that wait in a classic group are told to join again when it becomes a consumer group', () => {
  const group = new ConsumerHarness()
  const first = group.join('m1')
  group.send('m1', syncOf(first))
  // A second member waits for the first one to rejoin.
  assert.equal(group.send('m2', join({ apiVersion: 3 })), undefined)
  group.heartbeat('a', 0)
  const told = group.answers.find(({ to }) => to === 'm2')?.response as JoinGroupResponse
  assert.equal(errorName(told.errorCode), 'REBALANCE_IN_PROGRESS')
  assert.equal(group.group.members.size, 3)
})

test('a classic member that does not rejoin when it is told is out after its rebalance timeout', () => {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  const joined = group.send<JoinGroupResponse>('m', join({ apiVersion: 3, sessionTimeoutMs: 1_000_000 }))!
  group.send('m', syncOf(joined))
  group.heartbeat('b', 0)
  const beat = { groupId: 'g', memberId: joined.memberId, generationId: 2, groupInstanceId: null }
  const client = { clientId: 'client', clientHost: '/127.0.0.1' }
  group.send('m', { type: 'Heartbeat', groupId: 'g', apiVersion: 4, request: beat, client })
  group.advance(30_000)
  assert.ok(!group.group.members.has(joined.memberId))
})

test('a regular expression is evaluated once for all members, not twice at a time, and not within 10 s', () => {
  const group = new ConsumerHarness({ foo: 1, bar: 2 })
  assert.deepEqual(assigned(group.heartbeat('a', 0, { regex: 'f.*' })), [])
  group.heartbeat('b', 0, { regex: 'f.*' })
  assert.equal(group.effects.length, 1)
  group.evaluate('foo')
  assert.equal(group.heartbeat('a', 1).memberEpoch, 2)
  group.all.set('foo2', 1)
  group.refresh()
  group.heartbeat('a', 2)
  assert.equal(group.effects.length, 0, 'within 10 s')
  group.advance(10_001)
  group.heartbeat('a', 2)
  assert.equal(group.effects.length, 1)
  group.evaluate('foo', 'foo2')
  assert.equal(group.group.groupEpoch, 3)
  group.heartbeat('a', -1)
  group.heartbeat('b', -1)
  assert.equal(group.group.subscriptions.resolved.size, 0)
})

test('who changes to an expression that matches nothing gives up what the former one matched', () => {
  const group = new ConsumerHarness({ foo: 2 })
  group.heartbeat('a', 0, { regex: 'f.*' })
  group.heartbeat('b', 0, { topics: ['foo'] })
  group.evaluate('foo')
  let epoch = group.heartbeat('a', 1).memberEpoch
  assert.equal(group.heartbeat('b', 2, { owned: [] }).memberEpoch, epoch)
  assert.equal(group.group.targetOf('a').size, 1)
  group.advance(10_001)
  epoch = group.heartbeat('a', epoch, { regex: 'x.*' }).memberEpoch
  group.evaluate()
  group.heartbeat('a', epoch, { owned: [] })
  assert.deepEqual(assigned(group.heartbeat('b', epoch)), [0, 1])
})

test('what the log says is what the group is', () => {
  const group = new ConsumerHarness({ t: 5, u: 2 })
  group.heartbeat('a', 0)
  group.heartbeat('b', 0, { instanceId: 'i', topics: ['t', 'u'] })
  group.heartbeat('a', 1, { owned: group.owned(0, 1, 2, 3, 4) })
  group.send('m', join({ apiVersion: 3 }))
  group.heartbeat('b', -2, { instanceId: 'i' })
  const again = group.replayed()
  assert.deepEqual([...again.group.members], [...group.group.members])
  assert.deepEqual([...again.group.targets], [...group.group.targets])
  assert.equal(again.group.state, group.group.state)
  assert.deepEqual(
    [again.group.groupEpoch, again.group.assignmentEpoch, again.group.metadataHash],
    [group.group.groupEpoch, group.group.assignmentEpoch, group.group.metadataHash],
  )
  assert.equal(again.shard.consumerMembers, 3)
})
