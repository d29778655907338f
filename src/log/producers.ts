import type { ErrorName } from '../wire/index.ts'

/** How many batches of a producer are remembered to recognise duplicates (Kafka: ProducerStateEntry.NUM_BATCHES_TO_RETAIN). */
const BATCHES_KEPT = 5
const SEQUENCE_MAX = 0x7fff_ffff
/** A producer that has only been seen through a transaction marker has no sequence yet. */
const NO_SEQUENCE = -1

export interface ProducerBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  /** Its largest timestamp. */
  readonly timestampMs: number
  readonly logAppendTime: boolean
}

/** What is known of one producer. Never changed in place: an append makes a new one, so that undo and checkpoints only keep a reference. */
export interface ProducerEntry {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Oldest first, at most five. */
  readonly batches: readonly ProducerBatch[]
  readonly lastTimestampMs: number
  readonly coordinatorEpoch: number
  /** First offset of its open transaction, or -1. */
  readonly txnFirstOffset: number
}

/** The idempotence of one partition: which sequence each producer may send next (KIP-98; Kafka: ProducerStateManager). */
export class Producers {
  readonly #entries: Map<bigint, ProducerEntry>

  constructor(entries: Iterable<ProducerEntry> = []) {
    this.#entries = new Map()
    for (const entry of entries) this.#entries.set(entry.producerId, entry)
  }

  get size(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values()
  }

  get(producerId: bigint): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  /** The remembered batch that these sequences repeat, if any. */
  findDuplicate(entry: ProducerEntry, producerEpoch: number, sequences: Sequences): ProducerBatch | undefined {
    if (entry.producerEpoch !== producerEpoch) return undefined
    return entry.batches.find(
      (batch) => batch.firstSequence === sequences.first && batch.lastSequence === sequences.last,
    )
  }

  /**
   * NONE when a data batch may be appended. A producer that is not known may begin anywhere, as in Kafka since 2.4 (KIP-360: its state
   * may have expired), so UNKNOWN_PRODUCER_ID never comes from here.
   */
  check(
    entry: ProducerEntry | undefined,
    batch: { readonly producerEpoch: number; readonly firstSequence: number; readonly transactional: boolean },
  ): ErrorName {
    if (entry === undefined) return 'NONE'
    const { producerEpoch, firstSequence, transactional } = batch
    if (producerEpoch < entry.producerEpoch) return 'INVALID_PRODUCER_EPOCH'
    const last = entry.batches[entry.batches.length - 1]?.lastSequence ?? NO_SEQUENCE
    const expected = producerEpoch > entry.producerEpoch ? 0 : nextSequence(last)
    if (firstSequence !== expected) return 'OUT_OF_ORDER_SEQUENCE_NUMBER'
    return entry.txnFirstOffset !== -1 && !transactional ? 'INVALID_TXN_STATE' : 'NONE'
  }

  /** Advances the window by a checked data batch. */
  appendData(
    producerId: bigint,
    producerEpoch: number,
    batch: ProducerBatch,
    options: { readonly transactional: boolean },
  ): ProducerEntry {
    const previous = this.#entries.get(producerId)
    const sameEpoch = previous !== undefined && previous.producerEpoch === producerEpoch
    const kept = sameEpoch ? previous.batches : []
    const openTxn = previous?.txnFirstOffset ?? -1
    const entry: ProducerEntry = {
      producerId,
      producerEpoch,
      batches: kept.length < BATCHES_KEPT ? [...kept, batch] : [...kept.slice(1), batch],
      lastTimestampMs: batch.timestampMs,
      coordinatorEpoch: previous?.coordinatorEpoch ?? -1,
      txnFirstOffset: openTxn === -1 && options.transactional ? batch.baseOffset : openTxn,
    }
    this.#entries.set(producerId, entry)
    return entry
  }

  /** Ends the producer's transaction by a marker; a marker of a newer epoch empties the window. */
  appendMarker(
    producerId: bigint,
    marker: { producerEpoch: number; timestampMs: number; coordinatorEpoch: number },
  ): void {
    const previous = this.#entries.get(producerId)
    this.#entries.set(producerId, {
      producerId,
      producerEpoch: marker.producerEpoch,
      batches: previous?.producerEpoch === marker.producerEpoch ? previous.batches : [],
      lastTimestampMs: marker.timestampMs,
      coordinatorEpoch: marker.coordinatorEpoch,
      txnFirstOffset: -1,
    })
  }

  /** Puts back what was there before an append. */
  restore(producerId: bigint, previous: ProducerEntry | undefined): void {
    if (previous === undefined) this.#entries.delete(producerId)
    else this.#entries.set(producerId, previous)
  }

  /** Forgets producers silent for `expirationMs` without an open transaction (`producer.id.expiration.ms`). True if any went. */
  expire(nowMs: number, expirationMs: number): boolean {
    const before = this.#entries.size
    for (const entry of this.#entries.values()) {
      if (entry.txnFirstOffset === -1 && nowMs - entry.lastTimestampMs >= expirationMs) {
        this.#entries.delete(entry.producerId)
      }
    }
    return this.#entries.size !== before
  }
}

export interface Sequences {
  readonly first: number
  readonly last: number
}

/** Sequence of the last record of a batch: sequences wrap from 2^31-1 to 0. */
export function lastSequence(firstSequence: number, lastOffsetDelta: number): number {
  return firstSequence > SEQUENCE_MAX - lastOffsetDelta
    ? lastOffsetDelta - (SEQUENCE_MAX - firstSequence) - 1
    : firstSequence + lastOffsetDelta
}

function nextSequence(sequence: number): number {
  return sequence === SEQUENCE_MAX ? 0 : sequence + 1
}
