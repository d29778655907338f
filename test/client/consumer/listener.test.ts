import { expect, test } from 'vitest'
import type { ListenerContext } from '../../../src/client/consumer/index.ts'
import { startBroker } from '../../../src/testing/index.ts'
import { testConsumer } from '../support/test-consumer.ts'

const properties = { 'group.initial.rebalance.delay.ms': '0' }

/** What a listener does before it waits for something else. */
const begins: Readonly<Record<string, (context: ListenerContext) => Promise<unknown>>> = {
  seek: async ({ seek }) => seek({ topic: 't', partition: 0, offset: 1n }),
  seekToBeginning: async ({ seekToBeginning }) => seekToBeginning(),
  position: ({ position }) => position({ topic: 't', partition: 0 }),
}

for (const [name, begin] of Object.entries(begins)) {
  test(`nothing of a new partition is fetched before its listener is done, also where it has called ${name}`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await broker.produce('t', [{ value: 'zero' }, { value: 'one' }])
    await using consumer = testConsumer(broker.bootstrapServers, { groupId: 'g' })
    let isDone = false
    consumer.subscribe('t', {
      async onPartitionsAssigned(_, context) {
        await begin(context)
        // Long enough for a fetch: another request to the same broker has gone and come.
        for (let i = 0; i < 20; i++) await context.position({ topic: 't', partition: 0 }).catch(() => {})
        for (let i = 0; i < 5; i++) await consumer.endOffsets([{ topic: 't', partition: 0 }])
        isDone = true
      },
    })
    for await (const record of consumer.records()) {
      expect([isDone, record.value?.toString()]).toEqual([true, name === 'seek' ? 'one' : 'zero'])
      break
    }
  })
}
