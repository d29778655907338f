import type { Clock, Logger } from '../platform/index.ts'
import type { CleanerConfig } from './compaction/log-cleaner.ts'
import { MemoryCleaning } from './compaction/memory-cleaning.ts'
import { PartitionStore, type StoreBackend } from './log-store.ts'
import type { JournalListener, Operation, OpFailure } from './operation.ts'
import type { Partition } from './partition.ts'
import type { LogStore } from './partition-log.ts'
import type { ColdBatches, ColdRead, PartitionStorage } from './partition-storage.ts'
import { Segment } from './segment.ts'
import type { TailBatch } from './tail.ts'

export interface MemoryLogOptions {
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Stands for the disk's flush, for tests of what happens in between: called for each group of appends, which is 'written' then, and
   * durable when it resolves. When it rejects, the group and everything behind it fail with KAFKA_STORAGE_ERROR and are undone.
   * Default: durable in a later microtask.
   */
  readonly flush?: () => Promise<void>
  readonly retentionCheckIntervalMs?: number
  readonly producerIdExpirationMs?: number
  /** Of compacted logs; default Kafka's. False: nothing is ever compacted (log.cleaner.enable). */
  readonly cleaner?: CleanerConfig | false
}

/** Logs in memory, for tests and for data that may go when the process ends. The same contract as on disk; nothing is ever cold. */
export function createMemoryLogStore(options: MemoryLogOptions): LogStore {
  return new PartitionStore(options, (store) => new MemoryBackend(store, options)).start()
}

class MemoryBackend implements StoreBackend {
  readonly #listener: JournalListener
  readonly #clock: Clock
  readonly #flush: (() => Promise<void>) | undefined
  #queue: Operation[] = []
  #running = false

  constructor(listener: JournalListener, options: MemoryLogOptions) {
    this.#listener = listener
    this.#clock = options.clock
    this.#flush = options.flush
  }

  submit(op: Operation): void {
    this.#queue.push(op)
    if (this.#running) return
    this.#running = true
    queueMicrotask(() => void this.#run())
  }

  createStorage(partition: Partition): PartitionStorage {
    return new MemoryStorage(partition, this.#clock)
  }

  dropped(partition: Partition): void {
    partition.tail.reset(partition.endOffset)
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  diskFailed(): void {}

  async close(): Promise<void> {}

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const ops = this.#queue
      this.#queue = []
      this.#listener.onWritten(ops)
      const failure = await this.#flushed()
      if (failure === undefined) {
        this.#listener.onDurable(ops)
        continue
      }
      const failed = [...ops, ...this.#queue]
      this.#queue = []
      this.#listener.onFailed(failed, failure)
    }
    this.#running = false
  }

  async #flushed(): Promise<OpFailure | undefined> {
    try {
      if (this.#flush !== undefined) await this.#flush()
      return undefined
    } catch (error) {
      return { errorCode: 'KAFKA_STORAGE_ERROR', message: String(error) }
    }
  }
}

/** Segments are bookkeeping only, so that rolls and retention are those of the disk; the batches stay in the tail. */
class MemoryStorage implements PartitionStorage {
  readonly #partition: Partition
  readonly #clock: Clock
  readonly cleaning: MemoryCleaning
  #segments: Segment[] = []
  #sizeBytes = 0

  constructor(partition: Partition, clock: Clock) {
    this.#partition = partition
    this.#clock = clock
    this.cleaning = new MemoryCleaning(partition, (replaced, cleaned) => this.#swap(replaced, cleaned))
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  placeable(batch: TailBatch): void {
    const nowMs = this.#clock.wallMs()
    let segment = this.#segments[this.#segments.length - 1]
    if (segment === undefined || segment.mustRollFor(batch, this.#partition.config, nowMs)) {
      segment = new Segment(batch.baseOffset, nowMs)
      this.#segments.push(segment)
    }
    segment.add(batch)
    this.#sizeBytes += batch.bytes.length
    this.#partition.unplacedBytes -= batch.bytes.length
  }

  /** What lies before the tail has been cleaned or cut away. */
  async read({ limitOffset }: ColdRead): Promise<ColdBatches> {
    return { records: [], sizeBytes: 0, endOffset: limitOffset }
  }

  logStartMoved(offset: number): void {
    while (this.#segments.length > 0 && this.#segments[0]!.endOffset <= offset) {
      this.#sizeBytes -= this.#segments.shift()!.sizeBytes
    }
    const { tail } = this.#partition
    while (tail.first !== undefined && tail.first.lastOffset < offset) tail.shift()
  }

  #swap(replaced: readonly Segment[], cleaned: Segment | undefined): boolean {
    const at = this.#segments.indexOf(replaced[0]!)
    if (at < 0 || replaced.some((segment, i) => this.#segments[at + i] !== segment)) return false
    this.#segments.splice(at, replaced.length, ...(cleaned === undefined ? [] : [cleaned]))
    this.#sizeBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
    return true
  }

  async truncateTo(offset: number): Promise<void> {
    this.cleaning.truncatedTo(offset)
    const { tail } = this.#partition
    while (tail.last !== undefined && tail.last.lastOffset >= offset) tail.pop()
    if (tail.length === 0) tail.reset(offset)
    this.#segments = []
    this.#sizeBytes = 0
    for (let i = 0; i < tail.length; i++) {
      this.#partition.unplacedBytes += tail.at(i)!.bytes.length
      this.placeable(tail.at(i)!)
    }
  }
}
