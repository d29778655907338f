import { Buffer } from 'node:buffer'
import {
  BATCH_HEADER_BYTES,
  batchLayout,
  decodeControlRecordType,
  emptyBatch,
  filterBatch,
  RecordCursor,
  verifyBatch,
  WireError,
} from '../../wire/index.ts'
import * as batches from '../batch.ts'
import type { AbortedTransaction } from '../transactions.ts'
import { CleanedTransactions, type MarkerType } from './cleaned-transactions.ts'
import { OffsetMap, type OffsetMapOptions } from './offset-map.ts'

/** What one pass over a log goes by. Plain values: it may be done by a worker. */
export interface CleaningParameters {
  readonly map: OffsetMapOptions
  /** First offset whose key is not in what an earlier cleaning has cleaned. */
  readonly firstDirtyOffset: number
  /** End of the segments that may be cleaned: the batch that ends here stays, if only as a header. */
  readonly upperBoundOffset: number
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** Those that overlap what is cleaned. */
  readonly aborted: readonly AbortedTransaction[]
  readonly producers: readonly LastOfProducer[]
}

/** What must stay known of an active producer: its last batch, or if it has none the marker with its epoch. */
export interface LastOfProducer {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Of its last batch of records; -1 for none. */
  readonly lastOffset: number
}

/** What a chunk of batches has become. */
export interface FilteredChunk {
  /** Whole batches; the chunk itself when nothing changed. */
  readonly bytes: Buffer
  readonly isChanged: boolean
  /** Three numbers a batch: last offset, largest timestamp (-1 of an empty one), bytes. */
  readonly facts: Float64Array
  readonly recordsRead: number
  readonly recordsDropped: number
}

/** A batch that cannot be cleaned, because it cannot be read or is not what was written. */
export class UncleanableError extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.name = 'UncleanableError'
    this.offset = offset
  }
}

/**
 * One pass of the cleaner, without its I/O: chunks of whole batches in, what stays of them out. First every chunk of the dirty part goes to
 * `index` until the map is full, then every chunk from the log's start to `endOffset` to `filter`, which decides as Kafka's Cleaner does.
 */
export class CleaningWork {
  readonly #parameters: CleaningParameters
  readonly #map: OffsetMap
  readonly #producers: ReadonlyMap<bigint, LastOfProducer>
  #transactions: CleanedTransactions
  #isFiltering = false
  readonly #pieces: Buffer[] = []
  #facts = new Float64Array(3 * 64)
  #factCount = 0

  constructor(parameters: CleaningParameters) {
    this.#parameters = parameters
    this.#map = new OffsetMap(parameters.map)
    this.#map.latestOffset = parameters.firstDirtyOffset - 1
    this.#producers = new Map(parameters.producers.map((producer) => [producer.producerId, producer]))
    this.#transactions = new CleanedTransactions(parameters.aborted)
  }

  /** Offset before which all keys are in the map: where this pass ends. */
  get endOffset(): number {
    return this.#map.latestOffset + 1
  }

  /** Aborted transactions that had records when they were filtered. */
  get abortedWithBatches(): readonly AbortedTransaction[] {
    return this.#transactions.abortedWithBatches
  }

  /**
   * Takes the keys of a chunk into the map, in the order of the log. False when the map is full: the pass ends there.
   * @throws UncleanableError
   */
  index(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length; at += batches.sizeOf(chunk, at)) {
      if (batches.lastOffsetOf(chunk, at) < this.#parameters.firstDirtyOffset) continue
      verify(chunk, at)
      if (!this.#indexBatch(chunk, at)) return false
      this.#map.latestOffset = batches.lastOffsetOf(chunk, at)
    }
    return true
  }

  /** Everything below `offset` is in the map, where no batch says so: what was there has been cleaned away. */
  indexedTo(offset: number): void {
    this.#map.latestOffset = Math.max(this.#map.latestOffset, offset - 1)
  }

  /**
   * What stays of a chunk. The answer is valid until the next call.
   * @throws UncleanableError
   */
  filter(chunk: Buffer): FilteredChunk {
    if (!this.#isFiltering) {
      this.#isFiltering = true
      this.#transactions = new CleanedTransactions(this.#parameters.aborted)
    }
    this.#factCount = 0
    let recordsRead = 0
    let recordsKept = 0
    let isChanged = false
    /** What stays as it is goes in one piece. */
    let sameFrom = 0
    for (let at = 0; at < chunk.length; ) {
      const bytes = batches.sizeOf(chunk, at)
      verify(chunk, at)
      const outcome = this.#filterBatch(chunk, at)
      recordsRead += chunk.readInt32BE(at + batchLayout.recordCount)
      recordsKept += outcome.recordsKept
      if (outcome.batch === 'same') {
        this.#addFacts(chunk, at)
      } else {
        if (sameFrom < at) this.#pieces.push(chunk.subarray(sameFrom, at))
        sameFrom = at + bytes
        isChanged = true
        if (outcome.batch !== 'gone') {
          this.#pieces.push(outcome.batch)
          this.#addFacts(outcome.batch, 0)
        }
      }
      at += bytes
    }
    if (isChanged && sameFrom < chunk.length) this.#pieces.push(chunk.subarray(sameFrom))
    const bytes = isChanged ? joined(this.#pieces) : chunk
    this.#pieces.length = 0
    const facts = this.#facts.slice(0, this.#factCount)
    return { bytes, isChanged, facts, recordsRead, recordsDropped: recordsRead - recordsKept }
  }

  #indexBatch(chunk: Buffer, at: number): boolean {
    const baseOffset = batches.baseOffsetOf(chunk, at)
    if (batches.isControl(chunk, at)) {
      this.#transactions.isDoneMarker(identityOf(chunk, at), markerType(chunk, at))
      return true
    }
    if (this.#transactions.isAborted(identityOf(chunk, at))) return true
    const count = chunk.readInt32BE(at + batchLayout.recordCount)
    // A pass ends before a batch. One that alone is too large for the map goes beyond it: the pass must get on.
    if (!this.#map.hasRoomFor(count) && this.#map.size > 0) return false
    try {
      const cursor = new RecordCursor(chunk, at, { maxBytes: DECOMPRESSED_BYTES_MAX })
      while (cursor.next()) {
        const offset = baseOffset + cursor.offsetDelta
        if (cursor.keyBytes < 0 || offset < this.#parameters.firstDirtyOffset) continue
        this.#map.put(cursor.bytes, cursor.keyAt, cursor.keyBytes, offset)
      }
    } catch (error) {
      throw unreadable(error, baseOffset)
    }
    return true
  }

  #filterBatch(chunk: Buffer, at: number): Outcome {
    const { nowMs, deleteRetentionMs } = this.#parameters
    const isControl = batches.isControl(chunk, at)
    const identity = identityOf(chunk, at)
    const horizonMs = batches.deleteHorizonOf(chunk, at)
    const isHorizonPast = horizonMs !== undefined && horizonMs <= nowMs
    const isDone = isControl
      ? this.#transactions.isDoneMarker(identity, markerType(chunk, at))
      : this.#transactions.isAborted(identity)
    const isDiscarded = isDone && (!isControl || isHorizonPast)
    const staysEmpty =
      this.#isLastOfProducer(chunk, at, isControl) || identity.lastOffset + 1 === this.#parameters.upperBoundOffset
    if (isDiscarded) return this.#emptied(chunk, at, staysEmpty)
    const baseOffset = batches.baseOffsetOf(chunk, at)
    const map = this.#map
    try {
      const { batch, recordsKept } = filterBatch(chunk, at, {
        retain: isControl
          ? () => true
          : (record) => {
              const offset = baseOffset + record.offsetDelta
              if (offset > map.latestOffset) return true
              // Kafka: only what came before the topic was compacted has none; nobody could ever replace it.
              if (record.keyBytes < 0) return false
              if (record.valueBytes < 0 && isHorizonPast) return false
              return offset >= map.get(record.bytes, record.keyAt, record.keyBytes)
            },
        needsHorizon: isControl && isDone,
        deleteHorizonMs: Math.min(nowMs + deleteRetentionMs, Number.MAX_SAFE_INTEGER),
      })
      return batch === 'empty' ? this.#emptied(chunk, at, staysEmpty) : { batch, recordsKept }
    } catch (error) {
      throw unreadable(error, baseOffset)
    }
  }

  #emptied(chunk: Buffer, at: number, stays: boolean): Outcome {
    if (!stays) return { batch: 'gone', recordsKept: 0 }
    const isEmpty = chunk.readInt32BE(at + batchLayout.recordCount) === 0
    return {
      batch: isEmpty && batches.sizeOf(chunk, at) === BATCH_HEADER_BYTES ? 'same' : emptyBatch(chunk, at),
      recordsKept: 0,
    }
  }

  #isLastOfProducer(chunk: Buffer, at: number, isControl: boolean): boolean {
    if (!batches.hasProducer(chunk, at)) return false
    const last = this.#producers.get(batches.producerIdOf(chunk, at))
    if (last === undefined) return false
    if (last.lastOffset >= 0) return batches.lastOffsetOf(chunk, at) === last.lastOffset
    return isControl && batches.producerEpochOf(chunk, at) === last.producerEpoch
  }

  #addFacts(bytes: Buffer, at: number): void {
    if (this.#factCount + 3 > this.#facts.length) {
      const grown = new Float64Array(this.#facts.length * 2)
      grown.set(this.#facts)
      this.#facts = grown
    }
    const isEmpty = bytes.readInt32BE(at + batchLayout.recordCount) === 0
    this.#facts[this.#factCount++] = batches.lastOffsetOf(bytes, at)
    this.#facts[this.#factCount++] = isEmpty ? -1 : batches.maxTimestampOf(bytes, at)
    this.#facts[this.#factCount++] = batches.sizeOf(bytes, at)
  }
}

interface Outcome {
  readonly batch: Buffer | 'same' | 'gone'
  readonly recordsKept: number
}

const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024

function identityOf(chunk: Buffer, at: number) {
  return {
    producerId: batches.producerIdOf(chunk, at),
    isTransactional: batches.isTransactional(chunk, at),
    lastOffset: batches.lastOffsetOf(chunk, at),
  }
}

function markerType(chunk: Buffer, at: number): MarkerType {
  try {
    const cursor = new RecordCursor(chunk, at)
    if (!cursor.next()) return 'none'
    const type = cursor.key === null ? undefined : decodeControlRecordType(cursor.key)
    return type === 'ABORT' || type === 'COMMIT' ? type : 'other'
  } catch (error) {
    throw unreadable(error, batches.baseOffsetOf(chunk, at))
  }
}

/** Cleaning damaged bytes would give them a checksum that is right. Batches with gaps, which an earlier cleaning left, are in order. */
function verify(chunk: Buffer, at: number): void {
  const problem = verifyBatch(chunk, at)
  if (problem === undefined) return
  if (problem.code === 'MALFORMED' && batches.looksLikeBatch(chunk, at)) return
  const offset = batches.baseOffsetOf(chunk, at)
  throw new UncleanableError(offset, `the batch at offset ${offset} is damaged: ${problem.message}`)
}

function unreadable(error: unknown, offset: number): unknown {
  if (!(error instanceof WireError)) return error
  return new UncleanableError(offset, `the batch at offset ${offset} cannot be read: ${error.message}`)
}

/** In memory of its own, so that it can be handed to another thread. */
function joined(pieces: readonly Buffer[]): Buffer {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const out = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const piece of pieces) at += piece.copy(out, at)
  return out
}
