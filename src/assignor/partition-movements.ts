interface Movement {
  readonly from: number
  readonly to: number
}

/**
 * Remembers which partitions have changed their owner in one assignment, so that two partitions of one topic do not
 * swap places: when one is to go from B to A and another has gone from A to B, that one goes back instead, and both
 * stay where they were. Kafka's AbstractStickyAssignor has the same.
 */
export class PartitionMovements {
  /** First and present owner of each partition that is not with its first owner. */
  readonly #movementOf = new Map<number, Movement>()
  readonly #partitionsByMovement = new Map<string, Set<number>>()

  /** The partition to move in place of `partition`, or `partition` itself. */
  partitionToMove(move: Movement & { readonly topic: number; readonly partition: number }): number {
    const firstOwner = this.#movementOf.get(move.partition)?.from ?? move.from
    const opposite = this.#partitionsByMovement.get(key(move.topic, { from: move.to, to: firstOwner }))
    if (opposite === undefined) return move.partition
    for (const partition of opposite) return partition
    return move.partition
  }

  moved(move: Movement & { readonly topic: number; readonly partition: number }): void {
    const earlier = this.#movementOf.get(move.partition)
    if (earlier !== undefined) this.#forget(move.topic, move.partition, earlier)
    const from = earlier?.from ?? move.from
    if (from === move.to) return
    const movement = { from, to: move.to }
    this.#movementOf.set(move.partition, movement)
    const partitions = this.#partitionsByMovement.get(key(move.topic, movement))
    if (partitions === undefined) this.#partitionsByMovement.set(key(move.topic, movement), new Set([move.partition]))
    else partitions.add(move.partition)
  }

  #forget(topic: number, partition: number, movement: Movement): void {
    this.#movementOf.delete(partition)
    this.#partitionsByMovement.get(key(topic, movement))?.delete(partition)
  }
}

function key(topic: number, movement: Movement): string {
  return `${topic}:${movement.from}:${movement.to}`
}
