import { expect } from 'vitest'
import type { ClientProgram, GroupProtocol } from '../client.ts'
import type { Scenario } from '../scenario.ts'

const lacksConsumerProtocol = (client: ClientProgram): string | undefined =>
  client.groupProtocol === 'consumer' ? undefined : 'the consumer protocol'

/** What the consumer protocol (KIP-848) does otherwise than the classic one. */
export const consumerProtocolScenarios: readonly Scenario[] = [
  {
    name: 'kip-848-incremental',
    title: 'with the consumer protocol a member is asked for the partitions that move, and for no others',
    lacks: lacksConsumerProtocol,
    async run(stage) {
      const topic = await stage.topic(6)
      const first = stage.consumer('1', { topics: [topic] })
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', { topics: [topic] })
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      const revoked = first.eventsOf('revoked').flatMap(({ partitions }) => partitions)
      expect(revoked.length, first.summary()).toBe(3)
      expect([...second.owned].sort()).toEqual([...revoked].sort())
      await stage.admin.groupIsStable(stage.groupId, 2)
      await second.kill()
      // Nobody says goodbye for it: its session has to end.
      await stage.owns([[first, 6]])
      expect(first.eventsOf('revoked').flatMap(({ partitions }) => partitions).length).toBe(3)
      await first.close()
    },
  },
  {
    name: 'kip-848-static',
    title: 'a static member that closes and comes back gets its partitions back without a rebalance',
    lacks: (client) => (client.supports.staticMembership ? lacksConsumerProtocol(client) : 'static membership'),
    async run(stage) {
      const topic = await stage.topic(6)
      const first = stage.consumer('1', { topics: [topic], groupInstanceId: 'instance-1' })
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', { topics: [topic], groupInstanceId: 'instance-2' })
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.admin.groupIsStable(stage.groupId, 2)
      const held = second.owned
      const eventCount = first.rebalanceEventCount
      await second.close()
      const replacement = stage.consumer('2 again', { topics: [topic], groupInstanceId: 'instance-2' })
      await stage.owns([
        [first, 3],
        [replacement, 3],
      ])
      expect([...replacement.owned].sort()).toEqual([...held].sort())
      await stage.produce({ topic, partitions: 6, count: 60 })
      await replacement.waitFor('its share', () => replacement.records.length >= 30)
      expect(first.rebalanceEventCount, 'the other member noticed nothing').toBe(eventCount)
      await stage.settle([topic], [first, replacement])
    },
  },
  {
    name: 'kip-848-regex',
    title: 'a regular expression is evaluated by the broker, and again when a topic comes',
    lacks: (client) =>
      client.supports.topicRegex ? lacksConsumerProtocol(client) : 'regular expressions of the broker',
    async run(stage) {
      const a = await stage.topic(2, '-a')
      const topicRegex = `${a.slice(0, -2).replaceAll('.', '\\.')}-[a-c]`
      const first = stage.consumer('1', { topics: [], topicRegex })
      await stage.owns([[first, 2]])
      await stage.topic(1, '-d')
      const b = await stage.topic(2, '-b')
      await stage.owns([[first, 4]])
      await stage.produce({ topic: b, partitions: 2, count: 20 })
      await first.waitFor('what came into the new topic', () => first.records.length === 20)
      expect(new Set(first.owned)).toEqual(new Set([`${a}-0`, `${a}-1`, `${b}-0`, `${b}-1`]))
      await first.close()
    },
  },
  {
    name: 'kip-848-rolling-upgrade',
    title:
      'a live group moves to the consumer protocol member by member, and back: nothing is lost, nothing comes twice',
    lacks: (client) =>
      client.quirks?.noMigration
        ? 'classic members that can be in a consumer group'
        : client.supports.manualCommit
          ? lacksConsumerProtocol(client)
          : 'manual commits',
    async run(stage) {
      const topic = await stage.topic(6)
      const start = (name: string, protocol: GroupProtocol) => stage.consumer(name, { topics: [topic], protocol })
      const producer = stage.producer({ topic, partitions: 6, intervalMs: 5 })
      const seen = [start('classic 1', 'classic'), start('classic 2', 'classic')]
      let members = [seen[0]!, seen[1]!] as const
      const halves = (): Promise<void> =>
        stage.owns([
          [members[0], 3],
          [members[1], 3],
        ])
      await halves()
      await stage.seesMore(30, ...members)
      for (const protocol of ['consumer', 'consumer', 'classic', 'classic'] as const) {
        const [oldest, other] = members
        await oldest.close()
        await stage.owns([[other, 6]])
        const next = start(`${protocol} ${seen.length + 1}`, protocol)
        seen.push(next)
        members = [other, next]
        await halves()
        await stage.seesMore(20, ...members)
      }
      await producer.close()
      await stage.settle([topic], seen)
    },
  },
]
