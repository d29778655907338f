import { timeText } from '../../words/index.ts'
import {
  atOffsetSinceMs,
  type Evidence,
  keyOf,
  type MovingPartition,
  movingPartitions,
  type RecordFacts,
} from '../evidence.ts'

/** A partition that stands still for so long may be stuck: commits come every five seconds where nothing else is configured. */
const SUSPECT_MS = 10_000
/** And after so long it is. */
export const STUCK_MS = 60_000

export interface StuckPartition extends MovingPartition {
  readonly committedOffset: bigint
  /** How long its committed offset is what it is; undefined where its commits do not tell. */
  readonly forMs: number | undefined
  /** How long it has had something to do there and has not done it; undefined where neither commits nor the record tell. */
  readonly standsMs: number | undefined
}

/** Partitions with an owner and with something to read, whose committed offset does not move. */
export function stuckPartitions(evidence: Evidence): readonly StuckPartition[] {
  return movingPartitions(evidence).flatMap((one) => {
    const { owner, committedOffset, lag = 0n, lagBefore = 0n } = one
    if (owner === undefined || committedOffset === undefined || one.consumedPerSecond !== 0) return []
    if (one.state !== 'known' || lag === 0n || lagBefore === 0n) return []
    // Everything before an open transaction has been read: that is not the member's fault.
    if ((evidence.stableOffsets.get(keyOf(one)) ?? committedOffset + 1n) <= committedOffset) return []
    const sinceMs = atOffsetSinceMs(evidence, one, committedOffset)
    const forMs = sinceMs === undefined ? undefined : evidence.atMs - sinceMs
    // Who had read all, and met a new record just now, does not stand still.
    const waitingSinceMs = evidence.records.get(keyOf(one))?.timestampMs ?? -1
    const times = [forMs, waitingSinceMs < 0 ? undefined : evidence.atMs - waitingSinceMs]
    const known = times.filter((ms) => ms !== undefined)
    const standsMs = known.length === 0 ? undefined : Math.max(0, Math.min(...known))
    return standsMs !== undefined && standsMs < SUSPECT_MS ? [] : [{ ...one, committedOffset, forMs, standsMs }]
  })
}

/** 'orders-3 at offset 42 (key "a17", 310 bytes, of 2026-11-21T10:00:00.000Z)' */
export function recordText({ topic, partition, offset, key, valueBytes, timestampMs, headers }: RecordFacts): string {
  const details = [
    key === null ? 'no key' : `key ${JSON.stringify(key)}`,
    `${valueBytes} bytes`,
    ...(timestampMs >= 0 ? [`of ${timeText(timestampMs)}`] : []),
    ...(headers.length > 0 ? [`headers ${headers.slice(0, 5).join(', ')}`] : []),
  ]
  return `${topic}-${partition} at offset ${offset} (${details.join(', ')})`
}
