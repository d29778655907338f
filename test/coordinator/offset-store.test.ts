import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { GroupResponses } from '../../src/coordinator/index.ts'
import { commit, errorOf, fetch, Harness, NO_ID, nobody } from './harness.ts'

const key = { group: 'g', topic: 't', partition: 0 }
const origin = { producerId: 7n, producerEpoch: 0 }

function value(offset: bigint) {
  return { offset, leaderEpoch: -1, metadata: '', commitTimestamp: 1n, expireTimestamp: -1n, topicId: NO_ID }
}

function fetched(harness: Harness, requireStable = false) {
  const response = harness.send<GroupResponses['OffsetFetch']>('x', fetch(['t'], requireStable))!
  return { offset: response.topics[0]!.partitions[0]!.committedOffset, error: errorOf(response) }
}

test('an offset in a transaction counts once the transaction has committed', () => {
  const { harness, shard } = transactional()
  assert.deepEqual(fetched(harness), { offset: -1n, error: 'NONE' })
  assert.deepEqual(fetched(harness, true), { offset: -1n, error: 'UNSTABLE_OFFSET_COMMIT' })
  shard.applyMarker(7n, 0, 'commit')
  assert.deepEqual(fetched(harness, true), { offset: 5n, error: 'NONE' })
})

test('an offset in a transaction that aborted never was', () => {
  const { harness, shard } = transactional()
  shard.applyMarker(7n, 0, 'abort')
  assert.deepEqual(fetched(harness, true), { offset: -1n, error: 'NONE' })
  shard.applyMarker(7n, 0, 'commit')
  assert.deepEqual(fetched(harness), { offset: -1n, error: 'NONE' })
})

test('of a plain and a transactional commit the later record counts, not the later marker', () => {
  const { harness, shard } = transactional()
  shard.apply({ type: 'OffsetCommit', key, value: value(9n) }, { offset: 11n })
  shard.applyMarker(7n, 0, 'commit')
  assert.equal(fetched(harness).offset, 9n)
  shard.apply({ type: 'OffsetCommit', key, value: value(3n) }, { offset: 12n, origin })
  shard.applyMarker(7n, 0, 'commit')
  assert.equal(fetched(harness).offset, 3n)
})

test('another producer that is not decided keeps the offset unstable', () => {
  const { harness, shard } = transactional()
  shard.apply(
    { type: 'OffsetCommit', key, value: value(6n) },
    { offset: 11n, origin: { producerId: 8n, producerEpoch: 0 } },
  )
  shard.applyMarker(7n, 0, 'commit')
  assert.equal(fetched(harness, true).error, 'UNSTABLE_OFFSET_COMMIT')
  assert.equal(fetched(harness).offset, 5n)
  shard.applyMarker(8n, 0, 'commit')
  assert.deepEqual(fetched(harness, true), { offset: 6n, error: 'NONE' })
})

test('a tombstone ends what is undecided too', () => {
  const { harness, shard } = transactional()
  shard.apply({ type: 'OffsetCommit', key, value: null }, { offset: 11n })
  shard.applyMarker(7n, 0, 'commit')
  assert.deepEqual(fetched(harness, true), { offset: -1n, error: 'NONE' })
})

test('what a transaction may still decide neither expires nor lets its group go', () => {
  const { harness } = transactional()
  harness.config = { ...harness.config, offsetsRetentionMs: 1 }
  harness.send('x', commit(nobody))
  harness.shard.onLoaded(harness.step())
  harness.advance(harness.config.offsetsRetentionCheckIntervalMs)
  assert.equal(fetched(harness).offset, 1n)
  harness.shard.applyMarker(7n, 0, 'abort')
  harness.advance(harness.config.offsetsRetentionCheckIntervalMs)
  assert.equal(fetched(harness).offset, -1n)
  assert.equal(harness.shard.groups.size, 0)
})

test('deleting a group or a topic deletes what is undecided', () => {
  const group = transactional().harness
  group.send('x', { type: 'DeleteGroup', groupId: 'g' })
  assert.equal(fetched(group, true).error, 'NONE')
  const topic = transactional().harness
  topic.shard.topicsDeleted(['t'], topic.step())
  assert.equal(fetched(topic, true).error, 'NONE')
  assert.deepEqual(topic.records, [{ type: 'OffsetCommit', key, value: null }])
})

function transactional() {
  const harness = new Harness()
  harness.shard.apply({ type: 'OffsetCommit', key, value: value(5n) }, { offset: 10n, origin })
  return { harness, shard: harness.shard }
}
