import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import {
  fetchResponse,
  heartbeatRequest,
  joinGroupRequest,
  offsetCommitRequest,
  produceRequest,
  produceResponse,
  Reader,
  WireError,
  Writer,
} from '../../src/wire/index.ts'
import { allMessageVersions } from './all-messages.ts'
import { anyValue } from './any-value.ts'

const joinGroup = {
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from([1, 2]) }],
}

function code(expected: WireError['code']): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.code === expected
}

describe('every version of every message', () => {
  // Few runs for each of 600: together they are thousands.
  test.each(allMessageVersions())('$name v$version decodes to what was encoded', ({ message, version }) => {
    fc.assert(
      fc.property(anyValue(message.fields, version), (value) => {
        assert.deepEqual(message.decode(message.encode(value, version), version), value)
      }),
      { numRuns: 8 },
    )
  })
})

describe('encoding', () => {
  test('fields with a default, of some versions only, or tagged may be left out', () => {
    const bytes = joinGroupRequest.encode(joinGroup, 9)
    assert.deepEqual(joinGroupRequest.decode(bytes, 9), {
      ...joinGroup,
      rebalanceTimeoutMs: -1,
      groupInstanceId: null,
      reason: null,
    })
  })

  test('an ignorable field is dropped where the version lacks it, another one is refused', () => {
    const withReason = { ...joinGroup, reason: 'for people' }
    assert.equal(joinGroupRequest.decode(joinGroupRequest.encode(withReason, 7), 7).reason, null)
    const asStatic = { ...joinGroup, groupInstanceId: 'static-1' }
    assert.throws(() => joinGroupRequest.encode(asStatic, 4), code('UNSUPPORTED_FIELD'))
    assert.equal(joinGroupRequest.decode(joinGroupRequest.encode(asStatic, 5), 5).groupInstanceId, 'static-1')
    assert.ok(joinGroupRequest.encode({ ...joinGroup, groupInstanceId: null }, 4))
  })

  test('a version that does not exist is refused in both directions', () => {
    for (const version of [-1, 10, 1.5]) {
      assert.throws(() => joinGroupRequest.encode(joinGroup, version), code('UNSUPPORTED_VERSION'))
      assert.throws(() => joinGroupRequest.decode(Buffer.alloc(9), version), code('UNSUPPORTED_VERSION'))
    }
  })

  test('a value that does not fit its field is refused, never cut', () => {
    const refused = (heartbeat: object) =>
      assert.throws(() => heartbeatRequest.encode(heartbeat as never, 4), code('INVALID_VALUE'))
    const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' }
    refused({ ...heartbeat, generationId: 2 ** 31 })
    refused({ ...heartbeat, generationId: 1.5 })
    refused({ ...heartbeat, generationId: undefined })
    refused({ ...heartbeat, generationId: '1' })
    refused({ ...heartbeat, groupId: null })
    refused({ ...heartbeat, groupId: 'x'.repeat(32_768) })
    refused({ ...heartbeat, memberId: 7 })
    const commitTopics = (topics: unknown) =>
      offsetCommitRequest.encode({ groupId: 'g', memberId: '', topics: topics as never }, 8)
    const commit = (committedOffset: unknown) =>
      commitTopics([{ name: 't', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }])
    assert.throws(() => commit(5), code('INVALID_VALUE'))
    assert.throws(() => commit(2n ** 63n), code('INVALID_VALUE'))
    assert.ok(commit(2n ** 63n - 1n))
    assert.throws(() => commit(5), /OffsetCommitRequest v8, at topics\[0\]\.partitions\[0\]\.committedOffset: 5 is not/)
    assert.throws(() => commitTopics({}), code('INVALID_VALUE'))
    assert.throws(() => commitTopics([null]), code('INVALID_VALUE'))
  })

  test('records are referenced, not copied, and may be several slices', () => {
    const slices = [Buffer.alloc(3000, 1), Buffer.alloc(10, 2), Buffer.alloc(5000, 3)]
    const writer = new Writer()
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 9n, abortedTransactions: null, records: slices }
    fetchResponse.write(writer, { throttleTimeMs: 0, responses: [{ topic: 't', partitions: [partition] }] }, 12)
    const chunks = writer.finish()
    assert.equal(chunks.filter((chunk) => chunk === slices[0] || chunk === slices[2]).length, 2)
    const [topic] = fetchResponse.decode(Buffer.concat(chunks), 12).responses
    assert.deepEqual(topic!.partitions[0]!.records, Buffer.concat(slices))
  })

  test('tagged fields go out only when they are not their default', () => {
    const partition = { index: 0, errorCode: 6, baseOffset: -1n }
    const sizeWith = (currentLeader: object) =>
      produceResponse.encode({ responses: [{ name: 't', partitionResponses: [{ ...partition, currentLeader }] }] }, 10)
        .length
    assert.equal(sizeWith({ leaderId: -1, leaderEpoch: -1 }), sizeWith({}))
    assert.equal(sizeWith({ leaderId: 1, leaderEpoch: -1 }), sizeWith({}) + 2 + 9)
  })
})

describe('decoding', () => {
  test('bytes are views of the frame', () => {
    const frame = produceRequest.encode(
      {
        acks: 1,
        timeoutMs: 1,
        topicData: [{ name: 't', partitionData: [{ index: 0, records: Buffer.from('batch') }] }],
      },
      9,
    )
    const records = produceRequest.decode(frame, 9).topicData[0]!.partitionData[0]!.records!
    assert.equal(records.toString(), 'batch')
    assert.equal(records.buffer, frame.buffer)
  })

  test('unknown tagged fields are skipped', () => {
    const known = heartbeatRequest.encode({ groupId: 'g', generationId: 1, memberId: 'm' }, 4)
    const extended = Buffer.concat([known.subarray(0, -1), Buffer.from([2, 5, 3, 1, 2, 3, 0x80, 0x01, 0])])
    assert.deepEqual(heartbeatRequest.decode(extended, 4), heartbeatRequest.decode(known, 4))
  })

  test('bytes left over are an error, unless a prefix was asked for', () => {
    const bytes = Buffer.concat([joinGroupRequest.encode(joinGroup, 9), Buffer.from([0])])
    assert.throws(() => joinGroupRequest.decode(bytes, 9), code('MALFORMED'))
    assert.equal(joinGroupRequest.decodePrefix(bytes, 9).groupId, 'g')
    const reader = new Reader(bytes)
    joinGroupRequest.read(reader, 9)
    assert.equal(reader.remaining, 1)
  })

  test('a plain Uint8Array does, too', () => {
    const bytes = new Uint8Array(joinGroupRequest.encode(joinGroup, 9))
    assert.equal(joinGroupRequest.decode(bytes, 9).protocols[0]!.name, 'range')
  })
})
