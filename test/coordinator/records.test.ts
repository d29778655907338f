import assert from 'node:assert/strict'
import { test } from 'vitest'
import { javaHashOrder } from '../../src/assignor/index.ts'
import type { CoordinatorRecord } from '../../src/coordinator/index.ts'
import { decodeRecord, encodeRecord } from '../../src/coordinator/index.ts'
import { legacyOffsetCommitKey, WireError } from '../../src/wire/index.ts'
import { NO_ID } from './harness.ts'

const offset = {
  offset: 5n,
  leaderEpoch: 3,
  metadata: 'm',
  commitTimestamp: 1_000n,
  expireTimestamp: -1n,
  topicId: NO_ID,
}
const key = { group: 'g', topic: 't', partition: 1 }

test('records have the bytes of Kafka 4.2: the type before the key, the version before the value', () => {
  const plain = encodeRecord({ type: 'OffsetCommit', key, value: offset })
  assert.equal(plain.key.toString('hex'), '0001' + '000167' + '000174' + '00000001')
  assert.equal(
    plain.value?.toString('hex'),
    '0004' + '0000000000000005' + '00000003' + '026d' + '00000000000003e8' + '00',
  )
  const expiring = encodeRecord({
    type: 'OffsetCommit',
    key,
    value: { ...offset, leaderEpoch: -1, expireTimestamp: 2_000n },
  })
  assert.equal(
    expiring.value?.toString('hex'),
    '0001' + '0000000000000005' + '00016d' + '00000000000003e8' + '00000000000007d0',
  )
  const tombstone = encodeRecord({ type: 'GroupMetadata', key: { group: 'g' }, value: null })
  assert.equal(tombstone.key.toString('hex'), '0002' + '000167')
  assert.equal(tombstone.value, null)
})

test('a record that was written is read back', () => {
  const group: CoordinatorRecord = {
    type: 'GroupMetadata',
    key: { group: 'g' },
    value: {
      protocolType: 'consumer',
      generation: 7,
      protocol: 'range',
      leader: 'm1',
      currentStateTimestamp: 99n,
      members: [
        {
          memberId: 'm1',
          groupInstanceId: 'i1',
          clientId: 'c',
          clientHost: '/127.0.0.1',
          rebalanceTimeout: 2,
          sessionTimeout: 1,
          subscription: Buffer.from('s'),
          assignment: Buffer.from('a'),
        },
      ],
    },
  }
  for (const record of [group, { type: 'OffsetCommit', key, value: offset } as const]) {
    const encoded = encodeRecord(record)
    assert.deepEqual(decodeRecord(encoded.key, encoded.value), record)
  }
})

test('offsets of the oldest brokers are read, and records of a newer one are left alone', () => {
  const legacy = Buffer.concat([Buffer.from([0, 0]), legacyOffsetCommitKey.encode(key, 0)])
  const { value } = encodeRecord({
    type: 'OffsetCommit',
    key,
    value: { ...offset, leaderEpoch: -1, expireTimestamp: 9n },
  })
  assert.deepEqual(decodeRecord(legacy, value)?.key, key)
  assert.equal(decodeRecord(Buffer.from([0, 17, 0, 1, 103]), null), undefined)
})

test('damage in a record of a known type is an error, not a guess', () => {
  const { key: bytes, value } = encodeRecord({ type: 'OffsetCommit', key, value: offset })
  assert.throws(() => decodeRecord(bytes.subarray(0, 6), value), WireError)
  assert.throws(() => decodeRecord(bytes, value!.subarray(0, 9)), WireError)
})

test('names come in the order of a java.util.HashMap', () => {
  // As `new HashSet<>(List.of(...))` prints them.
  assert.deepEqual(javaHashOrder(['sticky', 'roundrobin', 'range', 'cooperative-sticky']), HASH_SET_ORDER)
})

const HASH_SET_ORDER = ['sticky', 'range', 'roundrobin', 'cooperative-sticky']
