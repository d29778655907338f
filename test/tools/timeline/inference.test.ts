import { expect, test } from 'vitest'
import {
  differences,
  type GroupSnapshot,
  type SnapshotMember,
} from '../../../src/tools/timeline/inference/group-snapshot.ts'

function member(memberId: string, orders: readonly number[], more: Partial<SnapshotMember> = {}): SnapshotMember {
  const base = { memberId, groupInstanceId: null, clientId: memberId, clientHost: '/h', subscription: 'orders' }
  return { ...base, assignment: { orders }, ...more }
}

function group(generationId: number, members: readonly SnapshotMember[]): GroupSnapshot {
  return { groupId: 'g', protocol: 'classic', generationId, members }
}

const told = (before: GroupSnapshot | undefined, after: GroupSnapshot) =>
  differences(before, after, 5).map(({ type, trigger, reason }) => `${type} (${trigger}) ${reason}`)

test('of a group whose beginning is not known it is only said how it was', () => {
  expect(told(undefined, group(7, [member('a', [0])]))).toEqual([
    'rebalance-completed (unknown) generation 7 has 1 member, the first that is known',
  ])
  expect(told(undefined, group(7, []))).toEqual([])
})

test('a static member that comes back under a new id was replaced, and nothing moved', () => {
  const before = group(3, [member('a-1', [0], { groupInstanceId: 'pod' })])
  const after = group(3, [member('a-2', [0], { groupInstanceId: 'pod' })])
  expect(told(before, after).slice(0, 1)).toEqual([
    'member-replaced (static-replacement) the static member came back under a new id',
  ])
})

test('the cause of a generation is what changed between it and the one before', () => {
  const two = group(3, [member('a', [0]), member('b', [1])])
  const cause = (after: GroupSnapshot) => told(two, after).at(-1)
  expect(cause(group(4, [member('a', [0]), member('b', [1]), member('c', [])]))).toBe(
    'rebalance-completed (join) generation 4 has 3 members; c joined',
  )
  expect(cause(group(4, [member('a', [0, 1])]))).toBe(
    'rebalance-completed (leave) generation 4 has 1 member; b left, or was removed',
  )
  expect(cause(group(4, [member('a', [0, 1]), member('c', [])]))).toBe(
    'rebalance-completed (unknown) generation 4 has 2 members; b went and c came',
  )
  expect(cause(group(4, [member('a', [0]), member('b', [1], { subscription: 'orders,refunds' })]))).toBe(
    'rebalance-completed (subscription-change) generation 4 has 2 members; b subscribes to something else',
  )
  expect(cause(group(4, [member('a', [0, 2]), member('b', [1])]))).toBe(
    'rebalance-completed (topic-change) generation 4 has 2 members; there are more partitions, or fewer, than before',
  )
  expect(cause(group(4, [member('a', [0]), member('b', [1])]))).toMatch(/^rebalance-completed \(unknown\)/)
})

test('the last member that goes empties the group', () => {
  expect(told(group(3, [member('a', [0])]), group(4, []))).toEqual([
    'member-left (unknown) it left, or was removed: what is stored does not say which',
    'group-emptied (unknown) the last member is gone',
  ])
})
