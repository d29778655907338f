import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, test } from 'vitest'
import { type RunningBroker, startBroker } from '../../../src/broker/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { waitUntil } from '../../interop/support/wait.ts'
import { RawClient } from '../../support/raw-client.ts'
import { fetchBody, fetchFrom, produceTo } from './support/requests.ts'

const MB = 1024 * 1024

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A broker with 32 MB for answers, with 40 batches of a MB in `large` and one small batch in `small`. */
async function filledBroker(): Promise<{
  readonly broker: RunningBroker
  readonly port: number
  readonly client: RawClient
}> {
  const broker = await startBroker({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    topics: ['large', 'small'].map((name) => ({ name, partitions: 1 })),
    limits: { maxTotalPendingResponseBytes: 32 * MB },
    // Nobody is ended for having taken nothing for long.
    clock: new VirtualClock(),
  })
  ends.push(() => broker.close())
  const { port } = broker.listeners[0]!
  const client = await RawClient.connect({ port })
  ends.push(() => client.close())
  const large = wire.encodeBatch({ records: [{ timestamp: 0, key: null, value: Buffer.alloc(900_000, 'x') }] })
  for (let i = 0; i < 40; i++) await produceTo(client, 'large', 0, Buffer.from(large))
  await produceTo(
    client,
    'small',
    0,
    wire.encodeBatch({ records: [{ timestamp: 0, key: null, value: Buffer.alloc(10) }] }),
  )
  return { broker, port, client }
}

/** A peer that fetches all of `large`, three times over, and takes nothing but what the kernel takes for it. */
async function deafPeer(port: number, client: RawClient, fetches = 3): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  ends.push(() => void socket.destroy())
  await once(socket, 'connect')
  socket.pause()
  const frame = client.frameOf(wire.fetchRequest, 12, fetchBody([{ topic: 'large', maxBytes: 50 * MB }]))
  for (let i = 0; i < fetches; i++) socket.write(frame)
  return socket
}

test('peers that fetch and take nothing hold no more than the memory for answers, and small fetches are served meanwhile', async () => {
  const { broker, port, client } = await filledBroker()
  const deaf: Socket[] = []
  for (let i = 0; i < 40; i++) {
    deaf.push(await deafPeer(port, client))
    assert.ok(broker.metrics().net.responseBytesHeld <= 32 * MB)
    const { responses } = await fetchFrom(client, [{ topic: 'small' }])
    assert.equal(responses[0]!.partitions[0]!.records!.length, 78)
  }
  await waitUntil('most of the memory to be used', () => broker.metrics().net.responseBytesHeld > 20 * MB)
})

test('a fetch that finds too little memory for one batch waits until there is more', async () => {
  const { broker, port, client } = await filledBroker()
  const deaf: Socket[] = []
  // Less than an eighth is free: that is scarce. Late ones get a batch at a time, and the kernel takes the first of those.
  while (broker.metrics().net.responseBytesHeld <= 28 * MB) {
    deaf.push(await deafPeer(port, client, 20))
    await fetchFrom(client, [{ topic: 'small' }])
  }
  client.send(wire.fetchRequest, 12, fetchBody([{ topic: 'large' }]))
  let isAnswered = false
  const answer = client.receive(wire.fetchRequest, wire.fetchResponse, 12).finally(() => {
    isAnswered = true
  })
  const other = await RawClient.connect({ port })
  ends.push(() => other.close())
  await fetchFrom(other, [{ topic: 'small' }])
  assert.equal(isAnswered, false)
  for (const socket of deaf) socket.destroy()
  const { responses } = (await answer)!.body
  assert.ok(responses[0]!.partitions[0]!.records!.length > 900_000)
})

test('fetches of a connection that has ended read nothing', async () => {
  const { broker, port, client } = await filledBroker()
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.pause()
  const frame = client.frameOf(wire.fetchRequest, 12, fetchBody([{ topic: 'large', maxBytes: MB }]))
  for (let i = 0; i < 100; i++) socket.write(frame)
  await waitUntil('the requests', () => (broker.metrics().net.requestBytesHeld ?? 0) > 1000)
  socket.destroy()
  await waitUntil('all to be given up', () => broker.metrics().net.requestBytesHeld === 0)
  assert.equal(broker.metrics().net.responseBytesHeld, 0)
  await fetchFrom(client, [{ topic: 'large' }])
})
