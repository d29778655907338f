import type { TailBatch } from '../tail.ts'
import type { DiskContext } from './disk-context.ts'
import type { DiskStorage } from './disk-storage.ts'

/** Durable batches of a partition that no segment file has yet. */
export class DirtyBatches {
  readonly #storage: DiskStorage
  readonly #context: DiskContext
  #batches: TailBatch[] = []

  constructor(storage: DiskStorage, context: DiskContext) {
    this.#storage = storage
    this.#context = context
  }

  /** In the order of their offsets. */
  get batches(): readonly TailBatch[] {
    return this.#batches
  }

  get first(): TailBatch | undefined {
    return this.#batches[0]
  }

  add(batch: TailBatch): void {
    this.#batches.push(batch)
    this.#context.dirtied(this.#storage, batch.bytes.length)
  }

  countBelow(offset: number): number {
    let count = 0
    while (count < this.#batches.length && this.#batches[count]!.lastOffset < offset) count++
    return count
  }

  /** The first of them are in their segment now, or need not be in one; the offset behind the last of those. */
  placed(count: number): number | undefined {
    let bytes = 0
    let endOffset: number | undefined
    for (let i = 0; i < count; i++) {
      const batch = this.#batches[i]!
      batch.isPlaced = true
      bytes += batch.sizeBytes
      endOffset = batch.lastOffset + 1
    }
    this.#batches = this.#batches.slice(count)
    this.#storage.partition.unplacedBytes -= bytes
    this.#context.dirtied(this.#storage, -bytes)
    return endOffset
  }

  /** Forgets those that reach `offset`. */
  cut(offset: number): void {
    const lost = this.#batches.filter((batch) => batch.lastOffset >= offset)
    const lostBytes = lost.reduce((sum, batch) => sum + batch.sizeBytes, 0)
    this.#batches = this.#batches.filter((batch) => batch.lastOffset < offset)
    this.#storage.partition.unplacedBytes -= lostBytes
    this.#context.dirtied(this.#storage, -lostBytes)
  }

  /** The partition is going. */
  discard(): void {
    this.#context.dirtied(this.#storage, -this.#batches.reduce((sum, batch) => sum + batch.sizeBytes, 0))
    this.#batches = []
  }
}
