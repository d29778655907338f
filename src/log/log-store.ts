import type { Cancel, Clock, Logger } from '../platform/index.ts'
import type { ErrorName } from '../wire/index.ts'
import * as batches from './batch.ts'
import { type CleanerConfig, defaultCleanerConfig, LogCleaner } from './compaction/log-cleaner.ts'
import { DiskError } from './disk/disk.ts'
import { folderName } from './disk/folder-name.ts'
import { Fold } from './fold.ts'
import type { DiskMetrics, LogStoreMetrics, StorageProblem, TopicMetrics } from './metrics.ts'
import {
  AppendOp,
  CutOp,
  DropOp,
  type Journal,
  type JournalListener,
  MarkOp,
  type Operation,
  type OpFailure,
} from './operation.ts'
import { Partition, type PartitionOwner } from './partition.ts'
import type {
  AppendEntry,
  Appended,
  AppendOutcome,
  LogConfig,
  LogIdentity,
  LogStore,
  PartitionLog,
  ReadFailure,
} from './partition-log.ts'
import type { PartitionStorage } from './partition-storage.ts'
import { retainedStart } from './segment.ts'

/** What differs between kinds of storage. */
export interface StoreBackend extends Journal {
  createStorage(partition: Partition): PartitionStorage
  /** The partition is gone, durably: its space may come back. */
  dropped(partition: Partition): void
  /** Runs `work` while nothing else changes files under the log: a truncation and a checkpoint must not see each other. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
  /** The disk has failed under work that must not fail. */
  diskFailed(error: DiskError): void
  /** Why there is no room for writes, where that is so. */
  fullness?(): string | undefined
  metrics?(): DiskMetrics
  /** Called last; everything submitted is settled. */
  close(): Promise<void>
}

export interface StoreOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** How often retention and producer expiry are looked at; default 300 000 (log.retention.check.interval.ms). */
  readonly retentionCheckIntervalMs?: number
  /** Silence after which a producer is forgotten; default 86 400 000 (producer.id.expiration.ms). */
  readonly producerIdExpirationMs?: number
  /** Of compacted logs; default Kafka's. False: nothing is ever compacted (log.cleaner.enable). */
  readonly cleaner?: CleanerConfig | false
}

/**
 * The store that all kinds share: which partitions there are, what an append does to them, and what happens when the journal has made it
 * durable or has failed.
 */
export class PartitionStore implements LogStore, JournalListener, PartitionOwner {
  readonly #options: StoreOptions
  readonly #backend: StoreBackend
  readonly #partitions = new Map<string, Partition>()
  /** By topic name and partition: what owns the place that a newer topic of the name would take. */
  readonly #names = new Map<string, Partition>()
  #leaderEpoch = 0
  /** Why nothing is accepted any more. */
  #closed: OpFailure | undefined
  #fatal: OpFailure | undefined
  #closing: Promise<void> | undefined
  #retentionTimer: Cancel | undefined
  /** Why a partition could not be read the last time. */
  readonly #unread = new WeakMap<Partition, string>()
  #cleaner: LogCleaner | undefined
  /** Partitions that the journal's present call has made longer; kept to save the allocation. */
  readonly #advanced: Partition[] = []

  constructor(options: StoreOptions, createBackend: (store: PartitionStore) => StoreBackend) {
    this.#options = options
    this.#backend = createBackend(this)
  }

  /** Begins to look after retention and compaction; recovery is over. */
  start(): this {
    const { clock, logger, cleaner: config = defaultCleanerConfig } = this.#options
    this.#scheduleRetention()
    if (config === false) return this
    this.#cleaner = new LogCleaner({
      clock,
      logger,
      config,
      partitions: () => this.#partitions.values(),
      onDiskFailed: (error) => this.#backend.diskFailed(error),
    })
    return this
  }

  open(identity: LogIdentity, config: LogConfig): PartitionLog {
    const existing = this.#partitions.get(keyOf(identity))
    if (existing !== undefined) {
      existing.setConfig(config)
      return existing
    }
    const named = this.#names.get(folderName(identity))
    // On its way out, and gone for good when that is durable.
    if (named !== undefined && keyOf(named.identity) === keyOf(identity)) return named
    if (named !== undefined && !named.isGone) this.#expel(named)
    const partition = new Partition(identity, config, this)
    partition.storage = this.#backend.createStorage(partition)
    this.adopt(partition)
    return partition
  }

  /** For recovery: takes a partition as it was. */
  adopt(partition: Partition): void {
    this.#partitions.set(keyOf(partition.identity), partition)
    this.#names.set(folderName(partition.identity), partition)
  }

  find(identity: LogIdentity): Partition | undefined {
    return this.#partitions.get(keyOf(identity))
  }

  logs(): Iterable<Partition> {
    return this.#partitions.values()
  }

  problem(): StorageProblem | undefined {
    if (this.#fatal !== undefined) return { kind: 'failed', message: this.#fatal.message }
    const message = this.#backend.fullness?.()
    return message === undefined ? undefined : { kind: 'full', message }
  }

  metrics(): LogStoreMetrics {
    const topics = new Map<string, Writable<TopicMetrics>>()
    for (const partition of this.#partitions.values()) {
      const { topic } = partition.identity
      let sums = topics.get(topic)
      if (sums === undefined) {
        sums = {
          topic,
          partitions: 0,
          sizeBytes: 0,
          segments: 0,
          appendedBytes: 0,
          appendedRecords: 0,
          fetchedBytes: 0,
        }
        topics.set(topic, sums)
      }
      sums.partitions++
      sums.sizeBytes += partition.sizeBytes
      sums.segments += partition.storage.segments.length
      sums.appendedBytes += partition.appendedBytes
      sums.appendedRecords += partition.appendedRecords
      sums.fetchedBytes += partition.fetchedBytes
    }
    return { topics: [...topics.values()], disk: this.#backend.metrics?.(), cleaner: this.#cleaner?.metrics() }
  }

  setLeaderEpoch(leaderEpoch: number): void {
    this.#leaderEpoch = leaderEpoch
  }

  append(entries: readonly AppendEntry[], ack: 'written' | 'durable'): Promise<AppendOutcome> {
    if (this.#closed !== undefined) return Promise.resolve({ ...this.#closed, entry: 0 })
    const op = new AppendOp()
    /** The append that the youngest duplicate waits for. */
    let original: AppendOp | undefined
    for (let i = 0; i < entries.length; i++) {
      const staged = this.#stage(op, entries[i]!)
      if (staged === undefined) continue
      if (staged instanceof AppendOp) {
        original = staged
        continue
      }
      for (let b = op.batches.length - 1; b >= 0; b--) op.batches[b]!.partition.undo(op.batches[b]!)
      return Promise.resolve({ ...staged, entry: i })
    }
    if (op.batches.length > 0) {
      const outcome = op.wait(ack, op.appended)
      this.#backend.submit(op)
      return outcome
    }
    if (original !== undefined) return original.wait(ack, op.appended)
    return Promise.resolve({ errorCode: 'NONE', appended: op.appended })
  }

  async drop(logs: readonly PartitionLog[]): Promise<{ readonly errorCode: ErrorName }> {
    if (this.#closed !== undefined) return { errorCode: this.#closed.errorCode }
    const partitions = logs.map((log) => this.#own(log)).filter((partition) => !partition.isGone)
    if (partitions.length === 0) return { errorCode: 'NONE' }
    for (const partition of partitions) {
      partition.state = 'dropping'
      this.#partitions.delete(keyOf(partition.identity))
    }
    const failure = await this.#submit((settle) => new DropOp(partitions, settle))
    return { errorCode: failure?.errorCode ?? 'NONE' }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#retentionTimer?.cancel()
    const cleaned = this.#cleaner?.close()
    const settled = this.#submit((settle) => new MarkOp(settle))
    this.#closed ??= { errorCode: 'KAFKA_STORAGE_ERROR', message: 'the log store is closed' }
    await settled
    await cleaned
    await this.#backend.close()
  }

  /** Refuses everything from now on: after a failed flush nothing may be trusted. */
  fail(message: string): void {
    this.#fatal = { errorCode: 'KAFKA_STORAGE_ERROR', message }
    this.#closed ??= this.#fatal
    this.#retentionTimer?.cancel()
  }

  async deleteRecordsBefore(
    partition: Partition,
    offset: number,
  ): Promise<{ errorCode: ErrorName; logStartOffset: bigint }> {
    if (this.#closed !== undefined) return { errorCode: this.#closed.errorCode, logStartOffset: -1n }
    // Its high watermark is about to fall.
    if (partition.state === 'truncating') return { errorCode: 'KAFKA_STORAGE_ERROR', logStartOffset: -1n }
    if (offset > partition.requestedStartOffset) partition.requestedStartOffset = offset
    const failure =
      offset > partition.startOffset
        ? await this.#submit((settle) => new CutOp('logStart', partition, offset, settle))
        : undefined
    if (failure !== undefined) return { errorCode: failure.errorCode, logStartOffset: -1n }
    return { errorCode: 'NONE', logStartOffset: partition.logStartOffset }
  }

  truncateTo(partition: Partition, offset: number): Promise<{ errorCode: ErrorName }> {
    return this.#backend.exclusive(async () => {
      if (this.#closed !== undefined) return { errorCode: this.#closed.errorCode }
      if (partition.state !== 'open') return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' }
      if (offset < partition.requestedStartOffset) return { errorCode: 'OFFSET_OUT_OF_RANGE' }
      if (offset >= partition.endOffset) return { errorCode: 'NONE' }
      partition.state = 'truncating'
      try {
        const failure = await this.#submit((settle) => new CutOp('truncate', partition, offset, settle))
        if (failure !== undefined) return { errorCode: failure.errorCode }
        return { errorCode: await this.#cutEnd(partition, offset) }
      } finally {
        if (partition.state === 'truncating') partition.state = 'open'
      }
    })
  }

  readFailed(partition: Partition, offset: number, error: unknown): ReadFailure {
    const { topic, partition: number } = partition.identity
    const reason = error instanceof Error ? error.message : String(error)
    // Readers try again and again: the same line once.
    if (this.#unread.get(partition) !== reason) {
      this.#unread.set(partition, reason)
      const message = `${topic}-${number} cannot be read at offset ${offset}: ${reason}`
      this.#options.logger.error({ err: error, topic, partition: number, offset }, message)
    }
    return error instanceof DiskError && error.code === 'DAMAGED' ? 'CORRUPT_MESSAGE' : 'KAFKA_STORAGE_ERROR'
  }

  onWritten(ops: readonly Operation[]): void {
    for (const op of ops) if (op.kind === 'append') op.written()
  }

  onDurable(ops: readonly Operation[]): void {
    for (const op of ops) {
      if (op.kind === 'append') this.#appendDurable(op)
      else if (op.kind === 'logStart') op.partition.moveStart(op.offset)
      else if (op.kind === 'drop') for (const partition of op.partitions) this.#dropped(partition)
    }
    // Watchers are called when all of the group can be seen, so that one wake-up reads all of it; answers go out after that.
    for (const partition of this.#advanced) partition.advance(partition.durableOffset)
    this.#advanced.length = 0
    for (const op of ops) {
      if (op.kind === 'append') op.durable()
      else op.settle(undefined)
    }
  }

  onFailed(ops: readonly Operation[], failure: OpFailure): void {
    for (let i = ops.length - 1; i >= 0; i--) {
      const op = ops[i]!
      if (op.kind === 'append') {
        for (let b = op.batches.length - 1; b >= 0; b--) op.batches[b]!.partition.undo(op.batches[b]!)
      } else if (op.kind === 'logStart') {
        op.partition.requestedStartOffset = op.partition.startOffset
      } else if (op.kind === 'drop') {
        for (const partition of op.partitions) this.#dropFailed(partition)
      }
    }
    for (const op of ops) {
      if (op.kind === 'append') op.fail(failure)
      else op.settle(failure)
    }
  }

  /** A log of an older topic of the same name can only be one whose drop a crash prevented: it goes before its folder is taken. */
  #expel(older: Partition): void {
    this.#options.logger.warn(
      { ...older.identity },
      `dropping ${folderName(older.identity)} of an older topic of that name`,
    )
    void this.drop([older])
  }

  /** A drop has failed, as on a full disk: the log is back, unless a newer topic has its name; then the drop is tried again. */
  #dropFailed(partition: Partition): void {
    const { clock } = this.#options
    partition.state = 'open'
    this.#partitions.set(keyOf(partition.identity), partition)
    if (this.#names.get(folderName(partition.identity)) === partition) return
    clock.at(clock.monotonicMs() + RETRY_MS, () => void this.drop([partition]))
  }

  /** The truncation is durable, so it has to be done: on a full disk again and again, while the partition takes no appends. */
  async #cutEnd(partition: Partition, offset: number): Promise<ErrorName> {
    const { clock, logger } = this.#options
    let isTold = false
    while (this.#fatal === undefined) {
      try {
        await cutEnd(partition, offset)
        return 'NONE'
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        if (partition.isGone) return 'UNKNOWN_TOPIC_OR_PARTITION'
        if (error.code !== 'NO_SPACE') this.#backend.diskFailed(error)
        const message = `${folderName(partition.identity)} could not be cut to ${offset} yet, and takes no writes until it is`
        if (!isTold) logger.error({ err: error }, message)
        isTold = true
        await new Promise<void>((resolve) => clock.at(clock.monotonicMs() + RETRY_MS, resolve))
      }
    }
    return 'KAFKA_STORAGE_ERROR'
  }

  /**
   * Stages one entry into `op`. Undefined when it was appended; the append in flight when all of it is a duplicate of a batch that is not
   * durable yet; a failure when it is refused (then the caller undoes what `op` has so far).
   */
  #stage(op: AppendOp, entry: AppendEntry): AppendOp | OpFailure | undefined {
    const partition = this.#own(entry.log)
    if (partition.isGone) return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'the partition was deleted' }
    if (partition.state === 'truncating') {
      return { errorCode: 'KAFKA_STORAGE_ERROR', message: 'the partition is being truncated' }
    }
    const bytes = entry.batches
    const refusal = partition.fold.check(bytes)
    if (refusal?.kind === 'refused') {
      const { topic, partition: number } = partition.identity
      return { errorCode: refusal.errorCode, message: `${topic}-${number}: ${refusal.message}` }
    }
    const logStartOffset = partition.logStartOffset
    if (refusal?.kind === 'duplicate') {
      const { baseOffset, timestampMs, logAppendTime } = refusal.original
      const logAppendTimeMs = logAppendTime ? BigInt(timestampMs) : -1n
      op.appended.push({ baseOffset: BigInt(baseOffset), duplicate: true, logAppendTimeMs, logStartOffset })
      const inMemory = partition.tail.at(partition.tail.indexOf(baseOffset))
      return inMemory?.baseOffset === baseOffset && inMemory.op !== op ? inMemory.op : undefined
    }
    const appended: Appended = {
      baseOffset: BigInt(partition.endOffset),
      duplicate: false,
      logAppendTimeMs: -1n,
      logStartOffset,
    }
    for (let at = 0; at < bytes.length; ) {
      const size = batches.sizeOf(bytes, at)
      const batch = partition.stage(size === bytes.length ? bytes : bytes.subarray(at, at + size), this.#leaderEpoch)
      batch.op = op
      op.batches.push(batch)
      at += size
    }
    op.appended.push(appended)
    return undefined
  }

  #appendDurable(op: AppendOp): void {
    for (const batch of op.batches) {
      const { partition } = batch
      batch.op = undefined
      batch.undo = undefined
      if (partition.isGone) continue
      if (partition.durableOffset <= partition.visibleOffset) this.#advanced.push(partition)
      partition.durableOffset = batch.lastOffset + 1
      partition.appendedBytes += batch.bytes.length
      partition.appendedRecords += batch.lastOffset - batch.baseOffset + 1
      partition.storage.placeable(batch)
    }
  }

  #dropped(partition: Partition): void {
    partition.state = 'dropped'
    const name = folderName(partition.identity)
    if (this.#names.get(name) === partition) this.#names.delete(name)
    partition.watchers.notifyAll()
    this.#backend.dropped(partition)
  }

  #submit(create: (settle: (failure: OpFailure | undefined) => void) => Operation): Promise<OpFailure | undefined> {
    return new Promise((resolve) => this.#backend.submit(create(resolve)))
  }

  #own(log: PartitionLog): Partition {
    if (!(log instanceof Partition)) throw new TypeError('a log of another store')
    return log
  }

  #scheduleRetention(): void {
    const { clock, retentionCheckIntervalMs = 300_000 } = this.#options
    this.#retentionTimer = clock.at(clock.monotonicMs() + retentionCheckIntervalMs, () => {
      this.#applyRetention()
      if (this.#closed === undefined) this.#scheduleRetention()
    })
  }

  /** Sums over the segments' metadata only: thousands of partitions take milliseconds. */
  #applyRetention(): void {
    const { clock, logger, producerIdExpirationMs = 86_400_000 } = this.#options
    const nowMs = clock.wallMs()
    for (const partition of this.#partitions.values()) {
      partition.fold.producers.expire(nowMs, producerIdExpirationMs)
      const start = retainedStart(partition.storage.segments, partition.config, {
        logStartOffset: partition.requestedStartOffset,
        highWatermark: partition.visibleOffset,
        sizeBytes: partition.sizeBytes,
        unplacedBytes: partition.unplacedBytes,
        nowMs,
      })
      if (start <= partition.requestedStartOffset) continue
      const { topic, partition: number } = partition.identity
      logger.info(
        { topic, partition: number, logStartOffset: start },
        `retention moves the start of ${topic}-${number}`,
      )
      void this.deleteRecordsBefore(partition, start)
    }
  }
}

const RETRY_MS = 1000

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Cuts the partition after a truncation has become durable: lets the rest go, then folds what is left. May be tried again. */
export async function cutEnd(partition: Partition, offset: number): Promise<void> {
  partition.hideFrom(offset)
  await partition.storage.truncateTo(offset)
  const fold = new Fold()
  await partition.forEachBatch(offset, (bytes) => {
    fold.add(bytes, batches.baseOffsetOf(bytes, 0), batches.leaderEpochOf(bytes, 0))
  })
  partition.moveEnd({ logStartOffset: partition.startOffset, endOffset: offset, fold })
}

function keyOf(identity: LogIdentity): string {
  return `${identity.topicId}:${identity.partition}`
}
