import { decodeControlRecordType, decodeEndTxnMarker, RecordCursor } from '../wire/index.ts'
import * as batches from './batch.ts'
import type { TimestampOffset } from './partition-log.ts'

export interface Marker {
  readonly outcome: 'commit' | 'abort'
  readonly coordinatorEpoch: number
}

/** What a control batch says about a transaction; undefined for control records of other kinds. */
export function readMarker(bytes: Buffer): Marker | undefined {
  const cursor = new RecordCursor(bytes)
  if (!cursor.next()) return undefined
  const type = cursor.key === null ? undefined : decodeControlRecordType(cursor.key)
  if ((type !== 'COMMIT' && type !== 'ABORT') || cursor.value === null) return undefined
  const { coordinatorEpoch } = decodeEndTxnMarker(cursor.value)
  return { outcome: type === 'COMMIT' ? 'commit' : 'abort', coordinatorEpoch }
}

/**
 * The first record of a batch at or above `startOffset` and not older than `timestampMs`. A batch whose records do not unpack has none:
 * the broker does not look into records, so a hostile producer may have stored such a thing, and a look-up by time must get past it.
 */
export function firstRecordSince(bytes: Buffer, timestampMs: number, startOffset: number): TimestampOffset | undefined {
  try {
    const cursor = new RecordCursor(bytes)
    while (cursor.next()) {
      if (cursor.timestamp < timestampMs || cursor.offset < startOffset) continue
      const leaderEpoch = batches.leaderEpochOf(bytes, 0)
      return { timestampMs: BigInt(cursor.timestamp), offset: cursor.offset, leaderEpoch }
    }
  } catch {
    return undefined
  }
  return undefined
}
