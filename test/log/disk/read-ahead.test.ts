import assert from 'node:assert/strict'
import { test } from 'vitest'
import { ReadAhead } from '../../../src/log/disk/read-ahead.ts'
import type { ColdBatches, ColdRead } from '../../../src/log/partition-storage.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

const found = (offset: number): ColdBatches => ({ records: [Buffer.from('x')], sizeBytes: 1, endOffset: offset + 1 })
const request = (offset: number, fields: Partial<ColdRead> = {}): ColdRead => ({
  ...{ offset, limitOffset: 100, maxBytes: 1000, atLeastOneBatch: true },
  ...fields,
})
const partition = {}
const other = {}

test('what was read ahead is given once, to who reads on from there', async () => {
  const ahead = new ReadAhead(new VirtualClock(), 4)
  ahead.start(partition, request(7), async () => found(7))
  assert.equal(ahead.take(other, request(7)), undefined)
  assert.equal(ahead.take(partition, request(8)), undefined)
  assert.equal((await ahead.take(partition, request(7)))?.endOffset, 8)
  assert.equal(ahead.take(partition, request(7)), undefined)
})

test('a read ahead that was allowed more than the reader is not used', () => {
  const ahead = new ReadAhead(new VirtualClock(), 4)
  ahead.start(partition, request(7), async () => found(7))
  assert.equal(ahead.take(partition, request(7, { maxBytes: 999 })), undefined)
  ahead.start(partition, request(7), async () => found(7))
  assert.equal(ahead.take(partition, request(7, { limitOffset: 99 })), undefined)
})

test('nothing and failures come out as nothing', async () => {
  const ahead = new ReadAhead(new VirtualClock(), 4)
  ahead.start(partition, request(7), async () => ({ records: [], sizeBytes: 0, endOffset: 7 }))
  assert.equal(await ahead.take(partition, request(7)), undefined)
  ahead.start(partition, request(7), async () => Promise.reject(new Error('the disk')))
  assert.equal(await ahead.take(partition, request(7)), undefined)
})

test('what is kept is bounded: the fresh stays, the forgotten goes', () => {
  const clock = new VirtualClock()
  const ahead = new ReadAhead(clock, 2)
  let reads = 0
  const start = (offset: number): void =>
    ahead.start(partition, request(offset), async () => {
      reads++
      return found(offset)
    })
  start(1)
  start(2)
  start(3)
  assert.equal(reads, 2)
  assert.equal(ahead.take(partition, request(3)), undefined)
  clock.advance(1_000)
  start(4)
  assert.equal(reads, 3)
  assert.equal(ahead.take(partition, request(1)), undefined)
  assert.ok(ahead.take(partition, request(4)) instanceof Promise)
})

test('what changed files had is forgotten', () => {
  const ahead = new ReadAhead(new VirtualClock(), 4)
  ahead.start(partition, request(1), async () => found(1))
  ahead.start(other, request(1), async () => found(1))
  ahead.forget(partition)
  assert.equal(ahead.take(partition, request(1)), undefined)
  assert.ok(ahead.take(other, request(1)) instanceof Promise)
})
