export interface LeaderEpochStart {
  readonly leaderEpoch: number
  readonly startOffset: number
}

/** A partition's list of leader epochs and the offset at which each began (Kafka: LeaderEpochFileCache, KIP-101). */
export class LeaderEpochs {
  #entries: LeaderEpochStart[]

  constructor(entries: readonly LeaderEpochStart[] = []) {
    this.#entries = [...entries]
  }

  get entries(): readonly LeaderEpochStart[] {
    return this.#entries
  }

  /** Notes the epoch of a batch at `startOffset`; true when that began a new epoch. */
  assign(leaderEpoch: number, startOffset: number): boolean {
    const last = this.#entries[this.#entries.length - 1]
    if (last !== undefined && last.leaderEpoch >= leaderEpoch) return false
    this.#entries.push({ leaderEpoch, startOffset })
    return true
  }

  /** Takes back the last `assign` that answered true. */
  undoAssign(): void {
    this.#entries.pop()
  }

  at(offset: number): number {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]!
      if (entry.startOffset <= offset) return entry.leaderEpoch
    }
    return -1
  }

  /**
   * Largest epoch not above `leaderEpoch`, and where it ended. An epoch above the latest is unknown; one below the first ended where
   * the first began (Kafka does the same, so that a consumer from before all epochs resets to the start).
   */
  endOffsetFor(
    leaderEpoch: number,
    logEndOffset: number,
  ): { readonly leaderEpoch: number; readonly endOffset: number } | undefined {
    const last = this.#entries[this.#entries.length - 1]
    if (last === undefined || leaderEpoch > last.leaderEpoch) return undefined
    if (leaderEpoch === last.leaderEpoch) return { leaderEpoch, endOffset: logEndOffset }
    const higher = this.#entries.findIndex((entry) => entry.leaderEpoch > leaderEpoch)
    const floor = this.#entries[higher - 1]
    return { leaderEpoch: floor?.leaderEpoch ?? leaderEpoch, endOffset: this.#entries[higher]!.startOffset }
  }

  /** Forgets epochs that began at or after `endOffset`. */
  cutEnd(endOffset: number): void {
    this.#entries = this.#entries.filter((entry) => entry.startOffset < endOffset)
  }

  /** Forgets epochs that ended at or before `startOffset`; the one that holds it now begins there. */
  cutStart(startOffset: number): void {
    const current = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset)
    if (current < 0) return
    const entry = this.#entries[current]!
    this.#entries = [{ leaderEpoch: entry.leaderEpoch, startOffset }, ...this.#entries.slice(current + 1)]
  }
}
