import type { PartitionState } from '../partition-state.ts'
import type { FetchedBatches } from './batch-view.ts'
import type { RecordSerdes } from './consumer-record.ts'
import { PartitionBuffer } from './partition-buffer.ts'

/** Whom the queue tells. */
export interface QueueListener {
  /** Something may be read that could not be read before. */
  readable(): void
  /** Less is held, or little is left to read of a partition: more may be fetched. */
  drained(): void
}

/**
 * All that was fetched and is not handed out: a buffer a partition, in the order in which they take turns. A partition's turn ends when what was fetched of it
 * in one go is read, so that none waits for more than one fetch of each other.
 */
export class FetchQueue<K, V> {
  readonly #serdes: RecordSerdes<K, V>
  readonly #listener: QueueListener
  readonly #buffers = new Map<PartitionState, PartitionBuffer<K, V>>()
  /** Buffers that have something, in the order of their turns. */
  #ring: PartitionBuffer<K, V>[] = []
  #heldBytes = 0

  constructor(serdes: RecordSerdes<K, V>, listener: QueueListener) {
    this.#serdes = serdes
    this.#listener = listener
  }

  /** Bytes of all fetched data in memory. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  get serdes(): RecordSerdes<K, V> {
    return this.#serdes
  }

  buffer(state: PartitionState): PartitionBuffer<K, V> {
    let buffer = this.#buffers.get(state)
    if (buffer === undefined) {
      buffer = new PartitionBuffer(state, this.#serdes, {
        held: (bytes) => {
          this.#heldBytes += bytes
          if (bytes < 0) this.#listener.drained()
        },
        drained: () => this.#listener.drained(),
        ready: () => this.#listener.readable(),
      })
      this.#buffers.set(state, buffer)
    }
    return buffer
  }

  append(state: PartitionState, fetched: FetchedBatches, heldBytes: number): void {
    const buffer = this.buffer(state)
    if (!buffer.isQueued) {
      buffer.isQueued = true
      this.#ring.push(buffer)
    }
    buffer.append(fetched, heldBytes)
    this.#listener.readable()
  }

  /** The buffer whose turn it is among those that have something to hand out; it goes to the end of the line. */
  nextReady(accepts?: (state: PartitionState) => boolean): PartitionBuffer<K, V> | undefined {
    const ring = this.#ring
    for (let i = 0; i < ring.length; i++) {
      const buffer = ring[i]!
      if (!buffer.state.isFetchable || accepts?.(buffer.state) === false) continue
      if (!buffer.isReady()) {
        if (buffer.isEmpty) {
          buffer.isQueued = false
          ring.splice(i--, 1)
        }
        continue
      }
      ring.splice(i, 1)
      ring.push(buffer)
      return buffer
    }
    return undefined
  }

  /** The partition is not assigned any more. */
  remove(state: PartitionState): void {
    const buffer = this.#buffers.get(state)
    if (buffer === undefined) return
    this.#buffers.delete(state)
    if (buffer.isQueued) this.#ring = this.#ring.filter((other) => other !== buffer)
    buffer.isQueued = false
    buffer.clear()
  }

  /** Paused partitions give their room to those that are read: what they had is fetched again when they go on. */
  clearPaused(): void {
    for (const buffer of [...this.#ring]) if (buffer.state.paused) buffer.clear()
  }

  clear(): void {
    for (const state of [...this.#buffers.keys()]) this.remove(state)
  }
}
