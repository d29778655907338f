/** Ends that are remembered: the newest ones all, older ones more and more thinly. */
const ENDS_MAX = 12
const FIELDS = 3

export interface AppendTime {
  /** Wall clock, in ms. */
  readonly atMs: number
  /** How far that may be off. */
  readonly errorMs: number
}

/**
 * When the end of a log was where: tells about when an offset was appended, without reading its record. The end was looked at now and then, so an
 * offset was appended between the last look that did not see it and the first that did.
 */
export class EndHistory {
  /** End, first and last time that it was seen; the oldest first. */
  readonly #cells = new Float64Array(ENDS_MAX * FIELDS)
  #count = 0

  note(end: number, atMs: number): void {
    const last = (this.#count - 1) * FIELDS
    if (this.#count > 0 && end === this.#cells[last]) {
      this.#cells[last + 2] = atMs
      return
    }
    // The log was truncated, or its topic made anew.
    if (this.#count > 0 && end < this.#cells[last]!) this.#count = 0
    if (this.#count === ENDS_MAX) this.#thin()
    this.#cells.set([end, atMs, atMs], this.#count * FIELDS)
    this.#count++
  }

  /** undefined where the offset is older than what is remembered, or not there yet. */
  appendTime(offset: number): AppendTime | undefined {
    const cells = this.#cells
    for (let i = this.#count - 1; i > 0; i--) {
      const before = (i - 1) * FIELDS
      if (cells[before]! > offset) continue
      const after = i * FIELDS
      if (cells[after]! <= offset) return undefined
      const earliestMs = cells[before + 2]!
      const latestMs = cells[after + 1]!
      const share = (offset - cells[before]!) / (cells[after]! - cells[before]!)
      const atMs = earliestMs + share * (latestMs - earliestMs)
      return { atMs, errorMs: Math.max(atMs - earliestMs, latestMs - atMs) }
    }
    return undefined
  }

  /** Drops every second one of the older half. Two neighbours become one span, so bounds get wider and stay true. */
  #thin(): void {
    const half = ENDS_MAX / 2
    let to = 0
    for (let from = 0; from < ENDS_MAX; from++) {
      if (from < half && from % 2 === 1) continue
      this.#cells.copyWithin(to * FIELDS, from * FIELDS, (from + 1) * FIELDS)
      to++
    }
    this.#count = to
  }
}
