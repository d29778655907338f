import { expect, test } from 'vitest'
import type { Consumer } from '../../../src/client/consumer/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { type TestConsumerOptions, testConsumer } from '../support/test-consumer.ts'

const properties = {
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.heartbeat.interval.ms': '5000',
  'group.consumer.min.heartbeat.interval.ms': '50',
}

async function withRecords(count: number): Promise<TestBroker> {
  const broker = await startBroker({ topics: { t: 1 }, properties })
  await broker.produce(
    't',
    Array.from({ length: count }, (_, i) => ({ partition: 0, value: Buffer.from(String(i)) })),
  )
  return broker
}

function member(
  broker: TestBroker,
  options: Partial<TestConsumerOptions<Buffer | null, Buffer | null>> = {},
): Consumer {
  const consumer = testConsumer(broker.bootstrapServers, {
    groupId: 'g',
    autoCommitIntervalMs: 3_600_000,
    retryBackoffMs: 20,
    ...options,
  })
  consumer.subscribe('t')
  return consumer
}

async function polled(consumer: Consumer, count: number): Promise<void> {
  for (let seen = 0; seen < count; ) seen += (await consumer.poll({ timeoutMs: 100, maxPollRecords: count })).length
}

test('close() commits what the last poll() gave, as in Java', async () => {
  await using broker = await withRecords(5)
  const consumer = member(broker)
  await polled(consumer, 3)
  await consumer.close()
  expect(broker.group('g').committed('t', 0)).toBe(3n)
})

test('close() does not go beyond what the application committed of the last poll() itself', async () => {
  await using broker = await withRecords(5)
  const consumer = member(broker)
  await polled(consumer, 4)
  await consumer.commit([{ topic: 't', partition: 0, offset: 2n }])
  await consumer.close()
  expect(broker.group('g').committed('t', 0)).toBe(2n)
})

test('close() leaves the record that a loop has in its hands to the next owner', async () => {
  await using broker = await withRecords(5)
  const consumer = member(broker)
  for await (const record of consumer.records()) if (record.offset === 3n) await consumer.close()
  expect(broker.group('g').committed('t', 0)).toBe(3n)
})

test('unsubscribe() commits what the last poll() gave, and does not wait for another one', async () => {
  await using broker = await withRecords(5)
  await using consumer = member(broker)
  await polled(consumer, 2)
  await consumer.unsubscribe()
  expect([consumer.assignment(), broker.group('g').committed('t', 0)]).toEqual([[], 2n])
  consumer.subscribe('t')
  await polled(consumer, 1)
})

test('unsubscribe() in the body of a loop leaves its record unprocessed', async () => {
  await using broker = await withRecords(5)
  await using consumer = member(broker)
  for await (const record of consumer.records()) {
    if (record.offset < 2n) continue
    await consumer.unsubscribe()
    break
  }
  expect(broker.group('g').committed('t', 0)).toBe(2n)
})

for (const groupProtocol of ['classic', 'consumer'] as const) {
  const api = groupProtocol === 'classic' ? 'LeaveGroup' : 'ConsumerGroupHeartbeat'

  test(`${groupProtocol}: a goodbye whose connection dies is said again, and the group is empty when close() is done`, async () => {
    await using broker = await withRecords(1)
    const consumer = member(broker, { groupProtocol })
    await polled(consumer, 1)
    const lost = broker.fault({ api, times: 2 }).close()
    await consumer.close()
    expect(lost.hits).toBe(2)
    await broker.group('g').untilMembers(0)
  })

  test(`${groupProtocol}: a goodbye that nobody hears ends with close()'s time`, async () => {
    await using broker = await withRecords(1)
    const consumer = member(broker, { groupProtocol })
    await polled(consumer, 1)
    const lost = broker.fault({ api, times: 1_000_000 }).close()
    await consumer.close({ timeoutMs: 300 })
    expect(lost.hits).toBeGreaterThan(1)
  })

  test(`${groupProtocol}: a member that waits no longer for its last commit leaves all the same`, async () => {
    await using broker = await withRecords(1)
    await using consumer = member(broker, { groupProtocol })
    await polled(consumer, 1)
    const commit = broker.fault({ api: 'OffsetCommit', times: 1_000_000 }).stall()
    const controller = new AbortController()
    const left = consumer.unsubscribe({ signal: controller.signal })
    await commit.hit
    controller.abort(new Error('no time'))
    await left
    await broker.group('g').untilMembers(0)
    broker.clearFaults()
    consumer.subscribe('t')
    await polled(consumer, 1)
  })

  test(`${groupProtocol}: a member whose commit is refused joins again, and reads on from the last commit`, async () => {
    await using broker = await withRecords(4)
    await using consumer = member(broker, { groupProtocol })
    await polled(consumer, 2)
    await consumer.commit()
    await polled(consumer, 1)
    const code = groupProtocol === 'classic' ? 'ILLEGAL_GENERATION' : 'UNKNOWN_MEMBER_ID'
    broker.fault({ api: 'OffsetCommit' }).error(code)
    await expect(consumer.commit()).rejects.toMatchObject({ code, kind: 'fenced' })
    // The next heartbeat comes after 5 s (consumer) or 3 s (classic): the refusal is enough.
    const again: bigint[] = []
    while (again.length < 2) again.push(...(await consumer.poll({ timeoutMs: 100 })).map(({ offset }) => offset))
    expect(again).toEqual([2n, 3n])
  })
}
