import type { TopicPartitions } from '../assignor/index.ts'

/** A partition that was without an owner for a while. */
export interface PartitionGap {
  readonly topic: string
  readonly partition: number
  readonly ms: number
}

/** A group that is empty keeps what it had in mind; so much of it. */
const PARTITIONS_MAX = 20_000

/**
 * How long the partitions of a group have no owner, as the broker sees it: from the answer that tells its owner to give a partition up, or from the
 * owner's removal, to the answer that hands it to the next. Soft state: of what was released before a restart nothing is known, and nothing said.
 * Topics are names or ids, as the group has them.
 */
export class PartitionGaps {
  readonly #sinceMs = new Map<string, Map<number, number>>()
  #size = 0
  #ended: PartitionGap[] = []

  /** From `nowMs` on nobody has them. Those that nobody had before keep their time. */
  release(partitions: TopicPartitions, nowMs: number): void {
    for (const [topic, numbers] of partitions) {
      const known = this.#sinceMs.get(topic) ?? new Map<number, number>()
      for (const partition of numbers) {
        if (known.has(partition) || this.#size >= PARTITIONS_MAX) continue
        known.set(partition, nowMs)
        this.#size++
      }
      if (known.size > 0) this.#sinceMs.set(topic, known)
    }
  }

  /** They are handed to an owner. */
  take(partitions: TopicPartitions, nowMs: number): void {
    if (this.#size === 0) return
    for (const [topic, numbers] of partitions) {
      const known = this.#sinceMs.get(topic)
      if (known === undefined) continue
      for (const partition of numbers) {
        const sinceMs = known.get(partition)
        if (sinceMs === undefined) continue
        known.delete(partition)
        this.#size--
        if (this.#ended.length < PARTITIONS_MAX) this.#ended.push({ topic, partition, ms: Math.round(nowMs - sinceMs) })
      }
      if (known.size === 0) this.#sinceMs.delete(topic)
    }
  }

  /** The group is converted: the one in its place goes on counting. @param topicOf the topic's name or id there; undefined when it is gone. */
  moveTo(other: PartitionGaps, topicOf: (topic: string) => string | undefined): void {
    for (const [topic, sinceMs] of this.#sinceMs) {
      const there = topicOf(topic)
      if (there === undefined) continue
      for (const [partition, ms] of sinceMs) other.release(new Map([[there, [partition]]]), ms)
    }
    for (const { topic, ...gap } of this.#ended) other.#ended.push({ ...gap, topic: topicOf(topic) ?? topic })
    this.#sinceMs.clear()
    this.#size = 0
    this.#ended = []
  }

  /** Those that have ended since the last call. */
  takeEnded(): readonly PartitionGap[] {
    const ended = this.#ended
    this.#ended = []
    return ended
  }
}

/** What is in `a` and not in `b`. */
export function difference(a: TopicPartitions, b: TopicPartitions): TopicPartitions {
  const left = new Map<string, readonly number[]>()
  for (const [topic, numbers] of a) {
    const others = b.get(topic)
    if (others === numbers) continue
    const other = new Set(others)
    const rest = numbers.filter((partition) => !other.has(partition))
    if (rest.length > 0) left.set(topic, rest)
  }
  return left
}
