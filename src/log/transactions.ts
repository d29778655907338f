/** An aborted transaction: readers of committed data skip its records. Offsets of its first record and of its marker. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
  readonly lastOffset: number
}

/** A transaction whose marker is in the log, but perhaps not below the high watermark yet. */
interface EndedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
  readonly markerOffset: number
}

/**
 * What bounds the last stable offset of one partition (KIP-98; Kafka: ProducerStateManager.firstUnstableOffset): open transactions, and
 * those whose marker a power cut could still take away.
 */
export class Transactions {
  readonly #open = new Map<bigint, number>()
  #ended: EndedTransaction[] = []
  #aborted: AbortedTransaction[]

  constructor(open: Iterable<readonly [bigint, number]> = [], aborted: readonly AbortedTransaction[] = []) {
    for (const [producerId, firstOffset] of open) this.#open.set(producerId, firstOffset)
    this.#aborted = [...aborted]
  }

  get aborted(): readonly AbortedTransaction[] {
    return this.#aborted
  }

  open(producerId: bigint, firstOffset: number): void {
    this.#open.set(producerId, firstOffset)
  }

  undoOpen(producerId: bigint): void {
    this.#open.delete(producerId)
  }

  /** Ends a producer's transaction; answers its first offset, or -1 when it had none (a marker may come twice). */
  end(producerId: bigint, markerOffset: number, outcome: 'commit' | 'abort'): number {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return -1
    this.#open.delete(producerId)
    this.#ended.push({ producerId, firstOffset, markerOffset })
    if (outcome === 'abort') this.#aborted.push({ producerId, firstOffset, lastOffset: markerOffset })
    return firstOffset
  }

  undoEnd(producerId: bigint, { markerOffset, firstOffset }: { markerOffset: number; firstOffset: number }): void {
    this.#open.set(producerId, firstOffset)
    this.#ended = this.#ended.filter((txn) => txn.markerOffset !== markerOffset)
    this.#aborted = this.#aborted.filter((txn) => txn.lastOffset !== markerOffset)
  }

  lastStableOffset(highWatermark: number): number {
    let stable = highWatermark
    if (this.#open.size > 0) for (const firstOffset of this.#open.values()) stable = Math.min(stable, firstOffset)
    for (const txn of this.#ended) {
      if (txn.markerOffset >= highWatermark) stable = Math.min(stable, txn.firstOffset)
    }
    return stable
  }

  /** Call when the high watermark has risen. */
  advance(highWatermark: number): void {
    if (this.#ended.length > 0) this.#ended = this.#ended.filter((txn) => txn.markerOffset >= highWatermark)
  }

  /** Those that overlap `[startOffset, endOffset)`. */
  abortedIn(startOffset: number, endOffset: number): readonly AbortedTransaction[] {
    if (this.#aborted.length === 0) return this.#aborted
    return this.#aborted.filter((txn) => txn.lastOffset >= startOffset && txn.firstOffset < endOffset)
  }

  /** The cleaner has passed up to `endOffset` and met records of `present` alone: of the others nothing is left that a reader could see. */
  forgetAborted(endOffset: number, present: readonly AbortedTransaction[]): void {
    if (this.#aborted.length === 0) return
    const kept = new Set(present.map(({ lastOffset }) => lastOffset))
    this.#aborted = this.#aborted.filter(({ lastOffset }) => lastOffset >= endOffset || kept.has(lastOffset))
  }

  /** Forgets what ended below the log start. */
  cutStart(logStartOffset: number): void {
    if (this.#aborted.length === 0) return
    this.#aborted = this.#aborted.filter((txn) => txn.lastOffset >= logStartOffset)
  }
}
