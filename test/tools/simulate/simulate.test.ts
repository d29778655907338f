import { afterEach, describe, expect, test } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { startBroker } from '../../../src/testing/index.ts'
import {
  readSimulationInput,
  type SimulatedMember,
  type Simulation,
  type SimulationInput,
  simulate,
  simulatedAssignors,
} from '../../../src/tools/index.ts'
import { startMember } from '../support/members.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

function member(name: string, partitions: readonly number[], topics = ['orders']): SimulatedMember {
  const assignment = partitions.map((partition) => ({ topic: 'orders', partition }))
  return { memberId: `${name}-1`, groupInstanceId: null, name, topics, assignment }
}

function input(more: Partial<SimulationInput> = {}): SimulationInput {
  return {
    members: [member('a', [0, 1, 2]), member('b', [3, 4, 5])],
    partitionsByTopic: new Map([['orders', 6]]),
    loads: new Map(),
    ...more,
  }
}

const after = ({ shares }: Simulation) =>
  Object.fromEntries(shares.map((share) => [share.name, share.after.map(({ partition }) => partition)]))

test.each(simulatedAssignors)('%s gives every partition to one member', (assignor) => {
  for (const change of [{}, { members: 1 }, { members: -1 }, { partitions: new Map([['orders', 9]]) }]) {
    const result = simulate(input(), { assignor, ...change })
    const given = result.shares.flatMap((share) => share.after.map(({ partition }) => partition)).sort((a, b) => a - b)
    expect(given).toEqual(Array.from({ length: change.partitions === undefined ? 6 : 9 }, (_, i) => i))
  }
})

describe('a member more', () => {
  test('makes range move much and stop everything', () => {
    const result = simulate(input(), { assignor: 'range', members: 1 })
    expect(after(result)).toEqual({ a: [0, 1], b: [2, 3], 'new-1': [4, 5] })
    expect(result).toMatchObject({ moved: 3, stopped: 6, rebalances: 1, partitions: { min: 2, max: 2, mean: 2 } })
    expect(result.shares[2]).toMatchObject({ fate: 'joined', before: [], lost: [] })
  })

  test('makes cooperative-sticky move what it must, in two rebalances', () => {
    const result = simulate(input(), { assignor: 'cooperative-sticky', members: 1 })
    expect(result).toMatchObject({ moved: 2, stopped: 2, rebalances: 2, partitions: { min: 2, max: 2 } })
  })

  test('makes uniform move what it must', () => {
    expect(simulate(input(), { assignor: 'uniform', members: 1 })).toMatchObject({
      moved: 2,
      stopped: 2,
      rebalances: 1,
    })
  })
})

test('a member fewer gives its partitions to the others', () => {
  const result = simulate(input(), { assignor: 'uniform', members: -1 })
  expect(after(result)).toEqual({ a: [0, 1, 2, 3, 4, 5], b: [] })
  expect(result).toMatchObject({ moved: 3, stopped: 3 })
  expect(result.shares[1]).toMatchObject({ name: 'b', fate: 'left' })
})

test('nothing moves where nothing changes', () => {
  for (const assignor of ['sticky', 'cooperative-sticky', 'uniform'] as const)
    expect(simulate(input(), { assignor })).toMatchObject({ moved: 0, rebalances: 1 })
})

test('the balance is told by partitions, records and bytes', () => {
  const load = (recordsPerSecond: number) => ({ recordsPerSecond, bytesPerSecond: recordsPerSecond * 100 })
  const loads = new Map([0, 1, 2, 3, 4, 5].map((i) => [`orders-${i}`, load(i === 0 ? 95 : 1)]))
  expect(simulate(input({ loads }), { assignor: 'uniform' })).toMatchObject({
    partitions: { min: 3, max: 3, mean: 3 },
    records: { min: 3, max: 97, mean: 50 },
    bytes: { min: 300, max: 9_700, mean: 5_000 },
  })
  const more = simulate(input({ loads }), { assignor: 'uniform', partitions: new Map([['orders', 10]]) })
  expect(more.records).toEqual({ min: 50, max: 50, mean: 50 })
})

test('assignors of clients look at racks, those of the broker do not (KIP-881)', () => {
  const racked = input({
    members: [
      { ...member('a', [1, 3, 5]), rackId: 'west' },
      { ...member('b', [0, 2, 4]), rackId: 'east' },
    ],
    racksByTopic: new Map([['orders', Array.from({ length: 6 }, (_, i) => [i % 2 === 0 ? 'west' : 'east'])]]),
  })
  const range = simulate(racked, { assignor: 'range' })
  expect(after(range)).toEqual({ a: [0, 2, 4], b: [1, 3, 5] })
  expect(range.offRack).toBe(0)
  expect(simulate(racked, { assignor: 'uniform' }).offRack).toBe(6)
  expect(simulate(input(), { assignor: 'range' }).offRack).toBeUndefined()
})

test('members with different subscriptions get only what they want', () => {
  const members = [member('a', [], ['orders']), member('b', [], ['orders', 'refunds'])]
  const result = simulate(
    input({
      members,
      partitionsByTopic: new Map([
        ['orders', 2],
        ['refunds', 2],
      ]),
    }),
    { assignor: 'uniform' },
  )
  expect(result.shares.map((share) => share.after.map(({ topic }) => topic))).toEqual([
    ['orders', 'orders'],
    ['refunds', 'refunds'],
  ])
})

test('a live group is read with its subscriptions, its assignment and what comes in', async () => {
  const broker = await startBroker({ topics: { orders: 4, other: 1 } })
  open.push(broker)
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'tools' })
  open.push(kafka)
  await broker.produce('orders', [{ value: 'x'.repeat(100), partition: 1 }])
  open.push(startMember(broker.bootstrapServers, { groupId: 'g', clientId: 'a', topics: ['orders'] }))
  await broker.group('g').untilMembers(1)
  const reading = readSimulationInput(kafka, 'g', { measureMs: 500 })
  const produced = setInterval(() => void broker.produce('orders', [{ value: 'x'.repeat(100), partition: 1 }]), 5)
  const found = await reading
  clearInterval(produced)
  expect(found.members).toMatchObject([{ name: 'a', topics: ['orders'], assignment: { length: 4 } }])
  expect([...found.partitionsByTopic]).toEqual([['orders', 4]])
  const load = found.loads.get('orders-1')!
  expect(load.recordsPerSecond).toBeGreaterThan(0)
  expect(load.bytesPerSecond / load.recordsPerSecond).toBeCloseTo(100)
  expect(found.loads.get('orders-0')).toEqual({ recordsPerSecond: 0, bytesPerSecond: 0 })
})
