import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { GroupEvent } from '../../src/coordinator/index.ts'
import { ConsumerHarness, SESSION_MS } from './consumer-harness.ts'
import {
  commit,
  type Harness,
  heartbeat,
  type JoinFields,
  join,
  nobody,
  assigned as partitions,
  sync,
} from './harness.ts'

type Trigger = GroupEvent['trigger']
type Scene = readonly [event: GroupEvent['type'], play: () => Harness]
/** A trigger that this kind of group cannot have, and why. */
type Never = string

const LONG_MS = 1_000_000

/** Every trigger that an event can have, by the kind of group: the compiler asks for a new one. */
const triggers: Readonly<Record<Trigger, Readonly<Record<GroupEvent['protocol'], Scene | Never>>>> = {
  join: {
    classic: ['member-joined', () => classic().group],
    consumer: ['rebalance-completed', () => consumer()],
  },
  leave: {
    classic: ['member-left', () => leaving(null)],
    consumer: ['member-left', () => playing(consumer(), (group) => group.heartbeat('a', -1))],
  },
  'max-poll-interval': {
    classic: ['group-emptied', () => leaving('consumer poll timeout has expired.')],
    // A member with the consumer protocol has no words to leave with.
    consumer: [
      'member-left',
      () => playing(mixed(), ({ group, memberId }) => leaves(group, memberId, 'poll timeout')).group,
    ],
  },
  'session-timeout': {
    classic: [
      'member-evicted',
      () => playing(classic({ sessionTimeoutMs: 5_000 }).group, (group) => group.advance(5_000)),
    ],
    consumer: ['group-emptied', () => playing(consumer(), (group) => group.advance(SESSION_MS))],
  },
  'rebalance-timeout': {
    classic: [
      'member-evicted',
      () =>
        playing(classic({ sessionTimeoutMs: LONG_MS }).group, (group) => {
          group.send('b', join({ apiVersion: 3, sessionTimeoutMs: LONG_MS }))
          group.advance(30_000)
        }),
    ],
    consumer: [
      'rebalance-started',
      () =>
        playing(consumer(), (group) => {
          group.heartbeat('b', 0)
          group.heartbeat('a', 1)
          group.advance(10_000)
        }),
    ],
  },
  'sync-timeout': {
    classic: [
      'rebalance-started',
      () =>
        playing(new ConsumerHarness(), (group) => {
          group.join('a', { sessionTimeoutMs: LONG_MS })
          group.advance(30_000)
        }),
    ],
    consumer: ['member-evicted', () => playing(mixed().group, (group) => group.advance(30_000))],
  },
  'subscription-change': {
    classic: [
      'rebalance-started',
      () =>
        playing(new ConsumerHarness(), (group) => {
          const { memberId } = group.join('a')
          group.join('a', { memberId, topics: ['t', 'u'] })
        }),
    ],
    consumer: [
      'rebalance-completed',
      () => playing(consumer(), (group) => group.heartbeat('a', 1, { topics: ['t', 'u'] })),
    ],
  },
  'leader-rejoin': {
    classic: [
      'rebalance-started',
      () => playing(classic(), ({ group, memberId }) => group.join('a', { memberId })).group,
    ],
    consumer: 'it has no leader',
  },
  'static-replacement': {
    classic: [
      'member-replaced',
      () =>
        playing(classic({ apiVersion: 5, instanceId: 'i' }).group, (group) =>
          group.join('b', { apiVersion: 5, instanceId: 'i' }),
        ),
    ],
    consumer: ['member-replaced', () => playing(staticAway(), (group) => group.heartbeat('b', 0, { instanceId: 'i' }))],
  },
  fenced: {
    classic: [
      'member-fenced',
      () =>
        playing(classic({ apiVersion: 5, instanceId: 'i' }), ({ group, memberId }) => {
          group.join('b', { apiVersion: 5, instanceId: 'i' })
          group.send('a', heartbeat({ memberId, generationId: 1, instanceId: 'i' }))
        }).group,
    ],
    consumer: ['member-fenced', () => playing(consumer(), (group) => group.heartbeat('a', 7))],
  },
  'admin-removal': {
    classic: [
      'member-left',
      () => playing(classic({ apiVersion: 5, instanceId: 'i' }).group, (group) => removes(group, 'i')),
    ],
    consumer: ['member-left', () => playing(staticAway(), (group) => removes(group, 'i'))],
  },
  'coordinator-load': {
    classic: [
      'rebalance-started',
      () => {
        const { group } = classic()
        group.config = { ...group.config, groupMaxSize: 0 }
        return group.replayed()
      },
    ],
    consumer: [
      'rebalance-completed',
      () => {
        const before = consumer()
        before.heartbeat('b', 0)
        return playing(before.replayed(), (group) => {
          group.heartbeat('a', 1)
          group.heartbeat('a', 1, { owned: group.owned(0) })
          group.heartbeat('b', 2, { owned: [] })
          group.heartbeat('a', 1, { owned: [] })
          for (const member of ['a', 'b', 'a', 'b']) {
            group.heartbeat(member, group.group.members.get(member)!.memberEpoch, { owned: ownedBy(group, member) })
          }
        })
      },
    ],
  },
  expiry: {
    classic: [
      'offsets-expired',
      () =>
        playing(new ConsumerHarness(), (group) => {
          group.shard.onLoaded(group.step())
          group.send('admin', commit(nobody, 1n))
          group.advance(2_000_000)
        }),
    ],
    consumer: [
      'group-deleted',
      () =>
        playing(consumer(), (group) => {
          group.shard.onLoaded(group.step())
          group.send('a', { ...commit({ memberId: 'a', generationId: 1 }), apiVersion: 9 } as never)
          group.heartbeat('a', -1)
          group.advance(3_000_000)
        }),
    ],
  },
  'topic-created': {
    classic: 'its members watch topics',
    consumer: ['rebalance-started', () => afterTopics((group) => group.all.set('u', 1))],
  },
  'topic-deleted': {
    classic: [
      'offsets-expired',
      () =>
        playing(new ConsumerHarness(), (group) => {
          group.send('admin', commit(nobody, 1n))
          group.shard.topicsDeleted(['t'], group.step())
        }),
    ],
    consumer: ['rebalance-started', () => afterTopics((group) => group.all.delete('t'))],
  },
  'topic-partitions-added': {
    classic: 'its members watch topics',
    consumer: ['rebalance-completed', () => afterTopics((group) => group.all.set('t', 5))],
  },
  'topic-change': {
    classic: 'its members watch topics',
    consumer: ['rebalance-started', () => afterTopics((group) => group.all.set('u', 1).set('t', 5))],
  },
  migration: {
    classic: ['group-converted', () => playing(mixed().group, (group) => group.heartbeat('n', -1))],
    consumer: ['group-converted', () => mixed().group],
  },
}

for (const protocol of ['classic', 'consumer'] as const) {
  describe(`an event of a ${protocol} group`, () => {
    for (const [trigger, scenes] of Object.entries(triggers)) {
      const scene = scenes[protocol]
      if (typeof scene === 'string') continue
      const [type, play] = scene
      test(`${type} says ${trigger}`, () => {
        const { events } = play()
        const told = events.map((event) => `${event.protocol} ${event.type} (${event.trigger})`)
        assert.ok(told.includes(`${protocol} ${type} (${trigger})`), told.join('\n'))
        const event = events.find((candidate) => candidate.type === type && candidate.trigger === trigger)!
        assert.ok(event.reason.length > 0)
      })
    }
  })
}

test('who causes an event of a classic group is named in the rebalance that it causes, to its end', () => {
  const { group, memberId } = classic({ sessionTimeoutMs: LONG_MS })
  group.send('b', join({ apiVersion: 3, sessionTimeoutMs: LONG_MS, reason: 'scaled up' }))
  const again = group.join('a', { memberId, sessionTimeoutMs: LONG_MS })
  group.send('a', sync(again, { [memberId]: partitions({ t: [0, 1, 2] }) }))
  const completed = group.events.findLast(({ type }) => type === 'rebalance-completed')!
  assert.equal(completed.trigger, 'join')
  assert.equal(completed.member?.clientReason, 'scaled up')
  assert.notEqual(completed.member?.memberId, memberId)
})

test('a static member that goes and says that it will be back leaves its partitions without an owner until it is', () => {
  const group = staticAway()
  group.advance(700)
  group.heartbeat('b', 0, { instanceId: 'i' })
  const back = group.events.findLast(({ type }) => type === 'partitions-handed-over')!
  assert.equal(back.trigger, 'static-replacement')
  assert.equal(back.member?.groupInstanceId, 'i')
  assert.deepEqual(
    back.unowned,
    [0, 1, 2].map((partition) => ({ topic: 't', partition, ms: 700 })),
  )
})

test('a static member that does not come back has left its partitions without an owner since it went', () => {
  const group = staticAway()
  group.advance(SESSION_MS)
  group.advance(1_000)
  group.heartbeat('b', 0)
  const completed = group.events.findLast(({ type }) => type === 'rebalance-completed')!
  assert.deepEqual(
    completed.unowned?.map(({ ms }) => ms),
    [SESSION_MS + 1_000, SESSION_MS + 1_000, SESSION_MS + 1_000],
  )
})

test('a rebalance that began before a restart is told of when it is over, with phases that nobody knows', () => {
  const [, play] = triggers['coordinator-load'].consumer as Scene
  const completed = play().events.findLast(({ type }) => type === 'rebalance-completed')!
  assert.equal(completed.phases?.prepareMs, undefined)
  assert.equal(completed.phases?.syncMs, undefined)
  assert.ok(completed.reason.endsWith('it began before the broker started'))
})

test('a conversion says what each member had and has, and the time without an owner goes on', () => {
  const { group, memberId } = mixed()
  const converted = group.events.find(({ type }) => type === 'group-converted')!
  assert.deepEqual(converted.assignments, [
    { memberId, before: new Map([['t', [0, 1, 2]]]), after: new Map([['t', [0, 1, 2]]]) },
  ])
  group.expire(memberId)
  group.advance(400)
  group.heartbeat('n', 2)
  const completed = group.events.findLast(({ type }) => type === 'rebalance-completed')!
  assert.deepEqual(
    completed.unowned?.map(({ ms }) => ms),
    [400, 400, 400],
  )
})

/** A classic group of one member, which has all of t. */
function classic(fields: JoinFields = {}) {
  const group = new ConsumerHarness()
  const { memberId, generationId } = group.join('a', fields)
  const { instanceId = null } = fields
  group.send('a', sync({ memberId, generationId, instanceId }, { [memberId]: partitions({ t: [0, 1, 2] }) }))
  return { group, memberId }
}

/** A consumer group of one member, which has all of t. */
function consumer(): ConsumerHarness {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0)
  return group
}

/** A classic member, which is told to join again, and one with the consumer protocol, n. */
function mixed() {
  const { group, memberId } = classic({ sessionTimeoutMs: LONG_MS })
  group.heartbeat('n', 0)
  const rejoined = group.join('a', { memberId, sessionTimeoutMs: LONG_MS })
  assert.equal(rejoined.errorCode, 0)
  return { group, memberId }
}

/** Its only member, of instance id i, has said that it will be back. */
function staticAway(): ConsumerHarness {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0, { instanceId: 'i' })
  group.heartbeat('a', -2, { instanceId: 'i' })
  return group
}

function afterTopics(change: (group: ConsumerHarness) => void): ConsumerHarness {
  const group = new ConsumerHarness()
  group.heartbeat('a', 0, { topics: ['t', 'u'] })
  change(group)
  group.refresh()
  group.heartbeat('a', 1)
  return group
}

function leaving(reason: string | null): Harness {
  const { group, memberId } = classic()
  leaves(group, memberId, reason)
  return group
}

function leaves(group: Harness, memberId: string, reason: string | null): void {
  const members = [{ memberId, groupInstanceId: null, reason }]
  group.send('a', { type: 'LeaveGroup', groupId: 'g', apiVersion: 5, request: { groupId: 'g', memberId: '', members } })
}

function removes(group: Harness, groupInstanceId: string): void {
  const members = [{ memberId: '', groupInstanceId, reason: null }]
  group.send('admin', {
    type: 'LeaveGroup',
    groupId: 'g',
    apiVersion: 5,
    request: { groupId: 'g', memberId: '', members },
  })
}

function ownedBy(group: ConsumerHarness, memberId: string) {
  const { assigned } = group.group.members.get(memberId)!
  return [...assigned].map(([topicId, numbers]) => ({ topicId, partitions: [...numbers] }))
}

function playing<T>(state: T, play: (state: T) => unknown): T {
  play(state)
  return state
}
