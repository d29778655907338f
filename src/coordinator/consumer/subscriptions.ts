import type { ConsumerMember } from './member.ts'
import { regexOf } from './member.ts'

/** Topics that a regular expression matched when it was last evaluated. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** Of the topic image that it was evaluated on. */
  readonly version: number
  readonly timestampMs: number
}

interface SubscriptionCount {
  readonly byName: number
  readonly byRegex: number
}

/** What the members of a group subscribe to, counted, so that no heartbeat has to look at all of them. Follows the records. */
export class Subscriptions {
  readonly #topics = new Map<string, SubscriptionCount>()
  readonly #regexes = new Map<string, number>()
  readonly #resolved = new Map<string, ResolvedRegex>()

  /** By name, or because a member's regular expression matched them. */
  get topicNames(): ReadonlyMap<string, SubscriptionCount> {
    return this.#topics
  }

  /** Number of members by regular expression. */
  get regexes(): ReadonlyMap<string, number> {
    return this.#regexes
  }

  get resolved(): ReadonlyMap<string, ResolvedRegex> {
    return this.#resolved
  }

  has(topic: string): boolean {
    return this.#topics.has(topic)
  }

  /** How many members have this regular expression. */
  membersWith(regex: string | undefined): number {
    return regex === undefined ? 0 : (this.#regexes.get(regex) ?? 0)
  }

  /** All regular expressions of a group are evaluated together, so any of them tells. */
  lastEvaluated(): ResolvedRegex | undefined {
    return this.#resolved.values().next().value
  }

  replace(before: ConsumerMember | undefined, after: ConsumerMember | undefined): void {
    if (before?.subscribedTopicNames !== after?.subscribedTopicNames) {
      for (const topic of before?.subscribedTopicNames ?? []) this.#countName(topic, -1)
      for (const topic of after?.subscribedTopicNames ?? []) this.#countName(topic, 1)
    }
    const [old, now] = [regexOf(before), regexOf(after)]
    if (old === now) return
    if (old !== undefined) this.#countRegex(old, -1)
    if (now !== undefined) this.#countRegex(now, 1)
  }

  setResolved(regex: string, resolved: ResolvedRegex | undefined): void {
    for (const topic of this.#resolved.get(regex)?.topics ?? []) this.#countMatch(topic, -1)
    if (resolved === undefined) this.#resolved.delete(regex)
    else this.#resolved.set(regex, resolved)
    for (const topic of resolved?.topics ?? []) this.#countMatch(topic, 1)
  }

  /** Whether all members subscribe to the same (Kafka: ConsumerGroup.subscriptionType). A mix of names and expressions is not the same. */
  isHomogeneous(memberCount: number): boolean {
    const [regexCount] = this.#regexes.values()
    if (regexCount === undefined) {
      for (const { byName } of this.#topics.values()) if (byName !== memberCount) return false
      return true
    }
    if (regexCount !== memberCount) return false
    for (const { byName, byRegex } of this.#topics.values()) if (byRegex !== 1 || byName > 0) return false
    return true
  }

  #countName(topic: string, change: 1 | -1): void {
    const { byName, byRegex } = this.#topics.get(topic) ?? NEVER
    this.#set(topic, { byName: byName + change, byRegex })
  }

  #countMatch(topic: string, change: 1 | -1): void {
    const { byName, byRegex } = this.#topics.get(topic) ?? NEVER
    this.#set(topic, { byName, byRegex: byRegex + change })
  }

  #set(topic: string, count: SubscriptionCount): void {
    if (count.byName <= 0 && count.byRegex <= 0) this.#topics.delete(topic)
    else this.#topics.set(topic, count)
  }

  #countRegex(regex: string, change: 1 | -1): void {
    const count = (this.#regexes.get(regex) ?? 0) + change
    if (count <= 0) this.#regexes.delete(regex)
    else this.#regexes.set(regex, count)
  }
}

const NEVER: SubscriptionCount = { byName: 0, byRegex: 0 }
