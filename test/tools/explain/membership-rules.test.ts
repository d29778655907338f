import { describe, expect, test } from 'vitest'
import { explainGroup } from '../../../src/tools/explain/index.ts'
import type { TimelineEntry } from '../../../src/tools/index.ts'
import { event, evidence, findingOf, group, lag, lags, member, NOW, sentenceOf, settings } from './evidence.ts'

test('a group with which all is well is given no finding', () => {
  const now = lags([lag(0, 10, 10), lag(1, 5, 5)])
  const found = explainGroup(evidence({ ...now, group: group({ type: 'consumer', assignor: 'uniform' }) }))
  expect(found).toEqual([])
})

test('the worst comes first, and a member or a partition can be asked about', () => {
  const of = evidence({
    group: group({ members: [member('a', [0, 1, 2, 3]), member('b', [])] }),
    ...lags([lag(0, undefined, 9), lag(1, 20, 10, { state: 'out-of-range', lag: undefined })]),
  })
  expect(explainGroup(of).map(({ rule, severity }) => [rule, severity])).toEqual([
    ['out-of-range', 'critical'],
    ['idle-members', 'warning'],
    ['never-committed', 'info'],
    ['migration', 'info'],
  ])
  const rulesOf = (filter: Parameters<typeof explainGroup>[1]) => explainGroup(of, filter).map(({ rule }) => rule)
  expect(rulesOf({ member: 'a' })).not.toContain('idle-members')
  expect(rulesOf({ member: 'b' })).toContain('idle-members')
  expect(rulesOf({ partition: { topic: 'orders', partition: 0 } })).toEqual([
    'idle-members',
    'never-committed',
    'migration',
  ])
})

describe('idle members', () => {
  const idle = (b: Parameters<typeof member>[2], of: Parameters<typeof group>[0] = {}) =>
    findingOf('idle-members', { group: group({ members: [member('a', [0, 1, 2, 3]), member('b', [], b)], ...of }) })

  test('that are more than there are partitions are a reserve', () => {
    const of = { group: group({ members: [member('a', [0]), member('b', [])] }), topics: new Map([['orders', 1]]) }
    expect(findingOf('idle-members', of)).toMatchObject({
      severity: 'info',
      sentence: '1 member has no partition: there are more members (2) than partitions (1) of orders.',
      members: ['b-1'],
    })
  })

  test('that subscribe to nothing, or to what does not exist', () => {
    expect(idle({ subscribedTopics: [] })?.sentence).toContain('it subscribes to nothing')
    expect(idle({ subscribedTopics: ['oders'] })?.sentence).toContain(
      'it subscribes to oders only, which does not exist',
    )
    expect(idle({ subscribedTopics: [], subscribedTopicRegex: '^orders' })?.sentence).toContain('matches ^orders')
  })

  test('that wait until another one has given up what they shall have', () => {
    const found = idle(
      { targetAssignment: [{ topic: 'orders', partition: 3 }] },
      { type: 'consumer', state: 'Reconciling' },
    )
    expect(found?.sentence).toBe('1 member has no partition: it waits until a has given up orders-3.')
  })

  test('to which range gives nothing because it shares out each topic by itself', () => {
    const subscribedTopics = ['x', 'y']
    const of = {
      topics: new Map([
        ['x', 1],
        ['y', 1],
      ]),
      group: group({
        assignor: 'range',
        members: [member('a', [0], { subscribedTopics }), member('b', [], { subscribedTopics })],
      }),
    }
    expect(sentenceOf('idle-members', of)).toBe(
      '1 member has no partition: range shares out each topic by itself, and none has 2 partitions.',
    )
  })
})

describe('rebalances', () => {
  const five = (trigger: 'join' | 'max-poll-interval', endAgoMs: number) =>
    [4, 3, 2, 1, 0].map((i) => event(endAgoMs + i * 60_000, 'rebalance-completed', trigger, 'worker'))

  test('again and again are a storm, with what sets them off', () => {
    expect(findingOf('rebalance-storm', { timeline: five('max-poll-interval', 30_000) })).toMatchObject({
      severity: 'critical',
      sentence:
        'The group rebalances again and again: 5 times within 4 min, 5 of them because a member did not poll within max.poll.interval.ms.',
      evidence: [expect.any(String), 'worker (10.0.0.1) set off 5 of them.'],
    })
    expect(findingOf('rebalance-storm', { timeline: five('join', 3_600_000) })).toMatchObject({ severity: 'warning' })
    expect(findingOf('rebalance-storm', { timeline: five('join', 0).slice(1) })).toBeUndefined()
  })

  test('that wait for a dead member say for whom, and how many seconds more at most', () => {
    const before = { memberId: 'a-1', before: null, after: { orders: [0, 1] } }
    const timeline = [
      event(60_000, 'rebalance-completed', 'join', 'a', { assignments: [before] }),
      event(20_000, 'member-joined', 'join', 'a', {
        member: { memberId: 'a-2', groupInstanceId: null, clientId: 'a', clientHost: '/10.0.0.1' },
      }),
      event(20_000, 'rebalance-started', 'join', 'a'),
    ]
    const members = [member('a', [0, 1]), member('a', [], { memberId: 'a-2' })]
    const of = {
      timeline,
      group: group({ state: 'PreparingRebalance', members }),
      members: new Map([['a-1', settings()]]),
    }
    expect(findingOf('waiting-for-member', of)).toMatchObject({
      severity: 'critical',
      sentence:
        'The group has been in a rebalance for 20 s and waits for a (10.0.0.1) to join again, for 280 s more at most, 25 s more if it is dead.',
      members: ['a-1'],
    })
    const later = { ...of, timeline: timeline.map((one) => ({ ...one, timeMs: one.timeMs - 60_000 })) }
    expect(findingOf('waiting-for-member', later)).toMatchObject({
      sentence:
        'The group has been in a rebalance for 80 s and waits for a (10.0.0.1) to join again, for 220 s more at most.',
      evidence: expect.arrayContaining([
        expect.stringContaining('It was heard of within the last 45 s, or it would be out'),
      ]),
    })
  })

  test('of a process that crashes and is started again', () => {
    const life = (agoMs: number, id: string, more: Partial<TimelineEntry> = {}): TimelineEntry[] => {
      const worker = { memberId: id, groupInstanceId: null, clientId: 'worker', clientHost: '/10.0.0.9' }
      // Dead two seconds after it has joined; its session is ten seconds long.
      const reason = `no heartbeat of member ${id} within its session timeout of 10000 ms`
      return [
        event(agoMs, 'member-joined', 'join', undefined, { member: worker }),
        event(agoMs - 12_000, 'member-evicted', 'session-timeout', undefined, { member: worker, reason, ...more }),
      ]
    }
    const timeline = [...life(90_000, 'w-1'), ...life(80_000, 'w-2'), ...life(70_000, 'w-3')]
    timeline.sort((a, b) => a.timeMs - b.timeMs)
    const standing = lags([lag(0, 7, 20), lag(1, undefined, 9)])
    expect(findingOf('crash-loop', { timeline, ...standing, group: group({ members: [] }) })).toMatchObject({
      severity: 'critical',
      sentence: 'worker (10.0.0.9) ends soon after joining and comes back, again and again: 3 times within 22 s.',
      evidence: [
        expect.stringContaining('worker joined; after 2.0 s silent, without leaving: it was killed, or crashed.'),
        expect.any(String),
        expect.any(String),
        'Meanwhile the group does not move in orders-0 (at offset 7) and orders-1 (nothing committed).',
      ],
      advice: expect.arrayContaining([
        expect.stringContaining('kohort consume orders --partition 0 --from 7 --max 10'),
      ]),
    })
    // Deployments, and a fleet that was killed at once after a long life, are no loop.
    expect(findingOf('crash-loop', { timeline: timeline.slice(0, 4) })).toBeUndefined()
    const old = timeline.map((one) => (one.type === 'member-joined' ? { ...one, timeMs: NOW - 900_000 } : one))
    expect(findingOf('crash-loop', { timeline: old })).toBeUndefined()
  })

  test('name those that are not back, where the coordinator tells who is', () => {
    const members = ['a', 'b', 'c', 'd'].map((name) => member(name, [0]))
    const timeline = [
      event(60_000, 'rebalance-completed', 'join', 'a'),
      event(20_000, 'rebalance-started', 'leader-rejoin', 'a'),
      event(19_000, 'member-rejoined', 'join', 'c'),
    ]
    const of = { timeline, group: group({ state: 'PreparingRebalance', members }) }
    expect(findingOf('waiting-for-member', of)).toMatchObject({
      sentence: 'The group has been in a rebalance for 20 s and waits for b (10.0.0.1) and d (10.0.0.1) to join again.',
      evidence: expect.arrayContaining(['2 of 4 members joined.']),
      advice: expect.arrayContaining([
        expect.stringContaining('kohort groups remove-members billing --member b-1 --member d-1 --yes'),
      ]),
      members: ['b-1', 'd-1'],
    })
  })

  test('that wait for the assignment of the leader', () => {
    const of = {
      group: group({ state: 'CompletingRebalance' }),
      timeline: [event(3_000, 'rebalance-started', 'join', 'a')],
    }
    expect(sentenceOf('waiting-for-member', of)).toContain("for 3.0 s and waits for the leader's assignment")
    // Apache Kafka stores no beginning of a rebalance: only what we saw ourselves is known.
    expect(sentenceOf('waiting-for-member', { ...of, timeline: [] })).toContain('for at least 5.0 s and waits')
  })

  test('of a KIP-848 group that wait for a member to give partitions up', () => {
    const holder = member('a', [0, 1, 2, 3], {
      targetAssignment: [0, 1].map((partition) => ({ topic: 'orders', partition })),
    })
    const of = {
      group: group({ type: 'consumer', state: 'Reconciling', members: [holder, member('b', [])] }),
      timeline: [event(10_000, 'rebalance-started', 'join', 'b')],
      members: new Map([['a-1', settings({ protocol: 'consumer' })]]),
    }
    expect(findingOf('waiting-for-revocation', of)).toMatchObject({
      sentence: 'The group waits until a has given up 2 partitions, for 290 s more at most.',
      members: ['a-1'],
    })
  })

  test('in the middle of which a member fell silent', () => {
    const timeline = [
      event(50_000, 'rebalance-started', 'join', 'b'),
      event(5_000, 'member-evicted', 'session-timeout', 'a'),
      event(5_000, 'rebalance-completed', 'join', 'b'),
    ]
    expect(sentenceOf('crash-during-rebalance', { timeline })).toBe(
      'a (10.0.0.1) fell silent in the middle of a rebalance, and the group waited 45 s for it.',
    )
    const after = [timeline[0]!, timeline[2]!, timeline[1]!]
    expect(findingOf('crash-during-rebalance', { timeline: after })).toBeUndefined()
  })

  test('of an eager assignor that stopped more than they moved', () => {
    const timeline = [
      event(5_000, 'rebalance-completed', 'join', 'b', {
        assignments: [
          { memberId: 'a-1', before: { orders: [0, 1, 2, 3] }, after: { orders: [0, 1, 2] } },
          { memberId: 'b-1', before: null, after: { orders: [3] } },
        ],
        unowned: [0, 1, 2, 3].map((partition) => ({ topic: 'orders', partition, ms: 2_000 })),
      }),
    ]
    expect(sentenceOf('eager-rebalances', { timeline, group: group({ assignor: 'range' }) })).toBe(
      'range stops every partition at each rebalance: 3 partitions stood still for 6.0 s together without moving at all, 1 partition moved.',
    )
    expect(findingOf('eager-rebalances', { timeline })).toBeUndefined()
  })
})

describe('members that go', () => {
  test('because they did not poll within max.poll.interval.ms', () => {
    const timeline = [
      event(30_000, 'member-left', 'max-poll-interval', 'a'),
      event(10_000, 'member-joined', 'join', 'a'),
    ]
    expect(
      findingOf('max-poll-interval', {
        timeline,
        members: new Map([['a-1', settings({ rebalanceTimeoutMs: 20_000 })]]),
      }),
    ).toMatchObject({
      sentence: 'a (10.0.0.1) did not poll within max.poll.interval.ms (20 s) 1 time, and left the group each time.',
      members: ['a-1'],
    })
  })

  test('because the broker heard nothing of them', () => {
    const timeline = [event(30_000, 'member-evicted', 'session-timeout', 'c')]
    expect(sentenceOf('session-timeout', { timeline, members: new Map([['a-1', settings()]]) })).toBe(
      'The broker heard nothing of c (10.0.0.1) for longer than the session timeout (45 s), and removed 1 member.',
    )
  })

  test('and are back at once should have a group.instance.id', () => {
    const gone = (agoMs: number) => event(agoMs, 'member-left', 'leave', 'a')
    const back = (agoMs: number) =>
      event(agoMs, 'member-joined', 'join', 'a', {
        member: { memberId: `a-${agoMs}`, groupInstanceId: null, clientId: 'a', clientHost: '/h' },
      })
    const timeline = [gone(600_000), back(590_000), gone(60_000), back(55_000)]
    expect(sentenceOf('restarts-without-static-id', { timeline })).toBe(
      'a went and came back within two minutes 2 times: each time the group rebalanced twice.',
    )
    expect(findingOf('restarts-without-static-id', { timeline: timeline.slice(0, 2) })).toBeUndefined()
  })

  test('two processes with one group.instance.id are told from a restart', () => {
    const clash = (type: 'member-fenced' | 'member-replaced', host: string) =>
      event(1_000, type, 'fenced', undefined, {
        member: { memberId: 'm', groupInstanceId: 'pod-1', clientId: 'a', clientHost: host },
      })
    expect(findingOf('static-id-conflict', { timeline: [clash('member-replaced', '/h1')] })).toBeUndefined()
    expect(
      findingOf('static-id-conflict', { timeline: [clash('member-replaced', '/h1'), clash('member-fenced', '/h2')] }),
    ).toMatchObject({
      severity: 'critical',
      sentence: 'Two processes use the same group.instance.id: pod-1.',
      evidence: ['pod-1: 2 clashes, by a on h1 and a on h2; the last: so it was'],
    })
  })
})

describe('what members want', () => {
  test('partitions that are shared out unevenly', () => {
    const of = { group: group({ assignor: 'range', members: [member('a', [0, 1, 2]), member('b', [3])] }) }
    expect(sentenceOf('uneven-assignment', of)).toBe('Partitions are unevenly shared out: a has 3, b has 1.')
    expect(findingOf('uneven-assignment', {})).toBeUndefined()
  })

  test('different assignors, and different protocols', () => {
    const members = new Map([
      ['a-1', settings({ protocol: 'consumer', serverAssignor: 'uniform' })],
      ['b-1', settings({ assignors: ['range'] })],
    ])
    expect(sentenceOf('mixed-assignors', { members, group: group({ type: 'consumer' }) })).toBe(
      'Members do not agree how to share out partitions: some members speak the classic protocol, others the consumer protocol.',
    )
    const two = new Map(members).set('b-1', settings({ protocol: 'consumer', serverAssignor: 'range' }))
    expect(sentenceOf('mixed-assignors', { members: two, group: group({ type: 'consumer' }) })).toContain(
      'members ask for range and uniform',
    )
    const timeline = [event(9_000, 'rebalance-completed', 'join', 'a', { assignor: 'range' })]
    expect(sentenceOf('mixed-assignors', { timeline })).toContain('assigned by cooperative-sticky and range in turn')
  })

  test('different topics', () => {
    const of = {
      group: group({ members: [member('a', [0]), member('b', [], { subscribedTopics: ['orders', 'refunds'] })] }),
    }
    expect(sentenceOf('mixed-subscriptions', of)).toBe(
      'Members subscribe to different things: there are 2 subscriptions in one group.',
    )
  })

  test('the consumer protocol, and what stands in the way', () => {
    expect(findingOf('migration', { hasConsumerProtocol: true })).toMatchObject({
      severity: 'info',
      sentence: 'The group can be moved to the consumer protocol (KIP-848) while it runs.',
    })
    const twins = [0, 1].map((i) => member(`m${i}`, [i], { groupInstanceId: 'pod' }))
    const found = findingOf('migration', {
      hasConsumerProtocol: false,
      brokerConfigs: new Map([
        ['group.consumer.migration.policy', 'disabled'],
        ['group.consumer.session.timeout.ms', '45000'],
      ]),
      members: new Map([['m0-1', settings({ sessionTimeoutMs: 10_000, hasUserData: true })]]),
      group: group({ assignor: 'by-region', members: twins }),
    })
    expect(found?.sentence).toBe(
      "Before the group can be moved to the consumer protocol (KIP-848): the brokers must have it (Kafka 4.0, group.version 1), group.consumer.migration.policy of the brokers is disabled, and has to be upgrade or bidirectional, the assignor by-region is the application's own, and the brokers do not have it, its members give their assignor data of their own, which nobody would read and each group.instance.id must be used once (pod).",
    )
    expect(found?.evidence[0]).toBe('The session timeout becomes 45 s instead of 10 s.')
    expect(findingOf('migration', { group: group({ protocolType: 'connect' }) })?.sentence).toContain(
      'of the type connect',
    )
  })

  test('times are those of the evidence', () => expect(NOW).toBe(1_795_262_400_000))
})
