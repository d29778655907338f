import { bench, group } from 'mitata'
import { onlyBatch } from '../../dist/broker/produce/batch-problem.js'
import { prepareBatch } from '../../dist/broker/produce/prepare-batch.js'
import { createMemoryLogStore } from '../../dist/log/index.js'
import { silentLogger, systemClock } from '../../dist/platform/index.js'
import { encodeBatch } from '../../dist/wire/index.js'

export const logConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  cleanupPolicy: ['delete'],
  messageTimestampType: 'CreateTime',
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
}

/** Of a topic with Kafka's defaults: nothing asks for a look at the records. */
const topicConfig = {
  ...logConfig,
  compressionType: 'producer',
  maxMessageBytes: 2_000_000,
  messageTimestampAfterMaxMs: 3_600_000,
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
}

export function batchOf(records, bytes) {
  const value = Buffer.alloc(bytes, 'x')
  return encodeBatch({ records: Array.from({ length: records }, () => ({ timestamp: Date.now(), key: null, value })) })
}

group('batch checked: header, count and CRC32C', () => {
  for (const [name, records, bytes] of [
    ['1 record of 100 B', 1, 100],
    ['16 records of 1 KB', 16, 1000],
    ['1,000 records of 1 KB', 1000, 1000],
  ]) {
    const batch = batchOf(records, bytes)
    const options = { config: topicConfig, topic: 'topic', partition: 0, nowMs: Date.now(), logStartOffset: 0n }
    const checked = onlyBatch(batch, 9)
    if (!Buffer.isBuffer(checked) || !Buffer.isBuffer(prepareBatch(checked, options))) throw new Error('it is refused')
    bench(`produce: ${name}`, () => prepareBatch(onlyBatch(batch, 9), options))
  }
})

group('batch appended to a log in memory, with its outcome', () => {
  for (const partitions of [1, 6, 100]) {
    const store = createMemoryLogStore({ clock: systemClock, logger: silentLogger })
    // No more than 64 MB stay.
    const config = { ...logConfig, retentionBytes: 64 * 1024 * 1024, segmentBytes: 1024 * 1024 }
    const logs = Array.from({ length: partitions }, (_, partition) =>
      store.open({ topicId: Buffer.alloc(16, 1).toString('base64url'), topic: 'topic', partition }, config),
    )
    const batch = batchOf(1, 100)
    bench(`append of one record to each of ${partitions} partitions`, async () => {
      await Promise.all(logs.map((log) => store.append([{ log, batches: Buffer.from(batch) }], 'durable')))
    })
  }
})
