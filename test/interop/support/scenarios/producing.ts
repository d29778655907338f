import { expect } from 'vitest'
import type { Codec } from '../client.ts'
import type { Scenario, Stage } from '../scenario.ts'

const codecs: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** Producers: codecs, acknowledgements, idempotence. */
export const producingScenarios: readonly Scenario[] = [
  {
    name: 'codecs',
    title: 'records of each codec are stored and read back in order',
    async run(stage) {
      const topic = await stage.topic(3)
      const supported = codecs.filter((codec) => stage.client.supports.codecs.includes(codec))
      for (const codec of supported) {
        await stage.produce({ topic, partitions: 3, count: 150, compression: codec, valuePrefix: `${codec}-` })
      }
      await readsBack(stage, {
        topic,
        values: supported.flatMap((codec) => Array.from({ length: 150 }, (_, i) => `${codec}-${i}`)),
      })
    },
  },
  {
    name: 'acks',
    title: 'acks=all, 1 and 0 all deliver',
    async run(stage) {
      const topic = await stage.topic(1)
      for (const acks of ['all', '1', '0'] as const) {
        const options = { topic, partitions: 1, count: 30, idempotent: false, acks, valuePrefix: `acks-${acks}-` }
        await stage.produce(options)
      }
      await readsBack(stage, {
        topic,
        values: ['all', '1', '0'].flatMap((acks) => Array.from({ length: 30 }, (_, i) => `acks-${acks}-${i}`)),
      })
    },
  },
  {
    name: 'idempotent-producer',
    title: 'an idempotent producer writes each record once and in order, though the broker crashes meanwhile',
    lacks: (client) => (client.supports.idempotence ? undefined : 'an idempotent producer'),
    async run(stage) {
      const topic = await stage.topic(3)
      const count = 1_500
      const producer = stage.producer({ topic, partitions: 3, count, intervalMs: 2, idempotent: true })
      await producer.waitFor('300 acknowledged records', () => producer.eventsOf('delivered').length >= 300)
      await stage.broker.kill9()
      await stage.broker.restart()
      await producer.finished()
      expect(producer.eventsOf('delivered')).toHaveLength(count)
      await readsBack(stage, { topic, values: Array.from({ length: count }, (_, i) => `value-${i}`) })
    },
  },
]

/** Reads the topic from its start: exactly these values, and those of one partition in the order of the list. */
async function readsBack(
  stage: Stage,
  options: { readonly topic: string; readonly values: readonly string[] },
): Promise<void> {
  const { topic, values } = options
  const consumer = stage.consumer('reader', { topics: [topic], commit: 'none' })
  const ends = await stage.admin.endOffsets(topic)
  const total = Object.values(ends).reduce((sum, end) => sum + end, 0)
  await consumer.waitFor(`${total} records`, () => consumer.records.length >= total)
  await consumer.close()
  const order = new Map(values.map((value, index) => [value, index]))
  const seen = consumer.records.map((r) => r.value ?? '')
  expect([...seen].sort()).toEqual([...values].sort())
  for (const partition of Object.keys(ends).map((name) => Number(name.slice(name.lastIndexOf('-') + 1)))) {
    const indexes = consumer.records.filter((r) => r.partition === partition).map((r) => order.get(r.value ?? '') ?? -1)
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b))
  }
}
