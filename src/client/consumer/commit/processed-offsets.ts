/** How far a partition is processed: up to `offset`, not included. */
export interface ProcessedPosition {
  readonly offset: number
  /** Leader epoch of the last record before `offset`; -1 when it is not known. */
  readonly leaderEpoch: number
}

const SLOTS_AT_FIRST = 16

/**
 * Which records of one partition are processed, where several are under way at once. What may be committed is the end of the contiguous
 * prefix: a finished record never carries the commit past an unfinished one before it. Costs no allocation a record.
 *
 * ```
 *   handed out:  t0   t1   t2   t3   t4          done: t0 t1 t3
 *                #first        ^ unfinished      position: end of t1
 * ```
 */
export class ProcessedOffsets {
  /** By ticket modulo its length: a power of two. */
  #ends = new Float64Array(SLOTS_AT_FIRST)
  #epochs = new Int32Array(SLOTS_AT_FIRST)
  #isDone = new Uint8Array(SLOTS_AT_FIRST)
  /** The oldest record that is not processed. */
  #first = 0
  #next = 0
  #offset: number
  #leaderEpoch: number

  /** @param start where reading begins, by commit, reset or seek */
  constructor(start: ProcessedPosition) {
    this.#offset = start.offset
    this.#leaderEpoch = start.leaderEpoch
  }

  get position(): ProcessedPosition {
    return { offset: this.#offset, leaderEpoch: this.#leaderEpoch }
  }

  get offset(): number {
    return this.#offset
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** Handed out and not done, or done behind one that is not. */
  get unfinished(): number {
    return this.#next - this.#first
  }

  /**
   * A record is handed out, in the order of offsets.
   * @param endOffset the offset after it: where a consumer goes on that has processed it
   * @returns its ticket for `done`
   */
  begin(endOffset: number, leaderEpoch: number): number {
    if (this.#next - this.#first === this.#ends.length) this.#grow()
    const slot = this.#next & (this.#ends.length - 1)
    this.#ends[slot] = endOffset
    this.#epochs[slot] = leaderEpoch
    this.#isDone[slot] = 0
    return this.#next++
  }

  /** @returns whether the position moved. Twice for the same ticket is harmless. */
  done(ticket: number): boolean {
    if (ticket < this.#first || ticket >= this.#next) return false
    const mask = this.#ends.length - 1
    this.#isDone[ticket & mask] = 1
    const before = this.#first
    while (this.#first < this.#next && this.#isDone[this.#first & mask] === 1) this.#first++
    if (this.#first === before) return false
    const last = (this.#first - 1) & mask
    this.#offset = this.#ends[last]!
    this.#leaderEpoch = this.#epochs[last]!
    return true
  }

  /**
   * Nothing up to this offset is left to process although no record was handed out: transaction markers, compacted offsets. Moves the position
   * when nothing is under way.
   */
  skipTo(offset: number, leaderEpoch: number): void {
    if (this.#first !== this.#next || offset <= this.#offset) return
    this.#offset = offset
    this.#leaderEpoch = leaderEpoch
  }

  #grow(): void {
    const before = this.#ends.length
    const ends = new Float64Array(before * 2)
    const epochs = new Int32Array(before * 2)
    const isDone = new Uint8Array(before * 2)
    for (let ticket = this.#first; ticket < this.#next; ticket++) {
      const from = ticket & (before - 1)
      const to = ticket & (before * 2 - 1)
      ends[to] = this.#ends[from]!
      epochs[to] = this.#epochs[from]!
      isDone[to] = this.#isDone[from]!
    }
    this.#ends = ends
    this.#epochs = epochs
    this.#isDone = isDone
  }
}
