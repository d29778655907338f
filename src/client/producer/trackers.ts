import type { KafkaError } from '../kafka-error.ts'
import { KafkaItemsError } from '../kafka-items-error.ts'
import type { Tracker } from './producer-batch.ts'

/** Where a record went. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1n where nobody said it: with acks 0. */
  readonly offset: bigint
  /** Of the record, in ms; of the log's append where the topic is configured so. */
  readonly timestamp: number
}

interface Outcome<T> {
  resolve(value: T): void
  reject(error: unknown): void
}

/** Waits for one record. */
export class SingleTracker implements Tracker {
  readonly #topic: string
  readonly #outcome: Outcome<RecordMetadata>

  constructor(topic: string, outcome: Outcome<RecordMetadata>) {
    this.#topic = topic
    this.#outcome = outcome
  }

  acknowledged(_index: number, partition: number, offset: bigint, timestamp: number): void {
    this.#outcome.resolve({ topic: this.#topic, partition, offset, timestamp })
  }

  failed(_index: number, error: KafkaError): void {
    this.#outcome.reject(error)
  }
}

/** Waits for many, with one promise. */
export class ManyTracker implements Tracker {
  readonly #topics: readonly { readonly topic: string }[]
  readonly #outcome: Outcome<readonly RecordMetadata[]>
  readonly #results: RecordMetadata[]
  #failures: Map<number, KafkaError> | undefined
  #left: number

  constructor(topics: readonly { readonly topic: string }[], outcome: Outcome<readonly RecordMetadata[]>) {
    this.#topics = topics
    this.#outcome = outcome
    this.#left = topics.length
    this.#results = new Array<RecordMetadata>(topics.length)
  }

  acknowledged(index: number, partition: number, offset: bigint, timestamp: number): void {
    this.#results[index] = { topic: this.#topics[index]!.topic, partition, offset, timestamp }
    if (--this.#left === 0) this.#settle()
  }

  failed(index: number, error: KafkaError): void {
    this.#failures ??= new Map()
    this.#failures.set(index, error)
    if (--this.#left === 0) this.#settle()
  }

  #settle(): void {
    if (this.#failures === undefined) return this.#outcome.resolve(this.#results)
    const results = new Map<number, RecordMetadata>()
    for (const [index, result] of this.#results.entries()) if (result !== undefined) results.set(index, result)
    const what = `${this.#failures.size} of ${this.#topics.length} records were not sent; record`
    this.#outcome.reject(new KafkaItemsError(what, new Map([...this.#failures].sort(([a], [b]) => a - b)), results))
  }
}
