import type { GroupPartitionSnapshot } from './lag-snapshot.ts'

/**
 * Seconds until retention may take the oldest unread record of a group: by its time (`retention.ms`), or by the bytes that come behind it
 * (`retention.bytes`), whichever is sooner; Infinity where nothing is unread or nothing takes it, NaN where that is not known. By time it is as true as the record's
 * timestamp. By bytes it is a guess: records are taken to be of one size, and to be appended as they are now. Kafka takes whole segments, so it may come later.
 */
export function retentionSeconds({ lag, oldestTimestampMs, place }: GroupPartitionSnapshot, nowMs: number): number {
  if (lag === 0) return Number.POSITIVE_INFINITY
  if (place === undefined) return Number.NaN
  const { retentionMs, retentionBytes } = place.topic
  const byTime =
    retentionMs === Number.POSITIVE_INFINITY
      ? retentionMs
      : Math.max(0, oldestTimestampMs + retentionMs - nowMs) / 1_000
  if (retentionBytes === Number.POSITIVE_INFINITY) return byTime
  const byBytes = secondsUntilFull(place, lag)
  // One that is not known hides the other only where that is never.
  const known = [byTime, byBytes].filter((seconds) => !Number.isNaN(seconds))
  const soonest = Math.min(...known)
  return known.length < 2 && soonest === Number.POSITIVE_INFINITY ? Number.NaN : soonest
}

/** Until what lies behind the oldest unread record has `retention.bytes`. */
function secondsUntilFull(place: NonNullable<GroupPartitionSnapshot['place']>, lag: number): number {
  const { topic, logBytes, logStartOffset, logEndOffset, appendRate } = place
  const bytesAnOffset = logBytes / (logEndOffset - logStartOffset)
  const left = topic.retentionBytes - lag * bytesAnOffset
  if (left <= 0) return 0
  const growth = appendRate * bytesAnOffset
  return growth > 0 ? left / growth : growth === 0 ? Number.POSITIVE_INFINITY : Number.NaN
}
