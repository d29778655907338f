import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'vitest'
import type { DiskLogStore, PartitionLog } from '../../../src/log/index.ts'
import { batchOf, defaultConfig, recordsIn } from '../support/batches.ts'
import { Folder, topicOf } from '../support/folder.ts'

const INDEX = '/data/topic-0/00000000000000000000.index'
const TIME_INDEX = '/data/topic-0/00000000000000000000.timeindex'
const BATCHES = 20

function open(store: DiskLogStore): PartitionLog {
  return store.open(topicOf('topic'), { ...defaultConfig, indexIntervalBytes: 1000 })
}

async function append(store: DiskLogStore, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const batches = batchOf([`${i}`.padEnd(600, '.')], { timestamps: [1000 + i] })
    assert.equal((await store.append([{ log: open(store), batches }], 'durable')).errorCode, 'NONE')
  }
}

async function recordAt(log: PartitionLog, offset: number): Promise<string> {
  const outcome = await log.read({ offset: BigInt(offset), maxBytes: 1, atLeastOneBatch: true, isolation: 0 })
  return recordsIn(outcome).join().replace(/\.+$/, '')
}

const damages: Record<string, (bytes: Buffer) => Buffer> = {
  missing: () => Buffer.alloc(0),
  short: (bytes) => bytes.subarray(0, bytes.length - 8),
  'full of zeros': (bytes) => Buffer.alloc(bytes.length),
  wrong: (bytes) => Buffer.from(bytes.map((byte, i) => (i % 8 === 7 ? byte ^ 64 : byte))),
}

for (const [what, damage] of Object.entries(damages)) {
  test(`an index that is ${what} is made anew when it is needed, and nothing is read wrong meanwhile`, async () => {
    const folder = new Folder()
    const store = await folder.open()
    await append(store, 0, BATCHES)
    await store.close()
    const index = folder.disk.tamper(INDEX, damage)
    const timeIndex = (await folder.disk.readFile(TIME_INDEX))!
    folder.lines.length = 0
    const again = await folder.open()
    const log = open(again)
    for (let i = 0; i < BATCHES; i += 3) assert.equal(await recordAt(log, i), `${i}:${i}`)
    assert.deepEqual(await log.offsetForTimestamp(1015n, 0), { timestampMs: 1015n, offset: 15n, leaderEpoch: 0 })
    await folder.settled()
    assert.match(folder.lines.join('\n'), /an index of .* is missing or wrong: both are made anew/)
    assert.deepEqual(await folder.disk.readFile(INDEX), index)
    await again.close()
    assert.deepEqual(await folder.disk.readFile(TIME_INDEX), timeIndex)
    folder.powerCut()
    folder.lines.length = 0
    assert.equal(await recordAt(open(await folder.open()), 15), '15:15')
    assert.deepEqual(folder.lines, [])
  })
}

test('index files that are missing are made anew before more is appended', async () => {
  const folder = new Folder()
  const store = await folder.open()
  await append(store, 0, BATCHES + 10)
  await store.close()
  const whole = await folder.disk.readFile(INDEX)

  const other = new Folder()
  const first = await other.open()
  await append(first, 0, BATCHES)
  await first.close()
  await other.disk.remove(INDEX)
  await other.disk.remove(TIME_INDEX)
  const second = await other.open()
  await append(second, BATCHES, BATCHES + 10)
  await second.close()
  assert.deepEqual(await other.disk.readFile(INDEX), whole)
  const log = open(await other.open())
  assert.equal(await recordAt(log, 25), '25:25')
  assert.deepEqual(await log.offsetForTimestamp(1025n, 0), { timestampMs: 1025n, offset: 25n, leaderEpoch: 0 })
})

test('a time index that is missing or full of zeros is made anew when somebody looks up a time', async () => {
  for (const damage of [damages.missing!, damages['full of zeros']!]) {
    const folder = new Folder()
    const store = await folder.open()
    await append(store, 0, BATCHES)
    await store.close()
    const whole = folder.disk.tamper(TIME_INDEX, damage)
    const again = await folder.open()
    const found = await open(again).offsetForTimestamp(1015n, 0)
    assert.deepEqual(found, { timestampMs: 1015n, offset: 15n, leaderEpoch: 0 })
    await folder.settled()
    assert.deepEqual(await folder.disk.readFile(TIME_INDEX), whole)
  }
})

test('a flipped bit of a time index never hides a record, and is mended when it misleads', async () => {
  const folder = new Folder()
  const store = await folder.open()
  // Younger and older batches by turns: only the youngest so far are in the index.
  const times = Array.from({ length: 30 }, (_, i) => 1000 + 10 * i - (i % 3 === 1 ? 25 : 0))
  for (const [i, time] of times.entries()) {
    const batches = batchOf([`${i}`.padEnd(600, '.')], { timestamps: [time] })
    assert.equal((await store.append([{ log: open(store), batches }], 'durable')).errorCode, 'NONE')
  }
  await store.close()
  const whole = (await folder.disk.readFile(TIME_INDEX))!
  assert.ok(whole.length >= 10 * 12)
  let mended = 0
  for (let bit = 0; bit < whole.length * 8; bit += 5) {
    folder.disk.tamper(TIME_INDEX, () => {
      const bytes = Buffer.from(whole)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      return bytes
    })
    folder.lines.length = 0
    const again = await folder.open()
    const log = open(again)
    for (const wanted of [1001, 1101, 1155, 1201, 1285]) {
      const offset = times.findIndex((time) => time >= wanted)
      const found = await log.offsetForTimestamp(BigInt(wanted), 0)
      const expected = { timestampMs: BigInt(times[offset]!), offset: BigInt(offset), leaderEpoch: 0 }
      assert.deepEqual(found, expected, `${wanted} with bit ${bit} flipped`)
    }
    await folder.settled()
    if (folder.lines.some((line) => line.includes('made anew'))) {
      mended++
      assert.deepEqual(await folder.disk.readFile(TIME_INDEX), whole)
    }
    folder.kill()
  }
  assert.ok(mended > 20, `${mended}`)
})
