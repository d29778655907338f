import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { KeyHash } from '../../../src/log/compaction/key-hash.ts'
import { OFFSET_MAP_SLOT_BYTES, OffsetMap } from '../../../src/log/compaction/offset-map.ts'

const put = (map: OffsetMap, key: string, offset: number): void => {
  const bytes = Buffer.from(key)
  map.put(bytes, 0, bytes.length, offset)
}
const get = (map: OffsetMap, key: string): number => {
  const bytes = Buffer.from(key)
  return map.get(bytes, 0, bytes.length)
}

test('the hash is MurmurHash3_x86_128: it has the verification value of SMHasher', () => {
  const digest = (bytes: Buffer, seed: number): Buffer => {
    const hash = new KeyHash(seed)
    // Not at the beginning of the buffer, as keys are not.
    hash.hash(Buffer.concat([Buffer.from('..'), bytes]), 2, bytes.length)
    return Buffer.from(Int32Array.of(hash.h1, hash.h2, hash.h3, hash.h4).buffer)
  }
  const key = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const digests = Array.from({ length: 256 }, (_, i) => digest(key.subarray(0, i), 256 - i))
  assert.equal(digest(Buffer.concat(digests), 0).readUInt32LE(0), 0xb3ece62a)
})

test('the map has the last offset of each key, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 40 }), fc.nat()), { maxLength: 300 }), (entries) => {
      const map = new OffsetMap({ bytesMax: 1_000_000, loadFactor: 0.9, seed: 7 })
      const expected = new Map<string, number>()
      for (const [key, offset] of entries) {
        put(map, key, offset)
        expected.set(key, offset)
      }
      assert.equal(map.size, expected.size)
      for (const [key, offset] of expected) assert.equal(get(map, key), offset)
      assert.equal(get(map, 'a key that nobody put'), -1)
    }),
  )
  const map = new OffsetMap({ bytesMax: 100_000_000, loadFactor: 0.9, seed: 1 })
  for (let i = 0; i < 200_000; i++) put(map, `key ${i}`, i)
  for (let i = 0; i < 200_000; i += 7) assert.equal(get(map, `key ${i}`), i)
})

test('it is full when its bytes times the load factor are in use, and a single batch beyond that still fits', () => {
  const map = new OffsetMap({ bytesMax: 10 * OFFSET_MAP_SLOT_BYTES, loadFactor: 0.9, seed: 1 })
  for (let i = 0; i < 9; i++) {
    assert.equal(map.hasRoomFor(1), true)
    put(map, `key ${i}`, i)
  }
  assert.equal(map.hasRoomFor(1), false)
  assert.equal(map.utilization, 0.9)
  for (let i = 9; i < 50; i++) put(map, `key ${i}`, i)
  for (let i = 0; i < 50; i++) assert.equal(get(map, `key ${i}`), i)
})
