// What the disk log does alone, without sockets: throughput by batch size and partitions, latency of one append at a time, cold reads.
// Run `npm run build` first, then `node bench/log.js [FOLDER]`. Figures of one run on a shared machine are hints.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeDisk, openDiskLogStore } from '../dist/log/index.js'
import { silentLogger, systemClock } from '../dist/platform/index.js'
import { encodeBatch } from '../dist/wire/index.js'

const config = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  retentionMs: -1,
  retentionBytes: -1,
  cleanupPolicy: ['delete'],
  messageTimestampType: 'CreateTime',
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
}

function batchOf(records, bytes) {
  const value = Buffer.alloc(bytes, 'x')
  return encodeBatch({
    records: Array.from({ length: records }, () => ({ timestamp: 1_700_000_000_000, key: null, value })),
  })
}

async function withStore(flush, work) {
  const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'kohort-bench-'))
  const open = () =>
    openDiskLogStore({
      directory,
      disk: nodeDisk,
      clock: systemClock,
      logger: silentLogger,
      flush,
      onFatal: (error) => {
        throw error
      },
    })
  try {
    await work(await open(), open)
  } finally {
    await rm(directory, { recursive: true })
  }
}

function logsOf(store, count) {
  return Array.from({ length: count }, (_, i) =>
    store.open({ topicId: Buffer.alloc(16, i).toString('base64url'), topic: `topic${i}`, partition: 0 }, config),
  )
}

/** Sends `total` batches with `window` in flight; answers batches a second and latencies in ms. */
async function send(store, logs, template, { total, window }) {
  const latencies = []
  let sent = 0
  const start = performance.now()
  const worker = async () => {
    while (sent < total) {
      const log = logs[sent++ % logs.length]
      // A copy, as a socket would bring it: the log keeps the buffer.
      const batches = Buffer.from(template)
      const began = performance.now()
      const outcome = await store.append([{ log, batches }], 'durable')
      if (outcome.errorCode !== 'NONE') throw new Error(outcome.message)
      latencies.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: window }, worker))
  const seconds = (performance.now() - start) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share) => latencies[Math.floor(latencies.length * share)].toFixed(2)
  return { perSecond: total / seconds, p50: at(0.5), p99: at(0.99), seconds }
}

async function produce(name, { flush, partitions, records, bytes, total, window }) {
  await withStore(flush, async (store) => {
    const template = batchOf(records, bytes)
    const logs = logsOf(store, partitions)
    await send(store, logs, template, { total: Math.min(total, 200), window })
    const result = await send(store, logs, template, { total, window })
    const closing = performance.now()
    await store.close()
    console.log(
      `${name.padEnd(44)} ${Math.round(result.perSecond * records)
        .toLocaleString('en')
        .padStart(10)} records/s` +
        ` ${Math.round((result.perSecond * template.length) / 1e6)
          .toString()
          .padStart(5)} MB/s` +
        `  p50 ${result.p50} ms  p99 ${result.p99} ms  close ${Math.round(performance.now() - closing)} ms`,
    )
  })
}

async function coldRead() {
  await withStore('none', async (store, open) => {
    await send(store, logsOf(store, 1), batchOf(100, 1000), { total: 4000, window: 8 })
    await store.close()
    const again = await open()
    const [log] = logsOf(again, 1)
    const start = performance.now()
    let offset = 0n
    let bytes = 0
    while (offset < log.highWatermark) {
      const outcome = await log.read({ offset, maxBytes: 1_048_576, atLeastOneBatch: true, isolation: 0 })
      bytes += outcome.sizeBytes
      const last = outcome.records.at(-1)
      offset = lastOffset(last) + 1n
    }
    console.log(
      `cold read of ${Math.round(bytes / 1e6)} MB: ${Math.round(bytes / 1e3 / (performance.now() - start))} MB/s`,
    )
    await again.close()
  })
}

function lastOffset(slice) {
  let last = -1n
  for (let at = 0; at < slice.length; at += slice.readInt32BE(at + 8) + 12) {
    last = slice.readBigInt64BE(at) + BigInt(slice.readInt32BE(at + 23))
  }
  return last
}

const MB = { records: 16, bytes: 1000 }
await produce('1 KB x 16 a batch, 6 partitions, 64 in flight', {
  flush: 'fsync',
  partitions: 6,
  ...MB,
  total: 20_000,
  window: 64,
})
await produce('the same without fsync', { flush: 'none', partitions: 6, ...MB, total: 20_000, window: 64 })
await produce('1 KB x 1000 a batch, 6 partitions, 5 in flight', {
  flush: 'fsync',
  partitions: 6,
  records: 1000,
  bytes: 1000,
  total: 400,
  window: 5,
})
await produce('100 partitions, 16 KB batches', { flush: 'fsync', partitions: 100, ...MB, total: 20_000, window: 100 })
await produce('one record of 100 B, one in flight', {
  flush: 'fsync',
  partitions: 1,
  records: 1,
  bytes: 100,
  total: 3000,
  window: 1,
})
await produce('one record of 100 B, 64 in flight', {
  flush: 'fsync',
  partitions: 6,
  records: 1,
  bytes: 100,
  total: 60_000,
  window: 64,
})
await produce('one record, one in flight, without fsync', {
  flush: 'none',
  partitions: 1,
  records: 1,
  bytes: 100,
  total: 10_000,
  window: 1,
})
await coldRead()
