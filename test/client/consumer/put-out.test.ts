import { afterEach, expect, test } from 'vitest'
import type { Consumer } from '../../../src/client/consumer/index.ts'
import { JumpingClock, startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { testConsumer } from '../support/test-consumer.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const properties = {
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.heartbeat.interval.ms': '50',
  'group.consumer.min.heartbeat.interval.ms': '50',
}

const MAX_POLL_MS = 300_000

function told(consumer: Consumer): string[] {
  const calls: string[] = []
  consumer.subscribe('t', {
    onPartitionsAssigned: (partitions) => calls.push(`assigned ${partitions.length}`),
    onPartitionsRevoked: (partitions) => calls.push(`revoked ${partitions.length}`),
    onPartitionsLost: (partitions, { reason }) => calls.push(`lost ${partitions.length}: ${reason}`),
  })
  return calls
}

async function each(
  stream: AsyncIterable<{ readonly partition: number }>,
  on: (partition: number) => unknown,
): Promise<void> {
  for await (const { partition } of stream) await on(partition)
}

/** Partition 0 has a record of its own in the hands of a handler that never ends; the other's come and go. */
const ways: Readonly<Record<string, (consumer: Consumer, on: (partition: number) => unknown) => Promise<unknown>>> = {
  'records()': async (consumer, on) => {
    for await (const { partition } of consumer.records()) await on(partition)
  },
  'batches()': async (consumer, on) => {
    for await (const { partition } of consumer.batches()) await on(partition)
  },
  'partitions()': async (consumer, on) => {
    for await (const stream of consumer.partitions()) void each(stream, on)
  },
  'run()': (consumer, on) => consumer.run({ concurrency: 4, handler: ({ partition }) => on(partition) }),
}

async function reads(
  way: string,
): Promise<{ broker: TestBroker; clock: JumpingClock; calls: string[]; seen: number[] }> {
  const broker = await startBroker({ topics: { t: 2 }, properties })
  const clock = new JumpingClock()
  const consumer = testConsumer(broker.bootstrapServers, { groupId: 'g', clock })
  ends.push(
    () => broker.close(),
    () => consumer.close({ timeoutMs: 100 }),
  )
  const calls = told(consumer)
  const seen: number[] = []
  void ways[way]?.(consumer, (partition) => {
    seen.push(partition)
    return partition === 0 ? new Promise(() => {}) : undefined
  }).catch(() => {})
  await expect.poll(() => calls, { timeout: 10_000 }).toEqual(['assigned 2'])
  return { broker, clock, calls, seen }
}

for (const way of Object.keys(ways)) {
  test(`${way}: an application that waits where nothing comes keeps its place, however long`, async () => {
    const { clock, calls, broker, seen } = await reads(way)
    await clock.advance(3 * MAX_POLL_MS)
    await broker.produce('t', [{ partition: 1, value: Buffer.from('b') }])
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual([1])
    expect(calls).toEqual(['assigned 2'])
  })
}

for (const way of ['partitions()', 'run()']) {
  test(`${way}: a handler that hangs is put out, however busy the others are`, async () => {
    const { clock, calls, broker, seen } = await reads(way)
    await broker.produce('t', [{ partition: 0, value: Buffer.from('a') }])
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual([0])
    await clock.advance(0.7 * MAX_POLL_MS)
    await broker.produce('t', [{ partition: 1, value: Buffer.from('b') }])
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual([0, 1])
    await clock.advance(0.4 * MAX_POLL_MS)
    // The loop asks for what comes next, so it may join again at once.
    await expect
      .poll(() => calls.slice(0, 2), { timeout: 10_000 })
      .toEqual(['assigned 2', 'lost 2: consumer poll timeout has expired.'])
  })
}

for (const groupProtocol of ['classic', 'consumer'] as const) {
  test(`${groupProtocol}: a handler that hangs while a rebalance waits for it has lost its partitions, and is told so`, async () => {
    await using broker = await startBroker({ topics: { t: 2 }, properties })
    await broker.produce('t', [
      { partition: 0, value: Buffer.from('a') },
      { partition: 1, value: Buffer.from('b') },
    ])
    const config = { groupId: 'g', groupProtocol, heartbeatIntervalMs: 50, partitionAssignmentStrategy: ['range'] }
    const member = (maxPollIntervalMs: number) => {
      const { heartbeatIntervalMs, partitionAssignmentStrategy, ...common } = config
      const classic = groupProtocol === 'classic' ? { heartbeatIntervalMs, partitionAssignmentStrategy } : {}
      return testConsumer(broker.bootstrapServers, { ...common, ...classic, maxPollIntervalMs })
    }
    await using a = member(1_500)
    const calls = told(a)
    const releases: (() => void)[] = []
    let hanging = 0
    const stop = new AbortController()
    const running = a.run({
      concurrency: 2,
      signal: stop.signal,
      handler: () => {
        hanging++
        return new Promise<void>((resolve) => {
          releases.push(resolve)
        })
      },
    })
    await expect.poll(() => hanging, { timeout: 10_000 }).toBe(2)
    await using b = member(300_000)
    b.subscribe('t')
    const others = b.records()[Symbol.asyncIterator]()
    const next = others.next()
    const why = 'consumer poll timeout has expired.'
    const lost = groupProtocol === 'classic' ? [`lost 2: ${why}`] : [`lost 1: ${why}`, `lost 1: ${why}`]
    await expect.poll(() => calls, { timeout: 10_000 }).toEqual(['assigned 2', ...lost])
    expect(broker.group('g').committed('t', 0)).toBeUndefined()
    stop.abort()
    for (const release of releases) release()
    await running.catch(() => {})
    await next
    await others.return?.()
  })
}
