import type { Logger } from '../../../platform/index.ts'

const WINDOW_MS = 60_000
/** A deploy of some members makes a few; more in a minute is no deploy. */
const REBALANCES_MAX = 10

/** A rebalance is normal and worth a line of info; many of them in a minute are worth one warning, with what they had for a reason. */
export class RebalanceStorm {
  readonly #groupId: string
  readonly #logger: Logger
  #atMs: number[] = []
  #warnedMs = Number.NEGATIVE_INFINITY

  constructor(groupId: string, logger: Logger) {
    this.#groupId = groupId
    this.#logger = logger
  }

  /** This member was given an assignment. */
  note(nowMs: number, lastReason: string): void {
    this.#atMs = [...this.#atMs.filter((atMs) => nowMs - atMs < WINDOW_MS), nowMs]
    const count = this.#atMs.length
    if (count <= REBALANCES_MAX || nowMs - this.#warnedMs < WINDOW_MS) return
    this.#warnedMs = nowMs
    const groupId = this.#groupId
    const why = lastReason === '' ? '' : `; the last one because: ${lastReason}`
    this.#logger.warn(
      { groupId, count, lastReason },
      `group ${groupId} has rebalanced ${count} times within a minute${why}`,
    )
  }
}
