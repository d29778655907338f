import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import { type ConnectionEvent, Kafka, type RequestEvent } from '../../src/client/index.ts'
import { startBroker } from '../../src/testing/index.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const fn of cleanUp.splice(0).reverse()) await fn()
})

function listen<T>(name: string): T[] {
  const events: T[] = []
  const onEvent = (event: unknown): unknown => events.push(event as T)
  subscribe(name, onEvent)
  cleanUp.push(() => unsubscribe(name, onEvent))
  return events
}

test('requests and connections are told to channels of node:diagnostics_channel', async () => {
  const broker = await startBroker({ topics: { orders: 1 } })
  cleanUp.push(() => broker.close())
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'seen' })
  cleanUp.push(() => kafka.close())
  const requests = listen<RequestEvent>('kohort:request')
  const connections = listen<ConnectionEvent>('kohort:connection')
  await kafka.producer().send({ topic: 'orders', value: 'x' })
  const produce = requests.find(({ api }) => api === 'Produce')!
  expect(produce).toMatchObject({ node: broker.bootstrapServers, clientId: 'seen', throttleMs: 0, error: undefined })
  expect(produce.durationMs).toBeGreaterThanOrEqual(0)
  expect(connections[0]).toMatchObject({ event: 'open', node: broker.bootstrapServers, clientId: 'seen' })
  await kafka.close()
  expect(connections.at(-1)).toMatchObject({ event: 'close', error: { code: 'CLOSED' } })
})

test('a snapshot shows connections, metadata and what producers hold', async () => {
  const broker = await startBroker({ topics: { orders: 1 } })
  cleanUp.push(() => broker.close())
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
  cleanUp.push(() => kafka.close())
  expect(kafka.stats()).toEqual({
    clusterId: null,
    metadata: { version: 0, nodes: 0, topics: 0 },
    connections: [],
    producers: [],
    consumers: [],
  })
  const producer = kafka.producer()
  await producer.send({ topic: 'orders', value: 'x' })
  expect(kafka.stats()).toMatchObject({ metadata: { nodes: 1, topics: 1 }, producers: [{ bufferedBytes: 0 }] })
  const expected = {
    nodeId: 1,
    purpose: 'produce',
    address: broker.bootstrapServers,
    isConnected: true,
    pendingRequests: 0,
  }
  expect(kafka.stats().connections).toContainEqual({ ...expected, throttledForMs: 0 })
})

test('close() takes a time and a signal for all that it closes', async () => {
  const broker = await startBroker({ topics: { orders: 1 } })
  cleanUp.push(() => broker.close())
  const stalled = broker.fault({ api: 'Produce' }).stall()
  cleanUp.push(() => stalled.remove())
  for (const options of [{ timeoutMs: 20 }, { signal: AbortSignal.timeout(20) }]) {
    const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
    const sent = kafka.producer().send({ topic: 'orders', value: 'x' })
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CLOSED' })
    await kafka.close(options)
    await outcome
  }
})
