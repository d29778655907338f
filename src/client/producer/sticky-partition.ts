/** What is known of a topic's partitions when one is chosen. */
export interface PartitionLoad {
  /** Partitions that have a leader and may be chosen. */
  readonly partitions: readonly number[]
  /** Batches that wait, of each; undefined where all count the same. */
  readonly waiting: readonly number[] | undefined
}

/**
 * The partition for records without a key: one for as long as `batch.size` bytes go to it, then another at random, those with shorter
 * queues more often (KIP-480, KIP-794; Java's BuiltInPartitioner).
 */
export class StickyPartition {
  readonly #batchSize: number
  readonly #random: () => number
  #partition = -1
  #bytes = 0

  constructor(batchSize: number, random: () => number = Math.random) {
    this.#batchSize = batchSize
    this.#random = random
  }

  /** @returns -1 where no partition can be chosen */
  choose(load: () => PartitionLoad): number {
    if (this.#partition < 0) this.#switch(load())
    return this.#partition
  }

  /** A record of so many bytes went to the partition. `startsBatch`: it did not fit into the batch before it. */
  appended(bytes: number, startsBatch: boolean, load: () => PartitionLoad): void {
    this.#bytes += bytes
    // A batch that is not full stays, so that it becomes full; but not for ever.
    if ((this.#bytes >= this.#batchSize && startsBatch) || this.#bytes >= 2 * this.#batchSize) this.#switch(load())
  }

  /** It has no leader any more, or is gone. */
  forget(): void {
    this.#partition = -1
  }

  #switch({ partitions, waiting }: PartitionLoad): void {
    this.#bytes = 0
    if (partitions.length === 0) {
      this.#partition = -1
      return
    }
    if (waiting === undefined) {
      this.#partition = partitions[Math.floor(this.#random() * partitions.length)]!
      return
    }
    const most = Math.max(...waiting) + 1
    let total = 0
    for (const count of waiting) total += most - count
    let at = this.#random() * total
    let chosen = partitions.length - 1
    for (let i = 0; i < waiting.length; i++) {
      at -= most - waiting[i]!
      if (at < 0) {
        chosen = i
        break
      }
    }
    this.#partition = partitions[chosen]!
  }
}
