import type { TopicMetadata } from '../cluster/metadata-image.ts'
import type { ResolvedProducerConfig } from '../config/index.ts'
import { KafkaError } from '../kafka-error.ts'
import { partitionOfKey } from './partitioner.ts'
import { type PartitionLoad, StickyPartition } from './sticky-partition.ts'

export interface PartitionChooserOptions {
  readonly config: Pick<
    ResolvedProducerConfig,
    | 'partitioner'
    | 'partitionerIgnoreKeys'
    | 'partitionerAdaptivePartitioningEnable'
    | 'partitionerAvailabilityTimeoutMs'
  >
  readonly batchSize: number
  /** As it is now; undefined where it is not known any more. */
  topic(name: string): TopicMetadata | undefined
  /** Whether a node has not taken for so long what waits for it. */
  isUnavailable(nodeId: number, timeoutMs: number): boolean
  /** Batches that wait to be sent there. */
  waiting(topic: string, partition: number): number
}

/** Where a record goes: to the partition that it names, that the application's partitioner or its key says, or that its topic's keyless records fill now. */
export class PartitionChooser {
  readonly #options: PartitionChooserOptions
  readonly #sticky = new Map<string, StickyPartition>()

  constructor(options: PartitionChooserOptions) {
    this.#options = options
  }

  /**
   * @returns -1 where none can be chosen now: no partition has a leader, or the topic has not so many partitions yet
   * @throws KafkaError INVALID_ARGUMENT for what is no partition's number, and for what the partitioner says beyond the partitions that it was told of
   */
  choose(topic: TopicMetadata, wanted: number | undefined, key: Uint8Array | null, value: Uint8Array | null): number {
    const partitionCount = topic.partitions.length
    const chosen = wanted ?? this.#options.config.partitioner?.({ topic: topic.name, key, value, partitionCount })
    if (chosen !== undefined) {
      const isNumber = Number.isInteger(chosen) && chosen >= 0
      if (isNumber && chosen < partitionCount) return chosen
      // It may have been added a moment ago: newer metadata will tell.
      if (isNumber && wanted !== undefined) return -1
      throw new KafkaError('INVALID_ARGUMENT', hasNot(topic, chosen))
    }
    if (!this.#isSticky(wanted, key)) return partitionOfKey(key!, partitionCount)
    let sticky = this.#sticky.get(topic.name)
    if (sticky === undefined) {
      sticky = new StickyPartition(this.#options.batchSize)
      this.#sticky.set(topic.name, sticky)
    }
    const partition = sticky.choose(() => this.#load(topic))
    if (partition >= 0 && (topic.partitions[partition]?.leaderId ?? -1) < 0) {
      sticky.forget()
      return sticky.choose(() => this.#load(topic))
    }
    return partition
  }

  /** The record took so many bytes in its batch; `startsBatch`: it did not fit into the one before. */
  appended(
    topic: TopicMetadata,
    wanted: number | undefined,
    key: Uint8Array | null,
    { bytes, startsBatch }: { readonly bytes: number; readonly startsBatch: boolean },
  ): void {
    if (!this.#isSticky(wanted, key)) return
    this.#sticky.get(topic.name)?.appended(bytes, startsBatch, () => this.#load(topic))
  }

  /** Nothing has been sent to the topic for long. */
  forget(topic: string): void {
    this.#sticky.delete(topic)
  }

  #isSticky(wanted: number | undefined, key: Uint8Array | null): boolean {
    return wanted === undefined && (key === null || this.#options.config.partitionerIgnoreKeys)
  }

  #load(topic: TopicMetadata): PartitionLoad {
    const { partitionerAdaptivePartitioningEnable, partitionerAvailabilityTimeoutMs } = this.#options.config
    const current = this.#options.topic(topic.name) ?? topic
    const led = current.partitions.filter(({ leaderId }) => leaderId >= 0)
    const available = led.filter(
      ({ leaderId }) => !this.#options.isUnavailable(leaderId, partitionerAvailabilityTimeoutMs),
    )
    const partitions = (available.length > 0 ? available : led).map(({ partition }) => partition)
    if (!partitionerAdaptivePartitioningEnable) return { partitions, waiting: undefined }
    return { partitions, waiting: partitions.map((partition) => this.#options.waiting(topic.name, partition)) }
  }
}

export function hasNot({ name, partitions }: TopicMetadata, partition: number): string {
  return `${name} has partitions 0 to ${partitions.length - 1}, and no ${partition}`
}
