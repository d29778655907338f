import { describe, expect, test } from 'vitest'
import { renderWatch, type WatchView } from '../../../src/cli/commands/groups/watch-view.ts'
import type { GroupPartitionSnapshot, GroupSnapshot, LagSnapshot, TimelineEntry } from '../../../src/tools/index.ts'
import { PartitionProgress } from '../../../src/tools/lag/index.ts'

const AT = Date.parse('2026-11-21T12:00:00Z')
const screen = { width: 80, height: 24, isColoured: false }

function partition(
  number: number,
  more: Partial<GroupPartitionSnapshot> & { readonly commitRate?: number } = {},
): GroupPartitionSnapshot {
  const { commitRate = 12.5, ...others } = more
  const progress = new PartitionProgress()
  progress.commitRate = commitRate
  return {
    topic: 'orders',
    partition: number,
    place: undefined,
    state: 'known',
    reason: undefined,
    committedOffset: 1_000,
    lag: 10 * number,
    lostOffsets: 0,
    lagErrorMs: 0,
    lagMs: 1_500 * number,
    oldestTimestampMs: Number.NaN,
    records: Number.NaN,
    minRecords: Number.NaN,
    maxRecords: Number.NaN,
    progress,
    evaluation: 'OK',
    owner: { memberId: 'a-1', clientId: 'worker-a', host: '/10.0.0.7' },
    ...others,
  }
}

function group(groupId: string, more: Partial<GroupSnapshot> = {}): GroupSnapshot {
  return {
    groupId,
    failure: undefined,
    type: 'classic',
    protocolType: 'consumer',
    state: 'Stable',
    assignor: 'range',
    coordinatorId: 1,
    members: 1,
    idleMembers: 0,
    assignedByTopic: new Map(),
    emptySinceMs: Number.NaN,
    offsetsRetentionMs: Number.NaN,
    partitions: [partition(0), partition(1), partition(2)],
    evaluation: 'OK',
    ...more,
  }
}

function view(groups: readonly GroupSnapshot[], more: Partial<WatchView> = {}): WatchView {
  const snapshot = { atMs: AT, groups } as unknown as LagSnapshot
  return { snapshot, groupId: undefined, timeline: [], failure: undefined, intervalMs: 2_000, ...more }
}

const event: TimelineEntry = {
  source: 'recorded',
  timeMs: AT - 4_000,
  groupId: 'billing',
  protocol: 'classic',
  generationId: 7,
  type: 'member-joined',
  trigger: 'join',
  reason: '',
  member: { memberId: 'b-1', groupInstanceId: null, clientId: 'worker-b', clientHost: '/10.0.0.8' },
}

test('all groups, the one that is furthest behind first', () => {
  const idle = group('idle', { state: 'Empty', members: 0, partitions: [], evaluation: undefined })
  expect(renderWatch(view([idle, group('billing')]), screen)).toEqual([
    '2 groups at 12:00:00',
    'GROUP              STATE       MEMB        LAG  LAG TIME    IN/S   OUT/S STATUS ',
    'billing            Stable         1         30     3.0 s       0      38 OK     ',
    'idle               Empty          0          0         -       0       0 -      ',
    'every 2.0 s; q or Ctrl-C ends',
  ])
})

test('one group with its members, partitions and what happened last', () => {
  const partitions = [
    partition(0),
    partition(2),
    partition(1, {
      owner: undefined,
      state: 'never-committed',
      lag: Number.NaN,
      committedOffset: Number.NaN,
      lagMs: Number.NaN,
      commitRate: Number.NaN,
      evaluation: undefined,
    }),
  ]
  const lines = renderWatch(view([group('billing', { partitions })], { groupId: 'billing', timeline: [event] }), screen)
  expect(lines).toEqual([
    'billing  Stable  classic, range  at 12:00:00',
    '1 member  lag 20  in 0/s  out 25/s  OK',
    '',
    'MEMBER                          HOST            PARTS        LAG    IN/S   OUT/S',
    'worker-a                        10.0.0.7            2         20       0      25',
    '(nobody)                                            1          0       0       0',
    '',
    'PARTITION            COMMITTED        LAG  LAG TIME   OUT/S STATUS  MEMBER      ',
    'orders-2                 1,000         20     3.0 s      13 OK      worker-a    ',
    'orders-0                 1,000          0      0 ms      13 OK      worker-a    ',
    'orders-1                     -  no commit         -       - -       -           ',
    '',
    '11:59:56  worker-b (10.0.0.8) joined.',
    'every 2.0 s; q or Ctrl-C ends',
  ])
})

describe('whatever the terminal is', () => {
  const partitions = Array.from({ length: 500 }, (_, i) =>
    partition(i, { owner: { memberId: `m${i % 50}`, clientId: `client-${i % 50}`, host: '/h' } }),
  )
  const timeline = Array.from({ length: 20 }, () => event)
  test.each([
    [80, 24],
    [40, 10],
    [20, 3],
    [200, 60],
    [80, 1],
  ])('%i columns and %i rows are not left', (width, height) => {
    for (const groupId of [undefined, 'billing', 'none']) {
      const groups = [group('billing', { partitions }), ...Array.from({ length: 100 }, (_, i) => group(`g-${i}`))]
      const lines = renderWatch(view(groups, { groupId, timeline, failure: 'no broker answers' }), {
        width,
        height,
        isColoured: false,
      })
      expect(lines.length).toBeLessThanOrEqual(height)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    }
  })

  test('at 80 columns both tables have room, and what is left out is counted', () => {
    const lines = renderWatch(view([group('billing', { partitions })], { groupId: 'billing', timeline }), screen)
    expect(lines).toHaveLength(24)
    expect(lines.filter((line) => /^… \d+ more$/.test(line))).toHaveLength(2)
    expect(lines.some((line) => line.startsWith('orders-499'))).toBe(true)
  })
})

test('what a client calls itself cannot write over the screen', () => {
  const partitions = [partition(0, { owner: { memberId: 'm', clientId: '\x1b[2Jhi', host: '/h' } })]
  const lines = renderWatch(view([group('billing', { partitions })], { groupId: 'billing' }), screen)
  expect(lines.join('\n')).not.toContain('\x1b')
  expect(lines.join('\n')).toContain('\\x1b[2Jhi')
})

test('before the first look, and when looks fail', () => {
  expect(renderWatch({ ...view([]), snapshot: undefined }, screen)[0]).toBe('looking …')
  expect(renderWatch(view([], { failure: 'no broker answers' }), screen).at(-2)).toBe('no broker answers')
})
