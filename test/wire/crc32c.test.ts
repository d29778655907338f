import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { test } from 'vitest'
import { combineCrc32c, crc32c } from '../../src/wire/index.ts'

test('checksums of two parts combine to the checksum of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 70_000 }), (first, second) => {
      const whole = crc32c(Buffer.concat([first, second]))
      assert.equal(combineCrc32c(crc32c(first), crc32c(second), second.length), whole)
      assert.equal(crc32c(second, crc32c(first)), whole)
    }),
  )
})

test('checksums combine over lengths of many megabytes', () => {
  const second = Buffer.alloc(20_000_003, 'kohort')
  const whole = crc32c(Buffer.concat([Buffer.from('first'), second]))
  assert.equal(combineCrc32c(crc32c(Buffer.from('first')), crc32c(second), second.length), whole)
})
