/**
 * Log of one shard, as the runtime wants it; the broker makes it of a PartitionLog of `__consumer_offsets`. It has one owner, hence the
 * synchronous `endOffset`. After one failed append it is finished: drop the state and open it anew.
 */
export interface ShardLog {
  /** Offset after the last appended record, durable or not. */
  readonly endOffset: bigint
  /** Offset below which all is durable. */
  readonly durableOffset: bigint
  /** One batch, all or none; the order of calls is the order of the log. */
  append(records: readonly { readonly key: Buffer; readonly value: Buffer | null }[], wallMs: number): void
  /** Called after `durableOffset` has risen, or once with an error when an append failed (then nothing further is durable). */
  onProgress(listener: (error?: Error) => void): void
  /** Replays everything from the log's start in order, in chunks that let other work run; markers come as control records. */
  replay(visit: (record: ReplayedRecord) => void): Promise<void>
}

export type ReplayedRecord =
  | {
      readonly kind: 'record'
      readonly offset: bigint
      readonly timestampMs: number
      readonly key: Buffer
      readonly value: Buffer | null
      /** Set when the batch is transactional. */
      readonly origin: { readonly producerId: bigint; readonly producerEpoch: number } | undefined
    }
  | {
      readonly kind: 'marker'
      readonly producerId: bigint
      readonly producerEpoch: number
      readonly outcome: 'commit' | 'abort'
    }
