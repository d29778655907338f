import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, test } from 'vitest'
import type { CompressionType } from '../../src/wire/index.ts'
import { compress, compressionTypes, decompress, loadCodecs, WireError } from '../../src/wire/index.ts'

beforeAll(() => loadCodecs())

const codecs = compressionTypes.filter((type) => type !== 'none')
const MB = 1024 * 1024

/** Bytes that compress, and bytes that do not. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({ unit: fc.string({ minLength: 1, maxLength: 30 }), size: fc.nat(200_000) })
    .map(({ unit, size }) => Buffer.alloc(size, unit)),
)

function inflated(type: CompressionType, bytes: Buffer): number {
  const before = process.memoryUsage().arrayBuffers
  assert.throws(() => decompress(type, bytes, { maxBytes: MB }), { code: 'OVERSIZED' })
  return process.memoryUsage().arrayBuffers - before
}

describe.each(codecs)('%s', (type) => {
  test('gives back what it was given', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        assert.ok(decompress(type, compress(type, bytes), { maxBytes: bytes.length }).equals(bytes))
      }),
      { numRuns: 60 },
    )
  })

  test('output of exactly the limit is given, one byte more is refused', () => {
    const packed = compress(type, Buffer.alloc(100_000, 'kohort'))
    assert.equal(decompress(type, packed, { maxBytes: 100_000 }).length, 100_000)
    assert.throws(() => decompress(type, packed, { maxBytes: 99_999 }), { code: 'OVERSIZED' })
  })

  test('a bomb is refused and not allocated', () => {
    const bomb = compress(type, Buffer.alloc(200 * MB))
    assert.ok(bomb.length < 20 * MB)
    assert.ok(inflated(type, bomb) < 16 * MB)
  })

  test('damaged and cut off bytes are refused, or at least bounded', () => {
    const packed = compress(type, Buffer.from('a group of consumers, '.repeat(200)))
    const attempt = (bytes: Buffer) => {
      try {
        assert.ok(decompress(type, bytes, { maxBytes: MB }).length <= MB)
      } catch (error) {
        assert.ok(
          error instanceof WireError && ['MALFORMED', 'OVERSIZED', 'TRUNCATED'].includes(error.code),
          String(error),
        )
      }
    }
    for (let length = 0; length < packed.length; length++) attempt(packed.subarray(0, length))
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(packed)
        damaged[at] = value
        attempt(damaged)
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => attempt(Buffer.from(bytes))))
  })
})

describe('framings of other clients', () => {
  test('snappy: one bare block, and concatenated xerial streams', () => {
    const bytes = Buffer.alloc(70_000, 'snappy')
    const stream = compress('snappy', bytes)
    assert.equal(stream.subarray(0, 16).toString('hex'), '82534e415050590000000001' + '00000001')
    assert.equal(stream.subarray(20 + stream.readInt32BE(16)).length > 0, true, 'blocks of 32 KB')
    const twice = decompress('snappy', Buffer.concat([stream, stream]), { maxBytes: MB })
    assert.ok(twice.equals(Buffer.concat([bytes, bytes])))
    const block = stream.subarray(20, 20 + stream.readInt32BE(16))
    assert.equal(decompress('snappy', block, { maxBytes: MB }).length, 32 * 1024)
  })

  test('snappy: a block that claims more than its bytes can hold is refused', () => {
    assert.throws(() => decompress('snappy', Buffer.from('ffffff7f0000', 'hex'), { maxBytes: 300 * MB }), {
      code: 'MALFORMED',
    })
  })

  test('lz4: the frames that we write have independent blocks, as the Java client demands', () => {
    const flags = compress('lz4', Buffer.alloc(200_000, 'x'))[4]!
    assert.equal(flags >> 6, 1, 'version 1')
    assert.equal((flags >> 5) & 1, 1, 'independent blocks')
    assert.equal(flags & 1, 0, 'no dictionary')
  })

  test('gzip: members that follow each other', () => {
    const member = zlib.gzipSync('abc')
    assert.equal(decompress('gzip', Buffer.concat([member, member]), { maxBytes: 10 }).toString(), 'abcabc')
  })

  test('zstd: frames that follow each other, skippable ones too', () => {
    const frame = compress('zstd', Buffer.from('abc'))
    const skippable = Buffer.from('502a4d18' + '02000000' + 'ffff', 'hex')
    const all = Buffer.concat([frame, skippable, frame])
    assert.equal(decompress('zstd', all, { maxBytes: 10 }).toString(), 'abcabc')
    assert.throws(() => decompress('zstd', all, { maxBytes: 5 }), { code: 'OVERSIZED' })
  })

  test('zstd: a content size that the blocks cannot hold is refused', () => {
    const lying = Buffer.from('28b52ffd' + 'e0' + 'ffffff0700000000' + '010000', 'hex')
    assert.throws(() => decompress('zstd', lying, { maxBytes: 300 * MB }), { code: 'MALFORMED' })
  })
})
