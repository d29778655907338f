import type { TopicPartition } from '../../../assignor/index.ts'

/** A committed offset: of the next record to process. */
export interface OffsetAndMetadata {
  readonly offset: bigint
  /** Leader epoch of the last processed record, for the finding of truncation (KIP-320); -1 when it is not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}

/** What to commit for a partition. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: bigint
  /** Default -1. */
  readonly leaderEpoch?: number
  /** Default ''. */
  readonly metadata?: string
}

export interface CommitCallOptions {
  readonly signal?: AbortSignal | undefined
  /** For all attempts; default `default.api.timeout.ms`. */
  readonly timeoutMs?: number
}

/**
 * The commits of a consumer: one at a time, in the order of calls, retried while the group lets it (a newer member epoch is waited for and taken).
 * Made by `createCommits(cluster, config, membership | undefined, host)`; without a membership (assign()) commits carry no member.
 */
export interface Commits {
  /** @throws KafkaError `fenced` when the group has moved on; `unauthorized`; the signal's reason */
  commit(offsets: readonly OffsetToCommit[], options?: CommitCallOptions): Promise<void>
  /** What the group has committed, by `topic-partition`; partitions without a commit are not in the map. Waits out UNSTABLE_OFFSET_COMMIT. */
  committed(
    partitions: readonly TopicPartition[],
    options?: CommitCallOptions,
  ): Promise<ReadonlyMap<string, OffsetAndMetadata>>
  /** Commits `host.processed()` each `auto.commit.interval.ms` from now on, where auto-commit is on; failures are logged and come again with the next. */
  startAutoCommit(): void
  /**
   * Commits what is processed of these partitions and not committed yet (default: of all), as a revocation and a close need it; nothing where auto-commit
   * is off. Does not reject: a failure is logged.
   */
  autoCommitNow(partitions?: readonly TopicPartition[], options?: CommitCallOptions): Promise<void>
  /** As `autoCommitNow`, of partitions that are gone already, with what was processed of them. Does not wait. */
  autoCommitLast(offsets: readonly OffsetToCommit[]): void
  /** For explain(): the last successful commit, and the last failure. Monotonic ms. */
  describe(): { readonly lastCommitAtMs: number | undefined; readonly lastFailure: unknown }
  /** Stops the timer. Commits that wait reject with CLOSED. */
  close(): void
}

export interface CommitHost {
  /**
   * For each assigned partition the end of what is processed without a gap; partitions in which nothing was processed since their start are there with
   * their start, where it did not come from a commit. What is equal to the last commit may be left out by the committer.
   */
  processed(): Iterable<OffsetToCommit>
  /** A commit is done, repetitions included; `error` is undefined where it went well. */
  committed?(error: unknown): void
}
