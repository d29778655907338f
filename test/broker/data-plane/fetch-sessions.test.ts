import assert from 'node:assert/strict'
import { test } from 'vitest'
import { FetchPartition } from '../../../src/broker/fetch/fetch-partition.ts'
import { type FetchSession, FetchSessions, nextEpoch } from '../../../src/broker/fetch/fetch-sessions.ts'

const MINUTES = 60_000

function partitions(count: number, topicKey = 't'): Map<string, FetchPartition> {
  return new Map(Array.from({ length: count }, (_, i) => [`${topicKey}:${i}`, partition(topicKey)]))
}

function partition(topicKey: string): FetchPartition {
  return new FetchPartition(topicKey, {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: 0n,
    lastFetchedEpoch: -1,
    logStartOffset: -1n,
    partitionMaxBytes: 1,
    replicaDirectoryId: '',
    highWatermark: 0n,
  })
}

function create(sessions: FetchSessions, count: number, nowMs: number, slots = 2): FetchSession | undefined {
  return sessions.create(partitions(count), { usesTopicIds: true, slots, nowMs })
}

test('epochs of a session go from 1 to 2^31-1 and begin again with 1', () => {
  assert.deepEqual([0, 1, 2 ** 31 - 2, 2 ** 31 - 1, -1].map(nextEpoch), [1, 2, 2 ** 31 - 1, 1, -1])
})

test('a full cache gives no session while all of them are young', () => {
  const sessions = new FetchSessions()
  create(sessions, 1, 0)
  create(sessions, 1, 0)
  assert.equal(create(sessions, 100, 1 * MINUTES), undefined)
  assert.equal(sessions.size, 2)
})

test('a session unused for two minutes makes place for anyone', () => {
  const sessions = new FetchSessions()
  const old = create(sessions, 50, 0)!
  const used = create(sessions, 1, 0)!
  sessions.touch(used, 3 * MINUTES)
  assert.notEqual(create(sessions, 1, 3 * MINUTES), undefined)
  assert.equal(sessions.get(old.sessionId), undefined)
  assert.equal(sessions.get(used.sessionId), used)
})

test('an older session in use makes place for a larger one only', () => {
  const sessions = new FetchSessions()
  const small = create(sessions, 5, 0)!
  const large = create(sessions, 9, 0)!
  for (const session of [small, large]) sessions.touch(session, 3 * MINUTES)
  assert.equal(create(sessions, 5, 3 * MINUTES), undefined)
  assert.notEqual(create(sessions, 6, 3 * MINUTES), undefined)
  assert.equal(sessions.get(small.sessionId), undefined)
  assert.equal(sessions.get(large.sessionId), large)
  assert.equal(sessions.partitions, 15)
})

test('sessions end where there are no slots, and beyond a quarter of a million partitions', () => {
  const sessions = new FetchSessions()
  assert.equal(create(sessions, 1, 0, 0), undefined)
  assert.notEqual(create(sessions, 200_000, 0), undefined)
  assert.equal(create(sessions, 60_000, 0), undefined)
  assert.equal(sessions.partitions, 200_000)
})

test('partitions of topics with names longer than a topic can have count for several', () => {
  const sessions = new FetchSessions()
  const open = (count: number, nameLength: number): FetchSession | undefined =>
    sessions.create(partitions(count, 'x'.repeat(nameLength)), { usesTopicIds: false, slots: 10, nowMs: 0 })
  assert.equal(open(2000, 32_000), undefined)
  assert.notEqual(open(1000, 32_000), undefined)
  assert.equal(open(125_000, 249), undefined)
  assert.notEqual(open(120_000, 249), undefined)
})

test('a session that grows beyond the place for all ends, and so does what waits in its name', () => {
  const sessions = new FetchSessions()
  const session = create(sessions, 100_000, 0)!
  let isSuperseded = false
  session.supersede = () => {
    isSuperseded = true
  }
  session.weight += 100_000
  assert.equal(sessions.touch(session, 1), true)
  session.weight += 100_000
  assert.equal(isSuperseded, false)
  assert.equal(sessions.touch(session, 2), false)
  assert.equal(isSuperseded, true)
  assert.equal(sessions.get(session.sessionId), undefined)
  assert.notEqual(create(sessions, 250_000, 0), undefined)
})
