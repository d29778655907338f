import type { TailBatch } from '../tail.ts'

/**
 * Bounds what the tails of all partitions hold in memory, counted in bytes really held: a batch keeps the whole buffer that it is a slice
 * of. Oldest batches go first, but never one that is not in its segment file yet.
 */
export class TailMemory {
  readonly #bytesMax: number
  /** How many batches keep each buffer. */
  readonly #references = new Map<ArrayBufferLike, number>()
  #heldBytes = 0
  /** Durable batches, oldest first; those that left their tail otherwise are skipped when their turn comes. */
  #queue: (TailBatch | undefined)[] = []
  #head = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get bytesMax(): number {
    return this.#bytesMax
  }

  get isOver(): boolean {
    return this.#heldBytes > this.#bytesMax
  }

  add(batch: TailBatch): void {
    const { buffer } = batch.bytes
    const references = this.#references.get(buffer)
    if (references === undefined) this.#heldBytes += buffer.byteLength
    this.#references.set(buffer, (references ?? 0) + 1)
    batch.isHeld = true
    this.#queue.push(batch)
  }

  /** The batch has left its tail. */
  release(batch: TailBatch): void {
    if (!batch.isHeld) return
    batch.isHeld = false
    const { buffer } = batch.bytes
    const references = this.#references.get(buffer)! - 1
    if (references > 0) {
      this.#references.set(buffer, references)
      return
    }
    this.#references.delete(buffer)
    this.#heldBytes -= buffer.byteLength
  }

  /** Lets the oldest go until the bound holds or the oldest is not in a file yet. */
  evict(): void {
    while (this.isOver && this.#head < this.#queue.length) {
      const batch = this.#queue[this.#head]!
      if (batch.isHeld) {
        if (!batch.isPlaced) return
        if (batch.partition.tail.shift() !== batch) throw new Error('the oldest batch must be the first of its tail')
        this.release(batch)
      }
      this.#queue[this.#head] = undefined
      this.#head++
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
  }
}
