import type { PartitionState } from '../partition-state.ts'
import type { FirstInHand } from './delivery.ts'

/** One record, from when it is given to the application until it is processed. */
export interface Given extends FirstInHand {
  isDone: boolean
}

/**
 * What the application has of each partition when it processes several records at once. Offsets finish in any order; the first unfinished one is as far as a
 * commit may go (the contiguous prefix). Pure.
 */
export class InHand {
  readonly #given = new Map<PartitionState, Given[]>()
  #size = 0

  /** How many records are unfinished. */
  get size(): number {
    return this.#size
  }

  /** In the order of offsets. */
  give(state: PartitionState, offset: bigint, leaderEpoch: number): Given {
    const given: Given = { offset, leaderEpoch, seeks: state.seeks, isDone: false }
    const list = this.#given.get(state)
    if (list === undefined) this.#given.set(state, [given])
    else list.push(given)
    this.#size++
    return given
  }

  done(state: PartitionState, given: Given): void {
    if (given.isDone) return
    given.isDone = true
    this.#size--
    const list = this.#given.get(state)
    if (list === undefined || list[0] !== given) return
    let finished = 0
    while (finished < list.length && list[finished]!.isDone) finished++
    if (finished === list.length) this.#given.delete(state)
    else list.splice(0, finished)
  }

  /** Of those that were given since the last seek. */
  first(state: PartitionState): FirstInHand | undefined {
    return this.#given.get(state)?.find(({ isDone, seeks }) => !isDone && seeks === state.seeks)
  }

  /** The partition is another's now. */
  forget(state: PartitionState): void {
    for (const given of this.#given.get(state) ?? []) {
      if (given.isDone) continue
      given.isDone = true
      this.#size--
    }
    this.#given.delete(state)
  }

  /** Partitions with unfinished records. */
  states(): PartitionState[] {
    return [...this.#given.keys()]
  }
}
