import type { EncodedRecord } from '../../src/coordinator/index.ts'
import type { ReplayedRecord, ShardLog } from '../../src/runtime/index.ts'

interface StoredRecord extends EncodedRecord {
  readonly timestampMs: number
}

/** What is on the simulated disk for one shard: it outlives its `SimulatedShardLog`s, and loses what they had not flushed. */
export class SimulatedShardDisk {
  readonly durable: StoredRecord[] = []
  /** Sizes of the batches that were appended. */
  readonly batches: number[] = []
  #open: SimulatedShardLog | undefined
  /** Whether each append is durable at once; else a test calls `flush`. */
  autoFlush: boolean
  /** Sees each record as it is appended. */
  onAppend: (record: EncodedRecord) => void = () => {}
  onLost: () => void = () => {}

  constructor(autoFlush = true) {
    this.autoFlush = autoFlush
  }

  open(): SimulatedShardLog {
    this.#open = new SimulatedShardLog(this)
    return this.#open
  }

  get unflushed(): number {
    return this.#open?.unflushed ?? 0
  }

  /** All that was appended is durable. */
  flush(): void {
    this.#open?.flush()
  }

  /** The process died: what was not flushed is lost, and the log reports nothing any more. */
  crash(): void {
    this.#open?.abandon()
    this.#open = undefined
    this.onLost()
  }

  /** The next flush failed: what was not flushed is lost, and the owner is told. */
  fail(): void {
    const open = this.#open
    this.#open = undefined
    this.onLost()
    open?.fail(new Error('the simulated disk failed'))
  }
}

export class SimulatedShardLog implements ShardLog {
  readonly #disk: SimulatedShardDisk
  #tail: StoredRecord[] = []
  #listener: (error?: Error) => void = () => {}
  #finished = false

  constructor(disk: SimulatedShardDisk) {
    this.#disk = disk
  }

  get endOffset(): bigint {
    return BigInt(this.#disk.durable.length + this.#tail.length)
  }

  get durableOffset(): bigint {
    return BigInt(this.#disk.durable.length)
  }

  get unflushed(): number {
    return this.#tail.length
  }

  append(records: readonly EncodedRecord[], wallMs: number): void {
    if (this.#finished) throw new Error('this log is finished')
    this.#disk.batches.push(records.length)
    // Copies, as a disk makes them: nobody can change a record that was appended.
    for (const { key, value } of records) {
      const copy = { key: Buffer.from(key), value: value && Buffer.from(value), timestampMs: wallMs }
      this.#tail.push(copy)
      this.#disk.onAppend(copy)
    }
    if (this.#disk.autoFlush) this.flush()
  }

  onProgress(listener: (error?: Error) => void): void {
    this.#listener = listener
  }

  async replay(visit: (record: ReplayedRecord) => void): Promise<void> {
    for (const [index, { key, value, timestampMs }] of this.#disk.durable.entries()) {
      visit({ kind: 'record', offset: BigInt(index), timestampMs, key, value, origin: undefined })
    }
  }

  flush(): void {
    if (this.#finished || this.#tail.length === 0) return
    this.#disk.durable.push(...this.#tail)
    this.#tail = []
    this.#listener()
  }

  abandon(): void {
    this.#finished = true
    this.#tail = []
    this.#listener = () => {}
  }

  fail(error: Error): void {
    this.#finished = true
    this.#tail = []
    this.#listener(error)
  }
}
