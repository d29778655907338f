import { type Cancel, type Clock, DurationHistogram, type Logger } from '../../platform/index.ts'
import { type Disk, DiskError } from '../disk/disk.ts'
import type { SpaceWatch } from '../disk/space-watch.ts'
import type { WalMetrics } from '../metrics.ts'
import type { JournalListener, JournalPlace, Operation, OpFailure } from '../operation.ts'
import { FrameStager } from './frame-stager.ts'
import { closeWalSegment, createWalSegment, type WalSegment } from './wal-segment.ts'

export type FlushMode = 'fsync' | 'interval' | 'none'

export interface WalOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly flush: FlushMode
  readonly flushIntervalMs: number
  /** Size of the first segment files; later ones grow with the log, eightfold at most. */
  readonly segmentBytes: number
  /** Most bytes written and flushed as one. */
  readonly groupBytesMax: number
  /** Groups up to this size are written while the event loop waits; 0 = none. */
  readonly writeNowBytesMax: number
  readonly start: { readonly sequence: number; readonly crc: number; readonly incarnation: number }
  /** Segment files that are there; those with a `lastSequence` have frames that no checkpoint has made superfluous yet. */
  readonly segments: readonly WalSegment[]
  /** Awaited before each group when it answers a promise; a DiskError fails what waits. */
  readonly admit: () => Promise<void> | undefined
  /** Awaited before a segment's first frame: the next start is to miss it when it is gone. @throws DiskError */
  readonly note: (segment: WalSegment) => Promise<void> | undefined
  /** Called when a segment is full. */
  readonly onSegmentFull: () => void
  /** Hears of groups that were refused because the disk is full, and of those that were written. */
  readonly space: SpaceWatch
  /** Called once when the log cannot go on: nothing more will become durable. */
  readonly onFatal: (error: DiskError) => void
}

/**
 * The write-ahead log of all partitions. Operations submitted in one turn of the event loop, and those that arrive while a write is under
 * way, are written as one group and flushed by one fdatasync.
 *
 * ```
 * submit -> queue -> stage (frames, one segment) -> write -> onWritten -> fdatasync -> onDurable
 * ```
 *
 * A small group does not make these two trips through libuv's threads: it is written, and under flush 'fsync' flushed (O_DSYNC), while the
 * event loop waits. That takes 0.12 ms where the trips take 0.21 ms (medians of 1,500 groups of 4 KB on ext4, two busy cores); but never when
 * the disk has just been slow, since all clients wait.
 *
 * Segment files are filled with zeros, or old frames, before they are used: overwriting costs less than the first write to a block.
 */
export class Wal {
  readonly #options: WalOptions
  readonly #listener: JournalListener
  readonly #stager: FrameStager
  #queue: Operation[] = []
  #running = false
  #idle: (() => void)[] = []
  #failure: OpFailure | undefined
  #onUrgent: (() => void) | undefined

  #current: WalSegment | undefined
  /** Full ones, oldest first, whose frames no checkpoint has made superfluous yet. */
  #used: WalSegment[] = []
  #free: WalSegment[]
  #nextSlot: number
  #preparing: Promise<WalSegment> | undefined
  #flushTimer: Cancel | undefined
  #syncing: Promise<void> | undefined
  /** Since when `#current` is the current one. */
  #rolledMs = 0
  #isSegmentAwaited = false
  /** What a small group takes to write, averaged. */
  #quickMs = 0
  /** After a write that took long, until then, the event loop does not wait for one. */
  #slowUntilMs = 0
  readonly #flushes = new DurationHistogram(FLUSH_BOUNDS_MS)
  #writtenBytes = 0
  #groups = 0

  constructor(listener: JournalListener, options: WalOptions) {
    this.#listener = listener
    this.#options = options
    this.#stager = new FrameStager(options.start)
    this.#free = options.segments.filter(({ lastSequence }) => lastSequence === 0)
    this.#used = options.segments
      .filter(({ lastSequence }) => lastSequence > 0)
      .sort((a, b) => a.lastSequence - b.lastSequence)
    this.#nextSlot = options.segments.reduce((next, segment) => Math.max(next, segment.slot + 1), 0)
    if (options.flush === 'interval') this.#scheduleFlush()
  }

  /** Bytes of frames that the next checkpoint makes superfluous, roughly. */
  get usedBytes(): number {
    return this.#used.reduce((sum, segment) => sum + segment.position, this.#current?.position ?? 0)
  }

  /** Bytes of all segment files. */
  get sizeBytes(): number {
    const segments = [...this.#used, ...this.#free, ...(this.#current === undefined ? [] : [this.#current])]
    return segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  metrics(): Omit<WalMetrics, 'usedBytesMax'> {
    return {
      usedBytes: this.usedBytes,
      sizeBytes: this.sizeBytes,
      segments: this.#used.length + this.#free.length + (this.#current === undefined ? 0 : 1),
      writtenBytes: this.#writtenBytes,
      groups: this.#groups,
      flushes: this.#flushes.snapshot(),
    }
  }

  get incarnation(): number {
    return this.#stager.incarnation
  }

  get sequence(): number {
    return this.#stager.sequence
  }

  submit(op: Operation): void {
    this.#queue.push(op)
    if (isUrgent(op)) this.#onUrgent?.()
    if (this.#running) return
    this.#running = true
    // After the poll phase: what the other sockets bring in this turn goes along.
    setImmediate(() => void this.#run())
  }

  /** Flushes everything that is 'durable' by the mode's word but not by the disk's. @throws DiskError; the log has failed then. */
  async sync(): Promise<void> {
    if (this.#options.flush === 'fsync') return
    // One at a time; whoever comes during one needs another, for what was written meanwhile.
    while (this.#syncing !== undefined) await this.#syncing
    this.#syncing = this.#syncAll().finally(() => {
      this.#syncing = undefined
    })
    await this.#syncing
  }

  /** Frames up to `sequence` are no longer needed: segments that hold no others may be used again. */
  release(sequence: number): void {
    while (this.#used.length > 0 && this.#used[0]!.lastSequence <= sequence) this.#free.push(this.#used.shift()!)
  }

  /** The next frame, if there ever is one, begins a file: the last checkpoint of a clean stop then points into none. */
  retire(): void {
    if (this.#current !== undefined) this.#used.push(this.#current)
    this.#current = undefined
  }

  /** Resolves when nothing is queued or in flight. */
  async settled(): Promise<void> {
    while (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /**
   * Closes the files. With `shrink`, after a checkpoint of everything, all but one are removed first: the next start has little to scan.
   */
  async close(options: { readonly shrink: boolean }): Promise<void> {
    this.#flushTimer?.cancel()
    await this.settled()
    await this.#preparing?.then(
      (segment) => this.#free.push(segment),
      () => {},
    )
    const segments = [...this.#used, ...this.#free, ...(this.#current === undefined ? [] : [this.#current])]
    const kept = segments.find((segment) => segment.sizeBytes <= this.#options.segmentBytes)
    for (const segment of segments) {
      await closeWalSegment(segment)
      if (options.shrink && segment !== kept) await this.#options.disk.remove(segment.file.path)
    }
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#failure !== undefined) {
        this.#failQueue([], this.#failure)
        break
      }
      try {
        await this.#admitted()
        const ops = this.#stage()
        if (ops.length > 0) await this.#commit(ops)
        else await this.#roll()
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        this.#fail([], error)
      }
    }
    this.#running = false
    for (const idle of this.#idle.splice(0)) idle()
  }

  get #hasUrgent(): boolean {
    return this.#queue.some(isUrgent)
  }

  /** Waits until the log may grow, unless something urgent is in the queue. */
  async #admitted(): Promise<void> {
    if (this.#hasUrgent) return
    const admitted = this.#options.admit()
    if (admitted === undefined) return
    // It may have begun a checkpoint, whose mark is in the queue already; what becomes of that is not this group's concern.
    admitted.catch(() => {})
    if (this.#hasUrgent) return
    const marked = new Promise<void>((resolve) => {
      this.#onUrgent = resolve
    })
    try {
      await Promise.race([admitted, marked])
    } finally {
      this.#onUrgent = undefined
    }
  }

  /** Moves operations from the queue into frames while they fit into the segment and the group; none when a new segment is needed. */
  #stage(): readonly Operation[] {
    const segment = this.#current
    const position = segment?.position ?? 0
    const room = segment === undefined ? 0 : segment.sizeBytes - segment.position
    this.#stager.begin()
    let count = 0
    for (const op of this.#queue) {
      if (op.kind === 'mark') {
        op.place = this.#placeAt(segment, position + this.#stager.bytes)
      } else {
        if (segment === undefined) break
        const bytes = this.#stager.sizeOf(op)
        // A frame larger than a whole segment makes its file longer.
        const fits = this.#stager.bytes + bytes <= room || (position === 0 && this.#stager.bytes === 0)
        const isGroupFull = this.#stager.bytes > 0 && this.#stager.bytes + bytes > this.#options.groupBytesMax
        if (!fits || isGroupFull) break
        this.#stager.add(op)
      }
      count++
    }
    if (count === this.#queue.length) {
      const ops = this.#queue
      this.#queue = []
      return ops
    }
    return this.#queue.splice(0, count)
  }

  async #commit(ops: readonly Operation[]): Promise<void> {
    const segment = this.#current
    const { buffers, bytes } = this.#stager.end()
    const isQuick = this.#isQuick(bytes)
    if (segment !== undefined && bytes > 0) {
      try {
        if (isQuick) this.#writeNow(segment, buffers)
        else await segment.file.write(buffers, segment.position)
      } catch (error) {
        this.#stager.rollback()
        this.#fail(ops, error as DiskError)
        return
      }
      segment.position += bytes
      segment.lastSequence = this.#stager.sequence
      if (!isQuick || segment.durableFile === undefined) segment.isUnflushed = true
      this.#writtenBytes += bytes
      this.#groups++
      this.#options.space.written()
      if (segment.position > segment.sizeBytes / 2) this.#prepare()
    }
    this.#listener.onWritten(ops)
    if (this.#options.flush === 'fsync') {
      try {
        await this.#flushSegment(segment)
      } catch (error) {
        this.#fatal(ops, error as DiskError)
        return
      }
      this.#stager.flushedSequence = this.#stager.sequence
    }
    this.#listener.onDurable(ops)
  }

  #isQuick(bytes: number): boolean {
    if (bytes > this.#options.writeNowBytesMax) return false
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs < this.#slowUntilMs) return false
    if (this.#quickMs < QUICK_MS_MAX) return true
    // Slow on average: it may have become better.
    this.#quickMs = QUICK_MS_MAX / 2
    this.#slowUntilMs = nowMs + SLOW_FOR_MS
    return false
  }

  #writeNow(segment: WalSegment, buffers: readonly Buffer[]): void {
    const { clock } = this.#options
    const { durableFile } = segment
    const startedMs = clock.monotonicMs()
    const file = durableFile ?? segment.file
    file.writeNow(buffers, segment.position)
    const nowMs = clock.monotonicMs()
    const tookMs = nowMs - startedMs
    if (durableFile !== undefined) this.#flushed(tookMs)
    this.#quickMs += (tookMs - this.#quickMs) / QUICK_SAMPLES
    if (tookMs > STALL_MS) this.#slowUntilMs = nowMs + SLOW_FOR_MS
  }

  async #flushSegment(segment: WalSegment | undefined): Promise<void> {
    if (segment === undefined || !segment.isUnflushed) return
    segment.isUnflushed = false
    const { clock } = this.#options
    const startedMs = clock.monotonicMs()
    await segment.file.datasync()
    this.#flushed(clock.monotonicMs() - startedMs)
  }

  #flushed(tookMs: number): void {
    this.#flushes.observe(tookMs)
    if (tookMs < SLOW_FLUSH_MS) return
    const fields = { flushMs: Math.round(tookMs) }
    this.#options.logger.warn(
      fields,
      `a flush took ${(tookMs / 1000).toFixed(1)} s: the disk is slow, and writes wait for it`,
    )
  }

  async #syncAll(): Promise<void> {
    // The list as it is now: rolls and checkpoints change it meanwhile.
    const segments = [...this.#used, this.#current]
    const sequence = this.#current?.lastSequence ?? 0
    try {
      for (const segment of segments) await this.#flushSegment(segment)
    } catch (error) {
      this.#fatal([], error as DiskError)
      throw error
    }
    this.#stager.flushedSequence = Math.max(this.#stager.flushedSequence, sequence)
  }

  async #roll(): Promise<void> {
    const { disk, flush, clock, writeNowBytesMax, note, onSegmentFull } = this.#options
    const next = this.#free[0] ?? (await this.#awaitSegment())
    if (next === undefined) return
    await note(next)
    this.#free = this.#free.filter((segment) => segment !== next)
    if (flush === 'fsync' && writeNowBytesMax > 0) {
      next.durableFile ??= await disk.open(next.file.path, { create: false, isDurable: true })
    }
    this.#rolledMs = clock.monotonicMs()
    next.position = 0
    next.lastSequence = 0
    if (this.#current !== undefined) this.#used.push(this.#current)
    this.#current = next
    onSegmentFull()
  }

  async #awaitSegment(): Promise<WalSegment | undefined> {
    this.#isSegmentAwaited = true
    try {
      return await this.#prepare()
    } finally {
      this.#isSegmentAwaited = false
    }
  }

  /** How fast the current segment fills. */
  get #bytesPerMs(): number {
    const elapsedMs = this.#options.clock.monotonicMs() - this.#rolledMs
    return (this.#current?.position ?? 0) / Math.max(1, elapsedMs)
  }

  /** Has a free segment made unless there is one; answers the one in the making. */
  #prepare(): Promise<WalSegment> | undefined {
    if (this.#free.length > 0) return undefined
    if (this.#preparing !== undefined) return this.#preparing
    const { segmentBytes, space } = this.#options
    // A full disk that gets some space needs it for segment files first: a checkpoint then makes more.
    const sizeBytes = space.isFull ? segmentBytes : Math.min(Math.max(segmentBytes, this.sizeBytes), segmentBytes * 8)
    const preparing = this.#create(sizeBytes)
    this.#preparing = preparing
    preparing.then(
      (segment) => {
        this.#preparing = undefined
        this.#nextSlot++
        this.#free.push(segment)
      },
      () => {
        // Whoever needs the segment tries again and sees the error.
        this.#preparing = undefined
      },
    )
    return preparing
  }

  async #create(sizeBytes: number): Promise<WalSegment> {
    const { disk, directory, note } = this.#options
    const segment = await createWalSegment(disk, directory, {
      slot: this.#nextSlot,
      sizeBytes,
      mayFill: () => !this.#isSegmentAwaited && !this.#options.space.isFull && this.#bytesPerMs < FILL_BYTES_PER_MS_MAX,
    })
    try {
      await note(segment)
      return segment
    } catch (error) {
      await segment.file.close().catch(() => {})
      throw error
    }
  }

  #placeAt(segment: WalSegment | undefined, position: number): JournalPlace {
    const { sequence, crc } = this.#stager
    return { slot: segment?.slot ?? -1, position, sequence, crc }
  }

  /** A full disk fails what waits, and the next write overwrites the failed one; anything else is the end. */
  #fail(ops: readonly Operation[], error: DiskError): void {
    if (error.code !== 'NO_SPACE') {
      this.#fatal(ops, error)
      return
    }
    this.#options.space.refused(error)
    this.#failQueue(ops, { errorCode: 'KAFKA_STORAGE_ERROR', message: 'the disk is full' })
  }

  #fatal(ops: readonly Operation[], error: DiskError): void {
    const isFirst = this.#failure === undefined
    this.#failure ??= { errorCode: 'KAFKA_STORAGE_ERROR', message: `the write-ahead log has failed: ${error.message}` }
    if (isFirst) this.#options.onFatal(error)
    this.#failQueue(ops, this.#failure)
  }

  #failQueue(ops: readonly Operation[], failure: OpFailure): void {
    const failed = [...ops, ...this.#queue]
    this.#queue = []
    this.#listener.onFailed(failed, failure)
  }

  #scheduleFlush(): void {
    const { clock, flushIntervalMs } = this.#options
    this.#flushTimer = clock.at(clock.monotonicMs() + flushIntervalMs, () => {
      this.sync().then(
        () => this.#scheduleFlush(),
        () => {},
      )
    })
  }
}

/** 0.05 ms to 10 s. */
const FLUSH_BOUNDS_MS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]
/** A flush that takes longer is worth a line in the log. */
const SLOW_FLUSH_MS = 1_000

/** An event loop that waits for each small group may take this long on average: others wait with it. */
const QUICK_MS_MAX = 0.4
/** Weight of one write in that average: 1/16. */
const QUICK_SAMPLES = 16
/** A write that takes longer is a stall of the disk, and where one is others follow. */
const STALL_MS = 10
const SLOW_FOR_MS = 100
/** 32 MB/s: above that, filling segments with zeros takes from the writes what it gives them later. */
const FILL_BYTES_PER_MS_MAX = 32 * 1024

/** What makes room is a checkpoint: it begins with a mark, and waits for a truncation or swap under way. So none of them waits for room. */
function isUrgent(op: Operation): boolean {
  return op.kind === 'mark' || op.kind === 'truncate' || op.kind === 'swap'
}
