import type { Clock } from '../../platform/index.ts'

/** How long a client that deleted a topic may take to look whether it is gone. */
const REMEMBERED_MS = 10_000
const NAMES_MAX = 1_000

/**
 * Topics deleted a moment ago. A client that asks for one of them wants to see it gone, and most clients allow a topic to be created whenever
 * they ask: Metadata answers the first such request with UNKNOWN_TOPIC_OR_PARTITION, as Kafka answers every first one.
 */
export class DeletedTopics {
  readonly #clock: Clock
  /** In the order of their deletion, with the time until when they count. */
  readonly #names = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(name: string): void {
    const nowMs = this.#clock.monotonicMs()
    this.#names.delete(name)
    for (const [oldest, untilMs] of this.#names) {
      if (untilMs > nowMs && this.#names.size < NAMES_MAX) break
      this.#names.delete(oldest)
    }
    this.#names.set(name, nowMs + REMEMBERED_MS)
  }

  /** True for a topic deleted a moment ago that nobody has asked for since. */
  take(name: string): boolean {
    const untilMs = this.#names.get(name)
    if (untilMs === undefined) return false
    this.#names.delete(name)
    return untilMs > this.#clock.monotonicMs()
  }
}
