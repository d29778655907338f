import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, Producer } from '../../../src/client/index.ts'
import { distUrl } from '../../built/support.ts'
import { waitUntil } from '../support/index.ts'

/** The build, whose consumers have their heartbeats in the thread. */
export const { Kafka, string } = (await import(
  distUrl('client/index.js')
)) as typeof import('../../../src/client/index.ts')

/** Sends `0`, `1`, `2`, … to each partition of a topic, at its own pace, whether brokers answer or not. */
export class Load {
  /** Records that were given to the producer, by partition. */
  readonly counts: number[]
  readonly #failures: unknown[] = []
  readonly #sending = new Set<Promise<void>>()
  readonly #running: Promise<void>
  #isStopping = false

  constructor(producer: Producer, topic: string, partitions: number) {
    this.counts = Array.from({ length: partitions }, () => 0)
    this.#running = this.#run(producer, topic)
  }

  /** Resolves when everything is acknowledged. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    await Promise.all(this.#sending)
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, `${this.#failures.length} sends failed`)
  }

  async #run(producer: Producer, topic: string): Promise<void> {
    while (!this.#isStopping) {
      for (const partition of this.counts.keys()) {
        const value = String(this.counts[partition]!++)
        const sent: Promise<void> = producer
          .send({ topic, partition, value })
          .then(
            () => {},
            (error) => void this.#failures.push(error),
          )
          .then(() => void this.#sending.delete(sent))
        this.#sending.add(sent)
      }
      await pause(5)
    }
  }
}

/** Reads what a `Load` sends, and notes whatever is missing, double or out of order. */
export class Reading {
  readonly complaints: string[] = []
  readonly done: Promise<void>
  #seen: number[]
  readonly #consumer: Consumer<Buffer | null, string | null>

  constructor(consumer: Consumer<Buffer | null, string | null>, partitions: number) {
    this.#consumer = consumer
    this.#seen = Array.from({ length: partitions }, () => 0)
    this.done = this.#run().catch((error: unknown) => void this.complaints.push(String(error)))
  }

  get seen(): readonly number[] {
    return this.#seen
  }

  /** Waits until it has seen so many records more of each partition. */
  async more(count: number): Promise<void> {
    const goal = this.#seen.map((seen) => seen + count)
    await this.until(goal)
  }

  /** Waits until it has seen so many of each partition. */
  async until(goal: readonly number[]): Promise<void> {
    await waitUntil(`${goal} records`, () => goal.every((wanted, i) => this.#seen[i]! >= wanted), {
      deadlineMs: 120_000,
      details: () => `seen: ${this.#seen}\n${this.complaints}\n${JSON.stringify(this.#consumer.explain(), plain)}`,
    })
  }

  async #run(): Promise<void> {
    for await (const { partition, offset, value } of this.#consumer.records()) {
      const expected = this.#seen[partition]!
      if (Number(value) !== expected) {
        this.complaints.push(`partition ${partition}: ${value} at offset ${offset} instead of ${expected}`)
      }
      this.#seen[partition] = Number(value) + 1
    }
  }
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
