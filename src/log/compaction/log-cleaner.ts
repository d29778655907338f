import type { Buffer } from 'node:buffer'
import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import { batchLayout } from '../../wire/index.ts'
import * as batches from '../batch.ts'
import { DiskError } from '../disk/disk.ts'
import type { CleanerMetrics } from '../metrics.ts'
import type { Partition } from '../partition.ts'
import type { Segment } from '../segment.ts'
import type { AbortedTransaction } from '../transactions.ts'
import type { CleanableLog, Replacement } from './cleanable-log.ts'
import { type CleaningPlan, groupSegments, isDue, mustSeal, planCleaning } from './cleaning-plan.ts'
import { type CleaningThread, InlineCleaning, ThreadedCleaning } from './cleaning-thread.ts'
import { type LastOfProducer, UncleanableError } from './cleaning-work.ts'

/** Kafka's `log.cleaner.*`, looked at with each use: they may change while the broker runs. Bytes and milliseconds. */
export interface CleanerConfig {
  /** How long nothing is done when no log had to be cleaned (log.cleaner.backoff.ms). */
  readonly backoffMs: number
  /** Largest size of the map from keys to offsets (log.cleaner.dedupe.buffer.size). */
  readonly dedupeBufferBytes: number
  /** How much of it may be in use (log.cleaner.io.buffer.load.factor). */
  readonly loadFactor: number
  /** Half of it is read at a time (log.cleaner.io.buffer.size). */
  readonly ioBufferBytes: number
  /** Reads and writes together (log.cleaner.io.max.bytes.per.second). */
  readonly ioBytesPerSecondMax: number
}

export const defaultCleanerConfig: CleanerConfig = {
  backoffMs: 15_000,
  dedupeBufferBytes: 128 * 1024 * 1024,
  loadFactor: 0.9,
  ioBufferBytes: 512 * 1024,
  ioBytesPerSecondMax: Number.MAX_VALUE,
}

export interface LogCleanerOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly config: CleanerConfig
  readonly partitions: () => Iterable<Partition>
  /** The disk has failed under the cleaner's files. */
  readonly onDiskFailed: (error: DiskError) => void
}

/** A cleaning that has to stop, because the log is gone or has changed, or the store closes. Nothing is wrong. */
class CleaningStopped extends Error {}

/**
 * Cleans compacted logs, one at a time, the dirtiest first (KIP-58, KIP-354, KIP-534; Kafka: LogCleaner). One cleaning:
 *
 * 1. passes over the dirty segments and notes the last offset of each key, as many as fit into the map;
 * 2. passes over all segments up to there, and writes those that lose something anew, small neighbours into one;
 * 3. has each put into the place of the old ones by way of the journal (`Replacement.commit`).
 *
 * One read or write at a time, and the rest off the event loop or between its turns.
 */
export class LogCleaner {
  readonly #options: LogCleanerOptions
  readonly #uncleanable = new WeakSet<Partition>()
  #uncleanableCount = 0
  #timer: Cancel | undefined
  #running: Promise<void> | undefined
  #isClosed = false
  #onClose: (() => void) | undefined
  #thread: CleaningThread | undefined
  /** When the share of the disk is used up until. */
  #throttledUntilMs = 0
  #cleanings = 0
  #bytesRead = 0
  #bytesWritten = 0
  #recordsDropped = 0
  #failures = 0
  #lastCompletedMs: number | undefined

  constructor(options: LogCleanerOptions) {
    this.#options = options
    this.#schedule()
  }

  /** Looks at the segments of all compacted logs. */
  metrics(): CleanerMetrics {
    const nowMs = this.#options.clock.wallMs()
    let dirtyBytes = 0
    for (const partition of this.#options.partitions()) {
      if (!partition.config.cleanupPolicy.includes('compact') || partition.state !== 'open') continue
      dirtyBytes += planOf(partition, partition.storage.cleaning, nowMs)?.dirtyBytes ?? 0
    }
    return {
      cleanings: this.#cleanings,
      readBytes: this.#bytesRead,
      writtenBytes: this.#bytesWritten,
      droppedRecords: this.#recordsDropped,
      failures: this.#failures,
      uncleanable: this.#uncleanableCount,
      dirtyBytes,
      lastCompletedMs: this.#lastCompletedMs,
    }
  }

  /** Stops after the read or write under way; what was not swapped in is given up. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#onClose?.()
    await this.#running
  }

  #schedule(): void {
    const { clock, config } = this.#options
    if (this.#isClosed) return
    this.#timer = clock.at(clock.monotonicMs() + config.backoffMs, () => {
      this.#running = this.#cleanAll().finally(() => {
        this.#running = undefined
        this.#schedule()
      })
    })
  }

  async #cleanAll(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const next = this.#dirtiest()
        if (next === undefined) return
        await this.#clean(next.partition, next.plan)
      }
    } catch (error) {
      const { logger, onDiskFailed } = this.#options
      // Its log has changed, or the journal has refused: not again at once.
      if (error instanceof CleaningStopped) return
      this.#failures++
      if (error instanceof DiskError && error.code === 'NO_SPACE') {
        logger.warn({ err: error }, 'the disk is full: the log cleaner waits')
      } else if (error instanceof DiskError) {
        onDiskFailed(error)
      } else {
        logger.error({ err: error }, 'the log cleaner has failed by a mistake of its own; it tries again')
      }
    } finally {
      await this.#thread?.close()
      this.#thread = undefined
    }
  }

  #dirtiest(): { readonly partition: Partition; readonly plan: CleaningPlan } | undefined {
    const nowMs = this.#options.clock.wallMs()
    let best: { readonly partition: Partition; readonly plan: CleaningPlan } | undefined
    for (const partition of this.#options.partitions()) {
      const { config } = partition
      if (!config.cleanupPolicy.includes('compact') || partition.state !== 'open') continue
      if (this.#uncleanable.has(partition)) continue
      const { cleaning } = partition.storage
      const { growing } = cleaning
      if (growing !== undefined && growing.endOffset > cleaning.cleanedOffset && mustSeal(growing, config, nowMs)) {
        cleaning.seal()
      }
      const plan = planOf(partition, cleaning, nowMs)
      if (plan === undefined || !isDue(plan, config)) continue
      if (best === undefined || plan.dirtyRatio > best.plan.dirtyRatio) best = { partition, plan }
    }
    return best
  }

  async #clean(partition: Partition, plan: CleaningPlan): Promise<void> {
    const { clock, logger } = this.#options
    const { topic, partition: number } = partition.identity
    const startedMs = clock.monotonicMs()
    const cleaning = new Cleaning(partition, plan, {
      thread: this.#threadFor(plan),
      nowMs: clock.wallMs(),
      config: this.#options.config,
      checkpoint: (bytesRead, bytesWritten) => this.#step(partition, bytesRead, bytesWritten),
    })
    try {
      await cleaning.run()
    } catch (error) {
      // It has gone; others can still be cleaned.
      if (partition.isGone) return
      if (!this.#isUncleanable(partition, error)) throw error
      this.#uncleanable.add(partition)
      this.#uncleanableCount++
      this.#failures++
      logger.error(
        { err: error, topic, partition: number },
        `${topic}-${number} cannot be compacted, until the next start: ${(error as Error).message}`,
      )
      return
    }
    this.#cleanings++
    this.#lastCompletedMs = clock.wallMs()
    this.#recordsDropped += cleaning.recordsDropped
    const { segmentsBefore, segmentsAfter, bytesBefore, bytesAfter, recordsDropped, passes } = cleaning
    const ms = Math.round(clock.monotonicMs() - startedMs)
    const fields = {
      topic,
      partition: number,
      segmentsBefore,
      segmentsAfter,
      bytesBefore,
      bytesAfter,
      recordsDropped,
      passes,
      ms,
    }
    const message =
      `cleaned ${topic}-${number} up to offset ${cleaning.endOffset}: ${segmentsBefore} segments of ${bytesBefore} bytes are ` +
      `${segmentsAfter} of ${bytesAfter}, without ${recordsDropped} records, in ${ms} ms`
    // Of our own topics few want to know, and they are cleaned often.
    if (topic.startsWith('__')) logger.debug(fields, message)
    else logger.info(fields, message)
  }

  /** Damage in what was read concerns that log alone; where something was written it concerns the disk. */
  #isUncleanable(partition: Partition, error: unknown): boolean {
    if (partition.state !== 'open') return false
    return error instanceof UncleanableError || (error instanceof ReadError && !this.#isClosed)
  }

  #threadFor(plan: CleaningPlan): CleaningThread {
    if (plan.cleanBytes + plan.dirtyBytes < INLINE_BYTES_MAX) return new InlineCleaning()
    this.#thread ??= ThreadedCleaning.start() ?? new InlineCleaning()
    return this.#thread
  }

  /** Between two reads or writes: counts, waits for the throttle, and ends what is no longer wanted. */
  async #step(partition: Partition, bytesRead: number, bytesWritten: number): Promise<void> {
    this.#bytesRead += bytesRead
    this.#bytesWritten += bytesWritten
    await this.#throttle(bytesRead + bytesWritten)
    const isWanted = partition.state === 'open' && partition.config.cleanupPolicy.includes('compact')
    if (this.#isClosed || !isWanted) throw new CleaningStopped()
  }

  async #throttle(bytes: number): Promise<void> {
    const { clock, config } = this.#options
    if (config.ioBytesPerSecondMax >= UNTHROTTLED_BYTES) return
    const nowMs = clock.monotonicMs()
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, nowMs) + (bytes * 1000) / config.ioBytesPerSecondMax
    if (this.#throttledUntilMs - nowMs < THROTTLE_MS_MIN || this.#isClosed) return
    await new Promise<void>((resolve) => {
      const timer = clock.at(this.#throttledUntilMs, resolve)
      this.#onClose = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#onClose = undefined
  }
}

interface CleaningOptions {
  readonly thread: CleaningThread
  readonly nowMs: number
  readonly config: CleanerConfig
  /** Called after each read or write. @throws CleaningStopped */
  readonly checkpoint: (bytesRead: number, bytesWritten: number) => Promise<void>
}

/** A segment could not be read although the log still has it. */
class ReadError extends Error {}

/** One log being cleaned, in as many passes as the map needs. */
class Cleaning {
  readonly #partition: Partition
  readonly #plan: CleaningPlan
  readonly #options: CleaningOptions
  segmentsBefore = 0
  segmentsAfter = 0
  bytesBefore = 0
  bytesAfter = 0
  recordsDropped = 0
  passes = 0
  endOffset: number

  constructor(partition: Partition, plan: CleaningPlan, options: CleaningOptions) {
    this.#partition = partition
    this.#plan = plan
    this.#options = options
    this.endOffset = plan.firstDirtyOffset
  }

  get #log(): CleanableLog {
    return this.#partition.storage.cleaning
  }

  async run(): Promise<void> {
    const { upperBoundOffset } = this.#plan
    const { cuts } = this.#log
    const before = segmentsBelow(this.#log.segments, upperBoundOffset)
    this.segmentsBefore = before.length
    this.bytesBefore = bytesOf(before)
    while (this.endOffset < upperBoundOffset) {
      this.passes++
      const { endOffset, aborted } = await this.#pass(this.endOffset)
      // All that was dirty has gone meanwhile.
      if (endOffset <= this.endOffset) throw new CleaningStopped()
      this.endOffset = endOffset
      if (!(await this.#log.setCleanedOffset(endOffset, cuts))) throw new CleaningStopped()
      this.#partition.fold.transactions.forgetAborted(endOffset, aborted)
    }
    const after = segmentsBelow(this.#log.segments, upperBoundOffset)
    this.segmentsAfter = after.length
    this.bytesAfter = bytesOf(after)
  }

  /** Answers the offset up to which the log is clean then, and the aborted transactions that still had records. */
  async #pass(firstDirtyOffset: number): Promise<{ endOffset: number; aborted: readonly AbortedTransaction[] }> {
    const { thread, nowMs, config } = this.#options
    const { upperBoundOffset } = this.#plan
    const { aborted } = this.#partition.fold.transactions
    await thread.begin({
      map: { bytesMax: config.dedupeBufferBytes, loadFactor: config.loadFactor, seed: nowMs },
      firstDirtyOffset,
      upperBoundOffset,
      nowMs,
      deleteRetentionMs: this.#partition.config.deleteRetentionMs,
      aborted: aborted.filter(({ firstOffset }) => firstOffset < upperBoundOffset),
      producers: lastOfProducers(this.#partition),
    })
    const endOffset = await this.#index(firstDirtyOffset)
    const segments = this.#log.segments.filter(
      (segment) => segment.baseOffset < endOffset && segment.endOffset <= upperBoundOffset,
    )
    for (const group of groupSegments(segments, this.#partition.config)) await this.#cleanGroup(group)
    return { endOffset, aborted: await thread.end() }
  }

  async #index(firstDirtyOffset: number): Promise<number> {
    const { thread } = this.#options
    const { upperBoundOffset } = this.#plan
    const dirty = this.#log.segments.filter(
      (segment) => segment.endOffset > firstDirtyOffset && segment.endOffset <= upperBoundOffset,
    )
    let endOffset = firstDirtyOffset
    for (const segment of dirty) {
      const isWhole = await this.#forEachChunk(segment, (chunk) => thread.index(chunk))
      endOffset = await thread.indexedTo(isWhole ? segment.endOffset : 0)
      if (!isWhole) break
    }
    return endOffset
  }

  /** Writes a group of segments anew as one. A single segment that loses nothing stays as it is. */
  async #cleanGroup(group: readonly Segment[]): Promise<void> {
    const { thread, checkpoint } = this.#options
    let replacement: Replacement | undefined
    let recordsDropped = 0
    try {
      if (group.length > 1) replacement = await this.#log.replace(group)
      for (const segment of group) {
        let chunksSame = 0
        await this.#forEachChunk(segment, async (chunk) => {
          const filtered = await thread.filter(chunk)
          recordsDropped += filtered.recordsDropped
          if (replacement === undefined && !filtered.isChanged) {
            chunksSame++
            return true
          }
          if (replacement === undefined) {
            replacement = await this.#log.replace(group)
            await this.#copy(segment, chunksSame, replacement)
          }
          await replacement.append(filtered)
          await checkpoint(0, filtered.bytes.length)
          return true
        })
      }
      if (replacement === undefined) return
      if (!(await replacement.commit())) throw new CleaningStopped()
      this.recordsDropped += recordsDropped
    } finally {
      await replacement?.abandon().catch(() => {})
    }
  }

  /** The first chunks of a segment, which need no change, as they are. */
  async #copy(segment: Segment, chunks: number, replacement: Replacement): Promise<void> {
    let rest = chunks
    if (rest === 0) return
    await this.#forEachChunk(segment, async (chunk) => {
      await replacement.append({ bytes: chunk, facts: factsIn(chunk) })
      await this.#options.checkpoint(0, chunk.length)
      rest--
      return rest > 0
    })
  }

  /** Calls `visit` with chunks of whole batches until it answers false; true when that was never. */
  async #forEachChunk(segment: Segment, visit: (chunk: Buffer) => Promise<boolean>): Promise<boolean> {
    const { config, checkpoint } = this.#options
    const reader = this.#log.read(segment)
    while (true) {
      const chunk = await this.#next(segment, reader.next(Math.max(CHUNK_BYTES_MIN, config.ioBufferBytes / 2)))
      if (chunk === undefined) return true
      const bytes = chunk.length
      await checkpoint(bytes, 0)
      if (!(await visit(chunk))) return false
    }
  }

  async #next(segment: Segment, reading: Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    try {
      return await reading
    } catch (error) {
      if (!this.#log.segments.includes(segment)) throw new CleaningStopped()
      throw new ReadError(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }
}

function planOf(partition: Partition, cleaning: CleanableLog, nowMs: number): CleaningPlan | undefined {
  const { segments, safeEndOffset, cleanedOffset } = cleaning
  const { config, startOffset: logStartOffset } = partition
  const lastStableOffset = partition.fold.transactions.lastStableOffset(partition.visibleOffset)
  return planCleaning({ segments, safeEndOffset, cleanedOffset, logStartOffset, lastStableOffset, config }, nowMs)
}

/** The last batch of each that a failed write can no longer take back. */
function lastOfProducers(partition: Partition): LastOfProducer[] {
  return Array.from(partition.fold.producers.entries(), ({ producerId, producerEpoch, batches }) => {
    const last = batches.findLast(({ lastOffset }) => lastOffset < partition.visibleOffset) ?? batches[0]
    return { producerId, producerEpoch, lastOffset: last?.lastOffset ?? -1 }
  })
}

function segmentsBelow(segments: readonly Segment[], offset: number): readonly Segment[] {
  return segments.filter(({ endOffset }) => endOffset <= offset)
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

/** Of batches that stay as they are. */
function factsIn(chunk: Buffer): Float64Array {
  const facts: number[] = []
  for (let at = 0; at < chunk.length; at += batches.sizeOf(chunk, at)) {
    const isEmpty = chunk.readInt32BE(at + batchLayout.recordCount) === 0
    const maxTimestampMs = isEmpty ? -1 : batches.maxTimestampOf(chunk, at)
    facts.push(batches.lastOffsetOf(chunk, at), maxTimestampMs, batches.sizeOf(chunk, at))
  }
  return Float64Array.from(facts)
}

/** Smaller logs are cleaned between turns of the event loop: starting a thread would cost more. */
const INLINE_BYTES_MAX = 8 * 1024 * 1024
const CHUNK_BYTES_MIN = 4096
/** No disk is that fast. */
const UNTHROTTLED_BYTES = 1e12
/** Shorter waits are added up. */
const THROTTLE_MS_MIN = 20
