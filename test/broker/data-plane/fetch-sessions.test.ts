import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { FetchPartition } from '../../../src/broker/fetch/fetch-partition.ts'
import { type FetchSession, FetchSessions, nextEpoch } from '../../../src/broker/fetch/fetch-sessions.ts'

const MINUTES = 60_000

function partitions(count: number): Map<string, FetchPartition> {
  return new Map(Array.from({ length: count }, (_, i) => [`t:${i}`, {} as FetchPartition]))
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

test('sessions end where there are no slots, and beyond half a million partitions', () => {
  const sessions = new FetchSessions()
  assert.equal(create(sessions, 1, 0, 0), undefined)
  assert.notEqual(create(sessions, 400_000, 0), undefined)
  assert.equal(create(sessions, 200_000, 0), undefined)
  assert.equal(sessions.partitions, 400_000)
})
