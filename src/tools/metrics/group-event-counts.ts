/** What is read of an event of `__group_events` (docs/group-timeline.md). */
export interface CountedGroupEvent {
  readonly type: string
  readonly groupId: string | null
  readonly trigger: string
  readonly unowned?: readonly { readonly ms: number }[] | undefined
}

export interface GroupEventCount {
  readonly groupId: string
  /** Rebalances begun, by trigger. */
  readonly rebalances: ReadonlyMap<string, number>
  /** Of all partitions together, in seconds: how long they had no owner. */
  unownedSeconds: number
}

/** Groups that are counted: those that were quiet longest are forgotten first. */
const GROUPS_MAX = 20_000

/** Counts rebalances, by what set them off, and the time for which partitions had no owner. Counts begin with the process that counts. */
export class GroupEventCounts {
  /** Wall clock, in ms: the newest event that was counted. */
  reachedMs = 0
  readonly #groups = new Map<string, GroupEventCount & { readonly rebalances: Map<string, number> }>()

  add({ type, groupId, trigger, unowned = [] }: CountedGroupEvent): void {
    if (groupId === null || groupId === '') return
    const isRebalance = type === 'rebalance-started'
    if (!isRebalance && unowned.length === 0) return
    const count = this.#groups.get(groupId) ?? { groupId, rebalances: new Map<string, number>(), unownedSeconds: 0 }
    this.#groups.delete(groupId)
    this.#groups.set(groupId, count)
    if (isRebalance) count.rebalances.set(trigger, (count.rebalances.get(trigger) ?? 0) + 1)
    for (const { ms } of unowned) count.unownedSeconds += ms / 1_000
    if (this.#groups.size > GROUPS_MAX) this.#groups.delete(this.#groups.keys().next().value!)
  }

  get(groupId: string): GroupEventCount | undefined {
    return this.#groups.get(groupId)
  }
}
