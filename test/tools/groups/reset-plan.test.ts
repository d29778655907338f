import { expect, test } from 'vitest'
import type { GroupDescription, GroupMemberDescription, PeekedRecords } from '../../../src/client/index.ts'
import {
  planReset,
  type ResetChange,
  type ResetFacts,
  type ResetTarget,
  refusalOfLiveGroup,
  resetEffect,
} from '../../../src/tools/groups/index.ts'

const facts: ResetFacts = {
  topic: 'orders',
  partition: 0,
  committedOffset: 50n,
  logStartOffset: 20n,
  logEndOffset: 100n,
}

function planned(target: ResetTarget, more: Partial<ResetFacts> = {}, outside?: 'clamp'): ResetChange {
  return planReset('billing', target, [{ ...facts, ...more }], outside).changes[0]!
}

test.each<[string, ResetTarget, bigint]>([
  ['earliest', { to: 'earliest' }, 20n],
  ['latest', { to: 'latest' }, 100n],
  ['current', { to: 'current' }, 50n],
  ['the first offset', { to: 'offset', offset: 20n }, 20n],
  ['the end', { to: 'offset', offset: 100n }, 100n],
  ['30 back', { to: 'shift', by: -30n }, 20n],
  ['50 on', { to: 'shift', by: 50n }, 100n],
  ['a file', { to: 'offsets', offsets: new Map([['orders-0', 77n]]) }, 77n],
])('%s is an offset of the log', (_, target, offset) => {
  expect(planned(target)).toMatchObject({ newOffset: offset, problem: undefined, clampedFrom: undefined })
})

test('a time is the offset of the first record that is not older, and the end where there is none', () => {
  const target: ResetTarget = { to: 'time', timestampMs: 1 }
  expect(planned(target, { offsetAtTime: 42n })).toMatchObject({ newOffset: 42n, isAfterLast: false })
  expect(planned(target, { offsetAtTime: -1n })).toMatchObject({ newOffset: 100n, isAfterLast: true })
})

test('an offset that retention has taken, or that is not written yet, is refused', () => {
  expect(planned({ to: 'offset', offset: 19n })).toMatchObject({
    newOffset: undefined,
    problem: 'offset 19 is gone: the log begins at 20',
  })
  expect(planned({ to: 'shift', by: 51n })).toMatchObject({
    newOffset: undefined,
    problem: 'offset 101 does not exist yet: the log ends at 100',
  })
})

test('with clamp it is the nearest that is there, as with the tool of Kafka', () => {
  expect(planned({ to: 'offset', offset: 19n }, {}, 'clamp')).toMatchObject({ newOffset: 20n, clampedFrom: 19n })
  expect(planned({ to: 'shift', by: 51n }, {}, 'clamp')).toMatchObject({ newOffset: 100n, clampedFrom: 101n })
})

test('where nothing is committed, nothing can be shifted, and current is the end', () => {
  expect(planned({ to: 'shift', by: 1n }, { committedOffset: undefined }).problem).toBe(
    'nothing is committed that could be shifted',
  )
  expect(planned({ to: 'current' }, { committedOffset: undefined }).newOffset).toBe(100n)
  expect(planned({ to: 'offsets', offsets: new Map() }).problem).toBe('the file has no offset for it')
})

const change = (committedOffset: bigint | undefined, newOffset: bigint): ResetChange => ({
  ...facts,
  committedOffset,
  newOffset,
  clampedFrom: undefined,
  problem: undefined,
  isAfterLast: false,
})

/** A log with a record at every second offset, one a second, of which 40 offsets are looked at. */
const peek = (offset: bigint): PeekedRecords | undefined =>
  ({
    first: { offset, timestamp: Number(offset) * 1_000 },
    records: 20,
    seenTo: offset + 40n,
  }) as PeekedRecords

test('back is read again, on is skipped: records are counted where they were seen and estimated where not', () => {
  expect(resetEffect(change(60n, 20n), peek, 8_000n)).toEqual({
    direction: 'again',
    offsets: 40n,
    records: 20n,
    isExact: true,
    bytes: 4_000n,
    fromTimestampMs: 60_000,
    toTimestampMs: 20_000,
  })
  expect(resetEffect(change(20n, 100n), peek, undefined)).toMatchObject({
    direction: 'skip',
    offsets: 80n,
    records: 40n,
    isExact: false,
    bytes: undefined,
  })
})

test('what retention has taken is not read again', () => {
  expect(resetEffect(change(0n, 20n), peek, 8_000n)).toMatchObject({
    direction: 'skip',
    offsets: 20n,
    records: 0n,
    bytes: 0n,
  })
  expect(resetEffect(change(20n, 20n), peek, 8_000n)).toMatchObject({ direction: 'none', records: 0n })
  expect(resetEffect(change(undefined, 20n), peek, 8_000n)).toMatchObject({ direction: 'first', records: undefined })
})

test('a group with members is refused with their names', () => {
  const member = (memberId: string): GroupMemberDescription =>
    ({ memberId, clientId: 'till', host: '/10.0.0.7' }) as GroupMemberDescription
  const group = (state: string, count: number): GroupDescription =>
    ({
      groupId: 'billing',
      state,
      members: Array.from({ length: count }, (_, i) => member(`m${i}`)),
    }) as unknown as GroupDescription
  expect(refusalOfLiveGroup(group('Empty', 0))).toBeUndefined()
  expect(refusalOfLiveGroup(group('Stable', 1))).toBe(
    'group billing is Stable with 1 live member: m0 (till at /10.0.0.7). Stop them first: the coordinator lets nobody else change the offsets of a group with members.',
  )
  expect(refusalOfLiveGroup(group('Stable', 7))).toContain('m4 (till at /10.0.0.7) and 2 more.')
})
