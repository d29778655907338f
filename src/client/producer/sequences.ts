import { NO_PRODUCER, NO_SEQUENCE, type ProducerBatch, type ProducerState } from './producer-batch.ts'

const SEQUENCE_MAX = 2 ** 31 - 1

/** After the largest sequence comes 0, as the broker counts. */
export function addSequence(sequence: number, count: number): number {
  return sequence > SEQUENCE_MAX - count ? count - (SEQUENCE_MAX - sequence) - 1 : sequence + count
}

/**
 * Sequence numbers of one partition of an idempotent producer (KIP-98, KIP-360), after Java's TransactionManager. A broker takes a batch
 * when it follows the one before without a gap, and knows the last five again; so what is repeated keeps its number, and where a gap cannot
 * be closed, all that is not acknowledged is counted anew in a new epoch.
 */
export class PartitionSequences {
  #state: ProducerState = NO_PRODUCER
  #next = 0
  #lastAcknowledged = -1
  /** With a sequence and no outcome, in order: on the wire, or waiting to be sent again. */
  #inFlight: ProducerBatch[] = []
  #onWire = 0
  #needsNewEpoch = false
  /** A batch was given up and may have been appended or not: no new ones until those behind it have said. */
  #isUnresolved = false

  /** Whether all that is known must be forgotten in a new epoch before anything is sent, and may be now. */
  get mustRestart(): boolean {
    if (this.#isUnresolved && this.#inFlight.length === 0) {
      this.#isUnresolved = false
      if (addSequence(this.#lastAcknowledged, 1) !== this.#next) this.#needsNewEpoch = true
    }
    return this.#needsNewEpoch && this.#onWire === 0
  }

  /** A new epoch: batches that wait get new numbers when they are sent. */
  restart(current: ProducerState): void {
    for (const batch of this.#inFlight) {
      batch.producer = NO_PRODUCER
      batch.baseSequence = NO_SEQUENCE
    }
    this.#inFlight = []
    this.#needsNewEpoch = false
    this.#adopt(current)
  }

  /** Whether this batch, the first that waits, may be sent now under the producer's id and epoch. */
  maySend(batch: ProducerBatch, current: ProducerState): boolean {
    if (this.#needsNewEpoch) return false
    if (batch.baseSequence !== NO_SEQUENCE) return this.#inFlight[0] === batch
    if (this.#isUnresolved) return false
    // A broker that knows nothing of a producer takes any sequence first: were the first batch refused, the second must not stand before it.
    if (this.#lastAcknowledged < 0 && this.#inFlight.length > 0) return false
    const isCurrent =
      this.#state.producerId === current.producerId && this.#state.producerEpoch === current.producerEpoch
    return isCurrent || this.#inFlight.length === 0
  }

  /** Gives the batch its number, unless it has one. */
  sent(batch: ProducerBatch, current: ProducerState): void {
    this.#onWire++
    if (batch.baseSequence !== NO_SEQUENCE) return
    const isCurrent =
      this.#state.producerId === current.producerId && this.#state.producerEpoch === current.producerEpoch
    if (!isCurrent) this.#adopt(current)
    batch.producer = this.#state
    batch.baseSequence = this.#next
    this.#next = addSequence(this.#next, batch.recordCount)
    this.#inFlight.push(batch)
  }

  /** It is off the wire, with or without an answer. */
  returned(): void {
    this.#onWire--
  }

  acknowledged(batch: ProducerBatch): void {
    this.#remove(batch)
    this.#lastAcknowledged = addSequence(batch.baseSequence, batch.recordCount - 1)
  }

  /** The broker has refused it: it was not appended, and what follows it cannot have been either. */
  refused(batch: ProducerBatch): void {
    if (batch.baseSequence === NO_SEQUENCE) return
    this.#remove(batch)
    const isLast = addSequence(batch.baseSequence, batch.recordCount) === this.#next
    if (isLast) this.#next = batch.baseSequence
    else this.#needsNewEpoch = true
  }

  /** It was too large, and these are its records now: they keep its numbers, so that what follows it fits behind them (as in Java). */
  split(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    if (batch.baseSequence === NO_SEQUENCE) return
    let sequence = batch.baseSequence
    for (const part of parts) {
      part.producer = batch.producer
      part.baseSequence = sequence
      sequence = addSequence(sequence, part.recordCount)
    }
    this.#inFlight.splice(this.#inFlight.indexOf(batch), 1, ...parts)
  }

  /**
   * It is on the wire and has failed for the application. It keeps its place until its answer says whether it was appended; behind a repeated
   * one, which may have been before, nothing new is sent until then (Java's markSequenceUnresolved).
   */
  expired(batch: ProducerBatch): void {
    if (batch.baseSequence !== NO_SEQUENCE && batch.attempts > 1) this.#isUnresolved = true
  }

  /** It is given up, and nobody knows whether it was appended. */
  abandoned(batch: ProducerBatch): void {
    if (batch.baseSequence === NO_SEQUENCE) return
    this.#remove(batch)
    this.#isUnresolved = true
  }

  /**
   * The broker misses what came before, or knows nothing of the producer.
   * @returns whether we know why: something before it was refused, or is to be sent again, and when that is settled this one fits
   */
  outOfOrder(batch: ProducerBatch): boolean {
    if (this.#needsNewEpoch || this.#inFlight[0] !== batch) return true
    this.#needsNewEpoch = true
    return false
  }

  /** The broker has forgotten the producer, or wants a newer epoch. */
  unknownProducer(): void {
    this.#needsNewEpoch = true
  }

  #adopt(current: ProducerState): void {
    this.#state = current
    this.#next = 0
    this.#lastAcknowledged = -1
    this.#isUnresolved = false
  }

  #remove(batch: ProducerBatch): void {
    const at = this.#inFlight.indexOf(batch)
    if (at >= 0) this.#inFlight.splice(at, 1)
  }
}
