import { expect, test } from 'vitest'
import { metadataImage } from '../../../../../src/client/cluster/metadata-image.ts'
import { clientAssignors } from '../../../../../src/client/consumer/membership/classic/assignors.ts'
import { lead } from '../../../../../src/client/consumer/membership/classic/lead.ts'
import { decodeAssignment } from '../../../../../src/client/consumer/membership/classic/protocol-metadata.ts'
import { TopicShapes } from '../../../../../src/client/consumer/membership/classic/topic-shapes.ts'
import { text } from '../group-harness.ts'

/** Brokers by their racks; partitions of t by their replicas. */
function image(racks: Readonly<Record<number, string | null>>, replicas: readonly (readonly number[])[]) {
  return metadataImage({
    version: 1,
    nodes: Object.entries(racks).map(([nodeId, rack]) => ({ nodeId: Number(nodeId), host: 'h', port: 1, rack })),
    topics: [
      {
        name: 't',
        topicId: 'id',
        isInternal: false,
        partitions: replicas.map((ids, partition) => ({
          partition,
          leaderId: ids[0]!,
          leaderEpoch: 0,
          replicas: ids,
          isr: ids,
          offlineReplicas: [],
        })),
      },
    ],
  })
}

const withRacks = { withRacks: true }

test('the leader gives partitions to members in the racks of their replicas (KIP-881)', async () => {
  const shapes = new TopicShapes()
  shapes.see(image({ 1: 'a', 2: 'b' }, [[2], [1], [2], [1]]))
  const members = ['a', 'b'].map((rackId) => ({
    memberId: `in ${rackId}`,
    groupInstanceId: null,
    topics: ['t'],
    ownedPartitions: [],
    generationId: -1,
    rackId,
    userData: null,
  }))
  for (const assignor of clientAssignors(['range', 'sticky', 'cooperative-sticky'])) {
    const { assignments } = await lead(assignor, members, new Map([['t', shapes.of('t')!]]))
    const given = assignments.map(({ memberId, assignment }) => [
      memberId,
      text(decodeAssignment(assignment as Buffer).partitions),
    ])
    expect([assignor.name, given]).toEqual([
      assignor.name,
      [
        ['in a', 't1 t3'],
        ['in b', 't0 t2'],
      ],
    ])
  }
})

test('a replica on another rack is another shape, where the leader has a rack; a broker that is down for a moment is not', () => {
  const shapes = new TopicShapes()
  const replicas = [[1, 2], [2]]
  shapes.see(image({ 1: 'a', 2: 'b' }, replicas))
  const before = shapes.text('t', withRacks)
  expect(before).toBe('[2,[["a","b"],["b"]]]')
  shapes.see(image({ 2: 'b' }, replicas))
  expect(shapes.text('t', withRacks)).toBe(before)
  shapes.see(image({ 1: 'c', 2: 'b' }, replicas))
  expect(shapes.text('t', withRacks)).toBe('[2,[["b","c"],["b"]]]')
  expect(shapes.text('t', { withRacks: false })).toBe('2')
  expect(shapes.text('nowhere', withRacks)).toBeUndefined()
})

test('brokers without racks have none to look at', () => {
  const shapes = new TopicShapes()
  shapes.see(image({ 1: null }, [[1]]))
  expect(shapes.of('t')).toEqual({ partitionCount: 1, racks: [] })
})
