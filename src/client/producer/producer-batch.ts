import { BatchBuilder, type CompressionType, decodeRecords, type HeaderToAppend } from '../../wire/index.ts'
import type { KafkaError } from '../kafka-error.ts'

/** Who waits for records: of one `send`, or of one `sendBatch`. */
export interface Tracker {
  acknowledged(index: number, partition: number, offset: bigint, timestamp: number): void
  failed(index: number, error: KafkaError): void
}

export interface ProducerState {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export const NO_PRODUCER: ProducerState = { producerId: -1n, producerEpoch: -1 }
export const NO_SEQUENCE = -1

/** Records of one partition that are sent, acknowledged and repeated together. */
export class ProducerBatch {
  readonly topic: string
  readonly partition: number
  /** Rises by 1 with each batch of the producer, and by less among the parts of one: batches that come back go before younger ones. */
  order: number
  #orderWidth = 1
  readonly createdMs: number
  readonly builder: BatchBuilder
  readonly #fullBytes: number
  /** Of the records, in their order. */
  readonly #trackers: Tracker[] = []
  readonly #indexes: number[] = []
  readonly #timestamps: number[] = []
  #onDone: (() => void)[] | undefined
  /** No more records: another batch follows, or it has been sent. */
  isClosed = false
  isDone = false
  attempts = 0
  /** The node that it was sent to last. */
  nodeId = -1
  /** Not before, after a failure. */
  retryAtMs = 0
  lastError: KafkaError | undefined
  producer: ProducerState = NO_PRODUCER
  baseSequence = NO_SEQUENCE

  constructor(
    place: { readonly topic: string; readonly partition: number },
    order: number,
    createdMs: number,
    /** That it may have, about. */
    bytes: number,
    /** From there on it does not wait for more. */
    fullBytes = bytes,
  ) {
    this.topic = place.topic
    this.partition = place.partition
    this.order = order
    this.createdMs = createdMs
    this.builder = new BatchBuilder(bytes)
    this.#fullBytes = fullBytes
  }

  /** Takes no more, or has what it was made for: nothing is gained by waiting. */
  get isFull(): boolean {
    return this.isClosed || this.byteLength >= this.#fullBytes
  }

  get recordCount(): number {
    return this.builder.recordCount
  }

  get byteLength(): number {
    return this.builder.byteLength
  }

  append(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly HeaderToAppend[] | undefined,
    tracker: Tracker,
    index: number,
  ): void {
    this.builder.append(timestamp, key, value, headers)
    this.#trackers.push(tracker)
    this.#indexes.push(index)
    this.#timestamps.push(timestamp)
  }

  bytes(compression: CompressionType, level: number | undefined): Buffer {
    const { producerId, producerEpoch } = this.producer
    return this.builder.build({ compression, level, producerId, producerEpoch, baseSequence: this.baseSequence })
  }

  /** @param baseOffset -1 where the broker did not say it (acks=0, or a duplicate that it remembers no more) */
  acknowledge(baseOffset: bigint, logAppendTimeMs: number): void {
    if (this.#end()) return
    for (let i = 0; i < this.#trackers.length; i++) {
      const offset = baseOffset < 0n ? -1n : baseOffset + BigInt(i)
      const timestamp = logAppendTimeMs < 0 ? this.#timestamps[i]! : logAppendTimeMs
      this.#trackers[i]!.acknowledged(this.#indexes[i]!, this.partition, offset, timestamp)
    }
  }

  /** @param errors of single records, where the broker named them (KIP-467) */
  fail(error: KafkaError, errors?: ReadonlyMap<number, KafkaError>): void {
    if (this.#end()) return
    for (let i = 0; i < this.#trackers.length; i++)
      this.#trackers[i]!.failed(this.#indexes[i]!, errors?.get(i) ?? error)
  }

  whenDone(fn: () => void): void {
    this.#onDone ??= []
    this.#onDone.push(fn)
  }

  /** The same records in smaller batches, of about half the bytes. This one is of no use any more. */
  split(): readonly ProducerBatch[] {
    const bytesMax = Math.max(1, Math.floor(this.byteLength / 2))
    const parts: ProducerBatch[] = []
    const records = decodeRecords(this.bytes('none', undefined))
    for (const [i, { timestamp, key, value, headers }] of records.entries()) {
      let part = parts.at(-1)
      if (part === undefined || part.byteLength + part.builder.bytesOf(timestamp, key, value, headers) > bytesMax) {
        part = new ProducerBatch(this, this.order, this.createdMs, bytesMax)
        part.isClosed = true
        part.attempts = this.attempts
        parts.push(part)
      }
      part.append(timestamp, key, value, headers, this.#trackers[i]!, this.#indexes[i]!)
    }
    for (const [i, part] of parts.entries()) {
      part.#orderWidth = this.#orderWidth / parts.length
      part.order = this.order + i * part.#orderWidth
    }
    const onDone = this.#onDone ?? []
    let left = parts.length
    for (const part of parts) {
      part.whenDone(() => {
        if (--left === 0) for (const fn of onDone) fn()
      })
    }
    return parts
  }

  #end(): boolean {
    if (this.isDone) return true
    this.isDone = true
    for (const fn of this.#onDone ?? []) queueMicrotask(fn)
    return false
  }
}
