import type { Clock } from '../../platform/index.ts'
import type { ColdBatches, ColdRead } from '../partition-storage.ts'

interface Entry {
  readonly owner: object
  readonly request: ColdRead
  readonly batches: Promise<ColdBatches | undefined>
  readonly startedMs: number
}

/**
 * What consumers who read files from one end to the other will ask for next, read while they work on the last answer. Bounded over all
 * partitions: where everything ahead is fresh and waits to be taken, further readers go without.
 */
export class ReadAhead {
  readonly #clock: Clock
  readonly #entriesMax: number
  /** Oldest first. */
  readonly #entries: Entry[] = []

  /** @param entriesMax reads kept, each at most what `ColdReader` reads at once, 1 MB. */
  constructor(clock: Clock, entriesMax: number) {
    this.#clock = clock
    this.#entriesMax = entriesMax
  }

  /** What `request` asks for, or a part of it, if it was read ahead. Resolves to undefined when that brought nothing. */
  take(owner: object, request: ColdRead): Promise<ColdBatches | undefined> | undefined {
    const at = this.#entries.findIndex((entry) => entry.owner === owner && entry.request.offset === request.offset)
    if (at < 0) return undefined
    const [entry] = this.#entries.splice(at, 1)
    const { maxBytes, limitOffset } = entry!.request
    return maxBytes <= request.maxBytes && limitOffset <= request.limitOffset ? entry!.batches : undefined
  }

  /** Reads what `request` asks for, unless too much is kept already. */
  start(owner: object, request: ColdRead, read: (request: ColdRead) => Promise<ColdBatches>): void {
    const nowMs = this.#clock.monotonicMs()
    const oldest = this.#entries[0]
    if (this.#entries.length >= this.#entriesMax) {
      if (nowMs - oldest!.startedMs < FRESH_MS) return
      this.#entries.shift()
    }
    // A failure is told to whoever reads it in earnest.
    const batches = read(request).then(
      (found) => (found.records.length > 0 ? found : undefined),
      () => undefined,
    )
    this.#entries.push({ owner, request, batches, startedMs: nowMs })
  }

  /** The owner's files have changed. */
  forget(owner: object): void {
    for (let i = this.#entries.length - 1; i >= 0; i--)
      if (this.#entries[i]!.owner === owner) this.#entries.splice(i, 1)
  }
}

/** A consumer that has not come back within this time may never come. */
const FRESH_MS = 1_000
