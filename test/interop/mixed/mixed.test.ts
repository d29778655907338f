import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { franzGo } from '../go/client.ts'
import { kafkaJs, platformaticKafka } from '../node/clients.ts'
import { confluentKafka, kafkaPython } from '../python/clients.ts'
import { type Broker, type ClientProgram, isFullRun, requireTool, startBroker } from '../support/index.ts'
import { Stage } from '../support/scenario.ts'

const clients: readonly ClientProgram[] = [franzGo, confluentKafka, kafkaPython, kafkaJs, platformaticKafka]
const tools = [...new Set(clients.flatMap((client) => client.tools))]

let current: ClientProgram = franzGo
const mixed: ClientProgram = {
  ...franzGo,
  name: 'mixed',
  consumer: (options) => current.consumer(options),
  producer: (options) => current.producer(options),
}

describe.skipIf(!requireTool(...tools))('clients of different languages', () => {
  let broker: Broker
  let stage: Stage

  beforeAll(async () => {
    for (const client of clients) await client.prepare()
    broker = await startBroker()
  }, 600_000)

  afterEach(() => stage?.cleanUp())
  afterAll(() => broker?.stop())

  /** The stage, with this client for the next program that it starts. */
  function using(client: ClientProgram): Stage {
    current = client
    return stage
  }

  for (const assignor of ['range', 'roundrobin', 'cooperative-sticky'] as const) {
    test(`share a group with the ${assignor} assignor, whoever leads it`, async () => {
      stage = new Stage({ broker, client: mixed, scenario: `mixed-${assignor}` })
      const topic = await stage.topic(6)
      const producer = using(franzGo).producer({ topic, partitions: 6, intervalMs: 5 })
      const options = { topics: [topic], assignor }
      const [python, go, confluent] = [
        using(kafkaPython).consumer('1', options),
        using(franzGo).consumer('2', options),
        using(confluentKafka).consumer('3', options),
      ]
      await stage.owns([
        [python, 2],
        [go, 2],
        [confluent, 2],
      ])
      expect((await stage.admin.groupIsStable(stage.groupId, 3)).protocol).toBe(assignor)
      await stage.seesMore(20, python, go, confluent)
      // The leader goes, whichever it is: each goes once and comes back.
      await python.close()
      await stage.owns([
        [go, 3],
        [confluent, 3],
      ])
      const pythonAgain = using(kafkaPython).consumer('1 again', options)
      await stage.owns([
        [pythonAgain, 2],
        [go, 2],
        [confluent, 2],
      ])
      await go.close()
      await stage.owns([
        [pythonAgain, 3],
        [confluent, 3],
      ])
      await stage.seesMore(20, pythonAgain, confluent)
      await producer.close()
      await stage.settle([topic], [python, go, confluent, pythonAgain])
    }, 180_000)
  }

  test('that have no assignor in common cannot join one group', async () => {
    stage = new Stage({ broker, client: mixed, scenario: 'inconsistent' })
    const topic = await stage.topic(2)
    const first = using(franzGo).consumer('1', { topics: [topic], assignor: 'range' })
    await stage.owns([[first, 2]])
    const second = using(confluentKafka).consumer('2', { topics: [topic], assignor: 'roundrobin' })
    await second.waitFor('the refusal', () =>
      second.eventsOf('error').some((e) => /Inconsistent group protocol|INCONSISTENT_GROUP_PROTOCOL/.test(e.message)),
    )
    expect((await stage.admin.groupIsStable(stage.groupId, 1)).protocol).toBe('range')
    await using(franzGo).produce({ topic, partitions: 2, count: 10 })
    await stage.allIsCommitted([topic])
    await stage.close(first)
  }, 120_000)

  // The broker recompresses, for all clients to read.
  const topicCodecs = isFullRun
    ? (['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'] as const)
    : (['zstd', 'lz4'] as const)
  for (const topicCodec of topicCodecs) {
    test(`read what others wrote to a topic with compression.type=${topicCodec}`, async () => {
      stage = new Stage({ broker, client: mixed, scenario: `recompressed-${topicCodec}` })
      const topic = `recompressed-${topicCodec}`
      await stage.admin.createTopic(topic, 1, { 'compression.type': topicCodec })
      const expected: string[] = []
      for (const client of clients) {
        const codecs = isFullRun ? client.supports.codecs : client.supports.codecs.slice(1, 3)
        for (const codec of codecs) {
          const valuePrefix = `${client.name} ${codec} `
          await using(client).produce({ topic, partitions: 1, count: 40, compression: codec, valuePrefix })
          expected.push(...Array.from({ length: 40 }, (_, i) => `${valuePrefix}${i}`))
        }
      }
      const able = clients.filter(
        (client) => topicCodec === 'uncompressed' || client.supports.codecs.includes(topicCodec),
      )
      expect(able.length).toBeGreaterThanOrEqual(4)
      for (const client of able) {
        const groupId = `${stage.groupId}.${client.name}`
        const reader = using(client).consumer('reader', { topics: [topic], groupId, commit: 'none' })
        await reader.waitFor('all records', () => reader.records.length >= expected.length)
        expect(reader.records.map((r) => r.value)).toEqual(expected)
        await reader.close()
      }
    }, 180_000)
  }
})
