import type { TopicPartition } from '../../assignor/index.ts'
import type { ConsumerReport } from './explanation.ts'
import type { FetchCounts } from './fetch/fetcher.ts'

export interface PartitionStats extends TopicPartition {
  /** Of the next record to hand out; undefined while it is not known. */
  readonly position: bigint | undefined
  /** Behind the last record that may be read; undefined before the first fetch. */
  readonly endOffset: bigint | undefined
  /** `endOffset - position`: what is handed out counts as read, whether it is committed or not. */
  readonly lag: bigint | undefined
  readonly isPaused: boolean
  readonly bufferedBytes: number
}

/** Of `consumer.stats()`. Counts are since the consumer was made; durations in ms. */
export interface ConsumerStats extends FetchCounts {
  readonly clientId: string
  readonly groupId: string | undefined
  /** undefined outside of a group. */
  readonly memberId: string | undefined
  /** Generation (classic) or member epoch; -1 outside of a group. */
  readonly generationId: number
  /** Of the membership: 'stable', 'joining', ...; undefined without one. */
  readonly state: string | undefined
  readonly partitions: readonly PartitionStats[]
  /** Fetched and not handed out. */
  readonly bufferedBytes: number
  /** What `bufferedBytes` may be. */
  readonly maxBufferedBytes: number
  readonly commits: number
  readonly failedCommits: number
  /** Times that partitions were assigned, revoked, lost. */
  readonly rebalances: { readonly assigned: number; readonly revoked: number; readonly lost: number }
  /** Since the application asked for records; undefined before. */
  readonly sinceLastAskedMs: number | undefined
  /** Since the last commit that went well; undefined before. */
  readonly sinceLastCommitMs: number | undefined
}

type Counted = Pick<
  ConsumerStats,
  keyof FetchCounts | 'clientId' | 'groupId' | 'maxBufferedBytes' | 'commits' | 'failedCommits' | 'rebalances'
>

/** Pure. */
export function consumerStats(report: ConsumerReport, counted: Counted): ConsumerStats {
  const { nowMs, membership, fetcher, commits, lastAskedMs } = report
  const since = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : nowMs - atMs)
  return {
    ...counted,
    memberId: membership?.memberId,
    generationId: membership?.generationId ?? -1,
    state: membership?.state,
    partitions: report.partitions.map(({ topic, partition, position, end, paused, unreadBytes }) => ({
      topic,
      partition,
      position,
      endOffset: end < 0n ? undefined : end,
      lag: end < 0n || position === undefined ? undefined : end - position,
      isPaused: paused,
      bufferedBytes: unreadBytes,
    })),
    bufferedBytes: fetcher.heldBytes,
    sinceLastAskedMs: since(lastAskedMs),
    sinceLastCommitMs: since(commits?.lastCommitAtMs),
  }
}
