import { expect, test } from 'vitest'
import { startBroker } from '../../../src/testing/index.ts'
import { testConsumer } from '../support/test-consumer.ts'

const HOUR_MS = 3_600_000

test('seek, resume and assign take effect while a fetch of the same broker waits for records, however long it may', async () => {
  await using broker = await startBroker({ topics: { t: 3 } })
  const partitions = [0, 1].map((partition) => ({ topic: 't', partition }))
  await broker.produce(
    't',
    partitions.map(({ partition }) => ({ partition, value: Buffer.from(`p${partition}`) })),
  )
  // Its answer would come after the test.
  await using consumer = testConsumer(broker.bootstrapServers, {
    fetchMaxWaitMs: HOUR_MS,
    requestTimeoutMs: 2 * HOUR_MS,
  })
  const next = async (): Promise<string> => {
    for (;;) {
      const records = await consumer.poll({ timeoutMs: 50, maxPollRecords: 1 })
      if (records.length > 0) return String(records[0]!.value)
    }
  }
  consumer.assign(partitions)
  expect([await next(), await next()].sort()).toEqual(['p0', 'p1'])
  expect(await consumer.poll({ timeoutMs: 50 })).toEqual([])
  consumer.seekToBeginning([partitions[0]!])
  expect(await next()).toBe('p0')
  consumer.pause([partitions[1]!])
  consumer.seek({ ...partitions[1]!, offset: 0n })
  expect(await consumer.poll({ timeoutMs: 50 })).toEqual([])
  consumer.resume([partitions[1]!])
  expect(await next()).toBe('p1')
  await broker.produce('t', [{ partition: 2, value: Buffer.from('p2') }])
  consumer.assign([...partitions, { topic: 't', partition: 2 }])
  expect(await next()).toBe('p2')
}, 20_000)
