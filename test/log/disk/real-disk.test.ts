import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { type FlushMode, nodeDisk, openDiskLogStore } from '../../../src/log/index.ts'
import { silentLogger, systemClock } from '../../../src/platform/index.ts'
import { allRecords, batchOf, defaultConfig, identityOf, markerOf } from '../support/batches.ts'

/** KOHORT_KEEP_DIR names a folder to be filled and left, for a look with Kafka's own tools. */
async function withFolder(work: (directory: string) => Promise<void>): Promise<void> {
  const kept = process.env.KOHORT_KEEP_DIR
  const directory = kept ?? (await mkdtemp(join(tmpdir(), 'kohort-log-')))
  try {
    await work(directory)
  } finally {
    if (kept === undefined) await rm(directory, { recursive: true })
  }
}

function open(directory: string, flush: FlushMode = 'fsync') {
  return openDiskLogStore({
    directory,
    disk: nodeDisk,
    clock: systemClock,
    logger: silentLogger,
    flush,
    onFatal: (error) => {
      throw error
    },
    limits: {
      tailBytes: 100_000,
      writeBehindBytes: 50_000,
      walSegmentBytes: 256 * 1024,
      walCheckpointBytes: 512 * 1024,
    },
  })
}

test('a real folder holds what was appended over clean stops, in segments of Kafka and with all in order', () =>
  withFolder(async (directory) => {
    const identity = identityOf('orders')
    const config = { ...defaultConfig, segmentBytes: 60_000 }
    const expected: string[] = []
    const codecs = ['none', 'gzip', 'lz4', 'snappy'] as const
    for (let life = 0; life < 3; life++) {
      const store = await open(directory)
      store.setLeaderEpoch(life)
      const log = store.open(identity, config)
      const answers: Promise<unknown>[] = []
      for (let i = 0; i < 300; i++) {
        const values = [`${life}-${i}-a`, `${life}-${i}-b`.padEnd(i * 7, 'x')]
        expected.push(...values)
        const timestamp = 1_700_000_000_000 + life * 1_000_000 + i * 1000
        const producer = i % 3 === 0 ? { producerId: BigInt(life), producerEpoch: 0, baseSequence: (i / 3) * 2 } : {}
        const batches = batchOf(values, {
          timestamps: [timestamp, timestamp + 500],
          compression: codecs[i % 4]!,
          ...producer,
        })
        answers.push(store.append([{ log, batches }], 'durable'))
        if (i % 50 === 0) await Promise.all(answers)
      }
      const transaction = { producerId: 77n, producerEpoch: 0, baseSequence: life, isTransactional: true }
      answers.push(store.append([{ log, batches: batchOf(['in a transaction'], transaction) }], 'durable'))
      answers.push(store.append([{ log, batches: markerOf('ABORT', 77n) }], 'durable'))
      expected.push('in a transaction', 'marker')
      assert.deepEqual(
        new Set((await Promise.all(answers)).map((answer) => (answer as { errorCode: string }).errorCode)),
        new Set(['NONE']),
      )
      assert.deepEqual((await allRecords(log)).map(textOf), expected)
      await store.close()
    }
    const store = await open(directory)
    assert.equal(store.wasClean, true)
    const log = store.open(identity, config)
    assert.deepEqual((await allRecords(log)).map(textOf), expected)
    const timestampMs = 1_700_001_000_000n
    assert.deepEqual(await log.offsetForTimestamp(timestampMs, 0), { timestampMs, offset: 602n, leaderEpoch: 1 })
    assert.deepEqual(log.endOffsetForEpoch(1), { leaderEpoch: 1, endOffset: 1204n })
    await store.close()
    const files = (await readdir(join(directory, 'orders-0'))).sort()
    assert.ok(files.filter((name) => name.endsWith('.log')).length > 3, files.join(' '))
    assert.equal(
      await readFile(join(directory, 'orders-0', 'leader-epoch-checkpoint'), 'utf8'),
      '0\n3\n0 0\n1 602\n2 1204\n',
    )
    assert.equal(
      await readFile(join(directory, 'orders-0', 'partition.metadata'), 'utf8'),
      `version: 0\ntopic_id: ${identity.topicId}`,
    )
  }))

for (const flush of ['interval', 'none'] as const) {
  test(`with flush ${flush} a clean stop keeps everything`, () =>
    withFolder(async (directory) => {
      const store = await open(directory, flush)
      const log = store.open(identityOf(flush, 0, flush === 'none' ? 2 : 3), defaultConfig)
      await store.append([{ log, batches: batchOf(['a']) }], 'durable')
      await store.close()
      const again = await open(directory, flush)
      assert.deepEqual(await allRecords(again.open(identityOf(flush, 0, flush === 'none' ? 2 : 3), defaultConfig)), [
        '0:a',
      ])
      await again.close()
    }))
}

function textOf(record: string): string {
  return record.slice(record.indexOf(':') + 1)
}
