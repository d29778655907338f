import { WireError } from '../../../wire/index.ts'
import type { PartitionState } from '../partition-state.ts'
import type { FetchedBatches } from './batch-view.ts'

/** So often what is damaged is fetched again, from the leader, before the application hears of it: bytes may be damaged on their way. */
const AGAIN = 3

/** Remembers where partitions' bytes were damaged, and how often in a row. */
export class Damage {
  readonly #last = new WeakMap<PartitionState, { readonly offset: bigint; readonly count: number }>()

  /** Damage was found at this offset. @returns how often it was fetched again before; undefined: often enough */
  noted(state: PartitionState, offset: bigint): number | undefined {
    const before = this.#last.get(state)
    const count = before?.offset === offset ? before.count : 0
    if (count >= AGAIN) {
      this.#last.delete(state)
      return undefined
    }
    this.#last.set(state, { offset, count: count + 1 })
    return count
  }
}

/** The first batch that is damaged, if one is: its bytes are not those that were written, or the broker is not what it was. */
export function firstDamaged({ batches }: FetchedBatches): number | undefined {
  const at = batches.findIndex(({ failure }) => isDamage(failure))
  return at < 0 ? undefined : at
}

/** What stands in front of a batch: as if no more had been fetched. */
export function inFrontOf(at: number, { batches }: FetchedBatches, fetchOffset: bigint): FetchedBatches {
  const before = batches[at - 1]
  return {
    batches: batches.slice(0, at),
    nextOffset: before?.nextOffset ?? fetchOffset,
    leaderEpoch: before?.partitionLeaderEpoch ?? -1,
  }
}

function isDamage(failure: unknown): boolean {
  return failure instanceof WireError && (failure.code === 'CORRUPT' || failure.code === 'MALFORMED')
}
