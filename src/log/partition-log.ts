import type { ErrorName } from '../wire/index.ts'
import type { LogStoreMetrics, StorageProblem } from './metrics.ts'

/**
 * The seam between everything durable and where it is kept (design: "One abstraction"). `DiskLog` and `MemoryLog` implement it and pass one
 * contract test; a shared object store may come later, so nothing here lets a caller see which one it has: offsets are known when
 * `append` answers, not before, and reads may be asynchronous.
 *
 * Producer windows, high watermark, last stable offset, aborted transactions and producer snapshots live behind it.
 */
export interface LogStore {
  /**
   * The log of a partition, made empty where there is none. Idempotent: the same identity gives the same object. Costs next to nothing
   * until the first append. A folder of an older topic of the same name (another topicId) is never reused.
   */
  open(identity: LogIdentity, config: LogConfig): PartitionLog
  /** Every log that exists, recovered ones included: at start the broker drops those whose topic is gone. */
  logs(): Iterable<PartitionLog>
  /**
   * Appends batches to one or more partitions, all or none, in the order of calls. Takes ownership of the buffers: base offset and
   * leader epoch are stamped in place (Kafka's CRC does not cover them), and they may be kept as the tail that serves consumers.
   * Each entry is one or more whole, verified v2 batches (see wire `verifyBatch`); for one with a producer id, one batch.
   *
   * Resolves (never rejects): `written` when the write has returned, `durable` when a consumer may see it (flushed under
   * `flush: 'fsync'`, written otherwise). A refused entry refuses all, before anything is written.
   */
  append(entries: readonly AppendEntry[], ack: 'written' | 'durable'): Promise<AppendOutcome>
  /** Removes logs and their space; resolves when the removal is durable. Waiting reads and appends get UNKNOWN_TOPIC_OR_PARTITION. */
  drop(logs: readonly PartitionLog[]): Promise<{ readonly errorCode: ErrorName }>
  /** Why writes are refused now; undefined while all is well. */
  problem(): StorageProblem | undefined
  metrics(): LogStoreMetrics
  /** Stamped on every later batch; a partition's epoch list gets an entry with its first batch in a new epoch. */
  setLeaderEpoch(leaderEpoch: number): void
  /** Checkpoints everything and closes; appends still in flight are answered first. */
  close(): Promise<void>
}

export interface LogIdentity {
  /** Kafka's base64url form of the UUID. */
  readonly topicId: string
  readonly topic: string
  readonly partition: number
}

/** What a log needs of its topic's configs, Kafka's names camel-cased; bytes and milliseconds, -1 = no limit. */
export interface LogConfig {
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentIndexBytes: number
  readonly indexIntervalBytes: number
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly cleanupPolicy: readonly ('delete' | 'compact')[]
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
}

export interface AppendEntry {
  readonly log: PartitionLog
  readonly batches: Buffer
}

export type AppendOutcome =
  | { readonly errorCode: 'NONE'; readonly appended: readonly Appended[] }
  | {
      /**
       * OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID, INVALID_TXN_STATE, KAFKA_STORAGE_ERROR,
       * UNKNOWN_TOPIC_OR_PARTITION (dropped meanwhile).
       */
      readonly errorCode: Exclude<ErrorName, 'NONE'>
      /** Which entry was refused; all of them when the write failed. */
      readonly entry: number
      readonly message: string
    }

export interface Appended {
  /** Of the first record; of the original batch for a duplicate of one of the producer's last five (Kafka: success, original offset). */
  readonly baseOffset: bigint
  readonly duplicate: boolean
  /** Max timestamp of the original batch for a duplicate under LogAppendTime, else -1n. */
  readonly logAppendTimeMs: bigint
  readonly logStartOffset: bigint
}

export interface PartitionLog {
  readonly identity: LogIdentity
  readonly logStartOffset: bigint
  /** End of what consumers may see: the flushed end under `flush: 'fsync'`, else the written end. */
  readonly highWatermark: bigint
  /** First offset of an open transaction, or the high watermark. */
  readonly lastStableOffset: bigint
  /** Bytes of all segments, as DescribeLogDirs reports them; never -1. */
  readonly sizeBytes: number

  setConfig(config: LogConfig): void
  /**
   * Whole batches from the one that holds `offset` on. The answer is immediate when the tail in memory has it. Never waits for data:
   * at or above the high watermark it is empty without error, below log start or above log end OFFSET_OUT_OF_RANGE.
   */
  read(request: ReadRequest): ReadOutcome | Promise<ReadOutcome>
  /** Notes that so many bytes which were read went to consumers: for metrics. */
  countFetched(bytes: number): void
  /**
   * Calls `fn` once when a consumer at `offset` could see more (the watermark that `isolation` looks at passes it), or when the log is
   * dropped, truncated below it or its start moves past it. Already true: in a later microtask.
   */
  watch(offset: bigint, isolation: IsolationLevel, fn: () => void): Unwatch
  /**
   * Undefined when consumers may see all that was appended before this call, else a promise for when they may, or when those appends have
   * failed: at most one flush away. For answers about the log's end, which a producer with acks=1 may ask for before its flush.
   */
  caughtUp(): Promise<void> | undefined
  /** First record with timestamp >= `timestampMs` below the limit of `isolation`, or undefined. May scan; chunked. */
  offsetForTimestamp(timestampMs: bigint, isolation: IsolationLevel): Promise<TimestampOffset | ReadFailure | undefined>
  /** The record with the largest timestamp (ListOffsets -3), or undefined when empty. */
  maxTimestamp(): Promise<TimestampOffset | ReadFailure | undefined>
  /** Leader epoch of the last batch at or below `offset`; -1 when the log has none. */
  epochAt(offset: bigint): number
  /** Largest epoch <= `leaderEpoch` and the offset at which it ended (OffsetForLeaderEpoch); undefined when the list has none. */
  endOffsetForEpoch(leaderEpoch: number): { readonly leaderEpoch: number; readonly endOffset: bigint } | undefined
  /** DeleteRecords: moves the log start up to `offset` (-1n = high watermark); durable when it resolves. */
  deleteRecordsBefore(offset: bigint): Promise<{ readonly errorCode: ErrorName; readonly logStartOffset: bigint }>
  /** Cuts the log to `offset`; for repair, and for a cluster later. */
  truncateTo(offset: bigint): Promise<{ readonly errorCode: ErrorName }>
  /** Active idempotent or transactional producers (DescribeProducers). */
  producers(): readonly ProducerInfo[]
}

/** 0 = read_uncommitted, 1 = read_committed, as on the wire. */
export type IsolationLevel = 0 | 1

export type Unwatch = () => void

/** The disk failed, or had something else than what was written: as Kafka says of a log directory, and of a batch that is corrupt. */
export type ReadFailure = 'KAFKA_STORAGE_ERROR' | 'CORRUPT_MESSAGE'

export interface ReadRequest {
  readonly offset: bigint
  /** Limit on bytes answered; with `atLeastOneBatch` the first batch comes even when it is larger (KIP-74). */
  readonly maxBytes: number
  readonly atLeastOneBatch: boolean
  readonly isolation: IsolationLevel
}

export interface ReadOutcome {
  /** NONE, OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION or a ReadFailure. */
  readonly errorCode: ErrorName
  /** Slices to be sent as they are, never to be changed; empty = nothing to read now. */
  readonly records: readonly Buffer[]
  readonly sizeBytes: number
  readonly logStartOffset: bigint
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  /** For read_committed: aborted transactions that overlap what was read. */
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
}

export interface TimestampOffset {
  readonly timestampMs: bigint
  readonly offset: bigint
  readonly leaderEpoch: number
}

export interface ProducerInfo {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestampMs: bigint
  readonly coordinatorEpoch: number
  /** First offset of its open transaction, or -1n. */
  readonly currentTxnStartOffset: bigint
}
