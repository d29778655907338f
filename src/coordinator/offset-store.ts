import type { OffsetCommitKey, OffsetCommitValue } from '../wire/index.ts'
import { PartitionTable } from './partition-table.ts'
import type { RecordPosition } from './step.ts'

export interface CommittedOffset {
  readonly offset: bigint
  /** -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** Set by clients of before Kafka 2.1 that named their own retention. */
  readonly expireTimestampMs: number | undefined
  /** `ZERO_UUID` when unknown: written by a broker of before Kafka 4.1. */
  readonly topicId: string
  /** Offset of its record in the shard's log: of a plain and a transactional commit the later record counts. */
  readonly recordOffset: bigint
}

/**
 * The committed offsets of all groups of a shard. All of it is hard state: `apply` and `applyMarker` are the only writers,
 * live and on load. Groups own none of it, so that a group may change its type and keep its offsets.
 */
export class OffsetStore {
  readonly #committed = new PartitionTable<CommittedOffset>()
  /** Offsets of transactions that are not decided yet, by producer id. */
  readonly #pending = new Map<bigint, PartitionTable<CommittedOffset>>()
  /** Which producers have such an offset for a partition. */
  readonly #pendingProducers = new PartitionTable<Set<bigint>>()

  /** How many offsets are committed, those of undecided transactions left out. */
  get size(): number {
    return this.#committed.size
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(groupId, topic, partition)
  }

  /** By topic and partition; undefined when the group has none. */
  ofGroup(groupId: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> | undefined {
    return this.#committed.group(groupId)
  }

  /** Every partition for which the group has an offset, decided or not; some twice. */
  *partitionsOf(groupId: string): Generator<readonly [topic: string, partition: number]> {
    for (const [topic, partition] of this.#committed.entriesOf(groupId)) yield [topic, partition]
    for (const [topic, partition] of this.#pendingProducers.entriesOf(groupId)) yield [topic, partition]
  }

  *allPartitions(): Generator<readonly [groupId: string, topic: string, partition: number]> {
    for (const [groupId, topic, partition] of this.#committed.entries()) yield [groupId, topic, partition]
    for (const [groupId, topic, partition] of this.#pendingProducers.entries()) yield [groupId, topic, partition]
  }

  entries(): Generator<readonly [groupId: string, topic: string, partition: number, committed: CommittedOffset]> {
    return this.#committed.entries()
  }

  /** Whether a transaction that is not decided yet has an offset in the group. */
  hasPendingInGroup(groupId: string): boolean {
    return this.#pendingProducers.group(groupId) !== undefined
  }

  hasPending(groupId: string, topic: string, partition: number): boolean {
    return this.#pendingProducers.get(groupId, topic, partition) !== undefined
  }

  apply(key: OffsetCommitKey, value: OffsetCommitValue | null, position: RecordPosition): void {
    const { group, topic, partition } = key
    if (value === null) {
      this.#committed.delete(group, topic, partition)
      for (const producerId of this.#pendingProducers.get(group, topic, partition) ?? []) {
        this.#pending.get(producerId)?.delete(group, topic, partition)
      }
      this.#pendingProducers.delete(group, topic, partition)
      return
    }
    const committed: CommittedOffset = {
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: Number(value.commitTimestamp),
      expireTimestampMs: value.expireTimestamp === -1n ? undefined : Number(value.expireTimestamp),
      topicId: value.topicId,
      recordOffset: position.offset,
    }
    const producerId = position.origin?.producerId
    if (producerId === undefined) this.#committed.set(group, topic, partition, committed)
    else this.#setPending(producerId, group, topic, partition, committed)
  }

  applyMarker(producerId: bigint, outcome: 'commit' | 'abort'): void {
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return
    this.#pending.delete(producerId)
    for (const [groupId, topic, partition, offset] of pending.entries()) {
      const producers = this.#pendingProducers.get(groupId, topic, partition)
      producers?.delete(producerId)
      if (producers?.size === 0) this.#pendingProducers.delete(groupId, topic, partition)
      if (outcome === 'abort') continue
      const committed = this.#committed.get(groupId, topic, partition)
      // The later record counts, not the later marker: compaction keeps the later record (Kafka does the same).
      if (committed !== undefined && committed.recordOffset >= offset.recordOffset) continue
      this.#committed.set(groupId, topic, partition, offset)
    }
  }

  #setPending(producerId: bigint, group: string, topic: string, partition: number, offset: CommittedOffset): void {
    const pending = this.#pending.get(producerId) ?? new PartitionTable()
    this.#pending.set(producerId, pending)
    pending.set(group, topic, partition, offset)
    const producers = this.#pendingProducers.get(group, topic, partition)
    if (producers === undefined) this.#pendingProducers.set(group, topic, partition, new Set([producerId]))
    else producers.add(producerId)
  }
}
