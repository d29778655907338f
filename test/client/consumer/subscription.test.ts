import { describe, expect, test } from 'vitest'
import { metadataImage } from '../../../src/client/cluster/metadata-image.ts'
import { judge } from '../../../src/client/consumer/fetch/validate-positions.ts'
import { InHand } from '../../../src/client/consumer/iterate/in-hand.ts'
import { PartitionState } from '../../../src/client/consumer/partition-state.ts'
import { parseResetStrategy } from '../../../src/client/consumer/reset-strategy.ts'
import { isBornAfterCommits, Subscription } from '../../../src/client/consumer/subscription.ts'

const tp = (topic: string, partition: number) => ({ topic, partition })
function image(counts: Readonly<Record<string, number>>, leaderEpoch = 0) {
  return metadataImage({
    topics: Object.entries(counts).map(([name, count]) => ({
      name,
      topicId: `id-${name}`,
      isInternal: false,
      partitions: Array.from({ length: count }, (_, partition) => ({
        partition,
        leaderId: 1,
        leaderEpoch,
        replicas: [1],
        isr: [1],
        offlineReplicas: [],
      })),
    })),
  })
}

describe('a subscription', () => {
  test('takes names, patterns, or both', () => {
    const s = new Subscription()
    s.subscribe(['a', 'a', /^b\..+/g])
    expect([s.topics, s.mode]).toEqual([['a'], 'subscribed'])
    // A pattern with the flag g would remember where it ended.
    expect([s.wants('b.x'), s.wants('b.x'), s.wants('xb.x'), s.wants('a')]).toEqual([true, true, false, true])
    s.subscribe({ re2: 'c.*' })
    expect([s.remotePattern, s.topics]).toEqual(['c.*', []])
    expect(() => s.subscribe([])).toThrow('needs a topic')
    expect(() => s.assign([])).toThrow('assign() after subscribe()')
    s.unsubscribe()
    s.assign([tp('a', 0)])
    expect(() => s.subscribe('a')).toThrow('subscribe() after assign()')
  })

  test('an assignment keeps what stays, and a partition that comes back is a new one', () => {
    const s = new Subscription()
    s.assign([tp('a', 0), tp('a', 1)])
    const [first, second] = [s.get('a', 0)!, s.get('a', 1)!]
    first.seek(5n)
    const { added, removed } = s.assign([tp('a', 0), tp('b', 0)])
    expect([added.map(({ name }) => name), removed]).toEqual([['b-0'], [second]])
    expect([s.get('a', 0), second.isRevoking, second.signal.aborted]).toEqual([first, true, true])
    s.assign([tp('a', 1)])
    expect(s.get('a', 1)).not.toBe(second)
    expect(s.has(second)).toBe(false)
    expect(() => s.require(tp('a', 0))).toThrow('a-0 is not assigned')
  })

  test('tells partitions that came to be after the first assignment', () => {
    const s = new Subscription()
    s.subscribe(['a', /^b/])
    s.add([tp('a', 0)], image({ a: 2 }))
    s.add([tp('a', 1), tp('a', 2), tp('b', 0)], image({ a: 3, b: 1 }))
    expect(Array.from(s, ({ name, isBornLater }) => [name, isBornLater])).toEqual([
      ['a-0', false],
      ['a-1', false],
      ['a-2', true],
      ['b-0', true],
    ])
    // A topic that is subscribed later was there before: it begins as the strategy says.
    s.subscribe(['a', 'c', /^b/])
    s.add([tp('c', 0)], image({ a: 3, b: 1, c: 1 }))
    expect(s.get('c', 0)!.isBornLater).toBe(false)
  })

  test('and those that the commits of the group tell', () => {
    const born = (partition: number, ...committed: number[]): boolean =>
      isBornAfterCommits({ partition, committed: new Set(committed) })
    expect([born(2, 0, 1), born(3, 0, 1), born(1, 0)]).toEqual([true, true, true])
    expect([born(0), born(1), born(1, 0, 2), born(2, 0), born(0, 1)]).toEqual([false, false, false, true, false])
  })
})

describe('a partition', () => {
  const partition = (): PartitionState => new PartitionState({ ...tp('a', 0), assignmentEpoch: 1 })

  test('has its position validated when its leader has a newer epoch (KIP-320)', () => {
    const p = partition()
    p.setLeader({ leaderId: 1, leaderEpoch: 3 })
    p.seek(10n, 3)
    expect(p.phase).toBe('fetching')
    p.setLeader({ leaderId: 2, leaderEpoch: 4 })
    expect([p.phase, p.isFetchable]).toEqual(['validating', false])
    p.validated()
    expect(p.phase).toBe('fetching')
    // Older news change nothing.
    p.setLeader({ leaderId: 1, leaderEpoch: 3 })
    expect([p.phase, p.leader.leaderId]).toEqual(['fetching', 2])
    // Without an epoch there is nothing to validate.
    p.seek(5n)
    p.setLeader({ leaderId: 1, leaderEpoch: 5 })
    expect(p.phase).toBe('fetching')
    p.seek(5n, 2)
    expect(p.phase).toBe('validating')
  })

  test('a leader that knows less tells a truncation, and where', () => {
    const at = { offset: 100n, offsetEpoch: 3 }
    expect(judge(at, 3, 100n)).toEqual({ kind: 'valid' })
    expect(judge(at, 3, 90n)).toEqual({ kind: 'truncated', divergentOffset: 90n })
    expect(judge(at, -1, -1n)).toEqual({ kind: 'truncated', divergentOffset: undefined })
  })

  test('has a version that rises with whatever stops handing out, and a count of seeks', () => {
    const p = partition()
    p.seek(1n)
    const { version, seeks } = p
    p.delivered(1)
    expect([p.version, p.seeks]).toEqual([version, seeks])
    p.pause()
    p.resume()
    expect([p.version, p.seeks]).toEqual([version + 2, seeks])
    p.seek(1n)
    expect([p.version, p.seeks]).toEqual([version + 3, seeks + 1])
    p.beginRevoke('gone')
    expect([p.version, p.isFetchable, p.signal.reason]).toEqual([version + 4, false, 'gone'])
  })
})

test('records in hand finish in any order, and the first unfinished one is as far as a commit goes', () => {
  const hand = new InHand()
  const p = new PartitionState({ ...tp('a', 0), assignmentEpoch: 1 })
  const [a, b, c] = [hand.give(p, 1n, 0), hand.give(p, 2n, 0), hand.give(p, 5n, 0)]
  hand.done(p, b)
  expect([hand.first(p)?.offset, hand.size]).toEqual([1n, 2])
  hand.done(p, a)
  expect(hand.first(p)?.offset).toBe(5n)
  hand.done(p, c)
  hand.done(p, c)
  expect([hand.first(p), hand.size]).toEqual([undefined, 0])
  hand.give(p, 6n, 0)
  hand.forget(p)
  expect([hand.first(p), hand.size]).toEqual([undefined, 0])
})

test('reset strategies are read as Kafka reads them', () => {
  expect(parseResetStrategy('EARLIEST')).toEqual({ kind: 'earliest' })
  const ms = (text: string): unknown => parseResetStrategy(`by_duration:${text}`)
  expect(ms('P1D')).toEqual({ kind: 'by_duration', durationMs: 86_400_000 })
  expect(ms('PT1H30M')).toEqual({ kind: 'by_duration', durationMs: 5_400_000 })
  expect(ms('P2DT0.5S')).toEqual({ kind: 'by_duration', durationMs: 172_800_500 })
  for (const bad of ['P', '1H', 'PT', 'P1Y', 'PT-1H']) expect(() => ms(bad)).toThrow('ISO-8601')
  expect(() => parseResetStrategy('newest')).toThrow('autoOffsetReset is earliest')
})
