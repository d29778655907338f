import { describe, expect, test } from 'vitest'
import type { BatchView, FetchedBatches } from '../../../src/client/consumer/fetch/batch-view.ts'
import { Damage, firstDamaged, inFrontOf } from '../../../src/client/consumer/fetch/damage.ts'
import { asideFetch } from '../../../src/client/consumer/fetch/fetch-aside.ts'
import { fetchBudget } from '../../../src/client/consumer/fetch/fetch-budget.ts'
import { remedyOf } from '../../../src/client/consumer/fetch/fetch-errors.ts'
import { PartitionState } from '../../../src/client/consumer/partition-state.ts'
import { type ErrorName, WireError } from '../../../src/wire/index.ts'

const KB = 1024

describe('the bytes that a node may answer with', () => {
  const limits = { maxBufferedBytes: 1_000 * KB, fetchMaxBytes: 500 * KB, maxPartitionFetchBytes: 100 * KB }

  test('are its share of what is free, and no more than fetch.max.bytes', () => {
    expect(fetchBudget(limits, { heldBytes: 0, reservedBytes: 0 }, 1)).toBe(500 * KB)
    expect(fetchBudget(limits, { heldBytes: 200 * KB, reservedBytes: 200 * KB }, 3)).toBe(200 * KB)
    expect(fetchBudget(limits, { heldBytes: 800 * KB, reservedBytes: 0 }, 8)).toBe(64 * KB)
  })

  test('are none where less is free than is worth a request', () => {
    expect(fetchBudget(limits, { heldBytes: 900 * KB, reservedBytes: 37 * KB }, 1)).toBeUndefined()
    expect(fetchBudget(limits, { heldBytes: 0, reservedBytes: 1_000 * KB }, 1)).toBeUndefined()
  })

  test('are some where nothing is taken, however small the buffer', () => {
    const small = { ...limits, maxBufferedBytes: 10 }
    expect(fetchBudget(small, { heldBytes: 0, reservedBytes: 0 }, 5)).toBe(10)
    expect(fetchBudget(small, { heldBytes: 1, reservedBytes: 0 }, 1)).toBeUndefined()
  })
})

describe('a fetch aside', () => {
  const main = { sinceMs: 1_000, untilMs: 1_500 }

  test('waits until the main one has found nothing', () => {
    expect(asideFetch(main, 1_000)).toEqual({ kind: 'later', atMs: 1_005 })
    expect(asideFetch(main, 1_005)).toEqual({ kind: 'now', untilMs: 1_055 })
  })

  test('may take a quarter of the time for which the main one has waited', () => {
    expect(asideFetch(main, 1_300)).toEqual({ kind: 'now', untilMs: 1_375 })
  })

  test('ends before the main one does, and is not made where that comes soon', () => {
    expect(asideFetch(main, 1_460)).toEqual({ kind: 'now', untilMs: 1_490 })
    expect(asideFetch(main, 1_481)).toEqual({ kind: 'not-at-all' })
  })
})

test.each([
  ['NOT_LEADER_OR_FOLLOWER', 'refresh'],
  ['UNKNOWN_TOPIC_ID', 'refresh'],
  ['KAFKA_STORAGE_ERROR', 'refresh'],
  ['UNKNOWN_LEADER_EPOCH', 'again'],
  ['UNKNOWN_SERVER_ERROR', 'again'],
  ['REQUEST_TIMED_OUT', 'again'],
  ['CORRUPT_MESSAGE', 'fail'],
  ['TOPIC_AUTHORIZATION_FAILED', 'fail'],
] satisfies [ErrorName, string][])('%s of a partition: %s', (error, remedy) => {
  expect(remedyOf(error)).toBe(remedy)
})

describe('damage', () => {
  const stateOf = (partition: number) => new PartitionState({ topic: 't', partition, assignmentEpoch: 1 })

  test('at one offset is fetched again three times, at another anew', () => {
    const damage = new Damage()
    const [state, other] = [stateOf(0), stateOf(1)]
    const at = (offset: bigint) => damage.noted(state, offset)
    expect([at(5n), at(5n), damage.noted(other, 5n), at(5n), at(5n)]).toEqual([0, 1, 0, 2, undefined])
    expect([at(5n), at(9n), at(5n)]).toEqual([0, 0, 0])
  })

  test('leaves what stands in front of it', () => {
    const batch = (nextOffset: bigint, failure?: unknown) =>
      ({ nextOffset, partitionLeaderEpoch: 4, failure }) as unknown as BatchView
    const fetched: FetchedBatches = {
      batches: [
        batch(3n),
        batch(5n, new Error('a codec that is not there')),
        batch(9n, new WireError('CORRUPT', 'CRC')),
      ],
      nextOffset: 9n,
      leaderEpoch: 4,
    }
    expect(firstDamaged(fetched)).toBe(2)
    expect(inFrontOf(2, fetched, 0n)).toEqual({ batches: fetched.batches.slice(0, 2), nextOffset: 5n, leaderEpoch: 4 })
    expect(inFrontOf(0, fetched, 1n)).toEqual({ batches: [], nextOffset: 1n, leaderEpoch: -1 })
    expect(firstDamaged({ ...fetched, batches: fetched.batches.slice(0, 2) })).toBeUndefined()
  })
})
