import type { MetadataImage } from '../../../cluster/metadata-image.ts'

/** What an assignment is made from. */
export interface TopicShape {
  readonly partitionCount: number
  /** Of each partition the racks of its replicas, each once, in the order of their names (KIP-881); of no partition where no broker has a rack. */
  readonly racks: readonly (readonly string[])[]
}

/** The shapes of topics, as the cluster's images show them. */
export class TopicShapes {
  /** Of all brokers seen: one that is down for a moment, as in a rolling restart, has not moved, and is no reason for a rebalance. */
  readonly #rackOf = new Map<number, string>()
  #image: MetadataImage | undefined

  see(image: MetadataImage): void {
    if (image === this.#image) return
    this.#image = image
    for (const { nodeId, rack } of image.nodes.values()) {
      if (rack === null || rack === '') this.#rackOf.delete(nodeId)
      else this.#rackOf.set(nodeId, rack)
    }
  }

  /** undefined where the topic is not known. */
  of(topic: string): TopicShape | undefined {
    const partitions = this.#image?.topics.get(topic)?.partitions
    if (partitions === undefined) return undefined
    const racks = this.#rackOf.size === 0 ? [] : partitions.map(({ replicas }) => this.#racksOf(replicas))
    return { partitionCount: partitions.length, racks }
  }

  /**
   * Equal texts, equal assignments: for a leader that looks whether it has to assign again.
   * @param withRacks whether a replica on another rack is a reason: in Java where the leader has a rack itself
   */
  text(topic: string, { withRacks }: { readonly withRacks: boolean }): string | undefined {
    const shape = this.of(topic)
    if (shape === undefined) return undefined
    return withRacks ? JSON.stringify([shape.partitionCount, shape.racks]) : String(shape.partitionCount)
  }

  #racksOf(replicas: readonly number[]): string[] {
    const racks = new Set<string>()
    for (const nodeId of replicas) {
      const rack = this.#rackOf.get(nodeId)
      if (rack !== undefined) racks.add(rack)
    }
    return [...racks].sort()
  }
}
