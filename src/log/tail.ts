import { lastOffsetDeltaOf, maxTimestampOf } from './batch.ts'
import type { FoldUndo } from './fold.ts'
import type { AppendOp } from './operation.ts'
import type { Partition } from './partition.ts'
import type { BatchFacts } from './segment.ts'

/** One appended batch while it is in memory. */
export class TailBatch implements BatchFacts {
  readonly partition: Partition
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestampMs: number
  /** The batch alone, from its first byte to its last. The journal may move it to another buffer before it is visible. */
  bytes: Buffer
  /** In its segment, so that the tail may let it go. */
  isPlaced = false
  /** Counted by the store's TailMemory. */
  isHeld = false
  /** The append that brought it, until it is durable. */
  op: AppendOp | undefined = undefined
  /** What an undo has to put back in the fold, until the batch is durable: it keeps what the producer's window was. */
  undo: FoldUndo | undefined

  /** @param maxTimestampMs where it is not what the header says: the cleaner may leave a batch without records */
  constructor(
    partition: Partition,
    bytes: Buffer,
    baseOffset: number,
    undo: FoldUndo | undefined,
    maxTimestampMs = maxTimestampOf(bytes, 0),
  ) {
    this.partition = partition
    this.bytes = bytes
    this.baseOffset = baseOffset
    this.lastOffset = baseOffset + lastOffsetDeltaOf(bytes, 0)
    this.maxTimestampMs = maxTimestampMs
    this.undo = undo
  }

  get sizeBytes(): number {
    return this.bytes.length
  }
}

/** The last batches of a partition, in offset order: a queue with binary search. */
export class Tail {
  #items: (TailBatch | undefined)[] = []
  #head = 0
  /** The tail is complete from here on. */
  #startOffset: number

  constructor(startOffset: number) {
    this.#startOffset = startOffset
  }

  get startOffset(): number {
    return this.#startOffset
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  at(index: number): TailBatch | undefined {
    return this.#items[this.#head + index]
  }

  get first(): TailBatch | undefined {
    return this.#items[this.#head]
  }

  get last(): TailBatch | undefined {
    return this.length === 0 ? undefined : this.#items[this.#items.length - 1]
  }

  push(batch: TailBatch): void {
    this.#items.push(batch)
  }

  pop(): TailBatch | undefined {
    return this.length === 0 ? undefined : this.#items.pop()
  }

  /** Lets the first batch go: `startOffset` moves behind it. */
  shift(): TailBatch | undefined {
    const batch = this.#items[this.#head]
    if (batch === undefined) return undefined
    this.#items[this.#head] = undefined
    this.#head++
    this.#startOffset = batch.lastOffset + 1
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return batch
  }

  /** Empties the tail: it is complete from `startOffset` on, where the log now ends. */
  reset(startOffset: number): void {
    this.#items = []
    this.#head = 0
    this.#startOffset = startOffset
  }

  /** Puts others in the place of the batches from `fromOffset` up to `toOffset`. */
  replace(fromOffset: number, toOffset: number, batches: readonly TailBatch[]): void {
    const from = this.#head + this.indexOf(fromOffset)
    const to = this.#head + this.indexOf(toOffset)
    this.#items = [...this.#items.slice(this.#head, from), ...batches, ...this.#items.slice(to)]
    this.#head = 0
  }

  /** Index of the first batch that ends at or after `offset`; `length` when none does. */
  indexOf(offset: number): number {
    let low = this.#head
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#items[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low - this.#head
  }
}
