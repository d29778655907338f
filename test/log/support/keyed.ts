import type { LogStore, PartitionLog, ReadOutcome } from '../../../src/log/index.ts'
import { type BatchToEncode, encodeBatch, iterateBatches, RecordCursor } from '../../../src/wire/index.ts'

/** A record of a compacted log: `value` null is a tombstone. */
export interface Keyed {
  readonly key: string | null
  readonly value: string | null
  readonly timestamp?: number
}

export interface FoundRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
}

export function keyedBatch(records: readonly Keyed[], options: Partial<BatchToEncode> = {}): Buffer {
  return encodeBatch({
    ...options,
    records: records.map(({ key, value, timestamp = 1_700_000_000_000 }) => ({
      timestamp,
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    })),
  })
}

export async function appendKeyed(
  store: LogStore,
  log: PartitionLog,
  records: readonly Keyed[],
  options: Partial<BatchToEncode> = {},
): Promise<number> {
  const outcome = await store.append([{ log, batches: keyedBatch(records, options) }], 'durable')
  if (outcome.errorCode !== 'NONE') throw new Error(`${outcome.errorCode}: ${outcome.message}`)
  return Number(outcome.appended[0]!.baseOffset)
}

export function keyedIn({ records }: Pick<ReadOutcome, 'records'>): FoundRecord[] {
  const found: FoundRecord[] = []
  for (const slice of records) {
    for (const header of iterateBatches(slice)) {
      if (header.isControl) continue
      const cursor = new RecordCursor(slice, header.position)
      while (cursor.next()) {
        const key = cursor.key?.toString() ?? null
        const value = cursor.value?.toString() ?? null
        found.push({ offset: Number(cursor.offset), key, value, timestamp: cursor.timestamp })
      }
    }
  }
  return found
}

/** Headers of all batches from the log's start, and every record, as a consumer reads them. */
export async function readAll(log: PartitionLog, maxBytes = 65_536) {
  const records: FoundRecord[] = []
  const batches: ReturnType<typeof headersIn> = []
  let offset = log.logStartOffset
  while (offset < log.highWatermark) {
    const outcome = await log.read({ offset, maxBytes, atLeastOneBatch: true, isolation: 0 })
    if (outcome.errorCode !== 'NONE') throw new Error(`read at ${offset}: ${outcome.errorCode}`)
    const headers = headersIn(outcome)
    if (headers.length === 0) throw new Error(`nothing at ${offset}, below ${log.highWatermark}`)
    batches.push(...headers)
    records.push(...keyedIn(outcome).filter((record) => record.offset >= offset))
    offset = headers[headers.length - 1]!.lastOffset + 1n
  }
  return { records, batches }
}

export function headersIn({ records }: Pick<ReadOutcome, 'records'>) {
  return records.flatMap((slice) => [...iterateBatches(slice)])
}
