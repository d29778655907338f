import { afterEach, expect, test } from 'vitest'
import type { Consumer, Reason } from '../../../src/client/consumer/index.ts'
import { JumpingClock, startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { type TestConsumerOptions, testConsumer } from '../support/test-consumer.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const properties = {
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.heartbeat.interval.ms': '50',
  'group.consumer.min.heartbeat.interval.ms': '50',
}

async function cluster(topics: Readonly<Record<string, number>>): Promise<TestBroker> {
  const broker = await startBroker({ topics, properties })
  ends.push(() => broker.close())
  return broker
}

type Options = Partial<TestConsumerOptions<Buffer | null, Buffer | null>>

function member(broker: TestBroker, options: Options = {}): Consumer {
  const settings = { groupId: 'g', heartbeatIntervalMs: 50, retryBackoffMs: 20, fetchMaxWaitMs: 50 }
  const consumer = testConsumer(broker.bootstrapServers, { ...settings, ...options })
  ends.push(() => consumer.close({ timeoutMs: 1000 }))
  return consumer
}

/** Asks for records, and keeps each until it is let go. */
function reading(consumer: Consumer): { readonly taken: string[]; release(): void } {
  const taken: string[] = []
  let release = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  void (async () => {
    for await (const { topic, partition, offset } of consumer.records()) {
      taken.push(`${topic}-${partition}@${offset}`)
      await released
    }
  })().catch(() => {})
  ends.push(async () => release())
  return { taken, release }
}

const values = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ partition: 0, value: Buffer.from(`${i}`) }))
const reasons = (consumer: Consumer): Reason[] => consumer.explain().reasons.map(({ reason }) => reason)

test.each([
  'classic',
  'consumer',
] as const)('%s: not joined, at the end, paused, records that wait, busy', async (groupProtocol) => {
  const broker = await cluster({ t: 1 })
  const clock = new JumpingClock()
  const consumer = member(broker, { groupProtocol, clock })
  expect(reasons(consumer)).toContain('not-subscribed')
  consumer.subscribe('t')
  expect(reasons(consumer)).toContain('not-asked')
  const api = groupProtocol === 'classic' ? 'JoinGroup' : 'ConsumerGroupHeartbeat'
  const stalled = broker.fault({ api }).stall()
  const loop = reading(consumer)
  await expect.poll(() => stalled.hits).toBeGreaterThan(0)
  expect(consumer.explain().text).toMatch(/^The member is joining since [\d.]+ s: it /)
  stalled.remove()
  await expect.poll(() => reasons(consumer), { timeout: 20_000 }).toEqual(['at-end'])
  consumer.pause()
  expect(reasons(consumer)).toEqual(['paused'])
  consumer.resume()
  await broker.produce('t', values(2))
  await expect.poll(() => loop.taken).toEqual(['t-0@0'])
  await clock.advance(5000)
  expect(consumer.explain().text).toMatch(
    /^The application is at work since [\d.]+ s with t-0 at offset 0 and has not asked for more/,
  )
  await expect.poll(() => reasons(consumer)).toEqual(['handler-busy', 'records-waiting'])
  loop.release()
})

test('auto: that it asks for the type of the group, since when, and that this is no reason for alarm', async () => {
  const broker = await cluster({ t: 1 })
  const clock = new JumpingClock()
  await clock.advance(3_600_000)
  const stalled = broker.fault({ api: 'DescribeGroups' }).stall()
  const consumer = member(broker, { groupProtocol: 'auto', clock })
  consumer.subscribe('t')
  reading(consumer)
  await expect.poll(() => stalled.hits).toBe(1)
  expect(consumer.explain().text).toMatch(/^The member is unjoined since \d\.\d s: it asks for the type of the group/)
  expect(consumer.health().status).toBe('ok')
  stalled.remove()
  await expect.poll(() => reasons(consumer), { timeout: 20_000 }).toEqual(['at-end'])
})

test.each(['classic', 'consumer'] as const)('%s: that no broker answers, since when', async (groupProtocol) => {
  const clock = new JumpingClock()
  await clock.advance(3_600_000)
  const consumer = testConsumer('127.0.0.1:1', { groupId: 'g', groupProtocol, clock })
  ends.push(() => consumer.close({ timeoutMs: 10 }))
  consumer.subscribe(/^t/)
  reading(consumer)
  expect(consumer.explain().text).toMatch(/^The member is unjoined since \d\.\d s: it waits for the cluster/)
  expect(consumer.health().status).toBe('ok')
  await clock.advance(310_000)
  expect(consumer.health().status).toBe('stuck')
})

test('whose partitions a member waits for, and that it is idle where there are none for it', async () => {
  const broker = await cluster({ t: 2 })
  await broker.produce('t', [...values(1), { partition: 1, value: Buffer.from('1') }])
  const first = member(broker, { groupProtocol: 'consumer', clientId: 'first' })
  first.subscribe('t')
  // What one poll gave is in its hands until the next: here both partitions.
  const both = async (): Promise<number> => {
    first.seekToBeginning()
    return new Set((await first.poll({ timeoutMs: 200 })).map(({ partition }) => partition)).size
  }
  await first.poll({ timeoutMs: 5000 })
  while ((await both()) < 2);
  const second = member(broker, { groupProtocol: 'consumer', clientId: 'second' })
  second.subscribe('t')
  reading(second)
  const asked = async (): Promise<string> => (await second.explain({ askGroup: true })).text
  await expect
    .poll(asked, { timeout: 20_000 })
    .toMatch(
      /^t-\d: meant for this member, which waits for [\w-]+ \(client first, \/?127\.0\.0\.1\) to give up what it has\.$/,
    )
  const polling = (async () => {
    while (second.assignment().length === 0) await first.poll({ timeoutMs: 50 })
  })()
  await expect.poll(() => second.assignment().length, { timeout: 20_000 }).toBe(1)
  await polling
  await expect.poll(asked).toMatch(/^t-\d: read to the end\.$/)
  const third = member(broker, { groupProtocol: 'consumer', clientId: 'third' })
  third.subscribe('t')
  reading(third)
  await expect
    .poll(async () => (await third.explain({ askGroup: true })).text, { timeout: 20_000 })
    .toBe(
      'The group has no partition for this member: its 3 members share 2 partitions; there are fewer partitions than members.',
    )
  const stop = AbortSignal.abort(new Error('enough'))
  await expect(third.explain({ askGroup: true, signal: stop })).rejects.toThrow('enough')
})

test('whom a classic group waits for', async () => {
  const broker = await cluster({ t: 2 })
  await broker.produce('t', values(2))
  const first = member(broker, { clientId: 'first', partitionAssignmentStrategy: ['range'] })
  first.subscribe('t')
  const loop = reading(first)
  await expect.poll(() => loop.taken).toEqual(['t-0@0'])
  const second = member(broker, { clientId: 'second', partitionAssignmentStrategy: ['range'] })
  second.subscribe('t')
  reading(second)
  await expect
    .poll(async () => (await second.explain({ askGroup: true })).text, { timeout: 20_000 })
    .toMatch(/waits until all its members have joined again: first-[\w-]+ \(client first, \/?127\.0\.0\.1\); each may/)
})

test('what is missing, and what may not be read', async () => {
  const broker = await cluster({ t: 1 })
  const consumer = member(broker)
  consumer.subscribe('nowhere')
  reading(consumer)
  await expect
    .poll(() => consumer.explain().text, { timeout: 20_000 })
    .toContain('The cluster does not have, or does not show: nowhere.')
  await consumer.unsubscribe()
  consumer.subscribe(/^nothing-/)
  reading(consumer)
  await expect
    .poll(() => consumer.explain().text, { timeout: 20_000 })
    .toContain('No topic that this client may see matches /^nothing-/.')
  await consumer.unsubscribe()
  broker.fault({ api: 'Fetch' }).error('TOPIC_AUTHORIZATION_FAILED')
  consumer.subscribe('t')
  reading(consumer)
  await expect
    .poll(() => consumer.explain().text, { timeout: 20_000 })
    .toMatch(/^A broker refuses with TOPIC_AUTHORIZATION_FAILED: fetching t-0/)
  expect(reasons(consumer)[0]).toBe('unauthorized')
})
