/** What a histogram has counted, in seconds. */
export interface DurationSnapshot {
  /** Upper bounds of the buckets, the last one (infinity) left out. */
  readonly boundsSeconds: readonly number[]
  /** Durations in each bucket alone, one more than there are bounds: those above all of them come last. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sumSeconds: number
}

/**
 * Counts durations in fixed buckets. Made for hot paths: `observe` is a few comparisons and two additions into one typed array, and
 * allocates nothing.
 */
export class DurationHistogram {
  readonly #boundsMs: readonly number[]
  /** A count for each bucket, one for what lies above all bounds, and the sum of milliseconds. */
  readonly #cells: Float64Array

  /** @param boundsMs upper bounds of the buckets in milliseconds, inclusive, ascending. */
  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = boundsMs
    this.#cells = new Float64Array(boundsMs.length + 2)
  }

  observe(durationMs: number): void {
    const bounds = this.#boundsMs
    const cells = this.#cells
    let bucket = 0
    while (bucket < bounds.length && durationMs > bounds[bucket]!) bucket++
    cells[bucket]!++
    cells[bounds.length + 1]! += durationMs
  }

  snapshot(): DurationSnapshot {
    const counts = Array.from(this.#cells.subarray(0, this.#boundsMs.length + 1))
    return {
      boundsSeconds: this.#boundsMs.map((ms) => ms / 1000),
      counts,
      count: counts.reduce((sum, count) => sum + count, 0),
      sumSeconds: this.#cells[this.#boundsMs.length + 1]! / 1000,
    }
  }
}
