import { describe, expect, test } from 'vitest'
import { event, findingOf, group, lag, lags, member, NOW, sentenceOf } from './evidence.ts'

const at = (agoMs: number, offset: number) => ({ timeMs: NOW - agoMs, offset: BigInt(offset) })
const record = {
  topic: 'orders',
  partition: 0,
  offset: 7n,
  timestampMs: NOW - 90_000,
  key: 'k',
  keyBytes: 1,
  valueBytes: 310,
  headers: ['trace'],
}

describe('a partition that stands still', () => {
  const stuck = {
    ...lags([lag(0, 7, 20)], [lag(0, 7, 25)]),
    commits: new Map([['orders-0', [at(200_000, 6), at(120_000, 7), at(5_000, 7)]]]),
    records: new Map([['orders-0', record]]),
  }

  test('while its owner lives, with the record that comes next', () => {
    expect(findingOf('stuck-partition', stuck)).toMatchObject({
      severity: 'critical',
      sentence: 'a is alive and does not get on in 1 partition: orders-0.',
      evidence: [
        'orders-0: committed 7 for 2 min, 18 records behind, owner a.',
        'The next record: orders-0 at offset 7 (key "k", 310 bytes, of 2026-11-21T11:58:30.000Z, headers trace).',
      ],
      members: ['a-1'],
      partitions: [{ topic: 'orders', partition: 0 }],
    })
  })

  test('may be at work on a large batch for a while', () => {
    const young = { ...stuck, commits: new Map([['orders-0', [at(20_000, 7)]]]) }
    expect(findingOf('stuck-partition', young)).toMatchObject({
      severity: 'warning',
      sentence: 'a has committed nothing for 20 s in 1 partition in which records wait: orders-0.',
    })
  })

  test('is not stuck when it is young, moves, is read to its end, or is held by a transaction', () => {
    expect(findingOf('stuck-partition', { ...stuck, commits: new Map([['orders-0', [at(9_000, 7)]]]) })).toBeUndefined()
    // All was read long ago, and something came just now.
    const fresh = new Map([['orders-0', { ...record, timestampMs: NOW - 6_000 }]])
    expect(findingOf('stuck-partition', { ...stuck, records: fresh })).toBeUndefined()
    expect(findingOf('stuck-partition', lags([lag(0, 7, 20)], [lag(0, 8, 20)]))).toBeUndefined()
    expect(findingOf('stuck-partition', lags([lag(0, 7, 7)]))).toBeUndefined()
    expect(findingOf('stuck-partition', { ...stuck, stableOffsets: new Map([['orders-0', 7n]]) })).toBeUndefined()
    expect(findingOf('stuck-partition', { ...stuck, group: group({ members: [] }) })).toBeUndefined()
  })

  test('whose owners are lost one after the other has a poison pill', () => {
    const owned = (agoMs: number, name: string) =>
      event(agoMs, 'rebalance-completed', 'join', name, {
        assignments: [{ memberId: `${name}-1`, before: null, after: { orders: [0] } }],
      })
    const timeline = [
      owned(110_000, 'x'),
      event(100_000, 'member-evicted', 'session-timeout', 'x'),
      owned(90_000, 'y'),
      event(80_000, 'member-left', 'leave', 'y'),
      owned(70_000, 'z'),
      event(60_000, 'member-evicted', 'session-timeout', 'z'),
      owned(50_000, 'a'),
    ]
    const found = findingOf('poison-pill', { ...stuck, timeline })
    expect(found).toMatchObject({
      severity: 'critical',
      sentence: 'A record seems to end every member that reads it: orders-0 at offset 7.',
      evidence: [
        '3 members (x, y and z) went while orders-0 stood at offset 7.'.replace('x, y and z', 'x, y and z'),
        'The next record: orders-0 at offset 7 (key "k", 310 bytes, of 2026-11-21T11:58:30.000Z, headers trace).',
      ],
    })
    expect(found?.advice.at(-1)).toContain('--to-offset 8')
    expect(findingOf('stuck-partition', { ...stuck, timeline })).toBeUndefined()
    expect(findingOf('poison-pill', { ...stuck, timeline: timeline.slice(2) })).toBeUndefined()
  })
})

test('an open transaction holds back what the group cannot read', () => {
  const found = findingOf('open-transaction', {
    ...lags([lag(0, 7, 20)]),
    stableOffsets: new Map([['orders-0', 7n]]),
    records: new Map([['orders-0', record]]),
  })
  expect(found).toMatchObject({
    sentence: 'An open transaction holds 13 records back in orders-0: the group has read all that is committed.',
    evidence: ['orders-0: last stable offset 7, high watermark 20; the transaction began 90 s ago.'],
  })
  const stableOffsets = new Map([['orders-0', 7n]])
  expect(findingOf('open-transaction', { ...lags([lag(0, 5, 20)]), stableOffsets })).toBeUndefined()
  // Who reads what is not committed, too, has read all.
  expect(findingOf('open-transaction', { ...lags([lag(0, 20, 20)]), stableOffsets })).toBeUndefined()
})

describe('rates', () => {
  const behind = lags([lag(0, 100, 1_000)], [lag(0, 150, 2_000)])

  test('a handler is slow where we can read faster, and fetching where we cannot', () => {
    const probe = { topic: 'orders', partition: 0, bytes: 1_000_000 }
    expect(sentenceOf('slow-consumer', { ...behind, probes: [{ ...probe, records: 1_000, ms: 100 }] })).toBe(
      'a is too slow for 1 partition (orders-0): 200 records/s come, 10.0 records/s are processed; its handler is slow, the brokers are not.',
    )
    expect(sentenceOf('slow-consumer', { ...behind, probes: [{ ...probe, records: 20, ms: 1_000 }] })).toContain(
      'fetching is slow, for us as well',
    )
    expect(findingOf('slow-consumer', lags([lag(0, 100, 1_000)], [lag(0, 900, 1_100)]))).toBeUndefined()
  })

  test('a hot partition gets far more than the others of its topic', () => {
    const hot = lags([lag(0, 0, 0), lag(1, 0, 0), lag(2, 0, 0)], [lag(0, 0, 500), lag(1, 0, 10), lag(2, 0, 10)])
    expect(findingOf('hot-partition', hot)).toMatchObject({
      sentence: 'orders-0 gets far more records than the other partitions of the topic.',
      evidence: ['orders-0: 100 records/s; the median of its topic is 2.0 records/s.'],
    })
    const even = lags([lag(0, 0, 0), lag(1, 0, 0)], [lag(0, 0, 500), lag(1, 0, 400)])
    expect(findingOf('hot-partition', even)).toBeUndefined()
  })

  test('one member has most of the load', () => {
    const of = {
      group: group({ members: [member('a', [0]), member('b', [1]), member('c', [2])] }),
      ...lags([lag(0, 0, 0), lag(1, 0, 0), lag(2, 0, 0)], [lag(0, 0, 900), lag(1, 0, 50), lag(2, 0, 50)]),
    }
    expect(sentenceOf('uneven-load', of)).toBe(
      'a gets 90 % of all records: 180 records/s, on average a member gets 66.7 records/s.',
    )
  })
})

describe('offsets', () => {
  const empty = group({ state: 'Empty', members: [] })

  test('of an empty group that are about to expire, and that have', () => {
    const of = {
      group: empty,
      ...lags([lag(0, 5, 5)]),
      emptySinceMs: NOW - 6.5 * 86_400_000,
      brokerConfigs: new Map([['offsets.retention.minutes', '10080']]),
    }
    expect(findingOf('offsets-expiring', of)).toMatchObject({
      severity: 'critical',
      sentence: 'The group has been empty for 6 d 12 h, and its 1 committed offset will be deleted in 12 h.',
    })
    expect(findingOf('offsets-expiring', { ...of, emptySinceMs: NOW - 1_000 })).toBeUndefined()
    const timeline = [event(9_000, 'offsets-expired', 'expiry', undefined, { reason: '3 offsets' })]
    expect(sentenceOf('offsets-expiring', { timeline })).toBe(
      'Committed offsets of the group are gone: its consumers began where auto.offset.reset says.',
    )
  })

  test('that lie outside of the log', () => {
    const lost = lag(0, 5, 50, {
      state: 'out-of-range',
      logStartOffset: 20n,
      lostOffsets: 15n,
      lag: 30n,
      reason: 'retention',
    })
    expect(sentenceOf('out-of-range', lags([lost]))).toBe(
      'Committed offsets lie outside of the log in orders-0: 15 records were deleted before the group had read them.',
    )
  })

  test('that were never committed', () => {
    expect(sentenceOf('never-committed', lags([lag(0, undefined, 9)]))).toBe(
      'Nothing was ever committed for 1 partition with records in them: orders-0.',
    )
  })

  test('of partitions that nobody has', () => {
    const refunds = lag(0, 3, 9, { topic: 'refunds' })
    expect(findingOf('unassigned-partitions', lags([refunds]))).toMatchObject({
      sentence: 'No member has 1 partition in which records wait: refunds-0.',
      advice: [expect.stringContaining('Nobody subscribes to refunds any more')],
    })
  })

  test('of a group without members, and of no group at all', () => {
    expect(sentenceOf('nobody-consumes', { group: empty, ...lags([lag(0, 3, 9)]) })).toBe(
      'Nobody consumes: the group has no members, and 6 records wait.',
    )
    expect(sentenceOf('no-such-group', { group: undefined })).toBe('There is no group billing on this cluster.')
  })
})
