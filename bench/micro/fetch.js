import { bench, group } from 'mitata'
import { createMemoryLogStore } from '../../dist/log/index.js'
import { silentLogger, systemClock } from '../../dist/platform/index.js'
import { apis, encodeResponseFrame } from '../../dist/wire/index.js'
import { batchOf, logConfig } from './produce.js'

const store = createMemoryLogStore({ clock: systemClock, logger: silentLogger })

async function logWith(partition, batches, template) {
  const log = store.open({ topicId: Buffer.alloc(16, 2).toString('base64url'), topic: 'read', partition }, logConfig)
  for (let i = 0; i < batches; i++) await store.append([{ log, batches: Buffer.from(template) }], 'durable')
  return log
}

const large = await logWith(0, 64, batchOf(16, 1000))
const small = await logWith(1, 10_000, batchOf(1, 100))

group('log read', () => {
  const read = (log, offset) => log.read({ offset, maxBytes: 1_048_576, atLeastOneBatch: true, isolation: 0 })
  const middle = (log) => log.highWatermark / 2n
  bench('read of 64 batches of 16 KB', () => read(large, 0n))
  bench('read of 8,600 batches of one record', () => read(small, 0n))
  bench('read of the last record', () => read(small, small.highWatermark - 1n))
  bench('read at the end: nothing', () => read(small, small.highWatermark))
  bench('read from the middle of 10,000 batches', () => read(small, middle(small)))
})

group('fetch answer built', () => {
  const records = large.read({ offset: 0n, maxBytes: 1_048_576, atLeastOneBatch: true, isolation: 0 }).records
  for (const [name, partitions, slices] of [
    ['6 partitions, nothing', 6, []],
    ['6 partitions of 1 MB', 6, records],
    ['100 partitions of one batch', 100, records.slice(0, 1)],
    ['1,000 partitions, nothing', 1000, []],
  ]) {
    const answer = (partitionIndex) => ({
      partitionIndex,
      errorCode: 0,
      highWatermark: 1000n,
      lastStableOffset: 1000n,
      logStartOffset: 0n,
      abortedTransactions: null,
      records: slices,
    })
    const topicId = Buffer.alloc(16, 2).toString('base64url')
    const body = {
      throttleTimeMs: 0,
      errorCode: 0,
      sessionId: 0,
      responses: [{ topicId, partitions: Array.from({ length: partitions }, (_, i) => answer(i)) }],
    }
    bench(`fetch answer: ${name}`, () => encodeResponseFrame(apis.Fetch, 13, 1, body))
  }
})
