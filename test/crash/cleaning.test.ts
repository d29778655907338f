import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
import { fetchBody, produceTo } from '../broker/data-plane/support/requests.ts'
import { type Broker, isFullRun, startBroker, waitUntil } from '../interop/support/index.ts'
import { RawClient } from '../support/raw-client.ts'

const rounds = Number(process.env.CRASH_ROUNDS ?? (isFullRun ? 60 : 5))
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31))

const TOPIC = 'compacted'
const PARTITIONS = 3
const KEYS = 400
const BATCH_RECORDS = 200
/** More than one segment of a megabyte a partition and round. */
const BATCHES_A_ROUND = 45
const VALUE_BYTES = 200

/** What a partition was sent, and what it must have. */
class PartitionLedger {
  readonly partition: number
  /** Record number by value, of all that was ever sent; a tombstone has its number in its timestamp. */
  readonly #keys: string[] = []
  /** Offset to the number of the record that was acknowledged there. */
  readonly #acknowledged = new Map<number, number>()

  constructor(partition: number) {
    this.partition = partition
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  batch(random: () => number): { readonly bytes: Buffer; readonly numbers: readonly number[] } {
    const numbers = Array.from(
      { length: BATCH_RECORDS },
      () => this.#keys.push(`key-${Math.floor(random() * KEYS)}`) - 1,
    )
    const bytes = wire.encodeBatch({
      records: numbers.map((number) => ({
        timestamp: FIRST_MS + number,
        key: Buffer.from(this.#keys[number]!),
        value: number % 20 === 0 ? null : Buffer.from(`${number}`.padEnd(VALUE_BYTES, '.')),
      })),
    })
    return { bytes, numbers }
  }

  acknowledge(baseOffset: number, numbers: readonly number[]): void {
    for (const [i, number] of numbers.entries()) this.#acknowledged.set(baseOffset + i, number)
  }

  /** Compares with all that can be read: nothing changed, invented or out of order, and nothing gone but what a younger record replaces. */
  verify(found: readonly FoundRecord[]): string[] {
    const wrong: string[] = []
    const newest = new Map<string, number>()
    let last: FoundRecord = { offset: -1, number: -1, key: '', value: '' }
    for (const record of found) {
      const { offset, number, key, value } = record
      const expected = number % 20 === 0 ? undefined : `${number}`.padEnd(VALUE_BYTES, '.')
      if (this.#keys[number] !== key || value !== expected)
        wrong.push(`offset ${offset} has what nobody sent: ${key} ${number}`)
      if (offset <= last.offset || number <= last.number)
        wrong.push(`offset ${offset} follows ${last.offset}, ${number} follows ${last.number}`)
      if ((this.#acknowledged.get(offset) ?? number) !== number)
        wrong.push(`offset ${offset} was ${this.#acknowledged.get(offset)}, is ${number}`)
      newest.set(key, offset)
      last = record
    }
    const present = new Set(found.map(({ offset }) => offset))
    for (const [offset, number] of this.#acknowledged) {
      if (present.has(offset) || (newest.get(this.#keys[number]!) ?? -1) > offset) continue
      wrong.push(`record ${number} of ${this.#keys[number]} at ${offset} is gone, and nothing replaces it`)
    }
    return wrong.slice(0, 10).map((what) => `partition ${this.partition}: ${what}`)
  }
}

interface FoundRecord {
  readonly offset: number
  readonly number: number
  readonly key: string
  readonly value: string | undefined
}

describe('a broker that is killed in the middle of a compaction', () => {
  let broker: Broker | undefined
  afterEach(() => broker?.stop())

  test(
    `has, after ${rounds} rounds of kill -9, every record that no younger one replaces`,
    async () => {
      const random = randomFrom(seed)
      const set = { 'log.cleaner.backoff.ms': '10', 'log.cleaner.io.max.bytes.per.second': '6000000' }
      broker = await startBroker({
        target: 'kohort',
        set,
        args: ['--topic', `${TOPIC}:${PARTITIONS}`, '--log-level', 'info'],
      })
      await makeCompacted(broker.port)
      const ledgers = Array.from({ length: PARTITIONS }, (_, partition) => new PartitionLedger(partition))
      let inTheMiddle = 0
      let crashes = 0
      // Chance and the machine's speed decide whether a cleaning is still under way: more rounds, until one was.
      for (let round = 1; round <= rounds || (inTheMiddle === 0 && round <= rounds * 5); round++) {
        crashes += 2
        await load(broker, ledgers, random)
        // What is below a checkpoint may be cleaned, and a start after a crash makes one.
        await broker.kill9()
        await broker.restart()
        await waitUntil(`a cleaning in round ${round}`, () => cleanedFiles(broker!) > 0)
        await pause(random() * 250) // the moment is what the seed decides, no test depends on its length
        await broker.kill9()
        if (cleanedFiles(broker) > 0) inTheMiddle++
        await broker.restart()
        await verify(broker, ledgers, `round ${round}, seed ${seed}`)
      }
      expect(await broker.terminate()).toBe(0)
      await broker.restart()
      const read = await verify(broker, ledgers, `after a clean stop, seed ${seed}`)
      const cleanings = broker.logs.filter((line) => line.includes(`cleaned ${TOPIC}-`)).length
      expect(inTheMiddle, `seed ${seed}`).toBeGreaterThan(0)
      expect(broker.logs.filter((line) => line.includes('"level":50'))).toEqual([])
      const acknowledged = ledgers.reduce((sum, ledger) => sum + ledger.acknowledged, 0)
      console.info(
        `${acknowledged} records of ${KEYS * PARTITIONS} keys survived ${crashes} crashes, ${inTheMiddle} of them in the middle of a cleaning, ` +
          `as the ${read} that ${cleanings} cleanings have left, seed ${seed}`,
      )
    },
    rounds * 5 * 40_000 + 120_000,
  )
})

async function load(broker: Broker, ledgers: readonly PartitionLedger[], random: () => number): Promise<void> {
  const client = await RawClient.connect({ port: broker.port })
  for (let i = 0; i < BATCHES_A_ROUND; i++) {
    for (const ledger of ledgers) {
      const { bytes, numbers } = ledger.batch(random)
      const { errorCode, baseOffset } = await produceTo(client, TOPIC, ledger.partition, bytes)
      expect(errorCode).toBe(0)
      ledger.acknowledge(Number(baseOffset), numbers)
    }
  }
  // The last of a round is not waited for: it may be there or not.
  const { bytes } = ledgers[0]!.batch(random)
  produceTo(client, TOPIC, 0, bytes).catch(() => {})
  await new Promise((resolve) => setImmediate(resolve))
  client.close()
}

async function verify(broker: Broker, ledgers: readonly PartitionLedger[], when: string): Promise<number> {
  const client = await RawClient.connect({ port: broker.port })
  let read = 0
  for (const ledger of ledgers) {
    const found = await readAll(client, ledger.partition)
    expect(ledger.verify(found), when).toEqual([])
    read += found.length
  }
  client.close()
  return read
}

async function readAll(client: RawClient, partition: number): Promise<FoundRecord[]> {
  const found: FoundRecord[] = []
  let offset = 0n
  while (true) {
    const spec = { topic: TOPIC, partition, offset, maxBytes: 8 * 1024 * 1024 }
    const { responses } = await client.call(
      wire.fetchRequest,
      wire.fetchResponse,
      12,
      fetchBody([spec], { maxWaitMs: 0 }),
    )
    const { errorCode, records, highWatermark } = responses[0]!.partitions[0]!
    expect(errorCode).toBe(0)
    let end = offset
    for (const header of wire.iterateBatches(records ?? Buffer.alloc(0))) {
      const cursor = new wire.RecordCursor(records!, header.position)
      while (cursor.next()) {
        if (cursor.offset < offset) continue
        const number = Number(cursor.timestamp) - FIRST_MS
        const key = cursor.key?.toString() ?? ''
        found.push({ offset: Number(cursor.offset), number, key, value: cursor.value?.toString() })
      }
      end = header.lastOffset + 1n
    }
    if (end === offset || end >= highWatermark) return found
    offset = end
  }
}

/** Files that a cleaning is making. */
function cleanedFiles({ dataDir }: Broker): number {
  let count = 0
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const folder = join(dataDir, `${TOPIC}-${partition}`)
    // Made with the first write into it, which comes after the write-ahead log's.
    const names = existsSync(folder) ? readdirSync(folder) : []
    count += names.filter((name) => /\.log\.\d+\.cleaned$/.test(name)).length
  }
  return count
}

async function makeCompacted(port: number): Promise<void> {
  const client = await RawClient.connect({ port })
  const settings = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01', 'segment.bytes': '1048576' }
  const configs = Object.entries(settings).map(([name, value]) => ({ name, configOperation: 0, value }))
  const resources = [{ resourceType: 2, resourceName: TOPIC, configs }]
  const body = { resources, validateOnly: false }
  const { responses } = await client.call(
    wire.incrementalAlterConfigsRequest,
    wire.incrementalAlterConfigsResponse,
    0,
    body,
  )
  expect(responses[0]!.errorMessage).toBeNull()
  client.close()
}

/** mulberry32: numbers from 0 to 1 that a seed decides. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const FIRST_MS = 1_700_000_000_000
