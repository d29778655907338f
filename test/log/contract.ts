import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Appended, LogConfig, LogStore, PartitionLog } from '../../src/log/index.ts'
import type { VirtualClock } from '../../src/testing/index.ts'
import { type BatchToEncode, loadCodecs } from '../../src/wire/index.ts'
import {
  allRecords,
  type BatchOptions,
  batchOf,
  defaultConfig,
  identityOf,
  markerOf,
  recordsIn,
} from './support/batches.ts'
import { appendKeyed, readAll } from './support/keyed.ts'

export interface ContractStore {
  readonly store: LogStore
  readonly clock: VirtualClock
  /** Waits until background work has come to rest. */
  settle(): Promise<void>
  /** Stops flushes from returning; the answer lets them go on. */
  holdFlushes(): () => void
  /** Makes the next write fail as a full disk does. */
  failNextWrite(): void
}

/** What every implementation of LogStore does. */
export function describeLogContract(name: string, create: () => Promise<ContractStore>): void {
  describe(name, () => {
    test('records get consecutive offsets and are read back as they were', async () => {
      const { log, append } = await openLog(create)
      assert.equal((await append(['a', 'b'])).baseOffset, 0n)
      assert.equal((await append(['c'])).baseOffset, 2n)
      assert.deepEqual(await allRecords(log), ['0:a', '1:b', '2:c'])
      assert.equal(log.highWatermark, 3n)
      assert.equal(log.lastStableOffset, 3n)
      assert.ok(log.sizeBytes > 0)
    })

    test('several batches of one entry follow each other', async () => {
      const { store, log } = await openLog(create)
      const outcome = await store.append(
        [{ log, batches: Buffer.concat([batchOf(['a', 'b']), batchOf(['c'])]) }],
        'durable',
      )
      assert.equal(outcome.errorCode === 'NONE' && outcome.appended[0]?.baseOffset, 0n)
      assert.deepEqual(await allRecords(log), ['0:a', '1:b', '2:c'])
    })

    test('a read may begin in the middle of a batch and keeps to its limit of bytes', async () => {
      const { log, append, settle } = await openLog(create)
      await append(['a', 'b', 'c'])
      await append(['d'])
      // A read may end where files end and memory begins.
      await settle()
      const middle = await log.read({ offset: 1n, maxBytes: 1_000_000, atLeastOneBatch: false, isolation: 0 })
      assert.deepEqual(recordsIn(middle), ['0:a', '1:b', '2:c', '3:d'])
      const one = await log.read({ offset: 1n, maxBytes: 1, atLeastOneBatch: true, isolation: 0 })
      assert.deepEqual(recordsIn(one), ['0:a', '1:b', '2:c'])
      const none = await log.read({ offset: 1n, maxBytes: 1, atLeastOneBatch: false, isolation: 0 })
      assert.deepEqual([none.errorCode, none.records], ['NONE', []])
    })

    test('between high watermark and log end a read is empty, beyond the log end it is out of range', async () => {
      const { log, store, holdFlushes, append } = await openLog(create)
      await append(['a'])
      const release = holdFlushes()
      const written = await store.append([{ log, batches: batchOf(['b']) }], 'written')
      assert.equal(written.errorCode, 'NONE')
      assert.equal(log.highWatermark, 1n)
      for (const offset of [1n, 2n]) {
        const outcome = await log.read({ offset, maxBytes: 1000, atLeastOneBatch: true, isolation: 0 })
        assert.deepEqual([outcome.errorCode, outcome.records], ['NONE', []])
      }
      const beyond = await log.read({ offset: 3n, maxBytes: 1000, atLeastOneBatch: true, isolation: 0 })
      assert.equal(beyond.errorCode, 'OFFSET_OUT_OF_RANGE')
      let seen = false
      log.watch(1n, 0, () => {
        seen = true
      })
      assert.equal(seen, false)
      release()
      await append(['c'])
      assert.equal(seen, true)
      assert.deepEqual(await allRecords(log), ['0:a', '1:b', '2:c'])
    })

    test('who asks for the end waits for what has been written, and no longer when that fails', async () => {
      const { log, store, holdFlushes, failNextWrite, append } = await openLog(create)
      await append(['a'])
      assert.equal(log.caughtUp(), undefined)
      const release = holdFlushes()
      await store.append([{ log, batches: batchOf(['b']) }], 'written')
      const caughtUp = log.caughtUp()
      assert.ok(caughtUp !== undefined)
      assert.equal(log.highWatermark, 1n)
      release()
      await caughtUp
      assert.equal(log.highWatermark, 2n)
      failNextWrite()
      const failed = store.append([{ log, batches: batchOf(['c']) }], 'durable')
      await log.caughtUp()
      assert.equal((await failed).errorCode, 'KAFKA_STORAGE_ERROR')
      assert.equal(log.highWatermark, 2n)
    })

    test('a watcher is called once when there is more, not before, and not when it has gone', async () => {
      const { log, append } = await openLog(create)
      const calls: string[] = []
      log.watch(0n, 0, () => calls.push('at 0'))
      log.watch(0n, 0, () => calls.push('gone'))()
      await append(['a'])
      assert.deepEqual(calls, ['at 0'])
      log.watch(1n, 0, () => calls.push('at 1'))
      await append(['b'])
      await append(['c'])
      assert.deepEqual(calls, ['at 0', 'at 1'])
      log.watch(0n, 0, () => calls.push('already'))
      assert.equal(calls.includes('already'), false)
      await Promise.resolve()
      assert.equal(calls.includes('already'), true)
    })

    test('an append to several partitions is refused whole when one entry is refused', async () => {
      const { store, log } = await openLog(create)
      const other = store.open(identityOf('other', 0, 2), defaultConfig)
      const producer = { producerId: 7n, producerEpoch: 0 }
      await store.append([{ log: other, batches: batchOf(['x'], { ...producer, baseSequence: 0 }) }], 'durable')
      const outcome = await store.append(
        [
          { log, batches: batchOf(['a']) },
          { log: other, batches: batchOf(['y'], { ...producer, baseSequence: 5 }) },
        ],
        'durable',
      )
      assert.deepEqual(outcome.errorCode !== 'NONE' && [outcome.errorCode, outcome.entry], [
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        1,
      ])
      assert.deepEqual([await allRecords(log), await allRecords(other)], [[], ['0:x']])
      assert.equal((await appendTo(store, log, ['b'])).baseOffset, 0n)
    })

    describe('idempotent producers', () => {
      test('each of the last five batches, sent again, gets its original offset; the sixth is out of order', async () => {
        const { log, append } = await openLog(create)
        for (let i = 0; i < 6; i++) await append([`v${i}`], { producerId: 1n, producerEpoch: 0, baseSequence: i })
        for (let i = 1; i < 6; i++) {
          const again = await append([`v${i}`], { producerId: 1n, producerEpoch: 0, baseSequence: i })
          assert.deepEqual([again.baseOffset, again.duplicate], [BigInt(i), true])
        }
        await assert.rejects(append(['v0'], { producerId: 1n, producerEpoch: 0, baseSequence: 0 }), /OUT_OF_ORDER/)
        assert.equal((await allRecords(log)).length, 6)
      })

      test('a gap, an old epoch and a new epoch that does not begin at zero are refused', async () => {
        const { append } = await openLog(create)
        await append(['a', 'b'], { producerId: 1n, producerEpoch: 3, baseSequence: 0 })
        await assert.rejects(append(['c'], { producerId: 1n, producerEpoch: 3, baseSequence: 3 }), /OUT_OF_ORDER/)
        await assert.rejects(
          append(['c'], { producerId: 1n, producerEpoch: 2, baseSequence: 2 }),
          /INVALID_PRODUCER_EPOCH/,
        )
        await assert.rejects(append(['c'], { producerId: 1n, producerEpoch: 4, baseSequence: 2 }), /OUT_OF_ORDER/)
        assert.equal((await append(['c'], { producerId: 1n, producerEpoch: 4, baseSequence: 0 })).baseOffset, 2n)
      })

      test('a producer that is not known may begin anywhere (KIP-360)', async () => {
        const { append } = await openLog(create)
        assert.equal((await append(['a'], { producerId: 1n, producerEpoch: 0, baseSequence: 40 })).baseOffset, 0n)
      })

      test('sequences wrap from 2^31-1 to 0', async () => {
        const { append } = await openLog(create)
        const producer = { producerId: 1n, producerEpoch: 0 }
        await append(['a', 'b', 'c'], { ...producer, baseSequence: 2_147_483_646 })
        await append(['d'], { ...producer, baseSequence: 1 })
        const again = await append(['a', 'b', 'c'], { ...producer, baseSequence: 2_147_483_646 })
        assert.deepEqual([again.baseOffset, again.duplicate], [0n, true])
      })

      test('a duplicate of a batch in flight is answered when that batch is durable', async () => {
        const { log, store, holdFlushes, append } = await openLog(create)
        await append(['before'])
        const release = holdFlushes()
        const producer = { producerId: 1n, producerEpoch: 0, baseSequence: 0 }
        await store.append([{ log, batches: batchOf(['a'], producer) }], 'written')
        let answered = false
        const duplicate = store.append([{ log, batches: batchOf(['a'], producer) }], 'durable').then((outcome) => {
          answered = true
          return outcome
        })
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
        assert.equal(answered, false)
        release()
        const outcome = await duplicate
        assert.deepEqual(outcome.errorCode === 'NONE' && outcome.appended[0]?.duplicate, true)
        assert.equal(log.highWatermark, 2n)
      })

      test('a duplicate under LogAppendTime is told the original time', async () => {
        const { append } = await openLog(create)
        const options = {
          producerId: 1n,
          producerEpoch: 0,
          baseSequence: 0,
          timestamps: [5],
          timestampType: 'LogAppendTime' as const,
        }
        assert.equal((await append(['a'], options)).logAppendTimeMs, -1n)
        assert.equal((await append(['a'], options)).logAppendTimeMs, 5n)
      })

      test('a failed write takes back offsets, windows and everything queued behind it; later appends go on', async () => {
        const { log, store, failNextWrite, append } = await openLog(create)
        const send = (value: string, baseSequence: number) =>
          store.append(
            [{ log, batches: batchOf([value], { producerId: 1n, producerEpoch: 0, baseSequence }) }],
            'durable',
          )
        assert.equal((await send('a', 0)).errorCode, 'NONE')
        failNextWrite()
        const lost = await Promise.all([send('b', 1), send('c', 2)])
        assert.deepEqual(
          lost.map((outcome) => outcome.errorCode),
          ['KAFKA_STORAGE_ERROR', 'KAFKA_STORAGE_ERROR'],
        )
        assert.equal(log.producers()[0]?.lastSequence, 0)
        assert.equal((await send('c', 2)).errorCode, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
        assert.equal((await send('b', 1)).errorCode, 'NONE')
        assert.equal((await send('c', 2)).errorCode, 'NONE')
        await append(['d'])
        assert.deepEqual(await allRecords(log), ['0:a', '1:b', '2:c', '3:d'])
      })

      test('a producer that has been silent for a day is forgotten', async () => {
        const { log, append, clock } = await openLog(create)
        await append(['a'], { producerId: 1n, producerEpoch: 0, baseSequence: 0 })
        assert.equal(log.producers().length, 1)
        clock.advance(86_400_000 + 300_000)
        assert.deepEqual(log.producers(), [])
      })

      test('active producers are described', async () => {
        const { log, append } = await openLog(create)
        await append(['a', 'b'], { producerId: 9n, producerEpoch: 2, baseSequence: 0, timestamps: [10, 20] })
        assert.deepEqual(log.producers(), [
          {
            producerId: 9n,
            producerEpoch: 2,
            lastSequence: 1,
            lastTimestampMs: 20n,
            coordinatorEpoch: -1,
            currentTxnStartOffset: -1n,
          },
        ])
      })
    })

    describe('transactions', () => {
      test('an open transaction holds the last stable offset; its abort is told to readers of committed data', async () => {
        const { store, log, append } = await openLog(create)
        await append(['plain'])
        await append(['t1'], { producerId: 1n, producerEpoch: 0, baseSequence: 0, isTransactional: true })
        await append(['t2'], { producerId: 2n, producerEpoch: 0, baseSequence: 0, isTransactional: true })
        assert.deepEqual([log.highWatermark, log.lastStableOffset], [3n, 1n])
        let woken = false
        log.watch(1n, 1, () => {
          woken = true
        })
        await store.append([{ log, batches: markerOf('ABORT', 1n) }], 'durable')
        assert.deepEqual([log.highWatermark, log.lastStableOffset, woken], [4n, 2n, true])
        await store.append([{ log, batches: markerOf('COMMIT', 2n) }], 'durable')
        assert.equal(log.lastStableOffset, 5n)
        const all = await readCommitted(log)
        assert.deepEqual(all.records, ['0:plain', '1:t1', '2:t2', '3:marker', '4:marker'])
        assert.deepEqual(all.aborted, ['1 from 1'])
        const later = await log.read({ offset: 4n, maxBytes: 100_000, atLeastOneBatch: true, isolation: 1 })
        assert.deepEqual(later.abortedTransactions, [])
      })

      test('a marker that is not durable yet does not move the last stable offset, and its failure restores the transaction', async () => {
        const { store, log, append, failNextWrite } = await openLog(create)
        await append(['t'], { producerId: 1n, producerEpoch: 0, baseSequence: 0, isTransactional: true })
        failNextWrite()
        const marker = await store.append([{ log, batches: markerOf('ABORT', 1n) }], 'durable')
        assert.equal(marker.errorCode, 'KAFKA_STORAGE_ERROR')
        assert.equal(log.lastStableOffset, 0n)
        assert.equal(log.producers()[0]?.currentTxnStartOffset, 0n)
        await store.append([{ log, batches: markerOf('COMMIT', 1n) }], 'durable')
        assert.equal(log.lastStableOffset, 2n)
        const outcome = await log.read({ offset: 0n, maxBytes: 100_000, atLeastOneBatch: true, isolation: 1 })
        assert.deepEqual(outcome.abortedTransactions, [])
      })
    })

    describe('look-ups', () => {
      test('by time: the first record that is not older, inside a compressed batch too', async () => {
        const { log, append } = await openLog(create)
        await append(['a', 'b'], { timestamps: [100, 200] })
        await append(['c', 'd', 'e'], { timestamps: [300, 250, 400], compression: 'gzip' })
        const at = async (timestampMs: bigint) => {
          const found = await log.offsetForTimestamp(timestampMs, 0)
          return typeof found === 'string' ? found : found?.offset
        }
        assert.deepEqual(await Promise.all([0n, 101n, 201n, 301n, 400n, 401n].map(at)), [0n, 1n, 2n, 4n, 4n, undefined])
        assert.deepEqual(await log.offsetForTimestamp(300n, 0), { timestampMs: 300n, offset: 2n, leaderEpoch: 0 })
      })

      test('the record with the largest timestamp, which need not be the last', async () => {
        const { log, append } = await openLog(create)
        assert.equal(await log.maxTimestamp(), undefined)
        await append(['a', 'b'], { timestamps: [100, 900] })
        await append(['c'], { timestamps: [300] })
        assert.deepEqual(await log.maxTimestamp(), { timestampMs: 900n, offset: 1n, leaderEpoch: 0 })
      })

      test('by leader epoch: the largest epoch not above the one asked for, and where it ended', async () => {
        const { store, log, append } = await openLog(create)
        store.setLeaderEpoch(2)
        await append(['a', 'b'])
        store.setLeaderEpoch(5)
        await append(['c'])
        assert.deepEqual(
          [0n, 1n, 2n].map((offset) => log.epochAt(offset)),
          [2, 2, 5],
        )
        assert.deepEqual(log.endOffsetForEpoch(5), { leaderEpoch: 5, endOffset: 3n })
        assert.deepEqual(log.endOffsetForEpoch(4), { leaderEpoch: 2, endOffset: 2n })
        assert.deepEqual(log.endOffsetForEpoch(1), { leaderEpoch: 1, endOffset: 0n })
        assert.equal(log.endOffsetForEpoch(6), undefined)
      })
    })

    describe('what goes away', () => {
      test('DeleteRecords moves the log start; reads below it are out of range', async () => {
        const { log, append } = await openLog(create)
        for (const value of ['a', 'b', 'c']) await append([value])
        const watched: string[] = []
        assert.deepEqual(await log.deleteRecordsBefore(2n), { errorCode: 'NONE', logStartOffset: 2n })
        assert.deepEqual(await log.deleteRecordsBefore(1n), { errorCode: 'NONE', logStartOffset: 2n })
        assert.equal((await log.deleteRecordsBefore(4n)).errorCode, 'OFFSET_OUT_OF_RANGE')
        const below = await log.read({ offset: 1n, maxBytes: 1000, atLeastOneBatch: true, isolation: 0 })
        assert.deepEqual([below.errorCode, below.logStartOffset, below.highWatermark], ['OFFSET_OUT_OF_RANGE', 2n, 3n])
        assert.deepEqual(await allRecords(log), ['2:c'])
        log.watch(3n, 0, () => watched.push('more'))
        assert.deepEqual(await log.deleteRecordsBefore(-1n), { errorCode: 'NONE', logStartOffset: 3n })
        assert.deepEqual([await allRecords(log), watched], [[], []])
        assert.equal((await append(['d'])).baseOffset, 3n)
        assert.deepEqual(watched, ['more'])
      })

      test('a dropped log answers UNKNOWN_TOPIC_OR_PARTITION, and a new topic of its name begins empty', async () => {
        const { store, log, append } = await openLog(create)
        await append(['a'])
        const calls: string[] = []
        log.watch(1n, 0, () => calls.push('woken'))
        assert.deepEqual(await store.drop([log]), { errorCode: 'NONE' })
        assert.deepEqual(calls, ['woken'])
        const read = await log.read({ offset: 0n, maxBytes: 1000, atLeastOneBatch: true, isolation: 0 })
        assert.equal(read.errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
        assert.equal(
          (await store.append([{ log, batches: batchOf(['b']) }], 'durable')).errorCode,
          'UNKNOWN_TOPIC_OR_PARTITION',
        )
        assert.equal((await log.deleteRecordsBefore(0n)).errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
        assert.deepEqual([...store.logs()], [])
        const again = store.open(identityOf('topic', 0, 99), defaultConfig)
        await appendTo(store, again, ['new'])
        assert.deepEqual(await allRecords(again), ['0:new'])
      })

      test('retention by size and by age removes whole old segments and leaves offsets alone', async () => {
        const { log, append, clock, settle } = await openLog(create)
        const config: LogConfig = { ...defaultConfig, segmentBytes: 300, retentionBytes: 600 }
        log.setConfig(config)
        for (let i = 0; i < 20; i++) await append([`value-${i}-${'x'.repeat(100)}`], { timestamps: [clock.wallMs()] })
        clock.advance(60_000)
        await settle()
        clock.advance(240_000)
        await settle()
        assert.ok(log.logStartOffset > 10n && log.logStartOffset < 19n, `log start ${log.logStartOffset}`)
        assert.equal(log.highWatermark, 20n)
        assert.ok(log.sizeBytes >= 600 && log.sizeBytes < 1000, `${log.sizeBytes} bytes`)
        log.setConfig({ ...config, retentionMs: 1000 })
        clock.advance(300_000)
        await settle()
        assert.equal(log.logStartOffset, 20n)
        assert.equal((await append(['next'])).baseOffset, 20n)
      })

      test('a truncated log forgets offsets, epochs and sequences above the cut', async () => {
        const { store, log, append } = await openLog(create)
        store.setLeaderEpoch(1)
        const producer = { producerId: 1n, producerEpoch: 0 }
        await append(['a'], { ...producer, baseSequence: 0 })
        store.setLeaderEpoch(2)
        await append(['b'], { ...producer, baseSequence: 1 })
        await append(['c'], { ...producer, baseSequence: 2 })
        assert.deepEqual(await log.truncateTo(1n), { errorCode: 'NONE' })
        assert.deepEqual([await allRecords(log), log.highWatermark, log.epochAt(1n)], [['0:a'], 1n, 1])
        assert.equal((await append(['B'], { ...producer, baseSequence: 1 })).baseOffset, 1n)
        assert.deepEqual(await allRecords(log), ['0:a', '1:B'])
      })
    })

    describe('compaction', () => {
      const compacted: LogConfig = {
        ...defaultConfig,
        cleanupPolicy: ['compact'],
        retentionMs: -1,
        segmentBytes: 300,
        minCleanableDirtyRatio: 0,
        deleteRetentionMs: 10 * 60_000,
      }

      async function openCompacted(config: Partial<LogConfig> = {}) {
        await loadCodecs()
        const opened = await openLog(create)
        opened.log.setConfig({ ...compacted, ...config })
        const { store, log, clock, settle } = opened
        return {
          ...opened,
          put: (key: string | null, value: string | null, options?: Partial<BatchToEncode>) =>
            appendKeyed(store, log, [{ key, value, timestamp: clock.wallMs() }], options),
          /** Long enough for a checkpoint and for what the cleaner does after it. */
          clean: async (ms = 92_000) => {
            for (let rest = ms; rest > 0; rest -= 23_000) {
              clock.advance(Math.min(rest, 23_000))
              for (let i = 0; i < 5; i++) await settle()
            }
          },
          pairs: async () => (await readAll(log)).records.map(({ offset, key, value }) => `${offset}:${key}=${value}`),
        }
      }

      test('keeps the last value of each key, at its offset, and everything in the segment that grows', async () => {
        const { log, put, clean, pairs } = await openCompacted()
        for (let i = 0; i < 12; i++) await put(`key ${i % 3}`, `value ${i}`)
        await clean()
        const left = await pairs()
        assert.ok(left.length < 8, left.join(', '))
        assert.deepEqual(left.slice(-3), ['9:key 0=value 9', '10:key 1=value 10', '11:key 2=value 11'])
        assert.deepEqual([log.logStartOffset, log.highWatermark], [0n, 12n])
        assert.ok(log.sizeBytes < 8 * 100, `${log.sizeBytes} bytes`)
        assert.equal(await put('key 0', 'again'), 12)
      })

      test('leaves a log that can be cut below all that a segment still has, while it is read', async () => {
        const { log, put, clean, pairs } = await openCompacted()
        for (let i = 0; i < 12; i++) await put('key', `value ${i}`)
        await clean()
        const first = Number((await pairs())[0]?.split(':')[0])
        assert.ok(first > 2)
        let isCut = false
        const cut = log.truncateTo(BigInt(first)).finally(() => {
          isCut = true
        })
        const read = async (): Promise<string> => {
          const offset = BigInt(first - 1)
          for (let errorCode = 'NONE'; ; await new Promise((resolve) => setImmediate(resolve))) {
            ;({ errorCode } = await log.read({ offset, maxBytes: 1, atLeastOneBatch: true, isolation: 0 }))
            if (isCut || errorCode !== 'NONE') return errorCode
          }
        }
        const codes = await Promise.all(Array.from({ length: 20 }, read))
        assert.deepEqual([...new Set(codes)], ['NONE'])
        assert.equal((await cut).errorCode, 'NONE')
        assert.equal(await put('key', 'again'), first)
        assert.deepEqual(await pairs(), [`${first}:key=again`])
      })

      test('keeps tombstones for delete.retention.ms', async () => {
        const { put, clean, pairs } = await openCompacted({ segmentBytes: 1 })
        await put('a', '1')
        await put('a', null)
        await put('b', '1')
        await clean()
        assert.deepEqual(await pairs(), ['1:a=null', '2:b=1'])
        await clean(11 * 60_000)
        await put('b', '2')
        await put('b', '3')
        await clean()
        assert.deepEqual(await pairs(), ['3:b=2', '4:b=3'])
      })

      test('leaves alone what is younger than min.compaction.lag.ms, and logs of another policy', async () => {
        const young = await openCompacted({ segmentBytes: 1, minCompactionLagMs: 3_600_000 })
        for (let i = 0; i < 4; i++) await young.put('a', `${i}`)
        await young.clean()
        assert.equal((await young.pairs()).length, 4)
        await young.clean(3_600_000)
        assert.ok((await young.pairs()).length < 4)
        const kept = await openCompacted({ segmentBytes: 1, cleanupPolicy: ['delete'] })
        for (let i = 0; i < 4; i++) await kept.put('a', `${i}`)
        await kept.clean()
        assert.equal((await kept.pairs()).length, 4)
      })

      test('closes a segment that is older than max.compaction.lag.ms, so that the last records are cleaned too', async () => {
        const { put, clean, pairs } = await openCompacted({ segmentBytes: 1_000_000, maxCompactionLagMs: 600_000 })
        for (let i = 0; i < 4; i++) await put('a', `${i}`)
        await clean()
        assert.equal((await pairs()).length, 4)
        await clean(700_000)
        assert.deepEqual(await pairs(), ['3:a=3'])
        assert.equal(await put('a', '4'), 4)
      })

      test('keeps the sequence of an idempotent producer, in batches without records if need be', async () => {
        const { log, put, clean } = await openCompacted({ segmentBytes: 1 })
        const producer = { producerId: 5n, producerEpoch: 0 }
        await put('a', '1', { ...producer, baseSequence: 0 })
        await put('a', '2', { ...producer, baseSequence: 1 })
        await put('a', '3')
        await put('b', '1')
        await clean()
        const { batches } = await readAll(log)
        assert.deepEqual(
          batches.map(({ baseOffset, recordCount }) => [baseOffset, recordCount]),
          [
            [1n, 0],
            [2n, 1],
            [3n, 1],
          ],
        )
        assert.equal(await put('a', '4', { ...producer, baseSequence: 2 }), 4)
      })

      test('goes with retention: compact,delete', async () => {
        const { log, put, clean, pairs } = await openCompacted({
          segmentBytes: 1,
          cleanupPolicy: ['compact', 'delete'],
          retentionMs: 3_600_000,
        })
        for (let i = 0; i < 4; i++) await put(i % 2 === 0 ? 'a' : 'b', `${i}`)
        await clean()
        assert.deepEqual(await pairs(), ['1:b=1', '2:a=2', '3:b=3'])
        await clean(4_000_000)
        assert.deepEqual(await pairs(), [])
        assert.equal(log.logStartOffset, 4n)
      })

      test('does not show aborted records, nor lets them replace others', async () => {
        const { store, log, put, clean } = await openCompacted({ segmentBytes: 1 })
        await put('a', 'committed')
        await put('a', 'aborted', { producerId: 1n, producerEpoch: 0, baseSequence: 0, isTransactional: true })
        await store.append([{ log, batches: markerOf('ABORT', 1n) }], 'durable')
        await put('b', '1')
        await clean()
        const all = await readAll(log)
        assert.deepEqual(
          all.records.map(({ key, value }) => `${key}=${value}`),
          ['a=committed', 'b=1'],
        )
        assert.equal(log.lastStableOffset, 4n)
      })

      test('looks up by time what is left', async () => {
        const { log, clean, store } = await openCompacted({ segmentBytes: 1 })
        for (const [i, timestamp] of [900, 100, 200, 300].entries()) {
          await appendKeyed(store, log, [{ key: i === 0 ? 'b' : i === 3 ? 'c' : 'a', value: `${i}`, timestamp }])
        }
        await appendKeyed(store, log, [{ key: 'b', value: '4', timestamp: 50 }])
        await appendKeyed(store, log, [{ key: 'z', value: '5', timestamp: 60 }])
        await clean()
        const at = async (timestampMs: bigint) => {
          const found = await log.offsetForTimestamp(timestampMs, 0)
          return typeof found === 'object' ? found.offset : found
        }
        assert.deepEqual(await Promise.all([0n, 100n, 250n, 301n].map(at)), [2n, 2n, 3n, undefined])
        assert.deepEqual(await log.maxTimestamp(), { timestampMs: 300n, offset: 3n, leaderEpoch: 0 })
      })
    })

    test('a closed store refuses appends and answers those in flight first', async () => {
      const { store, log } = await openLog(create)
      const inFlight = store.append([{ log, batches: batchOf(['a']) }], 'durable')
      await store.close()
      assert.equal((await inFlight).errorCode, 'NONE')
      assert.equal((await store.append([{ log, batches: batchOf(['b']) }], 'durable')).errorCode, 'KAFKA_STORAGE_ERROR')
    })
  })
}

async function openLog(create: () => Promise<ContractStore>) {
  const contract = await create()
  const log = contract.store.open(identityOf('topic'), defaultConfig)
  const append = (values: string[], options?: BatchOptions) => appendTo(contract.store, log, values, options)
  return { ...contract, log, append }
}

async function appendTo(
  store: LogStore,
  log: PartitionLog,
  values: string[],
  options?: BatchOptions,
): Promise<Appended> {
  const outcome = await store.append([{ log, batches: batchOf(values, options) }], 'durable')
  if (outcome.errorCode !== 'NONE') throw new Error(`${outcome.errorCode}: ${outcome.message}`)
  return outcome.appended[0]!
}

async function readCommitted(log: PartitionLog) {
  const records: string[] = []
  const aborted = new Set<string>()
  for (let offset = 0n; offset < log.lastStableOffset; offset = BigInt(records.length)) {
    const outcome = await log.read({ offset, maxBytes: 100_000, atLeastOneBatch: true, isolation: 1 })
    records.push(...recordsIn(outcome))
    for (const { producerId, firstOffset } of outcome.abortedTransactions)
      aborted.add(`${producerId} from ${firstOffset}`)
  }
  return { records, aborted: [...aborted] }
}
