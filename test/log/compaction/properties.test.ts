import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import {
  createMemoryLogStore,
  type LogConfig,
  type LogStore,
  openDiskLogStore,
  type PartitionLog,
} from '../../../src/log/index.ts'
import type { Partition } from '../../../src/log/partition.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import { defaultConfig, identityOf } from '../support/batches.ts'
import { appendKeyed, type FoundRecord, type Keyed, readAll } from '../support/keyed.ts'
import { Random } from '../support/random.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'

const START_MS = 1_700_000_000_000

const compacted: LogConfig = {
  ...defaultConfig,
  cleanupPolicy: ['compact'],
  retentionMs: -1,
  indexIntervalBytes: 100,
  deleteRetentionMs: 1000 * 1000,
}

type Step =
  | { readonly kind: 'append'; readonly records: readonly Keyed[]; readonly compression: 'none' | 'gzip' | 'lz4' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' }

const keyed = fc.record({
  key: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 12 }).map((n) => `key-${n}`) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  value: fc.oneof({ weight: 4, arbitrary: fc.string({ maxLength: 40 }) }, { weight: 1, arbitrary: fc.constant(null) }),
  timestamp: fc.integer({ min: START_MS - 1000, max: START_MS + 100_000 }),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      records: fc.array(keyed, { minLength: 1, maxLength: 6 }),
      compression: fc.constantFrom('none' as const, 'none' as const, 'gzip' as const, 'lz4' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(31_000, 2_000_000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)
const workload = fc.record({
  steps: fc.array(step, { minLength: 10, maxLength: 60 }),
  segmentBytes: fc.constantFrom(200, 600, 3000),
  dedupeBufferBytes: fc.constantFrom(1_000_000, 24 * 6),
  minCleanableDirtyRatio: fc.constantFrom(0, 0.5),
  inMemory: fc.boolean(),
  tailBytes: fc.constantFrom(0, 1_000_000),
})

test('after compaction a reader sees the last value of each key, everything that was not cleaned, and no offset changed', async () => {
  let cleanings = 0
  await fc.assert(
    fc.asyncProperty(workload, async (options) => {
      cleanings += await run(options)
    }),
    { numRuns: Number(process.env.KOHORT_RUNS ?? 100) },
  )
  assert.ok(cleanings > 50, `${cleanings} cleanings`)
})

async function run(options: typeof workload extends fc.Arbitrary<infer T> ? T : never): Promise<number> {
  const clock = new VirtualClock()
  const disk = new SimulatedDisk({ random: new Random(1) })
  const problems: string[] = []
  let cleanings = 0
  const logger = {
    ...silentLogger,
    info: (_: object, message: string) => {
      if (message.startsWith('cleaned')) cleanings++
    },
    warn: (_: object, message: string) => problems.push(message),
    error: (_: object, message: string) => problems.push(message),
  }
  const cleaner = {
    backoffMs: 15_000,
    dedupeBufferBytes: options.dedupeBufferBytes,
    loadFactor: 0.9,
    ioBufferBytes: 1000,
    ioBytesPerSecondMax: Number.MAX_VALUE,
  }
  const open = async (): Promise<LogStore> =>
    options.inMemory
      ? createMemoryLogStore({ clock, logger, cleaner })
      : openDiskLogStore({
          directory: '/data',
          disk,
          clock,
          logger,
          flush: 'fsync',
          cleaner,
          onFatal: (error) => problems.push(error.message),
          limits: { walSegmentBytes: 64 * 1024, tailBytes: options.tailBytes, writeBehindBytes: 0 },
        })
  const config = {
    ...compacted,
    segmentBytes: options.segmentBytes,
    minCleanableDirtyRatio: options.minCleanableDirtyRatio,
  }
  let store = await open()
  let log = store.open(identityOf('topic'), config)
  const sent: FoundRecord[] = []
  for (const step of options.steps) {
    if (step.kind === 'append') {
      const baseOffset = await appendKeyed(store, log, step.records, { compression: step.compression })
      step.records.forEach((record, i) => {
        sent.push({ timestamp: START_MS, ...record, offset: baseOffset + i })
      })
    } else if (step.kind === 'wait') {
      clock.advance(step.ms)
      await settle(disk)
      clock.advance(16_000)
      await settle(disk)
    } else if (!options.inMemory) {
      await store.close()
      store = await open()
      log = store.open(identityOf('topic'), config)
    }
    assert.deepEqual(problems, [])
    await check(log, sent)
  }
  await store.close()
  return cleanings
}

async function check(log: Parameters<typeof readAll>[0], sent: readonly FoundRecord[]): Promise<void> {
  assert.equal(Number(log.highWatermark), sent.length)
  // Before the reads: a cleaning may be under way.
  const { cleanedOffset } = (log as Partition).storage.cleaning
  const { records, batches } = await readAll(log, 300)
  const found = new Map(records.map((record) => [record.offset, record]))
  assert.equal(found.size, records.length, 'no offset comes twice')
  for (const record of records)
    assert.deepEqual(record, sent[record.offset], 'a record is what was sent, at its offset')
  const last = new Map<string, number>()
  for (const { key, offset } of sent) if (key !== null) last.set(key, offset)
  for (const { key, value, offset } of sent) {
    if (found.has(offset)) continue
    const mayGo = key === null || value === null || last.get(key)! > offset
    assert.ok(mayGo, `the last value of ${key}, at ${offset}, is gone`)
  }
  const lastCleaned = new Map<string | null, number>()
  for (const { key, offset } of sent) if (offset < cleanedOffset) lastCleaned.set(key, offset)
  for (const { key, offset } of records) {
    if (offset >= cleanedOffset) break
    assert.ok(key !== null, `a record without a key stayed at ${offset}`)
    assert.equal(lastCleaned.get(key), offset, `${key} is below ${cleanedOffset} twice`)
  }
  for (const [i, batch] of batches.entries()) {
    assert.ok(i === 0 || batch.baseOffset > batches[i - 1]!.lastOffset, 'batches are in order')
  }
  if (records.length === 0) return
  // By time: the first record that is there and not older.
  const wantedMs = records[Math.floor(records.length / 2)]!.timestamp
  const expected = records.find(({ timestamp }) => timestamp >= wantedMs)!
  const byTime = recordAt(await log.offsetForTimestamp(BigInt(wantedMs), 0))
  assert.deepEqual([Number(byTime?.timestampMs), Number(byTime?.offset)], [expected.timestamp, expected.offset])
  const greatestMs = Math.max(...records.map(({ timestamp }) => timestamp))
  const newest = recordAt(await log.maxTimestamp())
  assert.deepEqual(
    [Number(newest?.timestampMs), Number(newest?.offset)],
    [greatestMs, records.find((r) => r.timestamp === greatestMs)!.offset],
  )
}

function recordAt(found: Awaited<ReturnType<PartitionLog['maxTimestamp']>>) {
  assert.ok(typeof found !== 'string')
  return found
}

async function settle(disk: SimulatedDisk): Promise<void> {
  let calls = -1
  while (calls !== disk.calls) {
    calls = disk.calls
    for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve))
  }
}
