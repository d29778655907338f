import assert from 'node:assert/strict'
import { expect } from 'vitest'
import type { Scenario } from '../scenario.ts'

/** Members come and go: who holds what, who is told, who is thrown out. */
export const membershipScenarios: readonly Scenario[] = [
  {
    name: 'scale-out-and-in',
    title: '6 partitions with 1, 2, 3 and again 2 consumers: every record is seen exactly as committed',
    lacks: (client) => (client.supports.manualCommit ? undefined : 'manual commits'),
    async run(stage) {
      const topic = await stage.topic(6)
      const producer = stage.producer({ topic, partitions: 6, intervalMs: 5 })
      const first = stage.consumer('1', { topics: [topic] })
      await stage.owns([[first, 6]])
      await stage.seesMore(30, first)

      const second = stage.consumer('2', { topics: [topic] })
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(30, first, second)

      const third = stage.consumer('3', { topics: [topic] })
      await stage.owns([
        [first, 2],
        [second, 2],
        [third, 2],
      ])
      await stage.seesMore(30, first, second, third)

      await third.close()
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(30, first, second)
      await producer.close()
      await stage.settle([topic], [first, second, third])
    },
  },
  {
    name: 'rebalance-listener',
    title: 'a rebalance listener is told of partitions before they go and when they come',
    lacks: (client) =>
      client.groupProtocol === 'consumer'
        ? 'rebalances in which all is revoked'
        : client.supports.rebalanceListener
          ? undefined
          : 'rebalance listeners',
    async run(stage) {
      const topic = await stage.topic(4)
      const all = [0, 1, 2, 3].map((partition) => `${topic}-${partition}`)
      const first = stage.consumer('1', { topics: [topic], assignor: 'range' })
      await stage.owns([[first, 4]])
      const second = stage.consumer('2', { topics: [topic], assignor: 'range' })
      await stage.owns([
        [first, 2],
        [second, 2],
      ])
      const kept = [...first.owned]
      expect(rebalances(first)).toEqual([
        ['assigned', all],
        ['revoked', all],
        ['assigned', kept],
      ])
      await second.close()
      await stage.owns([[first, 4]])
      expect(rebalances(first).slice(3)).toEqual([
        ['revoked', kept],
        ['assigned', all],
      ])
      const taken = all.filter((partition) => !kept.includes(partition))
      const atClose = rebalances(second).slice(1)
      expect(rebalances(second)[0]).toEqual(['assigned', taken])
      // Old clients do not call the listener when they close.
      if (atClose.length > 0) expect(atClose).toEqual([['revoked', taken]])
      await first.close()
    },
  },
  {
    name: 'static-membership',
    title: 'a static member that restarts gets its partitions back without a rebalance',
    // The consumer protocol refuses a second member while the first one has not said goodbye; it has a scenario of its own.
    lacks: (client) =>
      client.supports.staticMembership && client.groupProtocol !== 'consumer' ? undefined : 'classic static membership',
    async run(stage) {
      const topic = await stage.topic(6)
      const options = { topics: [topic], assignor: 'range' } as const
      const first = stage.consumer('1', { ...options, groupInstanceId: 'instance-1' })
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', { ...options, groupInstanceId: 'instance-2' })
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      const before = await stage.admin.groupIsStable(stage.groupId, 2)
      expect(before.members.map((m) => m.groupInstanceId).sort()).toEqual(['instance-1', 'instance-2'])
      const held = second.owned
      const eventCount = first.rebalanceEventCount

      await second.kill()
      const replacement = stage.consumer('2 again', { ...options, groupInstanceId: 'instance-2' })
      await stage.owns([
        [first, 3],
        [replacement, 3],
      ])
      expect(replacement.owned).toEqual(held)
      await stage.produce({ topic, partitions: 6, count: 60 })
      await stage.seesMore(30 - first.records.length, first)
      await stage.seesMore(30 - replacement.records.length, replacement)
      const after = await stage.admin.groupIsStable(stage.groupId, 2)
      expect(first.rebalanceEventCount, 'the other member noticed nothing').toBe(eventCount)
      const memberIdOf = (group: typeof before, instance: string) =>
        group.members.find((m) => m.groupInstanceId === instance)?.memberId
      expect(memberIdOf(after, 'instance-1')).toBe(memberIdOf(before, 'instance-1'))
      expect(memberIdOf(after, 'instance-2')).not.toBe(memberIdOf(before, 'instance-2'))
      await stage.settle([topic], [first, replacement])
    },
  },
  {
    name: 'frozen-consumer',
    title: 'a frozen consumer is evicted after its session timeout, and comes back when it thaws',
    lacks: (client) =>
      client.quirks?.diesWhenEvicted
        ? 'polls that outlive an eviction'
        : client.supports.manualCommit
          ? undefined
          : 'manual commits',
    async run(stage) {
      const topic = await stage.topic(6)
      const options = { topics: [topic], sessionTimeoutMs: 6_000 }
      const producer = stage.producer({ topic, partitions: 6, intervalMs: 10 })
      const first = stage.consumer('1', options)
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', options)
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(20, first, second)
      second.freeze()
      await stage.owns([[first, 6]])
      await stage.admin.groupIsStable(stage.groupId, 1)
      await stage.seesMore(60, first)
      second.thaw()
      await second.waitFor('a new assignment of 3', () => first.owned.length === 3 && second.owned.length === 3)
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(20, first, second)
      await producer.close()
      await stage.settle([topic], [first, second], { cutOff: [second] })
    },
  },
  {
    name: 'max-poll-interval',
    title: 'a consumer that processes for longer than max.poll.interval.ms leaves the group, and rejoins later',
    lacks: (client) => (client.supports.maxPollInterval ? undefined : 'max.poll.interval.ms'),
    async run(stage) {
      const topic = await stage.topic(2)
      const options = { topics: [topic], sessionTimeoutMs: 6_000, maxPollIntervalMs: 6_000 }
      const first = stage.consumer('1', { ...options, stall: { value: 'value-0', forMs: 14_000 } })
      await stage.owns([[first, 2]])
      await stage.produce({ topic, partitions: 2, count: 2 })
      await first.waitFor('the record it stalls on', () => first.records.some((r) => r.value === 'value-0'))
      const second = stage.consumer('2', options)
      // It heartbeats all the time, so only the poll interval can end its membership.
      await second.waitFor('both partitions', () => second.owned.length === 2)
      await second.waitFor('the records that were not committed', () => second.records.length === 2)
      await stage.owns([
        [first, 1],
        [second, 1],
      ])
      const told = stage.broker.logs.some(
        (line) => line.includes(stage.groupId) && line.includes('(max poll interval)'),
      )
      // Apache Kafka logs the member's own words.
      if (stage.broker.target === 'kohort') {
        assert.equal(told, stage.client.supports.tellsPollTimeout === true, 'the trigger of the rebalance')
      }
      await stage.close(first, second)
    },
  },
  {
    name: 'more-consumers-than-partitions',
    title: 'with more consumers than partitions one is idle, and takes over when another goes',
    async run(stage) {
      const topic = await stage.topic(2)
      const first = stage.consumer('1', { topics: [topic] })
      await stage.owns([[first, 2]])
      const second = stage.consumer('2', { topics: [topic] })
      await stage.owns([
        [first, 1],
        [second, 1],
      ])
      const third = stage.consumer('3', { topics: [topic] })
      await stage.admin.groupIsStable(stage.groupId, 3)
      const consumers = [first, second, third]
      await third.waitFor('one idle consumer', () => ownedCounts(consumers) === '0,1,1')
      const busy = consumers.find((consumer) => consumer.owned.length === 1)!
      await busy.close()
      const rest = consumers.filter((consumer) => consumer !== busy)
      await stage.owns([
        [rest[0]!, 1],
        [rest[1]!, 1],
      ])
      await stage.produce({ topic, partitions: 2, count: 20 })
      await rest[0]!.waitFor('10 records', () => rest[0]!.records.length >= 10)
      await rest[1]!.waitFor('10 records', () => rest[1]!.records.length >= 10)
      await stage.close(...rest)
    },
  },
]

function ownedCounts(consumers: readonly { readonly owned: readonly string[] }[]): string {
  return consumers
    .map((consumer) => consumer.owned.length)
    .sort()
    .join()
}

function rebalances(consumer: {
  readonly events: readonly { readonly event: string }[]
}): readonly (readonly [string, readonly string[]])[] {
  // Some libraries announce the revocation of nothing before the first assignment.
  const told = consumer.events.filter((event) => !('partitions' in event) || (event.partitions as string[]).length > 0)
  return told.flatMap((event) =>
    'partitions' in event ? [[event.event, [...(event.partitions as string[])].sort()] as const] : [],
  )
}
