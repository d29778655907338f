import { Buffer } from 'node:buffer'
import * as batches from '../batch.ts'
import type { Partition } from '../partition.ts'
import { Segment } from '../segment.ts'
import { TailBatch } from '../tail.ts'
import {
  type CleanableLog,
  type CleanedBatches,
  closedOf,
  growingOf,
  type Replacement,
  type SegmentReader,
} from './cleanable-log.ts'

/** The cleaner's side of a log in memory: its segments are bookkeeping, the batches are all in the tail. */
export class MemoryCleaning implements CleanableLog {
  cleanedOffset = -1
  cuts = 0
  readonly #partition: Partition
  readonly #swap: (replaced: readonly Segment[], cleaned: Segment | undefined) => boolean

  /** @param swap false when `replaced` are no longer all there. */
  constructor(partition: Partition, swap: (replaced: readonly Segment[], cleaned: Segment | undefined) => boolean) {
    this.#partition = partition
    this.#swap = swap
  }

  get segments(): readonly Segment[] {
    return closedOf(this.#partition.storage.segments)
  }

  get growing(): Segment | undefined {
    return growingOf(this.#partition.storage.segments)
  }

  get safeEndOffset(): number {
    return Number.POSITIVE_INFINITY
  }

  read(segment: Segment): SegmentReader {
    return new MemorySegmentReader(this.#partition, segment)
  }

  async replace(replaced: readonly Segment[]): Promise<Replacement> {
    return new MemoryReplacement(this.#partition, replaced, this.#swap)
  }

  seal(): void {
    const { growing } = this
    if (growing !== undefined) growing.isSealed = true
  }

  async setCleanedOffset(offset: number, cuts: number): Promise<boolean> {
    if (cuts !== this.cuts) return false
    this.cleanedOffset = offset
    return true
  }

  truncatedTo(offset: number): void {
    this.cleanedOffset = Math.min(this.cleanedOffset, offset)
    this.cuts++
  }
}

class MemorySegmentReader implements SegmentReader {
  readonly #partition: Partition
  readonly #endOffset: number
  #offset: number

  constructor(partition: Partition, segment: Segment) {
    this.#partition = partition
    this.#offset = segment.baseOffset
    this.#endOffset = segment.endOffset
  }

  async next(bytesMax: number): Promise<Buffer | undefined> {
    const { tail } = this.#partition
    const found: Buffer[] = []
    let bytes = 0
    for (let i = tail.indexOf(this.#offset); i < tail.length; i++) {
      const batch = tail.at(i)!
      if (batch.baseOffset >= this.#endOffset) break
      if (found.length > 0 && bytes + batch.sizeBytes > bytesMax) break
      found.push(batch.bytes)
      bytes += batch.sizeBytes
      this.#offset = batch.lastOffset + 1
    }
    return found.length === 0 ? undefined : copied(found, bytes)
  }
}

class MemoryReplacement implements Replacement {
  readonly #partition: Partition
  readonly #replaced: readonly Segment[]
  readonly #swap: (replaced: readonly Segment[], cleaned: Segment | undefined) => boolean
  readonly #batches: TailBatch[] = []
  readonly #cleaned: Segment

  constructor(
    partition: Partition,
    replaced: readonly Segment[],
    swap: (replaced: readonly Segment[], cleaned: Segment | undefined) => boolean,
  ) {
    this.#partition = partition
    this.#replaced = replaced
    this.#swap = swap
    this.#cleaned = new Segment(replaced[0]!.baseOffset, replaced[replaced.length - 1]!.createdMs)
    this.#cleaned.isSealed = true
  }

  get sizeBytes(): number {
    return this.#cleaned.sizeBytes
  }

  async append({ bytes, facts }: CleanedBatches): Promise<void> {
    let at = 0
    for (let i = 0; i < facts.length; i += 3) {
      const sizeBytes = facts[i + 2]!
      const batch = bytes.subarray(at, at + sizeBytes)
      const maxTimestampMs = facts[i + 1]!
      const baseOffset = batches.baseOffsetOf(batch, 0)
      this.#batches.push(new TailBatch(this.#partition, batch, baseOffset, undefined, maxTimestampMs))
      this.#cleaned.add({ lastOffset: facts[i]!, maxTimestampMs, sizeBytes })
      at += sizeBytes
    }
  }

  async commit(): Promise<boolean> {
    const cleaned = this.#cleaned
    const { endOffset } = this.#replaced[this.#replaced.length - 1]!
    const isEmpty = cleaned.sizeBytes === 0
    cleaned.endOffset = endOffset
    if (this.#partition.isGone || !this.#swap(this.#replaced, isEmpty ? undefined : cleaned)) return false
    const { tail, startOffset } = this.#partition
    // The log start may have moved into what was cleaned.
    const present = this.#batches.filter(({ lastOffset }) => lastOffset >= startOffset)
    tail.replace(cleaned.baseOffset, endOffset, present)
    return true
  }

  async abandon(): Promise<void> {}
}

/** In memory of its own: it may go to another thread. */
function copied(found: readonly Buffer[], bytes: number): Buffer {
  const out = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const piece of found) at += piece.copy(out, at)
  return out
}
