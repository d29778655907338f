import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, test } from 'vitest'
import {
  type ServerAssignment,
  type ServerAssignorName,
  serverAssignors,
  type TopicPartitions,
} from '../../src/assignor/index.ts'

/** Made by vectors/server-assignors/ServerAssignments.java: chains of joins, leaves and new partitions. */
interface GoldenStep {
  readonly chain: number
  readonly step: number
  readonly homogeneous: boolean
  readonly topics: Readonly<Record<string, number>>
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly topics: string[]
  }[]
  readonly uniform: GoldenAssignment
  readonly range: GoldenAssignment
}
type GoldenAssignment = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>

const steps = gunzipSync(readFileSync(join(import.meta.dirname, '../vectors/server-assignors.jsonl.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as GoldenStep)

/** Each step from what Kafka had after the one before. */
function assign(name: ServerAssignorName, at: number): ServerAssignment {
  const { topics, members, homogeneous, step } = steps[at]!
  const before = step === 0 ? {} : steps[at - 1]![name]
  return serverAssignors[name].assign({
    partitionCounts: new Map(Object.entries(topics)),
    isHomogeneous: homogeneous,
    members: members.map((member) => ({
      ...member,
      rackId: null,
      subscribedTopicIds: new Set(member.topics),
      assignment: new Map(Object.entries(before[member.memberId] ?? {})),
    })),
  })
}

function printed(assignment: ReadonlyMap<string, TopicPartitions>): GoldenAssignment {
  return Object.fromEntries([...assignment].map(([memberId, partitions]) => [memberId, Object.fromEntries(partitions)]))
}

describe("360 target assignments by Apache Kafka 4.2's server-side assignors", () => {
  test('are all there', () => assert.equal(steps.length, 360))

  for (const name of ['uniform', 'range'] as const) {
    test.each(steps.map((golden, at) => ({ ...golden, at })))(`${name}: chain $chain step $step is equal`, ({ at }) => {
      assert.deepEqual(printed(assign(name, at)), steps[at]![name])
    })
  }
})
