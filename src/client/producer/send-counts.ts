import type { Clock } from '../../platform/index.ts'
import { type ProduceEvent, produceChannel } from '../diagnostics.ts'
import type { KafkaError } from '../kafka-error.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** Counts since the producer was made. */
export interface SenderStats {
  readonly requestsInFlight: number
  readonly acknowledgedRecords: number
  /** Of records, before compression. */
  readonly acknowledgedBytes: number
  readonly acknowledgedBatches: number
  readonly failedRecords: number
  /** Batches that were sent again. */
  readonly retries: number
}

/** Counts the outcomes of batches, and tells them to who listens on `kohort.produce`. */
export class SendCounts {
  readonly #clientId: string
  readonly #clock: Clock
  #acknowledgedRecords = 0
  #acknowledgedBytes = 0
  #acknowledgedBatches = 0
  #failedRecords = 0
  #retries = 0

  constructor({ clientId, clock }: { readonly clientId: string; readonly clock: Clock }) {
    this.#clientId = clientId
    this.#clock = clock
  }

  /** Before the batch has its outcome: each is counted once. */
  acknowledged(batch: ProducerBatch, baseOffset: bigint): void {
    if (batch.isDone) return
    this.#acknowledgedRecords += batch.recordCount
    this.#acknowledgedBytes += batch.byteLength
    this.#acknowledgedBatches++
    if (produceChannel.hasSubscribers) this.#publish(batch, baseOffset, undefined)
  }

  failed(batch: ProducerBatch, error: KafkaError): void {
    if (batch.isDone) return
    this.#failedRecords += batch.recordCount
    if (produceChannel.hasSubscribers) this.#publish(batch, -1n, error)
  }

  retried(): void {
    this.#retries++
  }

  stats(requestsInFlight: number): SenderStats {
    return {
      requestsInFlight,
      acknowledgedRecords: this.#acknowledgedRecords,
      acknowledgedBytes: this.#acknowledgedBytes,
      acknowledgedBatches: this.#acknowledgedBatches,
      failedRecords: this.#failedRecords,
      retries: this.#retries,
    }
  }

  #publish(batch: ProducerBatch, baseOffset: bigint, error: KafkaError | undefined): void {
    const { topic, partition, recordCount, byteLength: bytes, attempts, createdMs } = batch
    const durationMs = this.#clock.monotonicMs() - createdMs
    const event = {
      clientId: this.#clientId,
      topic,
      partition,
      recordCount,
      bytes,
      attempts,
      durationMs,
      baseOffset,
      error,
    }
    produceChannel.publish(event satisfies ProduceEvent)
  }
}
