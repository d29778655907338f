import type { PartitionLog } from '../log/index.ts'
import { encodeBatch, iterateBatches, loadCodecs, RecordCursor, verifyBatch } from '../wire/index.ts'

const READ_BYTES = 1024 * 1024

/** One batch of keyed records, as the broker's own logs have them. */
export function encodeKeyedRecords(
  records: readonly { readonly key: Buffer; readonly value: Buffer | null }[],
  timestampMs: number,
): Buffer {
  return encodeBatch({ records: records.map(({ key, value }) => ({ key, value, timestamp: timestampMs })) })
}

/** A log that cannot be read from its start to its end; what was built from it is unusable. */
export class ReplayError extends Error {
  constructor(log: PartitionLog, reason: string) {
    super(`cannot replay ${log.identity.topic}-${log.identity.partition}: ${reason}`)
    this.name = 'ReplayError'
  }
}

/**
 * Visits every record from the log's start to its high watermark, control records included. Other work runs between chunks of about 1 MB.
 * Unlike a fetch it looks at checksums: state made of damaged records would be wrong without anybody's noticing.
 * Keys and values are views of what was read: copy what shall live on.
 * @throws ReplayError
 */
export async function replayRecords(log: PartitionLog, visit: (record: ReplayRecord) => void): Promise<void> {
  let offset = log.logStartOffset
  while (offset < log.highWatermark) {
    const outcome = await log.read({ offset, maxBytes: READ_BYTES, atLeastOneBatch: true, isolation: 0 })
    if (outcome.errorCode !== 'NONE') throw new ReplayError(log, `${outcome.errorCode} at offset ${offset}`)
    const before = offset
    for (const buffer of outcome.records) {
      for (const header of iterateBatches(buffer)) {
        if (header.lastOffset < offset) continue
        if (verifyBatch(buffer, header.position)?.code === 'CORRUPT') {
          throw new ReplayError(log, `the batch at offset ${header.baseOffset} is damaged`)
        }
        if (header.compression === 'zstd') await loadCodecs()
        const cursor = new RecordCursor(buffer, header.position)
        while (cursor.next()) {
          if (cursor.offset < offset) continue
          const { key } = cursor
          if (key !== null) visit({ cursor, key, value: cursor.value })
        }
        offset = header.lastOffset + 1n
      }
    }
    if (offset === before) throw new ReplayError(log, `nothing to read at offset ${offset}`)
    await nextTurn()
  }
}

export interface ReplayRecord {
  /** Standing at the record: its offset, timestamp and batch header. Valid during the call. */
  readonly cursor: RecordCursor
  readonly key: Buffer
  readonly value: Buffer | null
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
