import type { TopicPartitions } from '../../assignor/index.ts'
import type { ConsumerMember } from './member.ts'

/** Who has each partition, or has yet to give it up: the rule that none has two owners rests on it. Follows the records. */
export class PartitionOwners {
  readonly #owners = new Map<string, Map<number, string>>()

  isFree(topicId: string, partition: number): boolean {
    return this.#owners.get(topicId)?.has(partition) !== true
  }

  ownerOf(topicId: string, partition: number): string | undefined {
    return this.#owners.get(topicId)?.get(partition)
  }

  replace(before: ConsumerMember | undefined, after: ConsumerMember | undefined): void {
    if (before?.assigned === after?.assigned && before?.pendingRevocation === after?.pendingRevocation) return
    if (before !== undefined) {
      this.#release(before.assigned, before.memberId)
      this.#release(before.pendingRevocation, before.memberId)
    }
    if (after === undefined) return
    this.#take(after.assigned, after.memberId)
    this.#take(after.pendingRevocation, after.memberId)
  }

  #take(partitions: TopicPartitions, memberId: string): void {
    for (const [topicId, numbers] of partitions) {
      const owners = this.#owners.get(topicId) ?? new Map<number, string>()
      this.#owners.set(topicId, owners)
      for (const partition of numbers) owners.set(partition, memberId)
    }
  }

  /** What another has taken meanwhile is the other's: so it may be while a compacted log is read. */
  #release(partitions: TopicPartitions, memberId: string): void {
    for (const [topicId, numbers] of partitions) {
      const owners = this.#owners.get(topicId)
      if (owners === undefined) continue
      for (const partition of numbers) if (owners.get(partition) === memberId) owners.delete(partition)
      if (owners.size === 0) this.#owners.delete(topicId)
    }
  }
}
