import { expect, test } from 'vitest'
import type { Consumer } from '../../../src/client/consumer/index.ts'
import { startBroker } from '../../../src/testing/index.ts'
import { testConsumer } from '../support/test-consumer.ts'

type Texts = Consumer<Buffer | null, string>

const ways: Readonly<Record<string, (consumer: Texts, signal: AbortSignal) => Promise<unknown>>> = {
  async 'records()'(consumer, signal) {
    for await (const _ of consumer.records({ signal }));
  },
  async 'batches()'(consumer, signal) {
    for await (const _ of consumer.batches({ signal }));
  },
  async 'partitions()'(consumer, signal) {
    for await (const stream of consumer.partitions({ signal })) for await (const _ of stream);
  },
  'run()': (consumer, signal) => consumer.run({ signal, handler: () => {} }),
  "run() in the order 'none'": (consumer, signal) => consumer.run({ signal, order: 'none', handler: () => {} }),
  async 'poll()'(consumer, signal) {
    for (;;) await consumer.poll({ signal })
  },
}

test.each(
  Object.entries(ways),
)('%s ends with its signal while a record is being decoded, which is read again', async (_, consume) => {
  await using broker = await startBroker({ topics: { t: 1 } })
  await broker.produce('t', ['one', 'two', 'hangs', 'four'])
  const controller = new AbortController()
  let hangs = true
  const value = {
    async deserialize(bytes: Buffer | null): Promise<string> {
      if (hangs && String(bytes) === 'hangs') {
        setImmediate(() => controller.abort('enough'))
        await new Promise(() => {})
      }
      return String(bytes)
    },
  }
  await using consumer = testConsumer<Buffer | null, string>(broker.bootstrapServers, { value })
  consumer.assign([{ topic: 't', partition: 0 }])
  await expect(consume(consumer, controller.signal)).rejects.toBe('enough')
  hangs = false
  const again: string[] = []
  while (again.at(-1) !== 'four') again.push(...(await consumer.poll({ timeoutMs: 100 })).map((record) => record.value))
  expect(again.slice(-2)).toEqual(['hangs', 'four'])
})
