import assert from 'node:assert/strict'
import type { AppendOutcome, DiskLogStore, LogConfig, LogIdentity, PartitionLog } from '../../src/log/index.ts'
import { encodeBatch, iterateBatches, RecordCursor } from '../../src/wire/index.ts'

/** A partition of a topic, and what its producers were told of it. */
export class ProducedLog {
  readonly identity: LogIdentity
  readonly config: LogConfig
  /** Offset to value: acknowledged. */
  readonly acknowledged = new Map<number, string>()

  constructor(identity: LogIdentity, config: LogConfig) {
    this.identity = identity
    this.config = config
  }

  /** Everything acknowledged is where it was, nothing is there twice, and each producer's records are in its order. */
  async check(store: DiskLogStore): Promise<number> {
    const log = store.open(this.identity, this.config)
    const found = await valuesIn(log)
    const name = `${this.identity.topic}-${this.identity.partition}`
    for (const [offset, value] of this.acknowledged) assert.equal(found[offset], value, `${name} at ${offset}`)
    const last = new Map<string, number>()
    for (const [offset, value] of found.entries()) {
      const [producer, number] = value.split(' ') as [string, string]
      assert.ok(Number(number) > (last.get(producer) ?? -1), `${name} has ${value} twice or too late, at ${offset}`)
      last.set(producer, Number(number))
    }
    return found.length
  }
}

/** Sends one batch at a time, and the same again until it knows that the log has it: over the deaths of brokers too. */
export class IdempotentProducer {
  readonly #target: ProducedLog
  readonly #newProducerId: () => bigint
  readonly #onFailure: (error: unknown) => void
  #mayBeForgotten = false
  #producerId: bigint
  #sequence = 0
  #number = 0
  #pending: readonly string[] | undefined
  #isSending = false
  #life = 0

  constructor(
    target: ProducedLog,
    options: { readonly newProducerId: () => bigint; readonly onFailure: (error: unknown) => void },
  ) {
    this.#target = target
    this.#newProducerId = options.newProducerId
    this.#onFailure = options.onFailure
    this.#producerId = options.newProducerId()
  }

  /** A power cut under another mode than fsync: the log may know less of it than it was told. */
  forgotten(): void {
    this.#mayBeForgotten = true
  }

  reconnect(): void {
    this.#life++
    this.#isSending = false
  }

  act(store: DiskLogStore, count: number): void {
    if (this.#isSending) return
    this.#pending ??= Array.from({ length: count }, () => `${this.#producerId} ${this.#number++}`)
    const values = this.#pending
    const batches = encodeBatch({
      records: values.map((value) => ({ timestamp: 1_700_000_000_000, key: null, value: Buffer.from(value) })),
      producerId: this.#producerId,
      producerEpoch: 0,
      baseSequence: this.#sequence,
    })
    this.#isSending = true
    const life = this.#life
    const log = store.open(this.#target.identity, this.#target.config)
    const answered = (outcome: AppendOutcome): void => {
      if (life !== this.#life) return
      this.#isSending = false
      if (outcome.errorCode === 'NONE') {
        this.#sequence += values.length
        this.#pending = undefined
        const base = Number(outcome.appended[0]!.baseOffset)
        for (const [i, value] of values.entries()) this.#target.acknowledged.set(base + i, value)
        this.#mayBeForgotten = false
      } else if (outcome.errorCode !== 'KAFKA_STORAGE_ERROR') {
        assert.ok(this.#mayBeForgotten, `producer ${this.#producerId} is told ${outcome.errorCode}: ${outcome.message}`)
        this.#producerId = this.#newProducerId()
        this.#sequence = 0
        this.#number = 0
        this.#pending = undefined
      }
    }
    store.append([{ log, batches }], 'durable').then(answered).catch(this.#onFailure)
  }
}

async function valuesIn(log: PartitionLog): Promise<string[]> {
  const values: string[] = []
  while (values.length < Number(log.highWatermark)) {
    const offset = BigInt(values.length)
    const outcome = await log.read({ offset, maxBytes: 10_000, atLeastOneBatch: true, isolation: 0 })
    assert.equal(outcome.errorCode, 'NONE', `${log.identity.topic} at ${offset}`)
    for (const buffer of outcome.records) {
      for (const { position } of iterateBatches(buffer)) {
        const cursor = new RecordCursor(buffer, position)
        while (cursor.next()) {
          if (Number(cursor.offset) < values.length) continue
          assert.equal(Number(cursor.offset), values.length)
          values.push(cursor.value!.toString())
        }
      }
    }
    assert.ok(values.length > Number(offset), `nothing at ${offset}`)
  }
  return values
}
