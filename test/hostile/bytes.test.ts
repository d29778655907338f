import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { handlers } from '../../src/broker/handlers/index.ts'
import { requestHeaderVersion } from '../../src/wire/index.ts'
import type { RawClient } from '../support/raw-client.ts'
import { random, startVictim, type Victim } from './support.ts'

const vectors = join(import.meta.dirname, '../vectors/messages.jsonl.gz')
const seed = Number(process.env.KOHORT_SEED ?? Math.floor(Math.random() * 2 ** 31))

interface GoldenRequest {
  readonly name: string
  readonly apiKey: number
  readonly version: number
  readonly frame: Buffer
}

/** Requests as Kafka's clients write them, of every API that is served, with a header before them. */
function goldenRequests(): GoldenRequest[] {
  const lines = gunzipSync(readFileSync(vectors)).toString('utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const row = JSON.parse(line) as { type: string; name: string; version: number; apiKey: number; hex: string }
    const served = handlers.get(row.apiKey)
    if (row.type !== 'request' || served === undefined || row.version > served.maxVersion) return []
    const header = Buffer.alloc(requestHeaderVersion(served.api, row.version) === 2 ? 11 : 10)
    header.writeInt16BE(row.apiKey, 0)
    header.writeInt16BE(row.version, 2)
    header.writeInt16BE(-1, 8)
    const frame = Buffer.concat([header, Buffer.from(row.hex, 'hex')])
    return [{ name: row.name, apiKey: row.apiKey, version: row.version, frame }]
  })
}

function withSize(frame: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}

describe(`hostile bytes, seed ${seed}`, () => {
  const requests = goldenRequests()
  const pick = random(seed)
  let victim: Victim
  beforeAll(async () => {
    victim = await startVictim({ 'auto.create.topics.enable': 'false' })
  })
  afterAll(async () => {
    await victim.stop()
    assert.deepEqual(victim.mistakes, [])
  })

  /** Sends frames over connections that last as long as the broker lets them; does not wait for answers. */
  async function bombard(frames: Iterable<Buffer>): Promise<void> {
    let client: RawClient | undefined
    let count = 0
    for (const frame of frames) {
      if (client === undefined || client.isEnded) client = await victim.connect()
      client.sendBytes(frame)
      // A turn for the broker now and then: it runs in this process.
      if (++count % 20 === 0) {
        client.socket.end()
        client = undefined
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    client?.socket.end()
    await victim.probe()
    // All was read when all connections have ended.
    await victim.untilNoConnections()
  }

  test('every request as it should be, with values that make no sense', async () => {
    assert.ok(requests.length > 400)
    await bombard(requests.map(({ frame }) => withSize(frame)))
  })

  test('requests that are cut off, their size made to fit', async () => {
    const cut = requests.flatMap(({ frame }) => {
      return Array.from({ length: 8 }, () => withSize(frame.subarray(0, pick(frame.length))))
    })
    await bombard(cut)
  })

  test('requests with some bits turned over', async () => {
    const turned = requests.flatMap(({ frame }) =>
      Array.from({ length: 8 }, () => {
        const copy = Buffer.from(frame)
        for (let n = pick(4); n >= 0; n--) {
          // The key and version stay, to get as far as possible.
          const at = 4 + pick(copy.length - 4)
          copy[at] = copy[at]! ^ (1 << pick(8))
        }
        return withSize(copy)
      }),
    )
    await bombard(turned)
  })

  test('lengths and counts made huge or negative', async () => {
    const values = [0x7fffffff, -1, -(2 ** 31), 0x00ffffff]
    const stretched = requests.flatMap(({ frame }) =>
      Array.from({ length: 6 }, () => {
        const copy = Buffer.from(frame)
        if (copy.length < 15) return withSize(copy)
        copy.writeInt32BE(values[pick(values.length)]!, 10 + pick(copy.length - 14))
        return withSize(copy)
      }),
    )
    await bombard(stretched)
  })

  test('random bytes, framed and bare', async () => {
    const garbage = Array.from({ length: 1500 }, () => {
      const bytes = Buffer.from(Array.from({ length: pick(200) }, () => pick(256)))
      return pick(2) === 0 ? bytes : withSize(bytes)
    })
    await bombard(garbage)
  })
})
