import type { ErrorName } from '../wire/index.ts'
import * as batches from './batch.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { lastSequence, type ProducerBatch, type ProducerEntry, Producers } from './producers.ts'
import { readMarker } from './records-in-batch.ts'
import { Transactions } from './transactions.ts'

/** What a batch changed in a fold; only what it changed is set. */
export interface FoldUndo {
  readonly beganEpoch: boolean
  readonly producer: { readonly producerId: bigint; readonly previous: ProducerEntry | undefined } | undefined
  /** 'opened': the batch began a transaction; a number: its marker, at `markerOffset`, ended one that began there. */
  readonly transaction: 'opened' | { readonly firstOffset: number; readonly markerOffset: number } | undefined
}

export type Refusal =
  | { readonly kind: 'duplicate'; readonly original: ProducerBatch }
  | { readonly kind: 'refused'; readonly errorCode: Exclude<ErrorName, 'NONE'>; readonly message: string }

/** State of a partition that follows from its batches alone: checkpoints keep it, replay and truncation make it anew. */
export class Fold {
  readonly epochs: LeaderEpochs
  readonly producers: Producers
  readonly transactions: Transactions

  constructor(parts?: { epochs: LeaderEpochs; producers: Producers; transactions: Transactions }) {
    this.epochs = parts?.epochs ?? new LeaderEpochs()
    this.producers = parts?.producers ?? new Producers()
    this.transactions = parts?.transactions ?? new Transactions()
  }

  /** Why the batch in `bytes` may not be appended: its producer's window says so. */
  check(bytes: Buffer): Refusal | undefined {
    if (!batches.hasProducer(bytes, 0) || batches.isControl(bytes, 0)) return undefined
    const previous = this.producers.get(batches.producerIdOf(bytes, 0))
    if (previous === undefined) return undefined
    const producerEpoch = batches.producerEpochOf(bytes, 0)
    const firstSequence = batches.baseSequenceOf(bytes, 0)
    const last = lastSequence(firstSequence, batches.lastOffsetDeltaOf(bytes, 0))
    const original = this.producers.findDuplicate(previous, producerEpoch, { first: firstSequence, last })
    if (original !== undefined) return { kind: 'duplicate', original }
    const transactional = batches.isTransactional(bytes, 0)
    const errorCode = this.producers.check(previous, { producerEpoch, firstSequence, transactional })
    if (errorCode === 'NONE') return undefined
    const lastKnown = previous.batches[previous.batches.length - 1]?.lastSequence ?? -1
    const message =
      `producer ${previous.producerId} is at epoch ${previous.producerEpoch} and sequence ${lastKnown}; ` +
      `the batch has epoch ${producerEpoch} and first sequence ${firstSequence}`
    return { kind: 'refused', errorCode, message }
  }

  /** Adds a batch, which is trusted; the answer can undo it, and is undefined when nothing but the log end changed. */
  add(bytes: Buffer, baseOffset: number, leaderEpoch: number): FoldUndo | undefined {
    const beganEpoch = this.epochs.assign(leaderEpoch, baseOffset)
    if (!batches.hasProducer(bytes, 0)) {
      return beganEpoch ? { beganEpoch, producer: undefined, transaction: undefined } : undefined
    }
    return batches.isControl(bytes, 0)
      ? this.#addMarker(bytes, baseOffset, beganEpoch)
      : this.#addData(bytes, baseOffset, beganEpoch)
  }

  /** Takes back what the last `add` did. */
  undo(undo: FoldUndo): void {
    if (undo.beganEpoch) this.epochs.undoAssign()
    if (undo.producer === undefined) return
    const { producerId, previous } = undo.producer
    this.producers.restore(producerId, previous)
    if (undo.transaction === 'opened') this.transactions.undoOpen(producerId)
    else if (undo.transaction !== undefined) this.transactions.undoEnd(producerId, undo.transaction)
  }

  /** Forgets what lies below the log start. Producers stay until they expire, as in Kafka. */
  cutStart(logStartOffset: number): void {
    this.epochs.cutStart(logStartOffset)
    this.transactions.cutStart(logStartOffset)
  }

  #addData(bytes: Buffer, baseOffset: number, beganEpoch: boolean): FoldUndo {
    const producerId = batches.producerIdOf(bytes, 0)
    const previous = this.producers.get(producerId)
    const firstSequence = batches.baseSequenceOf(bytes, 0)
    const delta = batches.lastOffsetDeltaOf(bytes, 0)
    const transactional = batches.isTransactional(bytes, 0)
    const batch: ProducerBatch = {
      firstSequence,
      lastSequence: lastSequence(firstSequence, delta),
      baseOffset,
      lastOffset: baseOffset + delta,
      timestampMs: batches.maxTimestampOf(bytes, 0),
      logAppendTime: batches.isLogAppendTime(bytes, 0),
    }
    this.producers.appendData(producerId, batches.producerEpochOf(bytes, 0), batch, { transactional })
    const opened = transactional && (previous === undefined || previous.txnFirstOffset === -1)
    if (opened) this.transactions.open(producerId, baseOffset)
    return { beganEpoch, producer: { producerId, previous }, transaction: opened ? 'opened' : undefined }
  }

  #addMarker(bytes: Buffer, baseOffset: number, beganEpoch: boolean): FoldUndo | undefined {
    const marker = readMarker(bytes)
    if (marker === undefined)
      return beganEpoch ? { beganEpoch, producer: undefined, transaction: undefined } : undefined
    const producerId = batches.producerIdOf(bytes, 0)
    const previous = this.producers.get(producerId)
    this.producers.appendMarker(producerId, {
      producerEpoch: batches.producerEpochOf(bytes, 0),
      timestampMs: batches.maxTimestampOf(bytes, 0),
      coordinatorEpoch: marker.coordinatorEpoch,
    })
    const firstOffset = this.transactions.end(producerId, baseOffset, marker.outcome)
    const transaction = firstOffset === -1 ? undefined : { firstOffset, markerOffset: baseOffset }
    return { beganEpoch, producer: { producerId, previous }, transaction }
  }
}
