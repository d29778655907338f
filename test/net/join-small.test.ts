import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { joinSmall } from '../../src/net/join-small.ts'

test('joined chunks are the same bytes in the same order, large ones untouched', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const chunks = sizes.map((size, i) => Buffer.alloc(size, `${i},`))
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      const pieces = joinSmall(chunks, bytes)
      assert.ok(Buffer.concat(pieces).equals(Buffer.concat(chunks)))
      assert.ok(pieces.length <= chunks.length)
      for (let i = 1; i < pieces.length; i++) {
        const isRun = pieces[i]!.length < 8192 && pieces[i - 1]!.length < 8192
        assert.ok(!isRun, 'two small pieces stand side by side')
      }
    }),
    { numRuns: 300 },
  )
})

test('ten thousand small chunks become a few pieces', () => {
  const chunks = new Array<Buffer>(10_000).fill(Buffer.alloc(160))
  assert.ok(joinSmall(chunks, 1_600_000).length <= 8)
})
