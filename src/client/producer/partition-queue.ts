import type { ProducerBatch } from './producer-batch.ts'
import { PartitionSequences } from './sequences.ts'

/** What waits to be sent to one partition, in order. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly sequences = new PartitionSequences()
  readonly batches: ProducerBatch[] = []
  /** Larger ones were too large for the broker. */
  batchBytesMax = Number.POSITIVE_INFINITY
  /** Batches that are sent and not answered. */
  onWire = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** The batch that takes records, if there is one. */
  get open(): ProducerBatch | undefined {
    const last = this.batches.at(-1)
    return last === undefined || last.isClosed ? undefined : last
  }

  /** Batches that come back, before all that are younger. */
  putBack(returned: readonly ProducerBatch[]): void {
    const [first] = returned
    if (first === undefined) return
    let at = 0
    while (at < this.batches.length && this.batches[at]!.order < first.order) at++
    this.batches.splice(at, 0, ...returned)
  }
}

/** How long a batch waits for more records. */
interface Lingering {
  readonly lingerMs: number
  /** Also where its node has nothing else to do. */
  readonly alwaysLingers: boolean
}

/** When a queue's first batch is to be sent. @returns 0 for now, else the time to look again */
export function readyAtMs(
  queue: PartitionQueue,
  { lingerMs, alwaysLingers }: Lingering,
  { nowMs, isUrged, isNodeIdle }: { readonly nowMs: number; readonly isUrged: boolean; readonly isNodeIdle: boolean },
): number {
  const first = queue.batches[0]!
  if (first.retryAtMs > nowMs) return first.retryAtMs
  if (first.isFull || isUrged || queue.batches.length > 1) return 0
  if (isNodeIdle && !alwaysLingers) return 0
  const dueMs = first.createdMs + lingerMs
  return dueMs <= nowMs ? 0 : dueMs
}
