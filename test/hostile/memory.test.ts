import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, test } from 'vitest'
import { fetchStateOf } from '../../src/broker/fetch/index.ts'
import * as wire from '../../src/wire/index.ts'
import { fetchBody, fetchFrom, produceTo } from '../broker/data-plane/support/requests.ts'
import type { RawClient } from '../support/raw-client.ts'
import { residentMb, startVictim, type Victim } from './support.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function victimOf(properties: Readonly<Record<string, string>> = {}): Promise<Victim> {
  const victim = await startVictim(properties)
  ends.push(async () => {
    await victim.stop()
    assert.deepEqual(victim.mistakes, [])
  })
  return victim
}

async function connected(victim: Victim): Promise<RawClient> {
  const client = await victim.connect()
  ends.push(() => client.close())
  return client
}

function sizeOf(bytes: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes)
  return size
}

describe('memory stays bounded', () => {
  test('when peers announce 100 MB each and send nothing', async () => {
    const victim = await victimOf()
    const before = residentMb()
    for (let i = 0; i < 200; i++) {
      const client = await connected(victim)
      client.sendBytes(Buffer.concat([sizeOf(100 * 1024 * 1024), Buffer.from('zzzz')]))
    }
    await victim.probe()
    assert.ok(residentMb() - before < 200, `${residentMb() - before} MB more`)
  })

  test('when a slow sender gives byte after byte, and others are served meanwhile', async () => {
    const victim = await victimOf()
    const slow = await connected(victim)
    const frame = slow.frameOf(wire.metadataRequest, 4, { topics: [], allowAutoTopicCreation: false })
    for (const byte of frame) {
      slow.sendBytes(Buffer.from([byte]))
      await victim.probe()
    }
    assert.ok((await slow.nextFrame()) !== undefined)
  })

  test('when a peer asks and asks and does not read the answers', async () => {
    const victim = await victimOf()
    const producer = await connected(victim)
    const value = Buffer.alloc(1_000_000, 'x')
    for (let i = 0; i < 20; i++) {
      const batch = wire.encodeBatch({ records: [{ timestamp: Date.now(), key: null, value }] })
      const { errorCode } = await produceTo(producer, 'probe', 0, batch)
      assert.equal(errorCode, 0)
    }
    const before = residentMb()
    const deaf = connect({ port: victim.port, host: '127.0.0.1' })
    ends.push(() => void deaf.destroy())
    await once(deaf, 'connect')
    deaf.pause()
    const spec = [{ topic: 'probe', maxBytes: 50_000_000 }]
    const fetch = producer.frameOf(wire.fetchRequest, 12, fetchBody(spec))
    for (let i = 0; i < 2000; i++) deaf.write(fetch)
    for (let i = 0; i < 20; i++) await victim.probe()
    assert.ok(residentMb() - before < 250, `${residentMb() - before} MB more`)
    const fetched = await fetchFrom(producer, spec)
    assert.ok(fetched.responses[0]!.partitions[0]!.records!.length >= 20_000_000)
  })

  test('when a client opens fetch sessions without end', async () => {
    const victim = await victimOf({ 'max.incremental.fetch.session.cache.slots': '50' })
    const client = await connected(victim)
    const partitions = Array.from({ length: 300 }, (_, i) => ({ topic: 'probe', partition: i }))
    let withSession = 0
    for (let i = 0; i < 200; i++) {
      const { sessionId } = await fetchFrom(client, partitions, { sessionEpoch: 0 })
      if (sessionId !== 0) withSession++
    }
    const { sessions } = fetchStateOf(victim.broker.broker)
    assert.equal(withSession, 50)
    assert.equal(sessions.size, 50)
    assert.equal(sessions.partitions, 50 * 300)
    await victim.probe()
  })

  test('when a request holds millions of tiny things', async () => {
    const victim = await victimOf()
    const topics = 5_000_000
    // Produce 3 without client id and transactional id; then topics of no name and no partitions, six bytes each.
    const start = Buffer.from('0000000300000001ffffffff000100000000', 'hex')
    const produce = Buffer.concat([start, sizeOf(topics), Buffer.alloc(topics * 6)])
    const before = residentMb()
    for (let i = 0; i < 3; i++) {
      const client = await connected(victim)
      client.sendBytes(Buffer.concat([sizeOf(produce.length), produce]))
      assert.equal(await client.nextFrame(), undefined)
    }
    await victim.probe()
    assert.ok(residentMb() - before < 200, `${residentMb() - before} MB more`)
  })

  test('with a thousand idle connections', async () => {
    const victim = await victimOf()
    const before = residentMb()
    for (let i = 0; i < 1000; i++) {
      const socket = connect({ port: victim.port, host: '127.0.0.1' })
      ends.push(() => void socket.destroy())
      await once(socket, 'connect')
    }
    await victim.probe()
    assert.ok(residentMb() - before < 100, `${residentMb() - before} MB more`)
  })
})
