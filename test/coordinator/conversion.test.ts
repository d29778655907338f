import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { JoinGroupResponse, SyncGroupResponse } from '../../src/wire/index.ts'
import { errorName } from '../../src/wire/index.ts'
import { assigned, ConsumerHarness, syncOf } from './consumer-harness.ts'
import { join, assigned as partitions, sync } from './harness.ts'

/** Cooperative classic members: a has all of t, in generation 1. */
function cooperativeGroup() {
  const group = new ConsumerHarness({ t: 2 })
  const a = group.join('a', { owned: {} })
  group.send('a', sync(a, { [a.memberId]: partitions({ t: [0, 1] }) }))
  return { group, a: a.memberId }
}

test('what a cooperative member owns is not handed on by a conversion that finds its assignment taken back', () => {
  const { group, a } = cooperativeGroup()
  group.send('b', join({ apiVersion: 3, owned: {} }))
  group.send('a', join({ apiVersion: 3, memberId: a, owned: { t: [0, 1] } }))
  // Both have joined generation 2; a third one comes before the leader has assigned, so nobody gets an assignment of it.
  group.send('c', join({ apiVersion: 3, owned: {} }))
  assert.equal(assigned(group.heartbeat('n', 0))?.length, 0, 'a consumes both')
  const told = group.send<JoinGroupResponse>('a', join({ apiVersion: 3, memberId: a, owned: { t: [0, 1] } }))!
  const kept = group.send<SyncGroupResponse>('a', syncOf(told))!
  assert.equal(errorName(kept.errorCode), 'NONE')
  assert.ok(group.group.members.get(a)!.pendingRevocation.size > 0, 'it is asked for what others shall have')
})

test('a classic member that has given all up to join a generation owns nothing when the group is converted before it is assigned', () => {
  const group = new ConsumerHarness({ t: 2 })
  const { memberId: a } = group.join('a')
  group.send('a', sync({ memberId: a, generationId: 1 }, { [a]: partitions({ t: [0, 1] }) }))
  group.send('b', join({ apiVersion: 3 }))
  group.send('a', join({ apiVersion: 3, memberId: a }))
  // Generation 2 is complete and not assigned.
  assert.equal(assigned(group.heartbeat('n', 0))?.length, 1)
  assert.deepEqual([...group.group.members.get(a)!.assigned], [])
})

test('a downgraded group that is upgraded at once counts what its members own, not what they were to get', () => {
  const { group, a } = cooperativeGroup()
  group.heartbeat('n', 0)
  const b = group.join('b', { owned: {} })
  group.send('b', syncOf(b))
  // a has yet to give partitions up when the last member with the consumer protocol goes: a classic group with the targets as assignments.
  group.heartbeat('n', -1)
  group.send('b', join({ apiVersion: 3, memberId: b.memberId, owned: {} }))
  group.send('a', join({ apiVersion: 3, memberId: a, owned: { t: [0, 1] } }))
  group.heartbeat('n', 0)
  assert.deepEqual([...group.group.members.get(a)!.assigned.values()], [[0, 1]])
  assert.deepEqual([...group.group.members.get(b.memberId)!.assigned], [])
})

test('a static member that changes its protocol in place gets what nobody had assigned yet', () => {
  const group = new ConsumerHarness({ t: 2 })
  const i = group.join('i', { instanceId: 'i', apiVersion: 5 })
  group.send('i', sync({ ...i, instanceId: 'i' }, { [i.memberId]: partitions({ t: [0, 1] }) }))
  group.all.set('t', 3)
  group.refresh()
  const answer = group.heartbeat('n', 0, { instanceId: 'i' })
  assert.deepEqual([assigned(answer), answer.memberEpoch], [[0, 1, 2], 2])
})

test('a static member that changes its protocol in place keeps what it has, without a rebalance', () => {
  const group = new ConsumerHarness({ t: 2 })
  const i = group.join('i', { instanceId: 'i', apiVersion: 5 })
  group.send('i', sync({ ...i, instanceId: 'i' }, { [i.memberId]: partitions({ t: [0, 1] }) }))
  const answer = group.heartbeat('n', 0, { instanceId: 'i' })
  assert.deepEqual([assigned(answer), answer.memberEpoch], [[0, 1], 1])
})

test('classic members that are alone in a consumer group hear of topics that change', () => {
  const group = new ConsumerHarness({ t: 1 })
  group.configure({ migrationPolicy: 'UPGRADE' })
  group.heartbeat('n', 0)
  const m = group.join('m', { owned: {} })
  group.send('m', syncOf(m))
  group.heartbeat('n', -1)
  const joined = group.join('m', { memberId: m.memberId, owned: {} })
  group.send('m', syncOf(joined))
  const { memberId, generationId } = joined
  const request = { groupId: 'g', memberId, generationId, groupInstanceId: null }
  const client = { clientId: 'client', clientHost: '/127.0.0.1' }
  const beat = (): string => {
    const answer = group.send<{ errorCode: number; throttleTimeMs: number }>('m', {
      type: 'Heartbeat',
      groupId: 'g',
      apiVersion: 4,
      request,
      client,
    })
    return errorName(answer!.errorCode)
  }
  assert.equal(beat(), 'NONE')
  group.all.set('t', 2)
  group.refresh()
  assert.equal(beat(), 'REBALANCE_IN_PROGRESS')
})

test('a classic member that was evicted unawares does not come back with what it owned', () => {
  const { group, a } = cooperativeGroup()
  group.heartbeat('n', 0)
  group.expire(a)
  const back = group.send<JoinGroupResponse>('a', join({ apiVersion: 9, memberId: a, owned: { t: [0, 1] } }))!
  assert.equal(errorName(back.errorCode), 'UNKNOWN_MEMBER_ID')
  const anew = group.send<JoinGroupResponse>('a', join({ apiVersion: 9, memberId: a, owned: {} }))!
  assert.equal(errorName(anew.errorCode), 'NONE')
})

test('a static member that takes the place of the last one with the consumer protocol lets the group rebalance where others wait for partitions', () => {
  const { group, a } = cooperativeGroup()
  group.heartbeat('n', 0, { instanceId: 'i' })
  const b = group.join('b', { owned: {} })
  group.send('b', syncOf(b))
  assert.equal(group.group.state, 'Reconciling')
  group.join('i', { instanceId: 'i', apiVersion: 5, owned: {} })
  const classic = group.shard.groups.get('g')
  assert.equal(classic?.type, 'classic')
  assert.equal(classic?.state, 'PreparingRebalance')
  const beat = { groupId: 'g', memberId: b.memberId, generationId: b.generationId, groupInstanceId: null }
  const answer = group.send<{ errorCode: number; throttleTimeMs: number }>('b', {
    type: 'Heartbeat',
    groupId: 'g',
    apiVersion: 4,
    request: beat,
    client: { clientId: 'client', clientHost: '/127.0.0.1' },
  })!
  assert.equal(errorName(answer.errorCode), 'REBALANCE_IN_PROGRESS')
  assert.ok(a !== b.memberId)
})

test('a rebalance that a downgrade begins survives a restart', () => {
  const { group } = cooperativeGroup()
  group.heartbeat('n', 0)
  group.heartbeat('n', -1)
  const classic = group.replayed().shard.groups.get('g')
  assert.equal(classic?.type, 'classic')
  assert.equal(classic?.state, 'PreparingRebalance')
})

test('what a classic member has yet to give up is not handed on by a downgrade and an upgrade in between', () => {
  const { group, a } = cooperativeGroup()
  group.heartbeat('n', 0)
  // a is told to join again, gives partitions up, and is not done with that.
  group.heartbeat('n', -1)
  assert.deepEqual(assigned(group.heartbeat('o', 0)), [])
  assert.deepEqual([...group.group.members.get(a)!.assigned.values()], [[0, 1]])
})

test('the rebalance of a classic group goes on when a member with an expression that matches nothing converts it', () => {
  const { group, a } = cooperativeGroup()
  const b = group.send<JoinGroupResponse>('b', join({ apiVersion: 3, owned: {} }))
  assert.equal(b, undefined, 'a has to join first')
  group.heartbeat('n', 0, { regex: 'x.*' })
  group.evaluate()
  assert.equal(group.group.groupEpoch, 2)
  assert.equal(group.group.targetOf(a).get(group.topics.topicId('t')!)?.length, 1)
})
