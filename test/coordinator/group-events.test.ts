import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { CommandOf, GroupEvent, GroupResponses, TopicImage } from '../../src/coordinator/index.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../src/wire/index.ts'
import { consumerProtocolSubscription } from '../../src/wire/index.ts'
import { assigned, Harness, heartbeat, join, leave, sync } from './harness.ts'

describe('classic groups', () => {
  test('with an eager assignor nobody owns the partitions from the answer that tells to rejoin until the next assignment', () => {
    const { harness, a } = soleOwner()
    const b = joins(harness, 'b')
    harness.advance(1_000)
    harness.send('a', heartbeat({ memberId: a, generationId: 1 })) // REBALANCE_IN_PROGRESS: a gives all up
    harness.advance(300)
    harness.send('a', join({ memberId: a, apiVersion: 3, rebalanceTimeoutMs: 60_000 }))
    harness.advance(200)
    harness.send('b', sync({ memberId: b, generationId: 2 }))
    harness.send('a', sync({ memberId: a, generationId: 2 }, { [a]: assigned({ t: [0] }), [b]: assigned({ t: [1] }) }))
    const completed = last(harness, 'rebalance-completed')
    assert.deepEqual(completed.unowned, [
      { topic: 't', partition: 0, ms: 500 },
      { topic: 't', partition: 1, ms: 500 },
    ])
    assert.deepEqual(completed.phases, { prepareMs: 1_300, syncMs: 200 })
    assert.deepEqual(plain(completed), [
      [a, { t: [0, 1] }, { t: [0] }],
      [b, null, { t: [1] }],
    ])
  })

  test('with a cooperative assignor a partition that moves has no owner from one assignment to the next, and the others never', () => {
    const { harness, a } = soleOwner()
    const b = joins(harness, 'b')
    harness.send('a', heartbeat({ memberId: a, generationId: 1 }))
    harness.advance(400)
    harness.send('a', cooperativeJoin(a, [0, 1]))
    harness.send('b', sync({ memberId: b, generationId: 2 }))
    harness.send('a', sync({ memberId: a, generationId: 2 }, { [a]: assigned({ t: [0] }), [b]: assigned({}) }))
    assert.deepEqual(last(harness, 'rebalance-completed').unowned, [])
    harness.advance(100)
    harness.send('a', cooperativeJoin(a, [0]))
    harness.advance(50)
    harness.send('b', join({ memberId: b, apiVersion: 3, rebalanceTimeoutMs: 60_000 }))
    harness.send('b', sync({ memberId: b, generationId: 3 }))
    harness.send('a', sync({ memberId: a, generationId: 3 }, { [a]: assigned({ t: [0] }), [b]: assigned({ t: [1] }) }))
    assert.deepEqual(last(harness, 'rebalance-completed').unowned, [{ topic: 't', partition: 1, ms: 150 }])
  })

  test('a member that syncs late gets its partitions late, and an event of its own says so', () => {
    const { harness, a } = soleOwner()
    const b = joins(harness, 'b')
    harness.send('a', join({ memberId: a, apiVersion: 3, rebalanceTimeoutMs: 60_000 }))
    harness.send('a', sync({ memberId: a, generationId: 2 }, { [a]: assigned({ t: [0] }), [b]: assigned({ t: [1] }) }))
    assert.deepEqual(last(harness, 'rebalance-completed').unowned, [{ topic: 't', partition: 0, ms: 0 }])
    harness.advance(70)
    harness.send('b', sync({ memberId: b, generationId: 2 }))
    const late = last(harness, 'partitions-handed-over')
    assert.equal(late.member?.memberId, b)
    assert.deepEqual(late.unowned, [{ topic: 't', partition: 1, ms: 70 }])
  })

  test('the partitions of a member that is gone have no owner until somebody comes', () => {
    const { harness, a } = soleOwner()
    harness.send('a', leave(a))
    const emptied = last(harness, 'group-emptied')
    assert.deepEqual(plain(emptied), [[a, { t: [0, 1] }, null]])
    harness.advance(5_000)
    const b = joins(harness, 'b')
    harness.advance(0)
    harness.send('b', sync({ memberId: b, generationId: 3 }, { [b]: assigned({ t: [0, 1] }) }))
    assert.deepEqual(
      last(harness, 'rebalance-completed').unowned?.map(({ ms }) => ms),
      [5_000, 5_000],
    )
  })

  test('of what was before a restart nothing is said', () => {
    const { harness, a } = soleOwner()
    const later = new Harness()
    for (const [i, record] of harness.records.entries()) later.shard.apply(record, { offset: BigInt(i) })
    later.shard.onLoaded(later.step())
    later.send('a', leave(a))
    later.advance(10)
    const b = joins(later, 'b')
    later.advance(0)
    later.send('b', sync({ memberId: b, generationId: 3 }, { [b]: assigned({ t: [0] }) }))
    assert.deepEqual(last(later, 'rebalance-completed').unowned, [{ topic: 't', partition: 0, ms: 10 }])
  })

  test.each([
    ['consumer poll timeout has expired.', 'max-poll-interval'],
    ['the consumer is being closed', 'leave'],
    [null, 'leave'],
  ])('a member that leaves because %j is told with trigger %s', (reason, trigger) => {
    const { harness, a } = soleOwner()
    const command = leave(a) as CommandOf<'LeaveGroup'>
    harness.send('a', {
      ...command,
      request: { ...command.request, members: [{ memberId: a, groupInstanceId: null, reason }] },
    })
    const left = last(harness, 'member-left')
    assert.equal(left.trigger, trigger)
    assert.equal(left.member?.clientReason, reason ?? undefined)
    assert.equal(left.reason, reason ?? 'not provided')
  })

  test('who uses the id of a static member that was replaced is fenced', () => {
    const harness = new Harness()
    const a = joins(harness, 'a', { instanceId: 'i' })
    harness.advance(0)
    harness.send('a', sync({ memberId: a, generationId: 1, instanceId: 'i' }, { [a]: assigned({ t: [0] }) }))
    joins(harness, 'a2', { instanceId: 'i' })
    harness.send('a', heartbeat({ memberId: a, generationId: 1, instanceId: 'i' }))
    const fenced = last(harness, 'member-fenced')
    const { memberId, groupInstanceId, clientId, clientHost } = fenced.member!
    assert.deepEqual([fenced.trigger, memberId, groupInstanceId], ['fenced', a, 'i'])
    assert.deepEqual([clientId, clientHost], ['client', '/127.0.0.1'])
  })
})

describe('consumer groups', () => {
  test('a partition that moves has no owner from the answer that asks for it until the one that hands it on', () => {
    const harness = consumerHarness()
    beat(harness, 'a', { memberEpoch: 0, topicPartitions: [], subscribedTopicNames: ['t'], rebalanceTimeoutMs: 60_000 })
    harness.advance(1_000)
    beat(harness, 'b', { memberEpoch: 0, topicPartitions: [], subscribedTopicNames: ['t'], rebalanceTimeoutMs: 60_000 })
    harness.advance(200)
    const asked = beat(harness, 'a', { memberEpoch: 1 })
    const [kept] = asked.assignment!.topicPartitions
    harness.advance(300)
    beat(harness, 'a', { memberEpoch: 1, topicPartitions: [kept!] })
    harness.advance(100)
    const handed = beat(harness, 'b', { memberEpoch: 2 })
    const moved = handed.assignment!.topicPartitions[0]!.partitions[0]!
    const completed = last(harness, 'rebalance-completed')
    assert.deepEqual(completed.unowned, [{ topic: 't', partition: moved, ms: 400 }])
    assert.deepEqual(completed.phases, { prepareMs: 0, syncMs: 600, assignMs: 0, revokeMs: 500 })
    assert.deepEqual(plain(completed), [
      ['a', { t: [0, 1] }, { t: kept!.partitions }],
      ['b', null, { t: [moved] }],
    ])
  })

  test('what the members had is told when the last one is gone', () => {
    const harness = consumerHarness()
    beat(harness, 'a', { memberEpoch: 0, topicPartitions: [], subscribedTopicNames: ['t'], rebalanceTimeoutMs: 60_000 })
    harness.advance(46_000)
    assert.equal(last(harness, 'member-evicted').trigger, 'session-timeout')
    assert.deepEqual(plain(last(harness, 'group-emptied')), [['a', { t: [0, 1] }, null]])
  })

  test('a member in an epoch of its own is fenced', () => {
    const harness = consumerHarness()
    beat(harness, 'a', { memberEpoch: 0, topicPartitions: [], subscribedTopicNames: ['t'], rebalanceTimeoutMs: 60_000 })
    beat(harness, 'a', { memberEpoch: 7 })
    const fenced = last(harness, 'member-fenced')
    assert.ok(fenced.reason.startsWith('FENCED_MEMBER_EPOCH: '))
    assert.equal(fenced.member?.clientId, 'client')
  })
})

/** Member a has both partitions of t, in generation 1. */
function soleOwner() {
  const harness = new Harness()
  const a = joins(harness, 'a')
  harness.advance(0)
  harness.send('a', sync({ memberId: a, generationId: 1 }, { [a]: assigned({ t: [0, 1] }) }))
  return { harness, a }
}

function joins(harness: Harness, name: string, fields: Parameters<typeof join>[0] = {}): string {
  const known = new Set(memberIds(harness))
  harness.send(
    name,
    join({
      apiVersion: fields.instanceId === undefined ? 3 : 5,
      rebalanceTimeoutMs: 60_000,
      sessionTimeoutMs: 60_000,
      ...fields,
    }),
  )
  return memberIds(harness).find((id) => !known.has(id))!
}

function memberIds(harness: Harness): string[] {
  const group = harness.shard.groups.get('g')
  return group === undefined ? [] : [...(group as unknown as { members: Map<string, unknown> }).members.keys()]
}

/** Says what it still owns, as cooperative consumers do (subscription version 1). */
function cooperativeJoin(memberId: string, owned: readonly number[]) {
  const command = join({ memberId, apiVersion: 3, rebalanceTimeoutMs: 60_000 }) as CommandOf<'JoinGroup'>
  const subscription = { topics: ['t'], userData: null, ownedPartitions: [{ topic: 't', partitions: [...owned] }] }
  const metadata = Buffer.concat([Buffer.from([0, 1]), consumerProtocolSubscription.encode(subscription, 1)])
  return { ...command, request: { ...command.request, protocols: [{ name: 'range', metadata }] } }
}

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAg'

function consumerHarness(): Harness {
  const harness = new Harness()
  const topics: TopicImage = {
    has: (name) => name === 't',
    partitionCount: (name) => (name === 't' ? 2 : undefined),
    topicId: (name) => (name === 't' ? TOPIC_ID : undefined),
    topicName: (id) => (id === TOPIC_ID ? 't' : undefined),
    version: 1,
    createdVersion: 1,
  }
  harness.topics = topics
  return harness
}

function beat(
  harness: Harness,
  memberId: string,
  fields: Partial<ConsumerGroupHeartbeatRequest>,
): GroupResponses['ConsumerGroupHeartbeat'] {
  return harness.send<GroupResponses['ConsumerGroupHeartbeat']>(memberId, {
    type: 'ConsumerGroupHeartbeat',
    groupId: 'g',
    apiVersion: 1,
    client: { clientId: 'client', clientHost: '/127.0.0.1' },
    regexProblem: null,
    request: {
      groupId: 'g',
      memberId,
      memberEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...fields,
    },
  })!
}

function last(harness: Harness, type: GroupEvent['type']): GroupEvent {
  const event = harness.events.findLast((candidate) => candidate.type === type)
  assert.ok(event !== undefined, `there is no event ${type}`)
  return event
}

function plain({ assignments }: GroupEvent) {
  return assignments?.map(({ memberId, before, after }) => [
    memberId,
    before && Object.fromEntries(before),
    after && Object.fromEntries(after),
  ])
}
