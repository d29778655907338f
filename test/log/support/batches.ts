import type { LogConfig, LogIdentity, PartitionLog, ReadOutcome } from '../../../src/log/index.ts'
import {
  type CompressionType,
  encodeBatch,
  encodeEndTxnMarker,
  iterateBatches,
  RecordCursor,
} from '../../../src/wire/index.ts'

export const defaultConfig: LogConfig = {
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

/** A 16-byte topic id made of a number, in Kafka's base64url form. */
export function topicIdOf(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(number, 12)
  return bytes.toString('base64url')
}

export function identityOf(topic: string, partition = 0, topicNumber = 1): LogIdentity {
  return { topicId: topicIdOf(topicNumber), topic, partition }
}

export interface BatchOptions {
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly timestamps?: readonly number[]
  readonly compression?: CompressionType
  readonly timestampType?: 'CreateTime' | 'LogAppendTime'
}

export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const { timestamps, ...rest } = options
  return encodeBatch({
    ...rest,
    records: values.map((value, i) => ({
      timestamp: timestamps?.[i] ?? 1_700_000_000_000,
      key: null,
      value: Buffer.from(value),
    })),
  })
}

export function markerOf(type: 'ABORT' | 'COMMIT', producerId: bigint, producerEpoch = 0): Buffer {
  return encodeEndTxnMarker({ type, producerId, producerEpoch, coordinatorEpoch: 0, timestamp: 1_700_000_000_000 })
}

/** `offset:value` of every record in what a read answered. */
export function recordsIn(outcome: ReadOutcome): string[] {
  const found: string[] = []
  for (const slice of outcome.records) {
    for (const header of iterateBatches(slice)) {
      const cursor = new RecordCursor(slice, header.position)
      while (cursor.next()) found.push(`${cursor.offset}:${header.isControl ? 'marker' : cursor.value?.toString()}`)
    }
  }
  return found
}

/** Everything that a consumer can read from the log's start, as `offset:value`. */
export async function allRecords(log: PartitionLog): Promise<string[]> {
  const found: string[] = []
  let offset = log.logStartOffset
  while (true) {
    const outcome = await log.read({ offset, maxBytes: 65_536, atLeastOneBatch: true, isolation: 0 })
    if (outcome.errorCode !== 'NONE') throw new Error(`read at ${offset}: ${outcome.errorCode}`)
    const records = recordsIn(outcome).filter((record) => BigInt(record.split(':')[0]!) >= offset)
    if (records.length === 0) return found
    found.push(...records)
    offset = BigInt(records[records.length - 1]!.split(':')[0]!) + 1n
  }
}
