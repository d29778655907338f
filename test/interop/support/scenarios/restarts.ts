import { expect } from 'vitest'
import type { Scenario } from '../scenario.ts'

/** The broker goes away and comes back under running clients. */
export const restartScenarios: readonly Scenario[] = [
  {
    name: 'broker-restart',
    title:
      'a broker restart costs consumers no more than a reconnect: members stay, nothing is lost, nothing comes twice',
    lacks: (client) => (client.supports.manualCommit ? undefined : 'manual commits'),
    async run(stage) {
      const topic = await stage.topic(6)
      const options = { topics: [topic], sessionTimeoutMs: 60_000 }
      const producer = stage.producer({ topic, partitions: 6, intervalMs: 10 })
      const first = stage.consumer('1', options)
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', options)
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(30, first, second)
      const before = await stage.admin.groupIsStable(stage.groupId, 2)
      const eventCounts = [first.rebalanceEventCount, second.rebalanceEventCount]

      expect(await stage.broker.terminate()).toBe(stage.broker.target === 'kafka' ? 143 : 0)
      await stage.broker.restart()

      await stage.seesMore(60, first, second)
      const after = await stage.admin.groupIsStable(stage.groupId, 2)
      const ids = (group: typeof before) => group.members.map((m) => m.memberId).sort()
      if (stage.client.quirks?.returnsAsNewMember !== true) expect(ids(after)).toEqual(ids(before))
      if (stage.client.supports.rejoinsAfterOutage !== true) {
        expect([first.rebalanceEventCount, second.rebalanceEventCount]).toEqual(eventCounts)
      }
      await producer.close()
      await stage.settle([topic], [first, second])
    },
  },
]
