import assert from 'node:assert/strict'
import { test } from 'vitest'
import { growingPercent } from '../../src/cli/garbage-pace.ts'

const MB = 1024 * 1024

test('a small heap may grow by the same bytes whatever its size, a large one as V8 likes', () => {
  assert.equal(growingPercent(12 * MB), 400)
  assert.equal(growingPercent(48 * MB), 100)
  assert.equal(growingPercent(64 * MB), 0)
  assert.equal(growingPercent(500 * MB), 0)
})
