import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { ConsumerRecord, RecordReader } from '../../../src/client/consumer/fetch/consumer-record.ts'
import { readBatches } from '../../../src/client/consumer/fetch/read-batches.ts'
import { unpack } from '../../../src/client/consumer/fetch/unpack.ts'
import { PartitionState } from '../../../src/client/consumer/partition-state.ts'
import { bytes, string } from '../../../src/client/serdes/index.ts'
import { type BatchToEncode, encodeBatch, encodeEndTxnMarker, loadCodecs } from '../../../src/wire/index.ts'

beforeAll(() => loadCodecs())

const options = { fetchOffset: 0n, aborted: null, checkCrcs: true }
const records = (...values: string[]) =>
  values.map((value, i) => ({ timestamp: 1000 + i, key: null, value: Buffer.from(value) }))
const batch = (baseOffset: bigint, values: string[], more: Partial<BatchToEncode> = {}): Buffer =>
  encodeBatch({ baseOffset, partitionLeaderEpoch: 4, records: records(...values), ...more })
const state = (): PartitionState => new PartitionState({ topic: 't', partition: 1, assignmentEpoch: 1 })

function values(buffer: Buffer, more: Partial<Parameters<typeof readBatches>[1]> = {}): unknown {
  const fetched = readBatches(buffer, { ...options, ...more })
  const found: string[] = []
  for (const view of fetched.batches) {
    if (view.failure !== undefined) {
      found.push(`failure ${(view.failure as Error).message}`)
      continue
    }
    unpack(view)
    const reader = new RecordReader(state(), view, { key: string(), value: string() })
    for (let record = reader.next(); record !== undefined; record = reader.next())
      found.push(`${record.offset}=${record.value}`)
  }
  return [found, fetched.nextOffset, fetched.leaderEpoch]
}

describe('batches of a fetch', () => {
  test('are walked one after the other; a last one that is cut off waits for the next fetch', () => {
    const two = Buffer.concat([batch(0n, ['a', 'b']), batch(2n, ['c'])])
    expect(values(two)).toEqual([['0=a', '1=b', '2=c'], 3n, 4])
    for (let cut = 1; cut < batch(2n, ['c']).length; cut++) {
      expect(values(two.subarray(0, two.length - cut))).toEqual([['0=a', '1=b'], 2n, 4])
    }
    expect(values(Buffer.alloc(0))).toEqual([[], 0n, -1])
  })

  test('begin in front of the fetch offset where it lies within one, and end in front of it not at all', () => {
    const all = Buffer.concat([batch(0n, ['a']), batch(1n, ['b', 'c'])])
    expect(values(all, { fetchOffset: 2n })).toEqual([['1=b', '2=c'], 3n, 4])
    expect(values(batch(0n, ['a']), { fetchOffset: 5n })).toEqual([[], 5n, -1])
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('are unpacked: %s', (compression) => {
    expect(values(batch(0n, ['a', 'b'], { compression }))).toEqual([['0=a', '1=b'], 2n, 4])
  })

  test('that compaction has emptied move the position', () => {
    expect(values(batch(0n, ['a'], { lastOffsetDelta: 9 }))).toEqual([['0=a'], 10n, 4])
  })

  test('of transactions: markers are left out, and what was aborted where it shall be', () => {
    const marker = (type: 'ABORT' | 'COMMIT', producerId: bigint, baseOffset: bigint) =>
      encodeEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0, baseOffset })
    const transactional = (producerId: bigint) => ({
      producerId,
      producerEpoch: 0,
      baseSequence: 0,
      isTransactional: true,
    })
    const all = Buffer.concat([
      batch(0n, ['a1'], transactional(1n)),
      batch(1n, ['b1'], transactional(2n)),
      batch(2n, ['plain']),
      marker('ABORT', 1n, 3n),
      batch(4n, ['a2'], transactional(1n)),
      marker('COMMIT', 2n, 5n),
      marker('COMMIT', 1n, 6n),
    ])
    expect(values(all)).toEqual([['0=a1', '1=b1', '2=plain', '4=a2'], 7n, 0])
    expect(values(all, { aborted: [{ producerId: 1n, firstOffset: 0n }] })).toEqual([
      ['1=b1', '2=plain', '4=a2'],
      7n,
      0,
    ])
    // Listed in any order, and only from its first offset on.
    const aborted = [
      { producerId: 1n, firstOffset: 4n },
      { producerId: 2n, firstOffset: 1n },
    ]
    expect(values(all, { aborted })).toEqual([['0=a1', '2=plain'], 7n, 0])
  })

  test('that are damaged stand there with their failure, and can be left unchecked', () => {
    const damaged = batch(0n, ['abc'])
    damaged[damaged.length - 2]! ^= 1
    expect(values(Buffer.concat([damaged, batch(1n, ['d'])]))).toEqual([
      ['failure the checksum of the batch does not match', '1=d'],
      2n,
      4,
    ])
    expect(values(damaged, { checkCrcs: false })).toEqual([['0=abb'], 1n, 4])
  })

  test('of an old message format are a failure', () => {
    const old = batch(0n, ['a'])
    old[16] = 1
    expect(values(old)).toEqual([['failure message format 1 is older than version 2 (KIP-724)'], 0n, -1])
  })
})

describe('a record', () => {
  test('is what was encoded, whatever it was', () => {
    const header = fc.record({ key: fc.string(), value: fc.option(fc.uint8Array().map((b) => Buffer.from(b))) })
    const one = fc.record({
      timestamp: fc.integer({ min: 0, max: 2 ** 50 }),
      key: fc.option(fc.uint8Array().map((b) => Buffer.from(b))),
      value: fc.option(fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b))),
      headers: fc.array(header, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 20 }),
        fc.bigInt({ min: 0n, max: 2n ** 60n }),
        (list, baseOffset) => {
          const buffer = encodeBatch({ baseOffset, records: list })
          const [view] = readBatches(buffer, { ...options, fetchOffset: baseOffset }).batches
          const reader = new RecordReader(state(), view!, { key: bytes(), value: bytes() })
          for (const [i, wanted] of list.entries()) {
            const { offset, timestamp, key, value, headers } = reader.next()!
            expect({ offset, timestamp, key, value, headers: [...headers] }).toEqual({
              ...wanted,
              offset: baseOffset + BigInt(i),
            })
          }
          expect(reader.next()).toBeUndefined()
        },
      ),
    )
  })

  test('with a length that lies is an error, never a view of something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (noise) => {
        const buffer = encodeBatch({ baseOffset: 0n, records: records('abcdefgh', 'ijkl') })
        buffer.set(noise.subarray(0, buffer.length - 61), 61)
        const [view] = readBatches(buffer, { ...options, checkCrcs: false }).batches
        const reader = new RecordReader(state(), view!, { key: bytes(), value: bytes() })
        try {
          for (let record = reader.next(); record !== undefined; record = reader.next()) {
            expect((record.value?.length ?? 0) + (record.key?.length ?? 0)).toBeLessThanOrEqual(buffer.length)
          }
        } catch (error) {
          expect((error as { code?: string }).code).toBe('MALFORMED')
        }
      }),
    )
  })

  test('can be looked at, printed and sent as JSON', () => {
    const buffer = encodeBatch({
      baseOffset: 7n,
      timestampType: 'LogAppendTime',
      maxTimestamp: 5000,
      records: [{ timestamp: 1, key: Buffer.from('k'), value: null, headers: [{ key: 'h', value: Buffer.from('v') }] }],
    })
    const [view] = readBatches(buffer, options).batches
    const record = new RecordReader(state(), view!, { key: string(), value: string() }).next()!
    expect(record.timestampType).toBe('LogAppendTime')
    expect(JSON.parse(JSON.stringify(record))).toEqual({
      topic: 't',
      partition: 1,
      offset: '7',
      timestamp: 5000,
      key: 'k',
      value: null,
      headers: { h: 'v' },
    })
    expect(ConsumerRecord.settle(record)).toBeUndefined()
  })
})
