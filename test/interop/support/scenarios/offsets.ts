import { expect } from 'vitest'
import type { Scenario } from '../scenario.ts'

/** What is committed, when, and where a consumer starts. */
export const offsetScenarios: readonly Scenario[] = [
  {
    name: 'manual-commit',
    title: 'with manual commits a consumer that was killed is followed by one that starts at the last commit',
    lacks: (client) => (client.supports.manualCommit ? undefined : 'manual commits'),
    async run(stage) {
      const topic = await stage.topic(2)
      const options = { topics: [topic], sessionTimeoutMs: 6_000 }
      const first = stage.consumer('1', options)
      await stage.owns([[first, 2]])
      await stage.produce({ topic, partitions: 2, count: 40 })
      await stage.allIsCommitted([topic])
      await first.kill()
      await stage.produce({ topic, partitions: 2, count: 40, valuePrefix: 'more-' })
      const second = stage.consumer('2', options)
      await second.waitFor('40 records', () => second.records.length >= 40)
      await stage.settle([topic], [first, second], { cutOff: [first] })
      expect(second.records.every((r) => r.value?.startsWith('more-'))).toBe(true)
    },
  },
  {
    name: 'no-commit',
    title: 'without commits the next consumer of the group sees everything again',
    async run(stage) {
      const topic = await stage.topic(2)
      const options = { topics: [topic], commit: 'none' } as const
      await stage.produce({ topic, partitions: 2, count: 20 })
      for (const name of ['1', '2']) {
        const consumer = stage.consumer(name, options)
        await consumer.waitFor('20 records', () => consumer.records.length === 20)
        await consumer.close()
      }
      expect(await stage.admin.committedOffsets(stage.groupId)).toEqual({})
    },
  },
  {
    name: 'auto-commit',
    title: 'auto commit commits by itself, and once more at close',
    lacks: (client) => (client.supports.autoCommit ? undefined : 'auto commit'),
    async run(stage) {
      const topic = await stage.topic(2)
      const options = { topics: [topic], commit: 'auto' } as const
      await stage.produce({ topic, partitions: 2, count: 40 })
      const first = stage.consumer('1', { ...options, autoCommitIntervalMs: 300 })
      await first.waitFor('40 records', () => first.records.length === 40)
      await stage.allIsCommitted([topic])
      await first.close()
      await stage.produce({ topic, partitions: 2, count: 10, valuePrefix: 'more-' })
      const second = stage.consumer('2', { ...options, autoCommitIntervalMs: 3_600_000 })
      await second.waitFor('10 records', () => second.records.length >= 10)
      await second.close()
      expect(second.records.map((r) => r.value).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `more-${i}`))
      await stage.allIsCommitted([topic])
    },
  },
  {
    name: 'offset-reset',
    title: 'without a commit, earliest starts at the beginning and latest at the end',
    async run(stage) {
      const topic = await stage.topic(2)
      await stage.produce({ topic, partitions: 2, count: 20, valuePrefix: 'old-' })
      const early = stage.consumer('early', { topics: [topic], groupId: `${stage.groupId}.early` })
      const late = stage.consumer('late', {
        topics: [topic],
        groupId: `${stage.groupId}.late`,
        offsetReset: 'latest',
      })
      await early.waitFor('20 records', () => early.records.length === 20)
      await late.waitFor('its partitions', () => late.owned.length === 2)
      // A client resolves "latest" some time after its assignment: produce until it sees something.
      const producer = stage.producer({ topic, partitions: 2, intervalMs: 20, valuePrefix: 'new-' })
      await late.waitFor('10 records', () => late.records.length >= 10)
      await early.waitFor('new records', () => early.records.length > 20)
      expect(early.records.filter((r) => r.value?.startsWith('old-'))).toHaveLength(20)
      expect(late.records.filter((r) => r.value?.startsWith('old-'))).toEqual([])
      await stage.close(producer, early, late)
    },
  },
  {
    name: 'two-groups',
    title: 'two groups on one topic each see every record and keep offsets of their own',
    async run(stage) {
      const topic = await stage.topic(3)
      await stage.produce({ topic, partitions: 3, count: 30 })
      const [groupA, groupB] = [`${stage.groupId}.a`, `${stage.groupId}.b`]
      const a = stage.consumer('a', { topics: [topic], groupId: groupA, commit: 'auto' })
      const b = stage.consumer('b', { topics: [topic], groupId: groupB, commit: 'auto' })
      const values = Array.from({ length: 30 }, (_, i) => `value-${i}`).sort()
      for (const consumer of [a, b]) {
        await consumer.waitFor('30 records', () => consumer.records.length === 30)
        expect(consumer.records.map((r) => r.value).sort()).toEqual(values)
      }
      await stage.allIsCommitted([topic], groupA)
      await a.close()
      await stage.produce({ topic, partitions: 3, count: 3, valuePrefix: 'for-b-' })
      await b.waitFor('3 more', () => b.records.length === 33)
      const ends = await stage.allIsCommitted([topic], groupB)
      expect(Object.values(await stage.admin.committedOffsets(groupA))).toEqual([10, 10, 10])
      expect(Object.values(ends)).toEqual([11, 11, 11])
      await b.close()
    },
  },
]
