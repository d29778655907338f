import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import {
  consumerProtocolSubscription,
  decodeRequestBody,
  decodeRequestHeader,
  heartbeatRequest,
  metadataRequest,
  produceRequest,
  Reader,
  WireError,
} from '../../src/wire/index.ts'
import { allMessageVersions } from './all-messages.ts'

interface Vector {
  readonly name: string
  readonly version: number
  readonly hex: string
}

const vectors = gunzipSync(readFileSync(new URL('../vectors/messages.jsonl.gz', import.meta.url)))
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)
const messages = new Map(allMessageVersions().map(({ name, message }) => [name, message]))

/** One shorter golden message of each version. */
const samples = [
  ...new Map(vectors.filter(({ hex }) => hex.length < 800).map((v) => [`${v.name} ${v.version}`, v])).values(),
]

function code(...expected: WireError['code'][]): (error: unknown) => boolean {
  return (error) => error instanceof WireError && expected.includes(error.code)
}

/** Decoding may succeed or throw a WireError; nothing else may happen. */
function decodesOrRefuses(action: () => unknown): void {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof WireError, `not a WireError: ${String(error)}`)
  }
}

describe('malformed messages', () => {
  test('a message cut off at any byte is refused', () => {
    assert.ok(samples.length > 500)
    for (const { name, version, hex } of samples) {
      const message = messages.get(name)!
      const bytes = Buffer.from(hex, 'hex')
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => message.decode(bytes.subarray(0, length), version), code('TRUNCATED', 'MALFORMED'))
      }
    }
  })

  test('any byte set to any extreme decodes or is refused, in time and memory of the frame', () => {
    for (const { name, version, hex } of samples.filter((_, index) => index % 4 === 0)) {
      const message = messages.get(name)!
      const bytes = Buffer.from(hex, 'hex')
      for (let at = 0; at < bytes.length; at++) {
        const before = bytes[at]!
        for (const extreme of [0x00, 0x7f, 0x80, 0xff]) {
          bytes[at] = extreme
          decodesOrRefuses(() => message.decode(bytes, version))
        }
        bytes[at] = before
      }
    }
  })

  test.each(allMessageVersions())('$name v$version decodes or refuses random bytes', ({ message, version }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => decodesOrRefuses(() => message.decode(bytes, version))),
      { numRuns: 25 },
    )
  })

  test('an array longer than its frame is refused before it is allocated', () => {
    const huge = Buffer.from(`7fffffff${'00'.repeat(20)}`, 'hex')
    assert.throws(() => metadataRequest.decode(huge, 4), code('TRUNCATED'))
    const compact = Buffer.from(`ffffffff07${'00'.repeat(20)}`, 'hex')
    assert.throws(() => metadataRequest.decode(compact, 9), code('TRUNCATED'))
    // An array of elements of at least five bytes that claims one element for each byte of a large frame.
    const frame = Buffer.alloc(1_000_000)
    frame.writeInt32BE(999_996)
    assert.throws(
      () => produceRequest.decode(Buffer.concat([Buffer.from('ffff000100000001', 'hex'), frame]), 3),
      code('TRUNCATED'),
    )
  })

  test('a request of millions of tiny elements is refused', () => {
    const count = 1_100_000
    const frame = Buffer.alloc(20 + 3 * count)
    frame.set(Buffer.from('00030004' + '00000001' + 'ffff', 'hex'))
    frame.writeInt32BE(count, 10)
    assert.throws(() => decodeRequestBody(frame, decodeRequestHeader(frame)), code('OVERSIZED'))
  })

  test('negative lengths are refused, null where it may not be, too', () => {
    assert.throws(() => heartbeatRequest.decode(Buffer.from('fffe', 'hex'), 0), code('MALFORMED'))
    assert.throws(() => heartbeatRequest.decode(Buffer.from('ffff', 'hex'), 0), code('MALFORMED'))
    assert.throws(() => heartbeatRequest.decode(Buffer.from('00', 'hex'), 4), code('MALFORMED'))
    assert.throws(() => consumerProtocolSubscription.decode(Buffer.from('fffffffe', 'hex'), 0), code('MALFORMED'))
    assert.throws(() => metadataRequest.decode(Buffer.from('fffffffe', 'hex'), 1), code('MALFORMED'))
  })

  test('overlong varints are refused', () => {
    assert.throws(() => new Reader(Buffer.from('808080808001', 'hex')).uvarint(), code('MALFORMED'))
    assert.throws(() => new Reader(Buffer.from('ffffffff10', 'hex')).uvarint(), code('MALFORMED'))
    assert.equal(new Reader(Buffer.from('ffffffff0f', 'hex')).uvarint(), 0xffff_ffff)
    assert.throws(() => new Reader(Buffer.from('ffffffff0f', 'hex')).compactBytes(), code('MALFORMED'))
    assert.throws(() => new Reader(Buffer.from('8080', 'hex')).uvarint(), code('TRUNCATED'))
  })

  test('a tagged field that does not end where it says is refused', () => {
    // FetchRequest v12: tag 0 is the cluster id, a string of one byte in a field of three.
    const body = Buffer.alloc(4 + 4 + 4 + 4 + 1 + 4 + 4 + 1 + 1 + 1)
    const { message } = allMessageVersions().find(({ name }) => name === 'FetchRequest')!
    const [topics, forgotten, rack] = [1, 1, 1]
    body.set([topics, forgotten, rack], body.length - 3)
    const tagged = (hex: string) => Buffer.concat([body, Buffer.from(hex, 'hex')])
    assert.ok(message.decode(tagged('0100020261'), 12))
    assert.throws(() => message.decode(tagged('010003026100'), 12), code('MALFORMED'))
    assert.throws(() => message.decode(tagged('0100ff0261'), 12), code('TRUNCATED', 'MALFORMED'))
    assert.throws(() => message.decode(tagged('ffffffff0f'), 12), code('TRUNCATED'))
  })

  test('headers cut off at any byte are refused', () => {
    const header = Buffer.from('000b0009000000070003616263' + '00', 'hex')
    assert.equal(decodeRequestHeader(header).clientId, 'abc')
    for (let length = 0; length < header.length; length++) {
      assert.throws(() => decodeRequestHeader(header.subarray(0, length)), code('TRUNCATED'))
    }
  })
})
