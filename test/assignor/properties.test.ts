import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { type AssignmentInput, type AssignorName, assignors } from '../../src/assignor/index.ts'
import { assignedCount, helpfulMoves, keptCount, memberOf, print, printed, takenOver } from './helpers.ts'

const names = Object.keys(assignors) as AssignorName[]
const topicNames = ['t0', 't1', 't2', 't3', 't4', 'missing']

/** Groups as they can come in: strange owners, generations and topics included. */
const anyInput: fc.Arbitrary<AssignmentInput> = fc
  .record({
    partitionCounts: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 5, maxLength: 5 }),
    sameTopics: fc.option(fc.uniqueArray(fc.constantFrom(...topicNames))),
    members: fc.uniqueArray(
      fc.record({
        memberId: fc.string({ minLength: 1, maxLength: 4 }),
        groupInstanceId: fc.option(fc.string({ minLength: 1, maxLength: 2 })),
        topics: fc.array(fc.constantFrom(...topicNames), { maxLength: 7 }),
        ownedPartitions: fc.array(
          fc.record({ topic: fc.constantFrom(...topicNames), partition: fc.integer({ min: 0, max: 14 }) }),
          { maxLength: 20 },
        ),
        generationId: fc.constantFrom(-1, 3, 4, 5),
      }),
      { selector: (member) => member.memberId, maxLength: 9 },
    ),
  })
  .map(({ partitionCounts, sameTopics, members }) => ({
    partitionsByTopic: new Map(partitionCounts.map((count, index) => [`t${index}`, count])),
    members: members.map((member) => ({ ...member, topics: sameTopics ?? member.topics })),
  }))

function subscribedPartitions(input: AssignmentInput): string[] {
  const topics = new Set(input.members.flatMap((member) => member.topics))
  const partitions: string[] = []
  for (const [topic, count] of input.partitionsByTopic) {
    if (topics.has(topic))
      for (let partition = 0; partition < count; partition++) partitions.push(`${topic}-${partition}`)
  }
  return partitions.sort()
}

/** Rebalances, each member giving up what it is told to, until a cooperative group is at rest. */
function settle(input: AssignmentInput): { input: AssignmentInput; rounds: number } {
  let current = input
  for (let rounds = 0; ; rounds++) {
    assert.ok(rounds < 5, 'a cooperative group must come to rest')
    const assignment = assignors['cooperative-sticky'].assign(current)
    const next = takenOver(current, assignment, 10 + rounds)
    if (rounds > 0 && assignedCount(assignment) === subscribedPartitions(input).length) return { input: next, rounds }
    current = next
  }
}

describe.each(names)('%s', (name) => {
  const assignor = assignors[name]

  test('has its own name', () => assert.equal(assignor.name, name))

  test('gives each partition of a subscribed topic to one subscriber at most, and to one if it is eager', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const assignment = assignor.assign(input)
        assert.deepEqual([...assignment.keys()], input.members.map((member) => member.memberId).sort())
        const given = Object.values(printed(assignment)).flat().sort()
        assert.equal(new Set(given).size, given.length, 'a partition has two owners')
        for (const member of input.members) {
          for (const { topic } of assignment.get(member.memberId)!) assert.ok(member.topics.includes(topic))
        }
        const expected = subscribedPartitions(input)
        if (assignor.rebalanceProtocol === 'EAGER') assert.deepEqual(given, expected)
        else assert.ok(given.every((partition) => expected.includes(partition)))
      }),
    )
  })

  test('does not depend on the order of the members', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const reversed = { ...input, members: [...input.members].reverse() }
        assert.deepEqual(printed(assignor.assign(reversed)), printed(assignor.assign(input)))
      }),
    )
  })

  test('assigns 2,000 partitions to 200 members with different subscriptions', () => {
    const topics = Array.from({ length: 40 }, (_, index) => `t${index}`)
    const members = Array.from({ length: 200 }, (_, index) =>
      memberOf({ memberId: `m${index}`, topics: topics.filter((_, topic) => (index * 7 + topic * 3) % 5 < 2) }),
    )
    const input = { members, partitionsByTopic: new Map(topics.map((topic) => [topic, 50])) }
    assert.equal(assignedCount(assignor.assign(input)), 2_000)
    const shrunk = { ...takenOver(input, assignor.assign(input), 1), members: members.slice(0, 150) }
    assert.equal(assignedCount(assignor.assign(shrunk)), 2_000)
  })
})

describe('sticky', () => {
  test('is as balanced as the subscriptions allow', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        assert.deepEqual(helpfulMoves(input, assignors.sticky.assign(input)), [])
      }),
    )
  })

  test('changes nothing when nothing has changed', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const first = assignors.sticky.assign(input)
        assert.deepEqual(printed(assignors.sticky.assign(takenOver(input, first, 6))), printed(first))
      }),
    )
  })

  test('moves only the partitions of a member that left, where all subscribe to the same topics', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 100 }), (memberCount, partitionCount) => {
        const members = Array.from({ length: memberCount }, (_, index) =>
          memberOf({ memberId: `m${index}`, topics: ['t'] }),
        )
        const input = { members, partitionsByTopic: new Map([['t', partitionCount]]) }
        const before = takenOver(input, assignors.sticky.assign(input), 1)
        const left = { ...before, members: before.members.slice(1) }
        const held = left.members.reduce((sum, member) => sum + member.ownedPartitions.length, 0)
        assert.equal(keptCount(left, assignors.sticky.assign(left)), held)
      }),
    )
  })
})

describe('cooperative-sticky', () => {
  test('gives no partition to a member while another one owns it', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        for (const [memberId, partitions] of assignors['cooperative-sticky'].assign(input)) {
          const generationId = (id: string) => input.members.find((member) => member.memberId === id)!.generationId
          for (const partition of partitions.map(print)) {
            const owners = input.members.filter((member) =>
              member.ownedPartitions.some((own) => print(own) === partition),
            )
            const mine = owners.some((member) => member.memberId === memberId)
            for (const owner of owners.filter((member) => member.memberId !== memberId)) {
              // The claim of an older generation than that of the owner is out of date.
              assert.ok(mine && owner.generationId < generationId(memberId), `${partition} is with ${owner.memberId}`)
            }
          }
        }
      }),
    )
  })

  test('comes to rest after one more rebalance, balanced', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const settled = settle(input)
        assert.ok(settled.rounds <= 2)
        assert.deepEqual(helpfulMoves(settled.input, assignors['cooperative-sticky'].assign(settled.input)), [])
      }),
    )
  })

  test('lets everybody keep what they own while a member joins, less the partitions it will get', () => {
    const topics = ['t']
    const owned = (...partitions: number[]) => partitions.map((partition) => ({ topic: 't', partition }))
    const input: AssignmentInput = {
      partitionsByTopic: new Map([['t', 6]]),
      members: [
        memberOf({ memberId: 'a', topics, ownedPartitions: owned(0, 1, 2), generationId: 1 }),
        memberOf({ memberId: 'b', topics, ownedPartitions: owned(3, 4, 5), generationId: 1 }),
        memberOf({ memberId: 'c', topics }),
      ],
    }
    const first = assignors['cooperative-sticky'].assign(input)
    assert.deepEqual(printed(first), { a: ['t-0', 't-1'], b: ['t-3', 't-4'], c: [] })
    const second = assignors['cooperative-sticky'].assign(takenOver(input, first, 2))
    assert.deepEqual(printed(second), { a: ['t-0', 't-1'], b: ['t-3', 't-4'], c: ['t-2', 't-5'] })
  })

  test('takes the claim of the newest generation when two members claim a partition', () => {
    const member = (memberId: string, generationId: number) =>
      memberOf({ memberId, topics: ['t'], ownedPartitions: [{ topic: 't', partition: 0 }], generationId })
    const assign = (...members: ReturnType<typeof member>[]) =>
      printed(assignors['cooperative-sticky'].assign({ members, partitionsByTopic: new Map([['t', 2]]) }))
    assert.deepEqual(assign(member('a', 4), member('b', 5)), { a: ['t-1'], b: ['t-0'] })
    // Two of one generation: both have to give it up first.
    assert.deepEqual(assign(member('a', 5), member('b', 5)), { a: [], b: ['t-1'] })
  })
})
