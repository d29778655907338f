import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type CleaningParameters, CleaningWork, UncleanableError } from '../../../src/log/compaction/cleaning-work.ts'
import {
  type BatchToEncode,
  decodeRecords,
  encodeBatch,
  encodeEndTxnMarker,
  iterateBatches,
  loadCodecs,
  stampBatch,
  verifyBatch,
} from '../../../src/wire/index.ts'
import { type Keyed, keyedBatch } from '../support/keyed.ts'

const NOW_MS = 1_700_000_100_000
const KEY_MS = 1_700_000_000_000

/** Batches one behind another, with offsets; `at` moves the next one, as an earlier cleaning may have left gaps. */
function chunkOf(...batches: (Buffer | { readonly at: number })[]): Buffer {
  let offset = 0
  const stamped: Buffer[] = []
  for (const batch of batches) {
    if (!Buffer.isBuffer(batch)) {
      offset = batch.at
      continue
    }
    const copy = Buffer.from(batch)
    stampBatch(copy, 0, { baseOffset: BigInt(offset), partitionLeaderEpoch: 3 })
    const [header] = [...iterateBatches(copy)]
    offset = Number(header!.lastOffset) + 1
    stamped.push(copy)
  }
  return Buffer.concat(stamped)
}

const batch = (records: readonly [string | null, string | null][], options: Partial<BatchToEncode> = {}): Buffer =>
  keyedBatch(
    records.map(([key, value]): Keyed => ({ key, value, timestamp: KEY_MS })),
    options,
  )

function clean(chunk: Buffer, changes: Partial<CleaningParameters> = {}) {
  const work = new CleaningWork({
    map: { bytesMax: 1_000_000, loadFactor: 0.9, seed: 1 },
    firstDirtyOffset: 0,
    upperBoundOffset: 1_000_000,
    nowMs: NOW_MS,
    deleteRetentionMs: 1000,
    aborted: [],
    producers: [],
    ...changes,
  })
  const isWhole = work.index(chunk)
  const filtered = work.filter(chunk)
  return { ...filtered, bytes: Buffer.from(filtered.bytes), isWhole, endOffset: work.endOffset, work }
}

/** `base-last: offset=value …` of each batch, with what is special about it. */
function describeBatches(bytes: Buffer): string[] {
  return [...iterateBatches(bytes)].map((header) => {
    const records = decodeRecords(bytes, header.position).map(
      ({ offset, key, value, timestamp }) =>
        `${offset}:${header.isControl ? 'marker' : `${key}=${value}`}${timestamp === KEY_MS ? '' : `@${timestamp - KEY_MS}`}`,
    )
    const horizon = header.deleteHorizonMs === undefined ? '' : ` until ${header.deleteHorizonMs - NOW_MS}`
    return `${header.baseOffset}-${header.lastOffset}: ${records.join(' ')}${horizon}`
  })
}

describe('a pass', () => {
  test('keeps the last value of each key, with offsets, batches and record times as they were', () => {
    const { bytes, facts, recordsDropped } = clean(
      chunkOf(
        batch([
          ['a', '1'],
          ['b', '1'],
          ['c', '1'],
        ]),
        batch([['a', '2']]),
        batch([
          ['b', '2'],
          ['d', '1'],
        ]),
      ),
    )
    assert.deepEqual(describeBatches(bytes), ['0-2: 2:c=1', '3-3: 3:a=2', '4-5: 4:b=2 5:d=1'])
    assert.equal(recordsDropped, 2)
    assert.deepEqual(
      [...facts].filter((_, i) => i % 3 === 0),
      [2, 3, 5],
    )
    assert.deepEqual(
      [...iterateBatches(bytes)].map(({ partitionLeaderEpoch }) => partitionLeaderEpoch),
      [3, 3, 3],
    )
  })

  test('leaves a chunk alone in which nothing is superseded', () => {
    const chunk = chunkOf(batch([['a', '1']]), batch([['b', '1']]))
    const { bytes, isChanged } = clean(chunk)
    assert.equal(isChanged, false)
    assert.deepEqual(bytes, chunk)
  })

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    test(`gives a ${compression} batch its own codec again, and its records every byte`, async () => {
      await loadCodecs()
      const headers = [{ key: 'h', value: Buffer.from([0xff, 0xfe, 0x00]) }]
      const mixed = encodeBatch({
        compression,
        records: [
          { timestamp: KEY_MS, key: Buffer.from('a'), value: Buffer.alloc(200, 'x') },
          { timestamp: KEY_MS + 5, key: Buffer.from([0xff]), value: Buffer.alloc(200, 'y'), headers },
          { timestamp: KEY_MS - 5, key: Buffer.from('t'), value: null, headers },
        ],
      })
      const chunk = chunkOf(mixed, batch([['a', 'new']]))
      const { bytes } = clean(chunk)
      const [first] = [...iterateBatches(bytes)]
      assert.deepEqual([first!.compression, first!.deleteHorizonMs], [compression, NOW_MS + 1000])
      assert.deepEqual(decodeRecords(bytes), decodeRecords(chunk).slice(1))
      assert.equal(first!.maxTimestamp, KEY_MS + 5)
      assert.equal(verifyBatch(bytes)?.code, 'MALFORMED', 'intact, but for the gap')
    })
  }

  test('drops records without a key, which nobody could ever replace', () => {
    assert.deepEqual(
      describeBatches(
        clean(
          chunkOf(
            batch([
              [null, 'x'],
              ['a', '1'],
            ]),
          ),
        ).bytes,
      ),
      ['0-1: 1:a=1'],
    )
  })

  test('gives tombstones a time when they may go, and lets them go then (KIP-534)', () => {
    const chunk = chunkOf(
      batch([
        ['a', '1'],
        ['b', '1'],
      ]),
      batch([
        ['a', null],
        ['c', '1'],
      ]),
    )
    const first = clean(chunk)
    assert.deepEqual(describeBatches(first.bytes), ['0-1: 1:b=1', '2-3: 2:a=null 3:c=1 until 1000'])
    const early = clean(first.bytes, { firstDirtyOffset: 4, nowMs: NOW_MS + 999 })
    assert.equal(early.isChanged, false)
    const late = clean(first.bytes, { firstDirtyOffset: 4, nowMs: NOW_MS + 1000 })
    assert.deepEqual(describeBatches(late.bytes), ['0-1: 1:b=1', '2-3: 3:c=1 until 1000'])
  })

  test('can wait for ever with tombstones', () => {
    const { bytes } = clean(chunkOf(batch([['a', null]])), { deleteRetentionMs: 2 ** 63 })
    assert.equal([...iterateBatches(bytes)][0]!.deleteHorizonMs, Number.MAX_SAFE_INTEGER)
    assert.deepEqual(
      decodeRecords(bytes).map(({ timestamp }) => timestamp),
      [KEY_MS],
    )
  })

  test('keeps the append time of records where the topic gives it', () => {
    const appended = { timestampType: 'LogAppendTime', maxTimestamp: KEY_MS + 7 } as const
    const { bytes } = clean(
      chunkOf(
        batch(
          [
            ['a', '1'],
            ['b', null],
          ],
          appended,
        ),
        batch([['a', '2']]),
      ),
    )
    assert.deepEqual(describeBatches(bytes)[0], '0-1: 1:b=null@7 until 1000')
  })

  test('touches nothing above what the map has', () => {
    const map = { bytesMax: 24 * 3, loadFactor: 1, seed: 1 }
    const chunk = chunkOf(
      batch([['a', '1']]),
      batch([['b', '1']]),
      batch([
        ['a', '2'],
        ['b', '2'],
      ]),
    )
    const { bytes, isWhole, endOffset } = clean(chunk, { map })
    assert.deepEqual([isWhole, endOffset], [false, 2])
    assert.deepEqual(describeBatches(bytes), ['0-0: 0:a=1', '1-1: 1:b=1', '2-3: 2:a=2 3:b=2'])
  })

  test('gets on although one batch has more keys than the map may hold', () => {
    const map = { bytesMax: 24 * 3, loadFactor: 0.9, seed: 1 }
    const many = Array.from({ length: 50 }, (_, i): [string, string] => [`key ${i}`, 'x'])
    const { endOffset } = clean(chunkOf(batch(many), batch([['a', '1']])), { map })
    assert.equal(endOffset, 50)
  })

  test('refuses a log with a damaged batch, or one that does not unpack, and says where', () => {
    const damaged = chunkOf(batch([['a', '1']]), batch([['b', '1']]))
    damaged[damaged.length - 1]! ^= 1
    assert.throws(
      () => clean(damaged),
      (error) => error instanceof UncleanableError && error.offset === 1,
    )
  })
})

describe('idempotent producers', () => {
  const producer = { producerId: 5n, producerEpoch: 2 }

  test('keep their last batch, if only its header, so that the next sequence is known', () => {
    const chunk = chunkOf(
      batch([['a', '1']], { ...producer, baseSequence: 10 }),
      batch(
        [
          ['a', '2'],
          ['b', '2'],
        ],
        { ...producer, baseSequence: 11 },
      ),
      batch([
        ['a', '3'],
        ['b', '3'],
      ]),
    )
    const { bytes, facts } = clean(chunk, { producers: [{ producerId: 5n, producerEpoch: 2, lastOffset: 2 }] })
    assert.deepEqual(describeBatches(bytes), ['1-2: ', '3-4: 3:a=3 4:b=3'])
    const [empty] = [...iterateBatches(bytes)]
    assert.deepEqual(
      [empty!.producerId, empty!.producerEpoch, empty!.baseSequence, empty!.recordCount, empty!.totalBytes],
      [5n, 2, 11, 0, 61],
    )
    // It has no record with a time.
    assert.equal(facts[1], -1)
    const again = clean(bytes, {
      firstDirtyOffset: 5,
      producers: [{ producerId: 5n, producerEpoch: 2, lastOffset: 2 }],
    })
    assert.equal(again.isChanged, false)
    const expired = clean(bytes, { firstDirtyOffset: 5 })
    assert.deepEqual(describeBatches(expired.bytes), ['3-4: 3:a=3 4:b=3'])
  })

  test('whose last batch in the log is not their last keep nothing but records', () => {
    const chunk = chunkOf(batch([['a', '1']], { ...producer, baseSequence: 10 }), batch([['a', '2']]))
    const { bytes } = clean(chunk, { producers: [{ producerId: 5n, producerEpoch: 2, lastOffset: 70 }] })
    assert.deepEqual(describeBatches(bytes), ['1-1: 1:a=2'])
  })
})

test('the batch at the end of what is cleaned stays, if only its header: readers must get past it', () => {
  const chunk = chunkOf(batch([['a', '1']]), batch([[null, '2']]))
  assert.deepEqual(describeBatches(clean(chunk, { upperBoundOffset: 2 }).bytes), ['0-0: 0:a=1', '1-1: '])
})

describe('transactions', () => {
  const transaction = { producerId: 9n, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const marker = (type: 'ABORT' | 'COMMIT') =>
    encodeEndTxnMarker({ type, producerId: 9n, producerEpoch: 0, coordinatorEpoch: 0, timestamp: KEY_MS })
  const aborted = [{ producerId: 9n, firstOffset: 1, lastOffset: 2 }]

  test('that were aborted lose their records at once, supersede nothing, and keep their marker for delete.retention.ms', () => {
    const chunk = chunkOf(batch([['a', '1']]), batch([['a', 'aborted']], transaction), marker('ABORT'))
    const first = clean(chunk, { aborted })
    assert.deepEqual(describeBatches(first.bytes), ['0-0: 0:a=1', '2-2: 2:marker'])
    assert.deepEqual(first.work.abortedWithBatches, aborted)
    const second = clean(first.bytes, { aborted, firstDirtyOffset: 3 })
    assert.deepEqual(describeBatches(second.bytes), ['0-0: 0:a=1', '2-2: 2:marker until 1000'])
    assert.deepEqual(second.work.abortedWithBatches, [])
    const third = clean(second.bytes, { aborted, firstDirtyOffset: 3, nowMs: NOW_MS + 1000 })
    assert.deepEqual(describeBatches(third.bytes), ['0-0: 0:a=1'])
  })

  test('that were committed keep their marker as long as a record of theirs is left', () => {
    const chunk = chunkOf(batch([['a', '1']], transaction), marker('COMMIT'))
    assert.equal(clean(chunk).isChanged, false)
    const superseded = chunkOf(batch([['a', '1']], transaction), marker('COMMIT'), batch([['a', '2']]))
    const first = clean(superseded)
    assert.deepEqual(describeBatches(first.bytes), ['1-1: 1:marker', '2-2: 2:a=2'])
    const second = clean(first.bytes, { firstDirtyOffset: 3 })
    assert.deepEqual(describeBatches(second.bytes), ['1-1: 1:marker until 1000', '2-2: 2:a=2'])
  })

  test('keep the marker of a producer of whom it is the last thing known', () => {
    const chunk = chunkOf({ at: 5 }, marker('COMMIT'))
    const first = clean(chunk)
    const producers = [{ producerId: 9n, producerEpoch: 0, lastOffset: -1 }]
    const late = { firstDirtyOffset: 6, nowMs: NOW_MS + 1000 }
    assert.deepEqual(describeBatches(clean(first.bytes, { ...late, producers }).bytes), ['5-5: '])
    assert.deepEqual(describeBatches(clean(first.bytes, late).bytes), [])
  })
})
