import { type ErrorName, loadCodecs } from '../wire/index.ts'
import * as batches from './batch.ts'
import { Fold } from './fold.ts'
import type {
  IsolationLevel,
  LogConfig,
  LogIdentity,
  PartitionLog,
  ProducerInfo,
  ReadFailure,
  ReadOutcome,
  ReadRequest,
  TimestampOffset,
  Unwatch,
} from './partition-log.ts'
import type { PartitionStorage } from './partition-storage.ts'
import { firstRecordSince } from './records-in-batch.ts'
import { Tail, TailBatch } from './tail.ts'
import { Watchers } from './watchers.ts'

/** What a partition asks of its store. */
export interface PartitionOwner {
  deleteRecordsBefore(partition: Partition, offset: number): Promise<{ errorCode: ErrorName; logStartOffset: bigint }>
  truncateTo(partition: Partition, offset: number): Promise<{ errorCode: ErrorName }>
  /** What lies at `offset` could not be read; what a reader is told. */
  readFailed(partition: Partition, offset: number, error: unknown): ReadFailure
}

/** A partition as a checkpoint or a truncation leaves it; `fold` is that of all batches below `endOffset`. */
export interface PartitionState {
  readonly logStartOffset: number
  readonly endOffset: number
  readonly fold: Fold
}

/**
 * The state machine of one partition, the same for all kinds of storage. An append changes it at once (`stage`); the journal then makes
 * it visible (`advance`) or takes it back (`undo`). Everything between high watermark and log end is in the tail.
 *
 * ```
 * logStart ... segments ... | tail ............................. |
 *                           tail.startOffset   highWatermark   logEnd
 * ```
 */
export class Partition implements PartitionLog {
  readonly identity: LogIdentity
  readonly tail: Tail
  readonly watchers = new Watchers()
  config: LogConfig
  fold: Fold
  /** 'dropping': gone for everyone, not durably yet. */
  state: 'open' | 'truncating' | 'dropping' | 'dropped' = 'open'
  /** Everything below is durable; runs ahead of the high watermark only within one call of the journal. */
  durableOffset: number
  /** Bytes of appended batches that are in no segment yet. */
  unplacedBytes = 0
  /** Durable since the process began. */
  appendedBytes = 0
  appendedRecords = 0
  /** Sent to consumers since the process began. */
  fetchedBytes = 0
  storage!: PartitionStorage

  /** The highest start that was asked for, durable or not: a checkpoint begun now must have it. */
  requestedStartOffset: number

  #startOffset: number
  #endOffset: number
  #visibleOffset: number
  /** How often the end was cut: a read that a cut overtook must not blame the disk. */
  #cuts = 0
  readonly #owner: PartitionOwner

  constructor(identity: LogIdentity, config: LogConfig, owner: PartitionOwner, state?: Partial<PartitionState>) {
    this.identity = identity
    this.config = config
    this.#owner = owner
    this.#startOffset = state?.logStartOffset ?? 0
    this.requestedStartOffset = this.#startOffset
    this.#endOffset = state?.endOffset ?? 0
    this.#visibleOffset = this.#endOffset
    this.durableOffset = this.#endOffset
    this.tail = new Tail(this.#endOffset)
    this.fold = state?.fold ?? new Fold()
  }

  get logStartOffset(): bigint {
    return BigInt(this.#startOffset)
  }

  get highWatermark(): bigint {
    return BigInt(this.#visibleOffset)
  }

  get lastStableOffset(): bigint {
    return BigInt(this.#stableOffset)
  }

  get sizeBytes(): number {
    return this.storage.sizeBytes + this.unplacedBytes
  }

  /** The same as numbers, for this layer. */
  get startOffset(): number {
    return this.#startOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  get visibleOffset(): number {
    return this.#visibleOffset
  }

  get isGone(): boolean {
    return this.state === 'dropping' || this.state === 'dropped'
  }

  get #stableOffset(): number {
    return this.fold.transactions.lastStableOffset(this.#visibleOffset)
  }

  setConfig(config: LogConfig): void {
    this.config = config
  }

  /** Appends the batch in `bytes` to the tail and gives it its offset and epoch. It is not visible before `advance`. */
  stage(bytes: Buffer, leaderEpoch: number): TailBatch {
    const baseOffset = this.#endOffset
    batches.stamp(bytes, 0, baseOffset, leaderEpoch)
    const batch = new TailBatch(this, bytes, baseOffset, this.fold.add(bytes, baseOffset, leaderEpoch))
    this.tail.push(batch)
    this.#endOffset = batch.lastOffset + 1
    this.unplacedBytes += bytes.length
    return batch
  }

  /** Takes back the last staged batch, which must be `batch`. */
  undo(batch: TailBatch): void {
    const last = this.tail.pop()
    if (last !== batch) throw new Error('appends must be undone in the reverse order')
    this.#endOffset = batch.baseOffset
    this.unplacedBytes -= batch.bytes.length
    if (batch.undo !== undefined) this.fold.undo(batch.undo)
  }

  /** What lies below `offset` may be seen from now on. */
  advance(offset: number): void {
    if (offset <= this.#visibleOffset) return
    this.#visibleOffset = offset
    this.fold.transactions.advance(offset)
    if (this.watchers.size > 0) this.watchers.notify(offset, this.#stableOffset)
  }

  read(request: ReadRequest): ReadOutcome | Promise<ReadOutcome> {
    if (this.isGone) return this.#emptyRead('UNKNOWN_TOPIC_OR_PARTITION')
    const offset = Number(request.offset)
    if (offset < this.#startOffset || offset > this.#endOffset) return this.#emptyRead('OFFSET_OUT_OF_RANGE')
    const limit = request.isolation === 1 ? this.#stableOffset : this.#visibleOffset
    if (offset >= limit) return this.#emptyRead('NONE')
    if (offset < this.tail.startOffset) return this.#readCold(request, offset, limit)
    return this.#readTail(request, offset, limit)
  }

  countFetched(bytes: number): void {
    this.fetchedBytes += bytes
  }

  watch(offset: bigint, isolation: IsolationLevel, fn: () => void): Unwatch {
    const wanted = Number(offset)
    const limit = isolation === 1 ? this.#stableOffset : this.#visibleOffset
    if (!this.isGone && wanted >= limit && wanted >= this.#startOffset && wanted <= this.#endOffset) {
      return this.watchers.add(wanted, isolation, fn)
    }
    let cancelled = false
    queueMicrotask(() => {
      if (!cancelled) fn()
    })
    return () => {
      cancelled = true
    }
  }

  caughtUp(): Promise<void> | undefined {
    return this.tail.last?.op?.wait('durable', []).then(() => undefined)
  }

  async offsetForTimestamp(
    timestampMs: bigint,
    isolation: IsolationLevel,
  ): Promise<TimestampOffset | ReadFailure | undefined> {
    const wantedMs = Number(timestampMs)
    let offset = this.#startOffset
    await loadCodecs()
    while (true) {
      const limit = isolation === 1 ? this.#stableOffset : this.#visibleOffset
      const cuts = this.#cuts
      let found: Buffer | undefined
      try {
        found = await this.#nextBatchSince(offset, limit, wantedMs)
      } catch (error) {
        if (this.isGone) return undefined
        if (offset >= this.#startOffset && cuts === this.#cuts) return this.#owner.readFailed(this, offset, error)
        // What was read has been deleted or cut meanwhile.
        offset = this.#startOffset
        continue
      }
      if (found === undefined) return undefined
      const record = firstRecordSince(found, wantedMs, this.#startOffset)
      if (record !== undefined) return record
      offset = batches.lastOffsetOf(found, 0) + 1
    }
  }

  async maxTimestamp(): Promise<TimestampOffset | ReadFailure | undefined> {
    let askedMs = Number.POSITIVE_INFINITY
    while (true) {
      const largestMs = this.#largestTimestampMs()
      if (largestMs < 0 || largestMs === askedMs) return undefined
      const found = await this.offsetForTimestamp(BigInt(largestMs), 0)
      if (found !== undefined) return found
      // It may have been cleaned away meanwhile.
      askedMs = largestMs
    }
  }

  epochAt(offset: bigint): number {
    return this.fold.epochs.at(Number(offset))
  }

  endOffsetForEpoch(leaderEpoch: number): { readonly leaderEpoch: number; readonly endOffset: bigint } | undefined {
    const end = this.fold.epochs.endOffsetFor(leaderEpoch, this.#endOffset)
    return end && { leaderEpoch: end.leaderEpoch, endOffset: BigInt(end.endOffset) }
  }

  async deleteRecordsBefore(offset: bigint): Promise<{ errorCode: ErrorName; logStartOffset: bigint }> {
    const wanted = offset === -1n ? this.#visibleOffset : Number(offset)
    if (this.isGone) return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', logStartOffset: -1n }
    if (wanted < 0 || wanted > this.#visibleOffset) return { errorCode: 'OFFSET_OUT_OF_RANGE', logStartOffset: -1n }
    return this.#owner.deleteRecordsBefore(this, wanted)
  }

  async truncateTo(offset: bigint): Promise<{ errorCode: ErrorName }> {
    if (this.isGone) return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' }
    return this.#owner.truncateTo(this, Number(offset))
  }

  producers(): readonly ProducerInfo[] {
    return Array.from(this.fold.producers.entries(), (entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.batches[entry.batches.length - 1]?.lastSequence ?? -1,
      lastTimestampMs: BigInt(entry.lastTimestampMs),
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnStartOffset: BigInt(entry.txnFirstOffset),
    }))
  }

  /** The start has moved, durably. */
  moveStart(offset: number): void {
    if (offset <= this.#startOffset) return
    this.#startOffset = offset
    this.requestedStartOffset = Math.max(this.requestedStartOffset, offset)
    this.fold.cutStart(offset)
    this.storage.logStartMoved(offset)
    this.watchers.notifyOutside(this.#startOffset, this.#endOffset)
  }

  /** The end is being cut, durably: nobody sees more than what stays, and no append comes until `moveEnd`. */
  hideFrom(offset: number): void {
    this.#endOffset = Math.min(this.#endOffset, offset)
    this.#visibleOffset = Math.min(this.#visibleOffset, offset)
    this.durableOffset = this.#visibleOffset
    this.#cuts++
  }

  /** The end has been cut; `state` is the fold of what is left. */
  moveEnd(state: PartitionState): void {
    this.#endOffset = state.endOffset
    this.#visibleOffset = state.endOffset
    this.durableOffset = state.endOffset
    this.fold = state.fold
    this.watchers.notifyOutside(this.#startOffset, this.#endOffset)
  }

  /** Visits every batch wholly below `limit`, from the log start, reading what is not in memory. */
  async forEachBatch(limit: number, visit: (bytes: Buffer) => void): Promise<void> {
    let position = this.#startOffset
    while (position < limit) {
      const batch = await this.#nextBatchSince(position, limit, Number.NEGATIVE_INFINITY)
      if (batch === undefined) return
      visit(batch)
      position = batches.lastOffsetOf(batch, 0) + 1
    }
  }

  #largestTimestampMs(): number {
    let largestMs = -1
    for (const segment of this.storage.segments) {
      if (segment.endOffset > this.#startOffset) largestMs = Math.max(largestMs, segment.maxTimestampMs)
    }
    for (let i = 0; i < this.tail.length; i++) {
      const batch = this.tail.at(i)!
      if (batch.lastOffset < this.#visibleOffset) largestMs = Math.max(largestMs, batch.maxTimestampMs)
    }
    return largestMs
  }

  #readTail(request: ReadRequest, offset: number, limit: number): ReadOutcome {
    const records: Buffer[] = []
    let sizeBytes = 0
    let endOffset = offset
    for (let i = this.tail.indexOf(offset); i < this.tail.length; i++) {
      const batch = this.tail.at(i)!
      if (batch.lastOffset >= limit) break
      const fits = sizeBytes + batch.bytes.length <= request.maxBytes
      if (!fits && !(sizeBytes === 0 && request.atLeastOneBatch)) break
      records.push(batch.bytes)
      sizeBytes += batch.bytes.length
      endOffset = batch.lastOffset + 1
    }
    return this.#readOutcome(request, records, sizeBytes, endOffset)
  }

  async #readCold(request: ReadRequest, offset: number, limit: number): Promise<ReadOutcome> {
    const cuts = this.#cuts
    try {
      const { maxBytes, atLeastOneBatch } = request
      const cold = await this.storage.read({ offset, limitOffset: limit, maxBytes, atLeastOneBatch })
      if (this.isGone) return this.#emptyRead('UNKNOWN_TOPIC_OR_PARTITION')
      if (offset < this.#startOffset) return this.#emptyRead('OFFSET_OUT_OF_RANGE')
      if (cuts !== this.#cuts) return this.#emptyRead(offset > this.#endOffset ? 'OFFSET_OUT_OF_RANGE' : 'NONE')
      // What lay between here and the tail may have been cleaned away.
      if (cold.records.length === 0 && cold.endOffset >= this.tail.startOffset && this.tail.startOffset < limit) {
        return this.#readTail(request, this.tail.startOffset, limit)
      }
      return this.#readOutcome(request, cold.records, cold.sizeBytes, cold.endOffset)
    } catch (error) {
      if (this.isGone) return this.#emptyRead('UNKNOWN_TOPIC_OR_PARTITION')
      if (offset < this.#startOffset) return this.#emptyRead('OFFSET_OUT_OF_RANGE')
      if (cuts !== this.#cuts) return this.#emptyRead(offset > this.#endOffset ? 'OFFSET_OUT_OF_RANGE' : 'NONE')
      return this.#emptyRead(this.#owner.readFailed(this, offset, error))
    }
  }

  #readOutcome(request: ReadRequest, records: readonly Buffer[], sizeBytes: number, endOffset: number): ReadOutcome {
    return {
      errorCode: 'NONE',
      records,
      sizeBytes,
      logStartOffset: BigInt(this.#startOffset),
      highWatermark: BigInt(this.#visibleOffset),
      lastStableOffset: BigInt(this.#stableOffset),
      abortedTransactions:
        request.isolation === 0
          ? NONE_ABORTED
          : this.fold.transactions
              .abortedIn(Number(request.offset), endOffset)
              .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) })),
    }
  }

  #emptyRead(errorCode: ErrorName): ReadOutcome {
    return {
      errorCode,
      records: NO_RECORDS,
      sizeBytes: 0,
      logStartOffset: BigInt(this.#startOffset),
      highWatermark: BigInt(this.#visibleOffset),
      lastStableOffset: BigInt(this.#stableOffset),
      abortedTransactions: NONE_ABORTED,
    }
  }

  /** The first batch at or after `offset`, wholly below `limit`, whose largest timestamp is at least `minTimestampMs`. */
  async #nextBatchSince(offset: number, limit: number, minTimestampMs: number): Promise<Buffer | undefined> {
    let position = offset
    while (position < limit && position < this.tail.startOffset) {
      const cold = await this.storage.read({
        offset: position,
        limitOffset: Math.min(limit, this.tail.startOffset),
        maxBytes: 1,
        atLeastOneBatch: true,
        minTimestampMs,
      })
      if (cold.records.length > 0) return cold.records[0]
      if (cold.endOffset <= position) break
      position = cold.endOffset
    }
    for (let i = this.tail.indexOf(position); i < this.tail.length; i++) {
      const batch = this.tail.at(i)!
      if (batch.lastOffset >= limit) return undefined
      if (batch.maxTimestampMs >= minTimestampMs) return batch.bytes
    }
    return undefined
  }
}

const NO_RECORDS: readonly Buffer[] = []
const NONE_ABORTED: ReadOutcome['abortedTransactions'] = []
