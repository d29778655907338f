import type { GroupEvent } from '../../coordinator/index.ts'
import { DurationHistogram, type DurationSnapshot } from '../../platform/index.ts'

export interface GroupEventMetrics {
  /** How often groups changed, by what happened and why. */
  readonly events: readonly GroupEventCount[]
  /** From the start of a rebalance to the leader's assignment, of those that this process has seen from their beginning. */
  readonly rebalances: DurationSnapshot
}

export interface GroupEventCount {
  readonly protocol: GroupEvent['protocol']
  readonly type: GroupEvent['type']
  readonly trigger: GroupEvent['trigger']
  readonly count: number
}

/** 10 ms to 5 minutes, the usual rebalance timeout. */
const BOUNDS_MS = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000]

/** Counts the events of all groups; types and triggers are few, so labels made of them are bounded. */
export class GroupEventCounters {
  readonly #counts = new Map<string, { -readonly [K in keyof GroupEventCount]: GroupEventCount[K] }>()
  readonly #rebalances = new DurationHistogram(BOUNDS_MS)

  add({ protocol, type, trigger, phases }: GroupEvent): void {
    const key = `${protocol}:${type}:${trigger}`
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { protocol, type, trigger, count: 1 })
    else known.count++
    if (phases?.prepareMs === undefined || phases.syncMs === undefined) return
    this.#rebalances.observe(phases.prepareMs + phases.syncMs)
  }

  metrics(): GroupEventMetrics {
    return {
      events: Array.from(this.#counts.values(), (count) => ({ ...count })),
      rebalances: this.#rebalances.snapshot(),
    }
  }
}
