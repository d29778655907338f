import { expect, test } from 'vitest'
import { metadataImage } from '../../../src/client/cluster/metadata-image.ts'
import { FetchQueue } from '../../../src/client/consumer/fetch/fetch-queue.ts'
import { readBatches } from '../../../src/client/consumer/fetch/read-batches.ts'
import { BatchIterator } from '../../../src/client/consumer/iterate/batches.ts'
import { Delivery } from '../../../src/client/consumer/iterate/delivery.ts'
import { PartitionStreams } from '../../../src/client/consumer/iterate/partition-streams.ts'
import { Poller } from '../../../src/client/consumer/iterate/poll.ts'
import { RecordIterator } from '../../../src/client/consumer/iterate/record-iterator.ts'
import { Runner } from '../../../src/client/consumer/iterate/run.ts'
import { Progress } from '../../../src/client/consumer/membership/heartbeat/progress.ts'
import { fail } from '../../../src/client/consumer/on-error.ts'
import { Subscription } from '../../../src/client/consumer/subscription.ts'
import { bytes } from '../../../src/client/serdes/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import { encodeBatch } from '../../../src/wire/index.ts'

type Bytes = Buffer | null
type TestDelivery = Delivery<Bytes, Bytes>

const MAX_POLL_INTERVAL_MS = 1000

/** Assigned partitions without records, and what the membership hears of the application. */
function idle(count = 2) {
  const clock = new VirtualClock()
  const subscription = new Subscription()
  const heard = { polls: 0 }
  const queue = new FetchQueue<Bytes, Bytes>(
    { key: bytes(), value: bytes() },
    { readable: () => delivery.notify(), drained: () => {} },
  )
  const delivery: TestDelivery = new Delivery({
    clock,
    subscription,
    queue,
    host: {
      polled: () => heard.polls++,
      waiting: () => {},
      producer: () => {
        throw new Error('this test has no producer')
      },
      clientId: 'test',
      groupId: 'g',
    },
  })
  subscription.subscribe('t')
  const states = subscription.add(
    Array.from({ length: count }, (_, partition) => ({ topic: 't', partition })),
    metadataImage({ version: 1, nodes: [], topics: [] }),
  )
  for (const state of states) state.seek(0n)
  const arrive = (partition: number): void => {
    const batch = encodeBatch({ baseOffset: 0n, records: [{ timestamp: 0, key: null, value: null, offsetDelta: 0 }] })
    queue.append(
      states[partition]!,
      readBatches(batch, { fetchOffset: 0n, aborted: null, checkCrcs: true }),
      batch.length,
    )
  }
  return { clock, subscription, delivery, heard, arrive }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const noCommit = (): Promise<void> => Promise.reject(new Error('this test does not commit'))

const ways: Record<string, (delivery: TestDelivery) => Promise<unknown>> = {
  'records()': (delivery) => new RecordIterator(delivery, fail(), undefined).next(),
  'batches()': (delivery) => new BatchIterator(delivery, fail(), undefined, noCommit).next(),
  'partitions()': async (delivery) => {
    const streams = new PartitionStreams({ delivery, policy: fail(), signal: undefined, commit: noCommit })
    for await (const stream of streams) void stream.records().next()
  },
  'run()': (delivery) => new Runner(delivery, fail(), { handler: () => {} }).run(),
  'poll()': (delivery) =>
    new Poller(delivery).poll({ timeoutMs: 3_600_000, max: 1, policy: fail(), signal: undefined }),
}

for (const [name, begin] of Object.entries(ways)) {
  test(`${name} waits where there are no records: the application is not too slow for that`, async () => {
    const { delivery } = idle()
    const loop = begin(delivery)
    await settled()
    expect(delivery.isWaiting).toBe(true)
    delivery.close()
    await loop
    expect(delivery.isWaiting).toBe(false)
  })
}

test('a stream of partitions() that hangs is not hidden by another one that asks', async () => {
  const { clock, delivery, heard, arrive } = idle()
  const streams = new PartitionStreams({ delivery, policy: fail(), signal: undefined, commit: noCommit })
  const [first, second] = [(await streams.next()).value!.records(), (await streams.next()).value!.records()]
  arrive(0)
  await first.next()
  void second.next()
  await settled()
  expect(delivery.isWaiting).toBe(false)
  clock.advance(MAX_POLL_INTERVAL_MS + 1)
  const { polls } = heard
  arrive(1)
  await settled()
  void second.next()
  await settled()
  expect(heard.polls).toBe(polls)
  expect(streams.busySinceMs()).toBeDefined()
  void first.next()
  await settled()
  expect(delivery.isWaiting).toBe(true)
  expect(heard.polls).toBe(polls + 1)
})

test('of a thousand streams of partitions() the one wakes that has a record, and nothing goes over all for each', async () => {
  const { subscription, delivery, arrive } = idle(1_000)
  const streams = new PartitionStreams({ delivery, policy: fail(), signal: undefined, commit: noCommit })
  const came: number[] = []
  const loop = (async () => {
    for await (const stream of streams) void stream.records().forEach(({ partition }) => void came.push(partition))
  })()
  await settled()
  let looks = 0
  const all = subscription[Symbol.iterator].bind(subscription)
  subscription[Symbol.iterator] = () => {
    looks++
    return all()
  }
  for (const partition of [7, 700, 70]) {
    arrive(partition)
    await settled()
  }
  expect(came).toEqual([7, 700, 70])
  expect(looks).toBeLessThan(10)
  delivery.close()
  await loop
})

test('who waits counts as asking within maxPollIntervalMs, also where that is shorter than the heartbeat interval', () => {
  const clock = new VirtualClock()
  const progress = new Progress(clock, { heartbeatIntervalMs: 3000, maxPollIntervalMs: 2000 })
  progress.waiting(true)
  clock.advance(1999)
  expect(progress.value).toBeGreaterThan(0)
  progress.waiting(false)
})
