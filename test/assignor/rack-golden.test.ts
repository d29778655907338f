import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, test } from 'vitest'
import { type Assignment, type AssignmentInput, assignors } from '../../src/assignor/index.ts'
import { keptCount, memberOf, parse, printed } from './helpers.ts'

/** Made by vectors/rack-assignors/RackAssignments.java: chains of members that come and go, on racks. */
interface GoldenCase {
  readonly case: number
  readonly racks: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly rackId: string | null
    readonly topics: readonly string[]
    readonly owned: readonly string[]
    readonly generation: number
  }[]
  readonly range: Readonly<Record<string, readonly string[]>>
  readonly 'cooperative-sticky': Readonly<Record<string, readonly string[]>>
}

const file = new URL('../vectors/rack-assignors.jsonl.gz', import.meta.url)
const cases = gunzipSync(readFileSync(file))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenCase)

function inputOf({ racks, members }: GoldenCase): AssignmentInput {
  return {
    partitionsByTopic: new Map(Object.entries(racks).map(([topic, partitions]) => [topic, partitions.length])),
    racksByTopic: new Map(Object.entries(racks)),
    members: members.map(({ owned, generation, ...member }) =>
      memberOf({ ...member, ownedPartitions: owned.map(parse), generationId: generation }),
    ),
  }
}

/** How many partitions are with a member that has a replica in its rack, of members that say where they are. */
function nearCount({ members }: AssignmentInput, racks: GoldenCase['racks'], assignment: Assignment): number {
  let near = 0
  for (const { memberId, rackId } of members) {
    for (const { topic, partition } of assignment.get(memberId) ?? []) {
      if (rackId != null && racks[topic]![partition]!.includes(rackId)) near++
    }
  }
  return near
}

const assignmentOf = (golden: Readonly<Record<string, readonly string[]>>): Assignment =>
  new Map(Object.entries(golden).map(([memberId, partitions]) => [memberId, partitions.map(parse)]))

describe('240 assignments of members on racks by Apache Kafka 4.2 (KIP-881)', () => {
  test('are all there, and racks make a difference in most', () => {
    assert.equal(cases.length, 240)
    const different = cases.filter((golden) => {
      const { racksByTopic: _racks, ...blind } = inputOf(golden)
      return JSON.stringify(printed(assignors.range.assign(blind))) !== JSON.stringify(golden.range)
    })
    assert.ok(different.length > 150, `${different.length}`)
  })

  test.each(cases)('range of case $case is equal', (golden) => {
    assert.deepEqual(printed(assignors.range.assign(inputOf(golden))), golden.range)
  })

  const isEqual = (golden: GoldenCase): boolean => {
    const ours = printed(assignors['cooperative-sticky'].assign(inputOf(golden)))
    return JSON.stringify(ours) === JSON.stringify(golden['cooperative-sticky'])
  }

  test('cooperative-sticky is as near and moves as little', () => {
    const total = { ours: [0, 0], kafkas: [0, 0] }
    for (const golden of cases) {
      const input = inputOf(golden)
      const ours = assignors['cooperative-sticky'].assign(input)
      const kafkas = assignmentOf(golden['cooperative-sticky'])
      total.ours[0]! += nearCount(input, golden.racks, ours)
      total.ours[1]! += keptCount(input, ours)
      total.kafkas[0]! += nearCount(input, golden.racks, kafkas)
      total.kafkas[1]! += keptCount(input, kafkas)
    }
    // The order of a hash map is worth a partition here and there.
    for (const at of [0, 1]) assert.ok(total.ours[at]! >= total.kafkas[at]! - 4, JSON.stringify(total))
  })

  test('cooperative-sticky differs in few, where Kafka takes the order of a hash map', () => {
    assert.deepEqual(
      cases.filter((golden) => !isEqual(golden)).map((golden) => golden.case),
      [65, 86, 98, 125, 133, 136, 171],
    )
  })
})
