import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BATCH_HEADER_BYTES, BatchBuilder, compressionTypes, decodeRecords, encodeBatch } from '../../src/wire/index.ts'

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
)
const record = fc.record({
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string(), value: bytes }), { maxLength: 3 }),
})

const noProducer = { producerId: -1n, producerEpoch: -1, baseSequence: -1 } as const

test('a batch built record by record is byte for byte what is encoded at once', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 40 }),
      fc.bigInt({ min: 0n, max: 2n ** 60n }),
      (records, producerId) => {
        const builder = new BatchBuilder(16_384)
        for (const { timestamp, key, value, headers } of records) {
          const expected = builder.byteLength + builder.bytesOf(timestamp, key, value, headers)
          builder.append(timestamp, key, value, headers)
          expect(builder.byteLength).toBe(expected)
        }
        const producer = { producerId, producerEpoch: 3, baseSequence: 17 }
        expect(builder.build({ compression: 'none', ...producer })).toEqual(encodeBatch({ records, ...producer }))
      },
    ),
  )
})

test.each(
  compressionTypes.filter((type) => type !== 'zstd'),
)('a batch compressed with %s has the same records', (compression) => {
  const builder = new BatchBuilder(16_384)
  for (let i = 0; i < 100; i++) builder.append(1_000 + i, Buffer.from(`k${i}`), Buffer.alloc(50, 'v'), undefined)
  const batch = builder.build({ compression, ...noProducer })
  const plain = builder.build({ compression: 'none', ...noProducer })
  expect(decodeRecords(batch)).toEqual(decodeRecords(plain))
  if (compression !== 'none') expect(batch.length).toBeLessThan(plain.length)
})

test('a batch can be built again with other numbers, and filled on', () => {
  const builder = new BatchBuilder(BATCH_HEADER_BYTES)
  builder.append(1, null, Buffer.from('a'))
  builder.build({ compression: 'none', producerId: 5n, producerEpoch: 0, baseSequence: 0 })
  builder.append(2, null, Buffer.from('b'))
  const again = builder.build({ compression: 'none', producerId: 5n, producerEpoch: 1, baseSequence: 7 })
  const records = [
    { timestamp: 1, key: null, value: Buffer.from('a') },
    { timestamp: 2, key: null, value: Buffer.from('b') },
  ]
  expect(again).toEqual(encodeBatch({ records, producerId: 5n, producerEpoch: 1, baseSequence: 7 }))
})
