import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { franzGo } from '../go/client.ts'
import { kafkaJs, platformaticKafka } from '../node/clients.ts'
import { confluentKafka, kafkaPython } from '../python/clients.ts'
import { type Broker, type ClientProgram, isFullRun, requireTool, startBroker } from '../support/index.ts'
import { eachGoesOnce, MixedStage } from './mixed-stage.ts'

const clients: readonly ClientProgram[] = [franzGo, confluentKafka, kafkaPython, kafkaJs, platformaticKafka]
const tools = [...new Set(clients.flatMap((client) => client.tools))]

describe.skipIf(!requireTool(...tools))('clients of different languages', () => {
  let broker: Broker
  let stage: MixedStage | undefined

  beforeAll(async () => {
    for (const client of clients) await client.prepare()
    broker = await startBroker()
  }, 600_000)

  afterEach(() => stage?.cleanUp())
  afterAll(() => broker?.stop())

  function setTheStage(scenario: string): MixedStage {
    stage = new MixedStage({ broker, first: franzGo, scenario })
    return stage
  }

  for (const assignor of ['range', 'roundrobin', 'cooperative-sticky'] as const) {
    test(`share a group with the ${assignor} assignor, whoever leads it`, async () => {
      const clients = [kafkaPython, franzGo, confluentKafka]
      await eachGoesOnce(setTheStage(`mixed-${assignor}`), { clients, partitions: 6, assignor, protocol: assignor })
    }, 180_000)
  }

  test('that have no assignor in common cannot join one group', async () => {
    const stage = setTheStage('inconsistent')
    const topic = await stage.topic(2)
    const first = stage.using(franzGo).consumer('1', { topics: [topic], assignor: 'range' })
    await stage.owns([[first, 2]])
    const second = stage.using(confluentKafka).consumer('2', { topics: [topic], assignor: 'roundrobin' })
    await second.waitFor('the refusal', () =>
      second.eventsOf('error').some((e) => /Inconsistent group protocol|INCONSISTENT_GROUP_PROTOCOL/.test(e.message)),
    )
    expect((await stage.admin.groupIsStable(stage.groupId, 1)).protocol).toBe('range')
    await stage.using(franzGo).produce({ topic, partitions: 2, count: 10 })
    await stage.allIsCommitted([topic])
    await stage.close(first)
  }, 120_000)

  // The broker recompresses, for all clients to read.
  const topicCodecs = isFullRun
    ? (['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'] as const)
    : (['zstd', 'lz4'] as const)
  for (const topicCodec of topicCodecs) {
    test(`read what others wrote to a topic with compression.type=${topicCodec}`, async () => {
      const stage = setTheStage(`recompressed-${topicCodec}`)
      const topic = `recompressed-${topicCodec}`
      await stage.admin.createTopic(topic, 1, { 'compression.type': topicCodec })
      const expected: string[] = []
      for (const client of clients) {
        const codecs = isFullRun ? client.supports.codecs : client.supports.codecs.slice(1, 3)
        for (const codec of codecs) {
          const valuePrefix = `${client.name} ${codec} `
          await stage.using(client).produce({ topic, partitions: 1, count: 40, compression: codec, valuePrefix })
          expected.push(...Array.from({ length: 40 }, (_, i) => `${valuePrefix}${i}`))
        }
      }
      const able = clients.filter(
        (client) => topicCodec === 'uncompressed' || client.supports.codecs.includes(topicCodec),
      )
      expect(able.length).toBeGreaterThanOrEqual(4)
      for (const client of able) {
        const groupId = `${stage.groupId}.${client.name}`
        const reader = stage.using(client).consumer('reader', { topics: [topic], groupId, commit: 'none' })
        await reader.waitFor('all records', () => reader.records.length >= expected.length)
        expect(reader.records.map((r) => r.value)).toEqual(expected)
        await reader.close()
      }
    }, 180_000)
  }
})
