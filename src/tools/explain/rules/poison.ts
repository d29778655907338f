import type { TimelineEntry } from '../../timeline/index.ts'
import { atOffsetSinceMs, type Evidence, movingPartitions } from '../evidence.ts'

/** Once is an accident, twice a coincidence. */
const LOSSES_MIN = 3

export interface PoisonedPartition {
  readonly topic: string
  readonly partition: number
  readonly committedOffset: bigint
  /** Owners of the partition that were lost since it is at that offset. */
  readonly losses: readonly TimelineEntry[]
}

/** Partitions whose owners are lost again and again while the committed offset stays the same. */
export function poisonedPartitions(evidence: Evidence): readonly PoisonedPartition[] {
  return movingPartitions(evidence).flatMap(({ topic, partition, committedOffset, consumedPerSecond, lag = 0n }) => {
    if (committedOffset === undefined || lag === 0n || (consumedPerSecond ?? 0) !== 0) return []
    const sinceMs = atOffsetSinceMs(evidence, { topic, partition }, committedOffset)
    if (sinceMs === undefined) return []
    const losses = lossesOf(evidence.timeline, { topic, partition }, sinceMs)
    return losses.length < LOSSES_MIN ? [] : [{ topic, partition, committedOffset, losses }]
  })
}

/** Members that went while the partition was theirs. */
function lossesOf(
  timeline: readonly TimelineEntry[],
  { topic, partition }: { readonly topic: string; readonly partition: number },
  sinceMs: number,
): readonly TimelineEntry[] {
  let ownerId: string | undefined
  const losses: TimelineEntry[] = []
  for (const entry of timeline) {
    const isGone = entry.type === 'member-left' || entry.type === 'member-evicted'
    if (isGone && entry.member?.memberId === ownerId && ownerId !== undefined) {
      // Milliseconds of the broker's clock: the commit on the way out is the last sign of life.
      if (entry.timeMs >= sinceMs) losses.push(entry)
      ownerId = undefined
    }
    for (const { memberId, after } of entry.assignments ?? []) {
      if (after?.[topic]?.includes(partition) === true) ownerId = memberId
    }
  }
  return losses
}
