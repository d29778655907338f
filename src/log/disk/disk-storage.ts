import type { Buffer } from 'node:buffer'
import { DiskCleaning } from '../compaction/disk-cleaning.ts'
import type { SegmentSwap } from '../compaction/segment-swap.ts'
import { Gate } from '../gate.ts'
import type { Partition } from '../partition.ts'
import type { ColdBatches, ColdRead, PartitionStorage } from '../partition-storage.ts'
import type { TailBatch } from '../tail.ts'
import { ColdReader } from './cold-reader.ts'
import { DirtyBatches } from './dirty-batches.ts'
import { DiskError } from './disk.ts'
import type { DiskContext } from './disk-context.ts'
import { DiskSegment } from './disk-segment.ts'
import { folderName } from './folder-name.ts'
import { writeLeaderEpochs, writePartitionMetadata } from './partition-files.ts'
import { ReadBarrier } from './read-barrier.ts'
import { factsBelow } from './segment-facts.ts'

/** What a checkpoint and the journal behind it know of a partition's files. */
export interface RecoveredFiles {
  readonly segments: DiskSegment[]
  readonly persistedEndOffset: number
  readonly checkpointedOffset: number
  readonly cleanedOffset: number
}

/** A partition's segment files, and the batches on their way from the tail into them. */
export class DiskStorage implements PartitionStorage {
  readonly partition: Partition
  readonly folder: string
  /** The folder has files whose existence is not durable yet. */
  isFolderChanged = false
  /** Every durable batch below is in a segment. */
  persistedEndOffset: number
  readonly cleaning: DiskCleaning

  readonly #context: DiskContext
  readonly #reader: ColdReader
  /** One change of the files at a time. */
  readonly #changes = new Gate(1)
  #segments: DiskSegment[]
  #sizeBytes: number
  readonly #dirty: DirtyBatches
  #isPrepared = false
  /** The folder is another's now, or nobody's. */
  #hasLeft = false
  #epochsWritten = -1
  readonly #inRepair = new Set<DiskSegment>()
  /** Files change their names behind it. */
  readonly #barrier = new ReadBarrier()

  constructor(partition: Partition, context: DiskContext, recovered: RecoveredFiles) {
    this.partition = partition
    this.#context = context
    this.folder = `${context.directory}/${folderName(partition.identity)}`
    this.#segments = recovered.segments
    this.#sizeBytes = recovered.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
    this.persistedEndOffset = recovered.persistedEndOffset
    this.#dirty = new DirtyBatches(this, context)
    this.#reader = new ColdReader(context.pool, (segment) => this.#repairIndexes(segment))
    this.cleaning = new DiskCleaning(this, context, recovered)
  }

  get segments(): readonly DiskSegment[] {
    return this.#segments
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get cleanedOffset(): number {
    return this.cleaning.cleanedOffset
  }

  get isDirty(): boolean {
    return this.#dirty.first !== undefined
  }

  /** Its files are being written, flushed or changed: a write would wait. */
  get isBusy(): boolean {
    return this.#changes.isFull
  }

  placeable(batch: TailBatch): void {
    this.#context.memory.add(batch)
    this.#dirty.add(batch)
  }

  /** Writes dirty batches, about `bytesMax` of them, into the segment that they belong to. */
  writeBehind(bytesMax: number): Promise<void> {
    return this.#changes.run(async () => {
      await this.#skipDeleted()
      // Looked at right before the folder is entered: its own leaving waits for this change.
      if (this.#isDropped) this.#dirty.discard()
      const { first } = this.#dirty
      if (first === undefined) return
      await this.#prepare()
      const { config } = this.partition
      const nowMs = this.#context.clock.wallMs()
      let segment = this.#segments[this.#segments.length - 1]
      if (segment === undefined || segment.mustRollFor(first, config, nowMs)) {
        segment = await this.#roll(first.baseOffset, nowMs)
      }
      const run: TailBatch[] = []
      const preview = segment.preview()
      let bytes = 0
      for (const batch of this.#dirty.batches) {
        if (run.length > 0 && (bytes >= bytesMax || preview.mustRollFor(batch, config, nowMs))) break
        run.push(batch)
        preview.add(batch)
        bytes += batch.sizeBytes
      }
      await this.#withNewIndexes(segment, () => segment.append(this.#context.pool, run, config))
      this.#sizeBytes += bytes
      this.#placed(run.length)
    })
  }

  async read(request: ColdRead): Promise<ColdBatches> {
    if (request.minTimestampMs !== undefined) return this.#readFiles(request)
    const { readAhead } = this.#context
    const ahead = readAhead.take(this, request)
    const isSequential = ahead !== undefined || this.#reader.hasRead(request.offset)
    const batches = (await ahead) ?? (await this.#readFiles(request))
    const { endOffset } = batches
    if (isSequential && batches.records.length > 0 && endOffset < request.limitOffset) {
      readAhead.start(this, { ...request, offset: endOffset, atLeastOneBatch: false }, (next) => this.#readFiles(next))
    }
    return batches
  }

  #readFiles(request: ColdRead): Promise<ColdBatches> {
    return this.#barrier.read(() => this.#readSegments(request))
  }

  /**
   * Reads bytes of a segment's `.log` for the cleaner.
   * @throws DiskError NOT_FOUND when the segment is the storage's no longer
   */
  readRaw(segment: DiskSegment, buffer: Buffer, position: number): Promise<number> {
    return this.#barrier.read(async () => {
      const { logPath } = segment
      if (!this.#segments.includes(segment)) throw new DiskError('NOT_FOUND', logPath, `${logPath} has been removed`)
      return this.#context.pool.use(logPath, (file) => file.read(buffer, position), { create: false })
    })
  }

  async #readSegments(request: ColdRead): Promise<ColdBatches> {
    let { offset } = request
    while (offset < request.limitOffset) {
      const segment = this.#segmentOf(offset)
      if (segment === undefined) break
      if (request.minTimestampMs !== undefined && segment.maxTimestampMs < request.minTimestampMs) {
        offset = segment.endOffset
        continue
      }
      const from = { ...request, offset }
      const read = await this.#context.coldReads.run(() => this.#reader.read(segment, from))
      if (read.records.length > 0 || read.endOffset <= offset || !read.isSegmentDone) return read
      offset = read.endOffset
    }
    // The files have nothing more, be it that the end has been cleaned away.
    const endOffset = Math.max(offset, Math.min(this.persistedEndOffset, request.limitOffset))
    return { records: [], sizeBytes: 0, endOffset }
  }

  logStartMoved(offset: number): void {
    const { tail } = this.partition
    while (tail.first !== undefined && tail.first.lastOffset < offset) this.#context.memory.release(tail.shift()!)
    if (this.#segments.length === 0 || this.#segments[0]!.endOffset > offset) return
    this.#context.background(
      'deleting segments below the log start',
      this.#changes.run(() => this.#deleteBelow(offset)),
    )
  }

  truncateTo(offset: number): Promise<void> {
    return this.#changes.run(async () => {
      // Files may lose something only when a power cut can no longer take back why.
      await this.#context.flushed()
      if (this.#isDropped) return
      this.#cutTail(offset)
      await this.#prepare()
      const kept = this.#segments.filter((segment) => segment.baseOffset < offset)
      const removed = this.#segments.filter((segment) => segment.baseOffset >= offset)
      const { pool } = this.#context
      const last = kept[kept.length - 1]
      // A reader that opens a file while it goes would leave it open under a name that comes again; one that reads a file while it gets
      // shorter would take it for damaged.
      await this.#barrier.change(async () => {
        this.#segments = kept
        await this.#remove(removed)
        if (last === undefined || last.endOffset <= offset) return
        await last.rebuild(pool, await factsBelow(pool, last, offset), this.partition.config)
      })
      this.#sizeBytes = kept.reduce((sum, segment) => sum + segment.sizeBytes, 0)
      this.persistedEndOffset = Math.min(this.persistedEndOffset, offset)
      this.cleaning.truncatedTo(offset)
      this.#forgetReads()
      this.#context.truncated(this.partition)
    })
  }

  /** Makes sure that the folder is there and has no files that nobody knows. @throws DiskError NOT_FOUND when the partition was dropped */
  prepare(): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#isDropped) throw new DiskError('NOT_FOUND', this.folder, `the partition of ${this.folder} was dropped`)
      await this.#prepare()
    })
  }

  holds(segments: readonly DiskSegment[]): boolean {
    return !this.#isDropped && segments.every((segment) => this.#segments.includes(segment))
  }

  /**
   * Does to the files and the list of segments what the journal has just made durable.
   * @throws DiskError: nothing may be read any more, the next start finishes it
   */
  swapIn({ fromOffset, toOffset }: SegmentSwap, cleaned: DiskSegment | undefined): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#isDropped) return
      const { disk, pool, memory, logger } = this.#context
      const replaced = this.#segments.filter(({ baseOffset }) => baseOffset >= fromOffset && baseOffset < toOffset)
      await this.#barrier.change(async () => {
        for (const path of replaced.flatMap(({ paths }) => paths)) await pool.forget(path)
        if (cleaned !== undefined) await this.#giveName(cleaned)
        this.#segments = [
          ...this.#segments.filter(({ baseOffset }) => baseOffset < fromOffset),
          ...(cleaned === undefined ? [] : [cleaned]),
          ...this.#segments.filter(({ baseOffset }) => baseOffset >= toOffset),
        ]
        this.#sizeBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
        // The tail must not go on showing what has been cleaned away.
        const { tail } = this.partition
        while (tail.first !== undefined && tail.first.lastOffset < toOffset) memory.release(tail.shift()!)
        this.#forgetReads()
        this.isFolderChanged = true
      })
      const names = new Set(cleaned === undefined ? [] : cleaned.paths)
      for (const path of replaced.flatMap(({ paths }) => paths)) {
        if (names.has(path)) continue
        await disk.remove(path).catch((err) => logger.warn({ err }, `${path} was cleaned away, but cannot be removed`))
      }
    })
  }

  /** From the temporary names of a cleaned segment's files to their own. */
  async #giveName(segment: DiskSegment): Promise<void> {
    const { disk, pool } = this.#context
    const temporary = segment.paths
    segment.temporaryId = undefined
    for (const [i, path] of segment.paths.entries()) {
      await pool.forget(temporary[i]!)
      await disk.rename(temporary[i]!, path)
    }
  }

  /**
   * For a recovery that goes on without files that are lost: keeps what stands below `endOffset`, and of the `short` files the whole
   * batches that they still have.
   */
  salvage(endOffset: number, short: ReadonlySet<DiskSegment>): Promise<void> {
    return this.#changes.run(async () => {
      await this.#prepare()
      const { pool } = this.#context
      const { config } = this.partition
      const kept: DiskSegment[] = []
      const removed: DiskSegment[] = []
      for (const segment of this.#segments) {
        const isCut = short.has(segment) || segment.endOffset > endOffset
        if (isCut && segment.baseOffset < endOffset) {
          await segment.rebuild(pool, await factsBelow(pool, segment, endOffset), config)
        }
        if (segment.baseOffset < endOffset && segment.sizeBytes > 0) kept.push(segment)
        else removed.push(segment)
      }
      this.#segments = kept
      await this.#remove(removed)
      this.#sizeBytes = kept.reduce((sum, segment) => sum + segment.sizeBytes, 0)
      this.persistedEndOffset = Math.min(this.persistedEndOffset, endOffset)
      this.#forgetReads()
    })
  }

  /**
   * For the replay of a truncation: the files may have been cut and written on already, so indexes behind `offset` say nothing. Those
   * segments are read from their beginning until `truncateTo` has made the indexes anew.
   */
  forgetIndexesFrom(offset: number): void {
    for (const segment of this.#segments) {
      if (segment.endOffset <= offset) continue
      segment.indexBytes = 0
      segment.timeIndexBytes = 0
    }
    this.#forgetReads()
  }

  #forgetReads(): void {
    this.#reader.forgetHints()
    this.#context.readAhead.forget(this)
  }

  /**
   * Flushes what the files have, and says what that is: called by checkpoints. Batches written meanwhile are not part of it.
   */
  flush<T>(describe: () => T): Promise<T> {
    return this.#changes.run(async () => {
      const { disk, pool } = this.#context
      for (const segment of this.#segments) await segment.flush(pool)
      await this.#writeEpochs()
      if (this.isFolderChanged) {
        this.isFolderChanged = false
        try {
          await disk.syncDirectory(this.folder)
        } catch (error) {
          this.isFolderChanged = true
          throw error
        }
      }
      return describe()
    })
  }

  /** Ends the last segment's indexes as Kafka does when it closes; false when nothing was written since the start. */
  finish(): Promise<boolean> {
    return this.#changes.run(async () => {
      if (!this.#isPrepared || this.#hasLeft) return false
      const last = this.#segments[this.#segments.length - 1]
      if (last !== undefined) await this.#withNewIndexes(last, () => last.finish(this.#context.pool))
      return true
    })
  }

  /** Lets go of what is in memory; no file has ever been made. */
  discard(): Promise<void> {
    return this.#changes.run(async () => {
      this.#dirty.discard()
      this.#releaseTail()
      this.#hasLeft = true
    })
  }

  /** Gives the folder another name, under which it can be removed at leisure, when nothing uses it any more. */
  moveAway(to: string): Promise<void> {
    return this.#changes.run(async () => {
      const { disk, pool } = this.#context
      this.#dirty.discard()
      this.#releaseTail()
      await this.#barrier.change(async () => {
        for (const { paths } of this.#segments) for (const path of paths) await pool.forget(path)
        this.#segments = []
        this.isFolderChanged = false
        this.#hasLeft = true
        this.#forgetReads()
        try {
          await disk.rename(this.folder, to)
        } catch (error) {
          if (!(error instanceof DiskError) || error.code !== 'NOT_FOUND') throw error
        }
      })
    })
  }

  get #isDropped(): boolean {
    return this.#hasLeft || this.partition.state === 'dropped'
  }

  /** The first dirty batches are in their segment now. */
  #placed(count: number): void {
    this.persistedEndOffset = this.#dirty.placed(count) ?? this.persistedEndOffset
  }

  /** What is below the log start already need not be written, if a power cut cannot bring the old start back. */
  async #skipDeleted(): Promise<void> {
    const count = this.#dirty.countBelow(this.partition.startOffset)
    if (count === 0) return
    await this.#context.flushed()
    this.#placed(count)
  }

  /** Once a process, before the first write: makes the folder, and removes from it what no checkpoint knew of. */
  async #prepare(): Promise<void> {
    if (this.#isPrepared) return
    const { disk, pool } = this.#context
    await this.#context.enterFolder(this)
    await disk.makeDirectory(this.folder)
    const names = await disk.list(this.folder)
    const known = new Set(this.#segments.flatMap(({ paths }) => paths))
    for (const name of names) {
      const path = `${this.folder}/${name}`
      if (/^\d{20}\./.test(name) && !known.has(path)) await disk.remove(path)
    }
    if (this.#segments.length === 0 || !names.includes('partition.metadata')) {
      await writePartitionMetadata(disk, this.folder, this.partition.identity.topicId)
      this.#context.rootChanged()
    }
    const last = this.#segments[this.#segments.length - 1]
    // What comes is written behind what the indexes have.
    if (last !== undefined && !(await last.hasIndexes(pool))) await this.#reindex(last)
    await last?.trim(pool)
    this.isFolderChanged = true
    this.#isPrepared = true
  }

  /** In the background: who noticed it has been served without them. */
  #repairIndexes(segment: DiskSegment): void {
    if (this.#inRepair.has(segment)) return
    this.#inRepair.add(segment)
    const repair = this.#changes.run(async () => {
      if (!this.#isDropped && this.#segments.includes(segment)) await this.#reindex(segment)
    })
    this.#context.background(
      'making an index anew',
      repair.finally(() => this.#inRepair.delete(segment)),
    )
  }

  async #reindex(segment: DiskSegment): Promise<void> {
    const { disk, pool, logger } = this.#context
    // A start that was cut off had begun to cut this one away, and is about to do so again.
    if (((await disk.size(segment.logPath)) ?? 0) < segment.sizeBytes) return
    const facts = await factsBelow(pool, segment, Number.POSITIVE_INFINITY)
    // Where the batches themselves are damaged, readers are told, and nothing is changed.
    if (facts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) !== segment.sizeBytes) return
    const { topic, partition } = this.partition.identity
    logger.warn({ topic, partition }, `an index of ${segment.logPath} is missing or wrong: both are made anew`)
    await segment.reindex(pool, facts, this.partition.config)
    this.isFolderChanged = true
    this.#forgetReads()
    this.#context.truncated(this.partition)
  }

  /** Index files are made with their first entry, which may be long after the segment's own. */
  async #withNewIndexes(segment: DiskSegment, write: () => Promise<void>): Promise<void> {
    const { indexBytes, timeIndexBytes } = segment
    await write()
    const isNew = (bytes: number, bytesNow: number) => bytes === 0 && bytesNow > 0
    if (isNew(indexBytes, segment.indexBytes) || isNew(timeIndexBytes, segment.timeIndexBytes)) {
      this.isFolderChanged = true
    }
  }

  async #roll(baseOffset: number, nowMs: number): Promise<DiskSegment> {
    await this.#segments[this.#segments.length - 1]?.finish(this.#context.pool)
    const segment = new DiskSegment(this.folder, baseOffset, nowMs)
    this.#segments.push(segment)
    this.isFolderChanged = true
    return segment
  }

  async #deleteBelow(offset: number): Promise<void> {
    const removed = this.#segments.filter((segment) => segment.endOffset <= offset)
    this.#segments = this.#segments.filter((segment) => segment.endOffset > offset)
    this.#sizeBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
    await this.#context.flushed()
    await this.#remove(removed)
  }

  async #remove(segments: readonly DiskSegment[]): Promise<void> {
    for (const path of segments.flatMap(({ paths }) => paths)) {
      await this.#context.pool.forget(path)
      await this.#context.disk.remove(path)
    }
  }

  #cutTail(offset: number): void {
    const { tail } = this.partition
    this.#dirty.cut(offset)
    while (tail.last !== undefined && tail.last.lastOffset >= offset) this.#context.memory.release(tail.pop()!)
    if (tail.length === 0) tail.reset(offset)
  }

  #releaseTail(): void {
    const { tail } = this.partition
    while (tail.first !== undefined) this.#context.memory.release(tail.shift()!)
  }

  #segmentOf(offset: number): DiskSegment | undefined {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#segments[middle]!.endOffset <= offset) low = middle + 1
      else high = middle
    }
    return this.#segments[low]
  }

  /** Kafka's own file of leader epochs, for people and tools: the checkpoint is what counts. */
  async #writeEpochs(): Promise<void> {
    const { entries } = this.partition.fold.epochs
    const last = entries[entries.length - 1]?.leaderEpoch ?? -1
    if (last === this.#epochsWritten || !this.#isPrepared || this.#hasLeft) return
    await writeLeaderEpochs(this.#context.disk, this.folder, entries)
    this.#epochsWritten = last
  }
}
