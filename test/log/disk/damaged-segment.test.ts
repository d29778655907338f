import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { DiskLogStore, PartitionLog, ReadOutcome } from '../../../src/log/index.ts'
import { batchOf, defaultConfig, recordsIn } from '../support/batches.ts'
import { Folder, topicOf } from '../support/folder.ts'

const SEGMENT = '/data/topic-0/00000000000000000000.log'
const BATCHES = 20
/** The header's 61 bytes, and a record with a value of 600. */
const BATCH_BYTES = 61 + 609

/** Twenty batches of one record, an index entry for every second one, and another topic; all of it read from files. */
async function stopped(): Promise<Folder> {
  const folder = new Folder()
  const store = await folder.open()
  const log = open(store)
  for (let i = 0; i < BATCHES; i++) {
    await store.append([{ log, batches: batchOf([`${i}`.padEnd(600, '.')], { timestamps: [1000 + i] }) }], 'durable')
  }
  await folder.append(store, 'other', 'o')
  await store.close()
  const { length } = (await folder.disk.readFile(SEGMENT))!
  assert.equal(length, BATCHES * BATCH_BYTES)
  folder.lines.length = 0
  return folder
}

function open(store: DiskLogStore): PartitionLog {
  return store.open(topicOf('topic'), { ...defaultConfig, indexIntervalBytes: 1000 })
}

async function read(log: PartitionLog, offset: number, maxBytes = 1_000_000): Promise<ReadOutcome> {
  return log.read({ offset: BigInt(offset), maxBytes, atLeastOneBatch: true, isolation: 0 })
}

function flip(folder: Folder, position: number, bit: number): void {
  folder.disk.tamper(SEGMENT, (bytes) => {
    bytes[position]! ^= 1 << bit
    return bytes
  })
}

const values = (outcome: ReadOutcome): string[] => recordsIn(outcome).map((record) => record.replace(/\.+$/, ''))
const expected = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${from + i}:${from + i}`)

describe('a flipped bit in a flushed segment', () => {
  test('is reported where it is, in one line, and not served; what is before and behind it is', async () => {
    const folder = await stopped()
    const position = 7 * BATCH_BYTES + 300
    flip(folder, position, 3)
    const store = await folder.open()
    const log = open(store)
    assert.deepEqual(values(await read(log, 0)), expected(0, 7))
    for (let i = 0; i < 3; i++) {
      const outcome = await read(log, 7)
      assert.deepEqual([outcome.errorCode, outcome.records], ['CORRUPT_MESSAGE', []])
    }
    assert.deepEqual(folder.lines, [
      `topic-0 cannot be read at offset 7: ${SEGMENT} is damaged at byte ${7 * BATCH_BYTES}`,
    ])
    assert.deepEqual(values(await read(log, 8)), expected(8, BATCHES))
    assert.deepEqual(await folder.records(store, 'other'), ['0:o'])
    assert.equal(await log.offsetForTimestamp(1007n, 0), 'CORRUPT_MESSAGE')
    assert.deepEqual(await log.offsetForTimestamp(1008n, 0), { timestampMs: 1008n, offset: 8n, leaderEpoch: 0 })
  })

  test('is never served as something else, wherever it is', async () => {
    const folder = await stopped()
    const all = expected(0, BATCHES)
    // Each bit of a header, and one in the record; of a batch that an index entry names, of one without, of the first and of the last.
    for (const batch of [0, 7, 8, BATCHES - 1]) {
      for (let at = 0; at <= 61; at++) {
        // The leader epoch is covered by nothing.
        if (at >= 12 && at < 16) continue
        for (const bit of [at % 8]) {
          flip(folder, batch * BATCH_BYTES + at, bit)
          const store = await folder.open()
          const log = open(store)
          for (const from of [0, batch, Math.min(batch + 1, BATCHES - 1)]) {
            for (const maxBytes of [1, 3 * BATCH_BYTES, 1_000_000]) {
              const outcome = await read(log, from, maxBytes)
              const what = `byte ${at} bit ${bit} of batch ${batch}, read from ${from}`
              if (outcome.errorCode === 'NONE') {
                const found = values(outcome)
                assert.ok(found.length > 0, what)
                assert.deepEqual(found, all.slice(from, from + found.length), what)
                assert.ok(from > batch || from + found.length <= batch, `${what} is served`)
              } else {
                assert.equal(outcome.errorCode, 'CORRUPT_MESSAGE', what)
              }
            }
          }
          folder.kill()
          flip(folder, batch * BATCH_BYTES + at, bit)
        }
      }
    }
  })
})
