import { expect, test } from 'vitest'
import { startBroker } from '../../../src/testing/index.ts'
import { testConsumer } from '../support/test-consumer.ts'

const ends = {
  'its signal aborts': (abort: () => void) => abort(),
  'the event loop brings an abort': (abort: () => void) => void setImmediate(abort),
  'the consumer is closed': (_: () => void, close: () => void) => close(),
} as const

for (const order of ['partition', 'key', 'none'] as const) {
  test.each(
    Object.entries(ends),
  )(`run() in the order '${order}' takes no more when %s, though its handlers are done at once`, async (_, end) => {
    await using broker = await startBroker({ topics: { t: 1 } })
    const keyed = Array.from({ length: 300 }, (_, i) => ({ partition: 0, key: Buffer.from(`k${i}`), value: null }))
    await broker.produce('t', keyed)
    await using consumer = testConsumer(broker.bootstrapServers)
    consumer.assign([{ topic: 't', partition: 0 }])
    const controller = new AbortController()
    let handled = 0
    const handler = (): void => {
      handled++
      if (handled === 5)
        end(
          () => controller.abort('enough'),
          () => void consumer.close(),
        )
      // Longer than the event loop is kept for, after some records.
      for (const untilMs = performance.now() + 4; performance.now() < untilMs; );
    }
    await consumer
      .run({ handler, order, concurrency: 4, signal: controller.signal })
      .catch((reason) => expect(reason).toBe('enough'))
    expect(handled).toBeGreaterThanOrEqual(5)
    expect(handled).toBeLessThan(60)
  })
}
