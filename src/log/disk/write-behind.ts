import type { Clock } from '../../platform/index.ts'
import type { DiskError } from './disk.ts'
import type { DiskStorage } from './disk-storage.ts'
import type { SpaceWatch } from './space-watch.ts'
import type { TailMemory } from './tail-memory.ts'

export interface WriteBehindOptions {
  readonly clock: Clock
  readonly memory: TailMemory
  /** Writing begins when this much is dirty, and stops at half of it: what comes together is written together. */
  readonly startBytes: number
  /** Appends wait above this. */
  readonly dirtyBytesMax: number
  /** Hears when segment files cannot be written because the disk is full, which is tried again, and when they were. */
  readonly space: SpaceWatch
  readonly onFatal: (error: DiskError) => void
}

/** Brings durable batches from the tails into the segment files in the background: one file at a time, and two when that is too slow. */
export class WriteBehind {
  readonly #options: WriteBehindOptions
  /** Storages with dirty batches; the next to write first. */
  readonly #dirty = new Set<DiskStorage>()
  #dirtyBytes = 0
  readonly #lanes = new Set<Promise<void>>()
  #waiting: { readonly resolve: () => void; readonly reject: (error: DiskError) => void }[] = []
  /** Set while the disk is full: a later try clears it. */
  #blocked: DiskError | undefined
  #isClosed = false

  constructor(options: WriteBehindOptions) {
    this.#options = options
  }

  get dirtyBytes(): number {
    return this.#dirtyBytes
  }

  dirtied(storage: DiskStorage, bytes: number): void {
    this.#dirtyBytes += bytes
    if (bytes > 0) this.#dirty.add(storage)
    if (this.#dirtyBytes <= this.#options.dirtyBytesMax) for (const waiter of this.#waiting.splice(0)) waiter.resolve()
    if (this.#isDue) this.#start()
  }

  /** For the journal: undefined when appends may go on, else a promise for when they may. Rejects while the disk is full. */
  admit(): Promise<void> | undefined {
    if (this.#dirtyBytes <= this.#options.dirtyBytesMax) return undefined
    if (this.#blocked !== undefined) return Promise.reject(this.#blocked)
    this.#start()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Writes everything of one storage below `endOffset`. @throws DiskError */
  async drain(storage: DiskStorage, endOffset: number): Promise<void> {
    while (storage.persistedEndOffset < endOffset && storage.isDirty) await this.#write(storage)
  }

  /** Waits for the writes in flight; nothing is begun any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#lanes)
  }

  get #isDue(): boolean {
    const { startBytes, memory } = this.#options
    if (this.#dirtyBytes === 0) return false
    return this.#dirtyBytes >= startBytes || this.#waiting.length > 0 || memory.isOver
  }

  /** How many files may be written at once: a second thread takes its processor from the clients' work, unless that waits already. */
  get #lanesMax(): number {
    return this.#dirtyBytes > this.#options.dirtyBytesMax / 2 ? LANES_MAX : 1
  }

  #start(): void {
    if (this.#lanes.size >= this.#lanesMax || this.#isClosed || this.#blocked !== undefined) return
    const lane = this.#run().finally(() => {
      this.#lanes.delete(lane)
      // What came when the loop had already ended. Another lane sees to it itself.
      if (this.#lanes.size === 0 && this.#isDue) this.#start()
    })
    this.#lanes.add(lane)
  }

  async #run(): Promise<void> {
    const { startBytes, dirtyBytesMax, memory } = this.#options
    const enoughBytes = Math.min(startBytes / 2, dirtyBytesMax)
    // Begins in a later turn: those who report dirty bytes are in the middle of something.
    await undefined
    while (!this.#isClosed && this.#blocked === undefined && (this.#dirtyBytes > enoughBytes || memory.isOver)) {
      if (this.#lanes.size > this.#lanesMax) return
      const storage = this.#next()
      // What is busy, the other lane writes, or a checkpoint flushes it, which takes long.
      if (storage === undefined || (storage.isBusy && this.#lanes.size > 1)) return
      try {
        await this.#write(storage)
      } catch (error) {
        this.#failed(error as DiskError)
        return
      }
    }
  }

  async #write(storage: DiskStorage): Promise<void> {
    await storage.writeBehind(RUN_BYTES_MAX)
    if (!storage.isDirty) this.#dirty.delete(storage)
    this.#options.memory.evict()
    this.#blocked = undefined
    this.#options.space.written()
  }

  /** The next in turn; one whose files a checkpoint is flushing, which takes long, only when there is no other. */
  #next(): DiskStorage | undefined {
    let busy: DiskStorage | undefined
    for (const storage of this.#dirty) {
      if (!storage.isDirty) {
        this.#dirty.delete(storage)
      } else if (storage.isBusy) {
        busy ??= storage
      } else {
        this.#dirty.delete(storage)
        this.#dirty.add(storage)
        return storage
      }
    }
    return busy
  }

  #failed(error: DiskError): void {
    const { clock, space, onFatal } = this.#options
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error)
    if (error.code !== 'NO_SPACE') {
      this.#isClosed = true
      onFatal(error)
      return
    }
    // Nothing is lost: the batches are in the write-ahead log and in memory.
    space.refused(error)
    this.#blocked = error
    clock.at(clock.monotonicMs() + RETRY_MS, () => {
      this.#blocked = undefined
      this.#start()
    })
  }
}

const LANES_MAX = 2
const RUN_BYTES_MAX = 4 * 1024 * 1024
const RETRY_MS = 1000
