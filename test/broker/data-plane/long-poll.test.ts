import assert from 'node:assert/strict'
import { afterEach, test } from 'vitest'
import { fetchStateOf } from '../../../src/broker/fetch/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { waitUntil } from '../../interop/support/wait.ts'
import { batchOf } from '../../log/support/batches.ts'
import { RawClient } from '../../support/raw-client.ts'
import {
  type FetchOptions,
  type FetchPartitionSpec,
  fetchBody,
  produceBody,
  produceTo,
  valuesOf,
} from './support/requests.ts'
import { TestBroker, type TestBrokerOptions } from './support/test-broker.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const broker = await new TestBroker(options).start()
  ends.push(() => broker.stop())
  return broker
}

async function connect(broker: TestBroker): Promise<RawClient> {
  const client = await RawClient.connect({ port: broker.port })
  ends.push(() => client.close())
  return client
}

/** A fetch that is under way; `answer()` waits for its end. */
function poll(
  client: RawClient,
  partitions: readonly FetchPartitionSpec[],
  options: FetchOptions = {},
): { answer(): Promise<string[]> } {
  client.send(wire.fetchRequest, 12, fetchBody(partitions, { maxWaitMs: 10_000, ...options }))
  return {
    async answer() {
      const answer = await client.receive(wire.fetchRequest, wire.fetchResponse, 12)
      if (answer === undefined) return ['the connection ended']
      return answer.body.responses.flatMap((topic) =>
        topic.partitions.map(({ partitionIndex, errorCode, records }) => {
          const values = records === null ? 'null' : valuesOf(records).join(' ')
          return `${partitionIndex} ${wire.errorName(errorCode)} ${values}`.trim()
        }),
      )
    },
  }
}

async function untilParked(broker: TestBroker, count: number): Promise<void> {
  await waitUntil(`${count} parked fetches`, () => fetchStateOf(broker.broker).delayed.size === count)
}

test('a fetch of empty partitions waits and is answered by the first record', async () => {
  const broker = await start()
  broker.createTopic('t', 2)
  const [consumer, producer] = [await connect(broker), await connect(broker)]
  const fetch = poll(consumer, [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 1 },
  ])
  await untilParked(broker, 1)
  await produceTo(producer, 't', 1, batchOf(['a']))
  assert.deepEqual(await fetch.answer(), ['0 NONE', '1 NONE 0:a'])
  assert.equal(fetchStateOf(broker.broker).delayed.size, 0)
})

test('a fetch waits no longer than it says, then lists every partition', async () => {
  const clock = new VirtualClock()
  const broker = await start({ clock })
  broker.createTopic('t', 2)
  const consumer = await connect(broker)
  const fetch = poll(consumer, [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 1 },
  ])
  await untilParked(broker, 1)
  clock.advance(9_999)
  assert.equal(fetchStateOf(broker.broker).delayed.size, 1)
  clock.advance(1)
  assert.deepEqual(await fetch.answer(), ['0 NONE', '1 NONE'])
})

test('a fetch for many bytes counts what comes over all partitions', async () => {
  const broker = await start()
  broker.createTopic('t', 2)
  const [consumer, producer] = [await connect(broker), await connect(broker)]
  await produceTo(producer, 't', 0, batchOf(['a']))
  const bytes = batchOf(['a']).length
  const fetch = poll(
    consumer,
    [
      { topic: 't', partition: 0 },
      { topic: 't', partition: 1 },
    ],
    { minBytes: 3 * bytes },
  )
  await untilParked(broker, 1)
  await produceTo(producer, 't', 1, batchOf(['b']))
  // An answer to another request on the producer's connection: the look at the second batch is over.
  await produceTo(producer, 't', 1, batchOf(['c']), { acks: 1 })
  assert.deepEqual(await fetch.answer(), ['0 NONE 0:a', '1 NONE 0:b 1:c'])
})

test('records that are written but not flushed are not seen, and end a poll when they are', async () => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const broker = await start({ flush: () => held })
  broker.createTopic('t', 1)
  const [consumer, producer] = [await connect(broker), await connect(broker)]
  const fetch = poll(consumer, [{ topic: 't' }])
  await untilParked(broker, 1)
  assert.equal((await produceTo(producer, 't', 0, batchOf(['a']), { acks: 1 })).errorCode, 0)
  const now = poll(producer, [{ topic: 't' }], { maxWaitMs: 0 })
  assert.deepEqual(await now.answer(), ['0 NONE'])
  const ahead = poll(producer, [{ topic: 't', offset: 1n }], { maxWaitMs: 0 })
  assert.deepEqual(await ahead.answer(), ['0 NONE'])
  assert.equal(fetchStateOf(broker.broker).delayed.size, 1)
  release()
  assert.deepEqual(await fetch.answer(), ['0 NONE 0:a'])
})

test('deleting the topic ends the poll with an error', async () => {
  const broker = await start()
  const topic = broker.createTopic('t', 1)
  const consumer = await connect(broker)
  const fetch = poll(consumer, [{ topic: 't' }])
  await untilParked(broker, 1)
  await broker.deleteTopic(topic)
  assert.deepEqual(await fetch.answer(), ['0 UNKNOWN_TOPIC_OR_PARTITION'])
})

test('requests behind a waiting fetch are done at once, their answers come after it', async () => {
  const broker = await start()
  broker.createTopic('t', 1)
  const client = await connect(broker)
  const fetch = poll(client, [{ topic: 't' }])
  await untilParked(broker, 1)
  const body = produceBody({ topic: 't', partition: 0, records: batchOf(['a']), version: 9 })
  client.send(wire.produceRequest, 9, body)
  assert.deepEqual(await fetch.answer(), ['0 NONE 0:a'])
  const produced = await client.receive(wire.produceRequest, wire.produceResponse, 9)
  assert.equal(produced?.body.responses[0]?.partitionResponses[0]?.errorCode, 0)
})

test('of the polls of one connection one waits at a time, and all are answered in order', async () => {
  const broker = await start()
  broker.createTopic('t', 1)
  const [consumer, producer] = [await connect(broker), await connect(broker)]
  const first = poll(consumer, [{ topic: 't' }])
  const second = poll(consumer, [{ topic: 't', offset: 1n }])
  const third = poll(consumer, [{ topic: 't' }])
  await untilParked(broker, 1)
  await produceTo(producer, 't', 0, batchOf(['a']))
  assert.deepEqual(await first.answer(), ['0 NONE 0:a'])
  await untilParked(broker, 1)
  await produceTo(producer, 't', 0, batchOf(['b']))
  assert.deepEqual(await second.answer(), ['0 NONE 1:b'])
  assert.deepEqual(await third.answer(), ['0 NONE 0:a 1:b'])
})

test('polls behind one whose connection is gone do not wait', async () => {
  const broker = await start()
  broker.createTopic('t', 1)
  const client = await connect(broker)
  for (let i = 0; i < 5; i++) poll(client, [{ topic: 't' }])
  await untilParked(broker, 1)
  client.close()
  await untilParked(broker, 0)
  await waitUntil('the server to forget it', () => broker.server.connections.size === 0)
  assert.equal(fetchStateOf(broker.broker).delayed.size, 0)
})

test('a poll whose connection is gone is forgotten', async () => {
  const broker = await start()
  broker.createTopic('t', 1)
  const client = await connect(broker)
  poll(client, [{ topic: 't' }])
  await untilParked(broker, 1)
  client.close()
  await untilParked(broker, 0)
})

test('a broker that stops answers its polls first', async () => {
  const broker = await start()
  broker.createTopic('t', 1)
  const client = await connect(broker)
  const fetch = poll(client, [{ topic: 't' }])
  await untilParked(broker, 1)
  const stopped = broker.stop()
  assert.deepEqual(await fetch.answer(), ['0 NONE'])
  client.close()
  await stopped
})

test("a fetch that waits in a session's name is answered when another connection goes on with the session", async () => {
  const broker = await start()
  broker.createTopic('t', 1)
  const [first, second] = [await connect(broker), await connect(broker)]
  const fetch = { request: wire.fetchRequest, response: wire.fetchResponse }
  const full = await first.call(fetch.request, fetch.response, 12, fetchBody([{ topic: 't' }], { sessionEpoch: 0 }))
  const { sessionId } = full
  first.send(fetch.request, 12, fetchBody([], { sessionId, sessionEpoch: 1, maxWaitMs: 600_000 }))
  await untilParked(broker, 1)
  second.send(fetch.request, 12, fetchBody([], { sessionId, sessionEpoch: 2, maxWaitMs: 600_000 }))
  const superseded = await first.receive(fetch.request, fetch.response, 12)
  assert.equal(wire.errorName(superseded!.body.errorCode), 'INVALID_FETCH_SESSION_EPOCH')
  await untilParked(broker, 1)
  // A full request ends the session, and what waits in its name.
  await first.call(fetch.request, fetch.response, 12, fetchBody([{ topic: 't' }], { sessionId, sessionEpoch: 0 }))
  const ended = await second.receive(fetch.request, fetch.response, 12)
  assert.deepEqual(ended!.body.responses, [])
  assert.equal(fetchStateOf(broker.broker).delayed.size, 0)
})
