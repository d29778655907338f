import { expect, test } from 'vitest'
import { type ServerAssignorInput, serverAssignors } from '../../src/assignor/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { distUrl } from './support.ts'

const { Assigner } = (await import(
  distUrl('broker/groups/assigner.js')
)) as typeof import('../../src/broker/groups/assigner.ts')

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

function input(members: number): ServerAssignorInput {
  return {
    partitionCounts: new Map([[topicId, 20_000]]),
    isHomogeneous: true,
    members: Array.from({ length: members }, (_, i) => ({
      memberId: `m${i}`,
      instanceId: null,
      rackId: null,
      subscribedTopicIds: new Set([topicId]),
      assignment: new Map(),
    })),
  }
}

test('a thread computes large assignments in their order, and ends when there are no more', async () => {
  const clock = new VirtualClock()
  const assigner = new Assigner(clock)
  const sizes = [1, 50, 3]
  const assigned = await Promise.all(
    sizes.map((members) => assigner.assign({ assignor: 'uniform', input: input(members) })),
  )
  expect(assigned).toEqual(sizes.map((members) => serverAssignors.uniform.assign(input(members))))
  expect(clock.pendingTimers).toBe(1)
  clock.advance(10_000)
  // And another one when there is more.
  expect((await assigner.assign({ assignor: 'range', input: input(2) })).size).toBe(2)
  await assigner.stop()
  await expect(assigner.assign({ assignor: 'range', input: input(2) })).rejects.toThrow('the broker stops')
})

test('an assignment that cannot be computed is refused, and the next one has a thread again', async () => {
  const assigner = new Assigner(new VirtualClock())
  const broken = { ...input(1), members: undefined as never }
  await expect(assigner.assign({ assignor: 'uniform', input: broken })).rejects.toThrow()
  expect((await assigner.assign({ assignor: 'uniform', input: input(2) })).size).toBe(2)
  await assigner.stop()
})
