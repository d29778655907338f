import type { CompressionType } from '../../../wire/index.ts'

/** One fetched batch of records, not looked into yet. */
export interface BatchView {
  readonly baseOffset: bigint
  /** Offset behind the batch. */
  readonly nextOffset: bigint
  readonly partitionLeaderEpoch: number
  readonly baseTimestamp: number
  /** LogAppendTime: the time of all its records; undefined where each has its own. */
  readonly appendTime: number | undefined
  readonly recordCount: number
  /** Of the whole batch as it was fetched. */
  readonly sizeBytes: number
  readonly compression: CompressionType
  /** The batch's records as they came: compressed, where they are. */
  readonly packed: Buffer
  /** The records; undefined while they are compressed. */
  unpacked: Buffer | undefined
  /** The unpacking, where it is under way elsewhere than on the event loop. Does not reject: see `failure`. */
  unpacking: Promise<void> | undefined
  /** Why it cannot be read. */
  failure: unknown
}

/** What a fetch gave of one partition. */
export interface FetchedBatches {
  /** Batches with records to hand out, in the order of their offsets. */
  readonly batches: readonly BatchView[]
  /** Offset behind all that was fetched, what is not handed out (markers, aborted records) included. */
  readonly nextOffset: bigint
  /** Leader epoch of the last batch; -1 without one. */
  readonly leaderEpoch: number
}
