import { describe, test } from 'vitest'
import { interopSuite, requireTool, startBroker } from '../support/index.ts'
import { Stage } from '../support/scenario.ts'
import { platformaticKafka } from './clients.ts'

interopSuite(platformaticKafka, { fast: ['scale-out-and-in', 'offset-reset'] })

// The common scenario has two topics, which this client's assignor deals out unevenly, against Apache Kafka too.
describe.skipIf(!requireTool(...platformaticKafka.tools))('platformatic-kafka with cooperative-sticky', () => {
  test('a second consumer takes half of the partitions, and the first keeps reading the others', async ({ expect }) => {
    await platformaticKafka.prepare()
    const broker = await startBroker()
    const stage = new Stage({ broker, client: platformaticKafka, scenario: 'cooperative' })
    try {
      const topic = await stage.topic(6)
      const options = { topics: [topic], assignor: 'cooperative-sticky' } as const
      const first = stage.consumer('1', options)
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', options)
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      expect((await stage.admin.groupIsStable(stage.groupId, 2)).protocol).toBe('cooperative-sticky')
      expect(first.eventsOf('revoked').map((e) => e.partitions.length)).toEqual([3])
      await stage.produce({ topic, partitions: 6, count: 60 })
      await stage.settle([topic], [first, second])
    } finally {
      await stage.cleanUp()
      await broker.stop()
    }
  }, 600_000)
})
