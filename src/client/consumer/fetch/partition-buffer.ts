import type { PartitionState } from '../partition-state.ts'
import type { BatchView, FetchedBatches } from './batch-view.ts'
import { ConsumerRecord, RecordReader, type RecordSerdes } from './consumer-record.ts'
import { RecordError } from './record-error.ts'
import { beginUnpacking, unpack } from './unpack.ts'

interface Chunk extends FetchedBatches {
  readonly heldBytes: number
  /** The next batch to read. */
  index: number
  unreadBytes: number
}

/** What happens to the bytes of buffers. */
export interface BufferHost {
  /** So many bytes more (or less) are held. */
  held(bytes: number): void
  /** The partition is asked for again: little is left to read. */
  drained(): void
  /** Something can be read that could not. */
  ready(): void
}

/** How many batches of a partition are unpacked ahead of their reader. */
const UNPACK_AHEAD = 4

/**
 * What was fetched of one partition and not handed out yet. Reading moves the partition's position; a seek or a revocation makes the buffer worthless, and
 * it lets go of its bytes by itself the next time it is looked at.
 */
export class PartitionBuffer<K, V> {
  readonly state: PartitionState
  readonly #serdes: RecordSerdes<K, V>
  readonly #host: BufferHost
  #chunks: Chunk[] = []
  /** Of the batch under way; 'failed' where it cannot be read. */
  #reader: RecordReader<K, V> | 'failed' | undefined
  /** Offsets of the batch under way that were handed out, or skipped, before: relative to its base. */
  #skipBelow = 0
  #last: ConsumerRecord<K, V> | undefined
  #seeks: number
  /** What was fetched in one go is read: others come first. */
  #isTurnOver = false
  /** It stands in the queue's line. */
  isQueued = false
  /** `state.version` when it was looked at last: whether this buffer may go on is asked again when it differs. */
  version = -1

  constructor(state: PartitionState, serdes: RecordSerdes<K, V>, host: BufferHost) {
    this.state = state
    this.#serdes = serdes
    this.#host = host
    this.#seeks = state.seeks
  }

  /** Bytes that were fetched and are not read. */
  get unreadBytes(): number {
    this.#dropStale()
    let bytes = 0
    for (const chunk of this.#chunks) bytes += chunk.unreadBytes
    return bytes
  }

  /** Bytes that it keeps in memory. */
  get heldBytes(): number {
    let bytes = 0
    for (const chunk of this.#chunks) bytes += chunk.heldBytes
    return bytes
  }

  /** Where the next fetch begins; undefined without a position. */
  get nextFetchOffset(): bigint | undefined {
    this.#dropStale()
    return this.#chunks.at(-1)?.nextOffset ?? this.state.position?.offset
  }

  append(fetched: FetchedBatches, heldBytes: number): void {
    this.#dropStale()
    this.#chunks.push({ ...fetched, heldBytes, index: 0, unreadBytes: heldBytes })
    this.#host.held(heldBytes)
    this.#unpackAhead()
  }

  get isEmpty(): boolean {
    this.#dropStale()
    return this.#chunks.length === 0
  }

  /** Whether there is a record, or a failure to hand out now. Moves the position over what has no records. */
  isReady(): boolean {
    this.#isTurnOver = false
    this.#dropStale()
    return this.#reader !== undefined || this.#openBatch()
  }

  /** The next record; undefined when there is none to hand out now, or others shall have their turn. For each record: no promise, one object. @throws RecordError */
  next(): ConsumerRecord<K, V> | undefined {
    for (;;) {
      const reader = this.#reader
      if (reader === undefined) {
        if (this.#isTurnOver || !this.isReady()) {
          this.#isTurnOver = false
          return undefined
        }
        continue
      }
      if (reader === 'failed') throw this.#failure()
      let record: ConsumerRecord<K, V> | undefined
      try {
        record = reader.next()
      } catch (error) {
        this.#view.failure = error
        throw this.#failure()
      }
      if (record === undefined) {
        this.#closeBatch()
        continue
      }
      const delta = ConsumerRecord.offsetDeltaOf(record)
      if (delta < this.#skipBelow) continue
      this.state.delivered(delta + 1)
      this.#last = record
      return record
    }
  }

  /** All that is left of the batch under way, or of the next one. Stops in front of what cannot be read. @throws RecordError when that comes first */
  nextBatch(max = Number.POSITIVE_INFINITY): ConsumerRecord<K, V>[] {
    const records: ConsumerRecord<K, V>[] = []
    const first = this.next()
    if (first === undefined) return records
    records.push(first)
    const reader = this.#reader
    if (reader === undefined || reader === 'failed') return records
    while (records.length < max) {
      let record: ConsumerRecord<K, V> | undefined
      try {
        record = reader.next()
      } catch (error) {
        this.#view.failure = error // for the next call
        this.#reader = undefined
        break
      }
      if (record === undefined) {
        this.#closeBatch()
        break
      }
      this.state.delivered(ConsumerRecord.offsetDeltaOf(record) + 1)
      records.push(record)
    }
    this.#last = undefined
    return records
  }

  /** The record handed out last is handed out again, where nothing has moved the position since. */
  unread(record: ConsumerRecord<K, V>): void {
    if (this.#last !== record || this.#seeks !== this.state.seeks) return
    this.#last = undefined
    const view = ConsumerRecord.viewOf(record)
    const delta = ConsumerRecord.offsetDeltaOf(record)
    const reader = this.#reader
    if (reader === undefined || reader === 'failed' || reader.view !== view) return
    reader.unread()
    this.state.enterBatch(view.baseOffset, delta, view.partitionLeaderEpoch)
  }

  /** Goes on behind a batch that could not be read. */
  skip(error: RecordError): void {
    if (!this.isReady() || this.#reader !== 'failed' || this.#view.nextOffset !== error.nextOffset) return
    this.#closeBatch()
  }

  /** Lets go of everything; the position stays. */
  clear(): void {
    const bytes = this.heldBytes
    this.#chunks = []
    this.#reader = undefined
    this.#last = undefined
    this.#seeks = this.state.seeks
    if (bytes > 0) this.#host.held(-bytes)
  }

  #dropStale(): void {
    if (this.#seeks !== this.state.seeks) this.clear()
  }

  /** @returns whether `#reader`, or a failure, is there. */
  #openBatch(): boolean {
    this.#trim()
    const view = this.#chunks[0]?.batches[this.#chunks[0].index]
    if (view === undefined) return false
    if (view.unpacking !== undefined) return false
    if (view.failure === undefined && view.unpacked === undefined) {
      beginUnpacking(view, this.#onUnpacked)
      if (view.unpacking !== undefined) return false
      unpack(view)
    }
    if (view.failure !== undefined) {
      this.#reader = 'failed'
      return true
    }
    this.#unpackAhead()
    const { offset } = this.state.position!
    this.#skipBelow = offset > view.baseOffset ? Number(offset - view.baseOffset) : 0
    this.#reader = new RecordReader(this.state, view, this.#serdes)
    this.state.enterBatch(view.baseOffset, this.#skipBelow, view.partitionLeaderEpoch)
    return true
  }

  /** The batch under way is read: the position is behind it, also where compaction took its last records. */
  #closeBatch(): void {
    this.#reader = undefined
    this.#finishView(this.#chunks[0]!)
    this.#trim()
  }

  #finishView(chunk: Chunk): void {
    const view = chunk.batches[chunk.index]!
    chunk.index++
    chunk.unreadBytes = Math.max(0, chunk.unreadBytes - view.sizeBytes)
    view.unpacked = undefined
    this.state.advanceTo(view.nextOffset, view.partitionLeaderEpoch)
    this.#host.drained()
  }

  /** Lets go of chunks without a batch left; the position goes over what they had behind it. */
  #trim(): void {
    for (;;) {
      const chunk = this.#chunks[0]
      if (chunk === undefined || chunk.index < chunk.batches.length) return
      this.#chunks.shift()
      this.#isTurnOver = true
      const position = this.state.position!
      if (chunk.nextOffset > position.offset) this.state.advanceTo(chunk.nextOffset, chunk.leaderEpoch)
      this.#host.held(-chunk.heldBytes)
      this.#host.drained()
    }
  }

  #unpackAhead(): void {
    let ahead = 0
    for (const chunk of this.#chunks) {
      for (let i = chunk.index; i < chunk.batches.length; i++) {
        if (ahead++ >= UNPACK_AHEAD) return
        beginUnpacking(chunk.batches[i]!, this.#onUnpacked)
      }
    }
  }

  readonly #onUnpacked = (): void => this.#host.ready()

  /** The batch under way, or the next one. */
  get #view(): BatchView {
    const chunk = this.#chunks[0]!
    return chunk.batches[chunk.index]!
  }

  #failure(): RecordError {
    const view = this.#view
    this.#reader = undefined
    const { offset } = this.state.position!
    return new RecordError('CORRUPT_MESSAGE', 'a batch cannot be read', {
      topic: this.state.topic,
      partition: this.state.partition,
      offset: offset > view.baseOffset ? offset : view.baseOffset,
      nextOffset: view.nextOffset,
      cause: view.failure,
    })
  }
}
