/** Values by group, topic and partition. Empty inner maps are dropped, so that a group is in it exactly if it has a value. */
export class PartitionTable<V> {
  readonly #groups = new Map<string, Map<string, Map<number, V>>>()
  #size = 0

  /** Number of values. */
  get size(): number {
    return this.#size
  }

  get(groupId: string, topic: string, partition: number): V | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  group(groupId: string): ReadonlyMap<string, ReadonlyMap<number, V>> | undefined {
    return this.#groups.get(groupId)
  }

  groupIds(): IterableIterator<string> {
    return this.#groups.keys()
  }

  set(groupId: string, topic: string, partition: number, value: V): void {
    const topics = this.#groups.get(groupId) ?? new Map<string, Map<number, V>>()
    const partitions = topics.get(topic) ?? new Map<number, V>()
    this.#groups.set(groupId, topics)
    topics.set(topic, partitions)
    const sizeBefore = partitions.size
    partitions.set(partition, value)
    this.#size += partitions.size - sizeBefore
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined) return
    if (partitions.delete(partition)) this.#size--
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(groupId)
  }

  *entries(): Generator<readonly [groupId: string, topic: string, partition: number, value: V]> {
    for (const groupId of this.#groups.keys()) {
      for (const [topic, partition, value] of this.entriesOf(groupId)) yield [groupId, topic, partition, value]
    }
  }

  *entriesOf(groupId: string): Generator<readonly [topic: string, partition: number, value: V]> {
    const topics = this.#groups.get(groupId)
    if (topics === undefined) return
    for (const [topic, partitions] of topics) {
      for (const [partition, value] of partitions) yield [topic, partition, value]
    }
  }
}
