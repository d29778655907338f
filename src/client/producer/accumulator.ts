import type { HeaderToAppend } from '../../wire/index.ts'
import { PartitionQueue } from './partition-queue.ts'
import { ProducerBatch, type Tracker } from './producer-batch.ts'

export interface RecordToAppend {
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly HeaderToAppend[] | undefined
}

export interface AccumulatorOptions {
  /** Bytes from which a batch does not wait for more. */
  readonly batchSize: number
  readonly bufferMemory: number
  monotonicMs(): number
}

/** Collects records into batches, one open batch a partition, and counts their bytes against `buffer.memory`. */
export class Accumulator {
  readonly #options: AccumulatorOptions
  readonly #queues = new Map<string, PartitionQueue[]>()
  /** Without an outcome, on the wire or not. */
  readonly incomplete = new Set<ProducerBatch>()
  #usedBytes = 0
  #order = 0

  constructor(options: AccumulatorOptions) {
    this.#options = options
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  queue(topic: string, partition: number): PartitionQueue {
    let queues = this.#queues.get(topic)
    if (queues === undefined) {
      queues = []
      this.#queues.set(topic, queues)
    }
    queues[partition] ??= new PartitionQueue(topic, partition)
    return queues[partition]
  }

  /** Batches that wait. */
  waiting(topic: string, partition: number): number {
    return this.#queues.get(topic)?.[partition]?.batches.length ?? 0
  }

  /**
   * @param bytesMax that a batch may have with this record
   * @returns bytes that it took, and whether a batch was begun because the one before was full; undefined when memory is used up: a record that is
   *   larger than all of it waits until there is nothing else
   */
  append(
    queue: PartitionQueue,
    { timestamp, key, value, headers }: RecordToAppend,
    tracker: Tracker,
    index: number,
    bytesMax: number,
  ): { readonly bytes: number; readonly startsBatch: boolean } | undefined {
    const { batchSize, bufferMemory, monotonicMs } = this.#options
    const limit = Math.min(bytesMax, queue.batchBytesMax)
    let batch = queue.open
    let bytes = batch?.builder.bytesOf(timestamp, key, value, headers) ?? 0
    const isFull = batch !== undefined && batch.byteLength + bytes > limit
    if (isFull) batch!.isClosed = true
    if (batch === undefined || isFull) {
      batch = new ProducerBatch(queue, this.#order, monotonicMs(), limit, batchSize)
      bytes = batch.byteLength + batch.builder.bytesOf(timestamp, key, value, headers)
    }
    if (this.#usedBytes > 0 && this.#usedBytes + bytes > bufferMemory) return undefined
    if (batch.recordCount === 0) {
      this.#order++
      queue.batches.push(batch)
      this.incomplete.add(batch)
    }
    batch.append(timestamp, key, value, headers, tracker, index)
    if (batch.byteLength >= limit) batch.isClosed = true
    this.#usedBytes += bytes
    return { bytes, startsBatch: isFull }
  }

  /** The batch has had its outcome. */
  done(batch: ProducerBatch): void {
    if (!this.incomplete.delete(batch)) return
    this.#usedBytes -= batch.byteLength
  }

  /** A batch was replaced by its parts. */
  replaced(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    this.done(batch)
    for (const part of parts) {
      this.incomplete.add(part)
      this.#usedBytes += part.byteLength
    }
  }
}
