import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type Assignment, assignors } from '../../src/assignor/index.ts'
import { assignedCount, goldenCases, helpfulMoves, inputOf, keptCount, parse, printed } from './helpers.ts'

const cases = goldenCases()

function sorted(assignment: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(assignment).map(([memberId, partitions]) => [memberId, [...partitions].sort()]),
  )
}

function sizes(assignment: Assignment): number[] {
  return [...assignment.values()].map((partitions) => partitions.length).sort((a, b) => a - b)
}

describe('120 assignments by Apache Kafka 4.2', () => {
  test('are all there', () => assert.equal(cases.length, 120))

  test.each(cases)('range and roundrobin of case $case are equal', (golden) => {
    const input = inputOf(golden)
    assert.deepEqual(sorted(printed(assignors.range.assign(input))), sorted(golden.range))
    assert.deepEqual(sorted(printed(assignors.roundrobin.assign(input))), sorted(golden.roundrobin))
  })

  test.each(cases)('cooperative-sticky of case $case is as balanced and moves as little', (golden) => {
    const input = inputOf(golden)
    const ours = assignors['cooperative-sticky'].assign(input)
    const kafkas: Assignment = new Map(
      Object.entries(golden['cooperative-sticky']).map(([memberId, partitions]) => [memberId, partitions.map(parse)]),
    )
    assert.ok(keptCount(input, ours) >= keptCount(input, kafkas), 'keeps fewer partitions where they are')
    assert.ok(assignedCount(ours) >= assignedCount(kafkas), 'holds more partitions back for the next rebalance')
    assert.deepEqual(sizes(ours), sizes(kafkas))
    assert.ok(helpfulMoves(input, ours).length <= helpfulMoves(input, kafkas).length)

    const owners = new Map<string, string>()
    for (const member of golden.members) for (const owned of member.owned) owners.set(owned, member.memberId)
    for (const [memberId, partitions] of Object.entries(printed(ours))) {
      for (const partition of partitions) assert.equal(owners.get(partition) ?? memberId, memberId)
    }
  })

  test('cooperative-sticky differs in eight only, where Kafka takes the order of a hash map', () => {
    const different = cases.filter((golden) => {
      const ours = sorted(printed(assignors['cooperative-sticky'].assign(inputOf(golden))))
      const kafkas = sorted(golden['cooperative-sticky'])
      return Object.keys(kafkas).some((memberId) => String(kafkas[memberId]) !== String(ours[memberId]))
    })
    assert.deepEqual(
      different.map((golden) => golden.case),
      [16, 19, 46, 76, 79, 92, 112, 117],
    )
  })
})
