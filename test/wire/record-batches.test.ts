import assert from 'node:assert/strict'
import fc from 'fast-check'
import { beforeAll, describe, test } from 'vitest'
import type { BatchToEncode, RecordToEncode } from '../../src/wire/index.ts'
import {
  BATCH_HEADER_BYTES,
  compressionTypes,
  decodeRecords,
  encodeBatch,
  forEachRecord,
  iterateBatches,
  loadCodecs,
  RecordCursor,
  readBatchHeader,
  stampBatch,
  stampLogAppendTime,
  verifyBatch,
  WireError,
} from '../../src/wire/index.ts'
import { writeCrc } from '../../src/wire/records/batch-header.ts'

beforeAll(() => loadCodecs())

const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array))
const anyHeader = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.option(bytes(9)))
  .map(([key, value]) => ({ key, value }))
const anyRecords: fc.Arbitrary<RecordToEncode[]> = fc.array(
  fc.record({
    timestamp: fc.integer({ min: -1, max: 4_000_000_000_000 }),
    key: fc.option(bytes(20)),
    value: fc.option(bytes(300)),
    headers: fc.array(anyHeader, {
      maxLength: 3,
    }),
  }),
  { minLength: 1, maxLength: 20 },
)

function record(value: string, timestamp = 1_700_000_000_000): RecordToEncode {
  return { timestamp, key: null, value: Buffer.from(value) }
}

function errorOf(batch: Buffer): string | undefined {
  return verifyBatch(batch)?.code
}

describe('record batches', () => {
  test.each([...compressionTypes])('read back as they were written, with %s', (compression) => {
    fc.assert(
      fc.property(anyRecords, fc.bigInt({ min: 0n, max: 2n ** 60n }), (records, baseOffset) => {
        const batch = encodeBatch({ compression, baseOffset, records })
        assert.equal(verifyBatch(batch), undefined)
        const expected = records.map((one, index) => ({ ...one, offset: baseOffset + BigInt(index) }))
        assert.deepEqual(decodeRecords(batch), expected)
      }),
      { numRuns: 60 },
    )
  })

  test('the header tells what was written', () => {
    const batch = encodeBatch({
      baseOffset: 7n,
      partitionLeaderEpoch: 3,
      compression: 'lz4',
      producerId: 4000n,
      producerEpoch: 2,
      baseSequence: 99,
      isTransactional: true,
      records: [record('a', 20), record('b', 10)],
    })
    const { crc: _crc, attributes: _attributes, ...header } = readBatchHeader(batch)
    assert.deepEqual(header, {
      position: 0,
      totalBytes: batch.length,
      baseOffset: 7n,
      lastOffset: 8n,
      batchLength: batch.length - 12,
      partitionLeaderEpoch: 3,
      magic: 2,
      compression: 'lz4',
      timestampType: 'CreateTime',
      isTransactional: true,
      isControl: false,
      deleteHorizonMs: undefined,
      lastOffsetDelta: 1,
      baseTimestamp: 20,
      maxTimestamp: 20,
      producerId: 4000n,
      producerEpoch: 2,
      baseSequence: 99,
      recordCount: 2,
    })
  })

  test('offset and leader epoch are stamped without touching the checksum', () => {
    const batch = Buffer.concat([Buffer.alloc(3), encodeBatch({ records: [record('a'), record('b')] })])
    stampBatch(batch, 3, { baseOffset: 1_000_000_000_000n, partitionLeaderEpoch: 5 })
    assert.equal(verifyBatch(batch, 3), undefined)
    const { baseOffset, lastOffset, partitionLeaderEpoch } = readBatchHeader(batch, 3)
    assert.deepEqual([baseOffset, lastOffset, partitionLeaderEpoch], [1_000_000_000_000n, 1_000_000_000_001n, 5])
  })

  test('an append time replaces all timestamps and renews the checksum', () => {
    const batch = encodeBatch({ records: [record('a', 1), record('b', 2)] })
    stampLogAppendTime(batch, 0, 1_700_000_000_123)
    assert.equal(verifyBatch(batch), undefined)
    assert.deepEqual(
      decodeRecords(batch).map(({ timestamp }) => timestamp),
      [1_700_000_000_123, 1_700_000_000_123],
    )
    const created: number[] = []
    forEachRecord(batch, 0, {}, ({ createTimestamp }) => created.push(createTimestamp))
    assert.deepEqual(created, [1, 2])
  })

  test('gaps that compaction left, and a delete horizon, are kept', () => {
    const sparse: BatchToEncode = {
      baseOffset: 100n,
      lastOffsetDelta: 9,
      deleteHorizonMs: 1_800_000_000_000,
      records: [
        { ...record('a'), offsetDelta: 2 },
        { ...record('b'), offsetDelta: 5 },
      ],
    }
    const batch = encodeBatch(sparse)
    assert.equal(errorOf(batch), 'MALFORMED', 'producers may not send gaps')
    const { deleteHorizonMs, lastOffset } = readBatchHeader(batch)
    assert.deepEqual([deleteHorizonMs, lastOffset], [1_800_000_000_000, 109n])
    assert.deepEqual(
      decodeRecords(batch).map(({ offset, timestamp }) => [offset, timestamp]),
      [
        [102n, 1_700_000_000_000],
        [105n, 1_700_000_000_000],
      ],
    )
  })

  test('an empty batch, as compaction leaves behind, has a header and no records', () => {
    const batch = encodeBatch({ baseOffset: 5n, lastOffsetDelta: 3, records: [] })
    assert.equal(batch.length, BATCH_HEADER_BYTES)
    assert.deepEqual(decodeRecords(batch), [])
    assert.equal(readBatchHeader(batch).lastOffset, 8n)
  })

  test('iterating gives whole batches and leaves out one that is cut off, at every byte', () => {
    const batches = [[record('a')], [record('b'), record('c')], [record('d')]].map((records, index) =>
      encodeBatch({ baseOffset: BigInt(index * 10), records }),
    )
    const all = Buffer.concat(batches)
    for (let length = 0; length <= all.length; length++) {
      const whole = [...iterateBatches(all.subarray(0, length))].map(({ baseOffset }) => baseOffset)
      const ends = batches.map((_, index) => Buffer.concat(batches.slice(0, index + 1)).length)
      assert.deepEqual(whole, [0n, 10n, 20n].slice(0, ends.filter((end) => end <= length).length))
    }
  })
})

describe('damaged record batches', () => {
  const intact = encodeBatch({ records: [record('one'), record('two')] })

  test('every cut is told, and every flipped bit behind the leader epoch', () => {
    for (let length = 0; length < intact.length; length++)
      assert.equal(errorOf(intact.subarray(0, length)), 'TRUNCATED')
    for (let at = 16; at < intact.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(intact)
        flipped[at]! ^= 1 << bit
        assert.notEqual(errorOf(flipped), undefined, `byte ${at}, bit ${bit}`)
      }
    }
  })

  test('each kind of damage has its own error', () => {
    const damaged = (change: (batch: Buffer) => void, mendCrc = true) => {
      const batch = Buffer.from(intact)
      change(batch)
      if (mendCrc) writeCrc(batch, 0)
      return errorOf(batch)
    }
    assert.equal(
      damaged((batch) => batch.writeInt8(1, 16)),
      'UNSUPPORTED_MAGIC',
    )
    assert.equal(
      damaged((batch) => batch.writeInt8(0, 16)),
      'UNSUPPORTED_MAGIC',
    )
    assert.equal(
      damaged((batch) => batch.writeInt8(3, 16)),
      'MALFORMED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt8(9, 60), false),
      'CORRUPT',
    )
    assert.equal(
      damaged((batch) => batch.writeInt32BE(-1, 8), false),
      'MALFORMED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt32BE(48, 8), false),
      'MALFORMED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt32BE(0x7fffffff, 8), false),
      'TRUNCATED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt32BE(3, 57)),
      'MALFORMED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt32BE(-1, 57)),
      'MALFORMED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt32BE(0x7fffffff, 57)),
      'MALFORMED',
    )
    assert.equal(
      damaged((batch) => batch.writeInt16BE(5, 21)),
      'UNSUPPORTED_COMPRESSION',
    )
    assert.throws(() => readBatchHeader(Buffer.alloc(100)), { code: 'UNSUPPORTED_MAGIC' })
  })

  test.each([...compressionTypes])('records damaged under a good checksum are refused, with %s', (compression) => {
    const batch = encodeBatch({ compression, records: [record('one'), record('two'), record('x'.repeat(200))] })
    fc.assert(
      fc.property(fc.integer({ min: 57, max: batch.length - 1 }), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(batch)
        damaged[at] = value
        writeCrc(damaged, 0)
        try {
          decodeRecords(damaged, 0, { maxBytes: 1_000_000 })
        } catch (error) {
          assert.ok(error instanceof WireError, String(error))
        }
      }),
      { numRuns: 400 },
    )
  })

  test('a count that the bytes cannot hold is refused before anything is read', () => {
    const batch = Buffer.from(intact)
    batch.writeInt32BE(0x7fffffff, 57)
    assert.throws(() => new RecordCursor(batch), { code: 'MALFORMED' })
    batch.writeInt32BE(1, 57)
    assert.throws(() => decodeRecords(batch), { code: 'MALFORMED' }, 'a record is left over')
  })

  test('lengths beyond the record, negative ones and overlong varints are refused', () => {
    const withBody = (hex: string, count = 1) => {
      const body = Buffer.from(hex, 'hex')
      const batch = Buffer.concat([encodeBatch({ records: [] }), body])
      batch.writeInt32BE(batch.length - 12, 8)
      batch.writeInt32BE(count, 57)
      return batch
    }
    assert.equal(decodeRecords(withBody('0c000000010100')).length, 1)
    for (const hex of [
      '0e000000010100', // longer than the batch
      '0a000000010100', // shorter than its fields
      '0c000000030100', // key length -2
      '0c000000010300', // value length -2
      '0c000000010101', // header count -1
      '0c00000001017e', // headers that cannot fit
      '0c0000007e0100', // key beyond the record
      '80808080808000', // length of six bytes
      'ffffffff7f0000', // length beyond 32 bits
      '20' + '00' + 'ffffffffffffffffff7f' + '00' + '010100' + '00', // timestamp beyond 64 bits
      '16' + '0000' + '00' + '0101' + '02' + '01' + '000000', // header key of length -1
    ]) {
      assert.throws(() => decodeRecords(withBody(hex)), { code: 'MALFORMED' }, hex)
    }
  })

  test('the greatest and smallest timestamps do not confuse the reader', () => {
    const far = encodeBatch({ records: [record('a', 0), record('b', Number.MAX_SAFE_INTEGER), record('c', -1)] })
    assert.deepEqual(
      decodeRecords(far).map(({ timestamp }) => timestamp),
      [0, Number.MAX_SAFE_INTEGER, -1],
    )
  })
})
