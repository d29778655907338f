import type { RecordHeader } from '../../../wire/index.ts'
import { WireError } from '../../../wire/index.ts'
import { inspectCustom } from '../../inspect-custom.ts'
import { type Deserializer, RecordHeaders } from '../../serdes/index.ts'
import type { PartitionState } from '../partition-state.ts'
import type { BatchView } from './batch-view.ts'

/** How keys and values are decoded. */
export interface RecordSerdes<K, V> {
  readonly key: Deserializer<K>
  readonly value: Deserializer<V>
}

/** What the records of one batch have in common. */
interface RecordSource<K, V> {
  readonly state: PartitionState
  readonly view: BatchView
  readonly bytes: Buffer
  readonly serdes: RecordSerdes<K, V>
}

const UNREAD: unique symbol = Symbol('unread')

/**
 * A record: a view of the batch that it came in. Key, value and headers are cut out of it, and decoded, when they are asked for; who keeps a record keeps
 * its batch.
 */
export class ConsumerRecord<K = Buffer | null, V = Buffer | null> {
  readonly #source: RecordSource<K, V>
  readonly #offsetDelta: number
  readonly #timestampDelta: number
  readonly #keyAt: number
  readonly #keyBytes: number
  readonly #valueAt: number
  readonly #valueBytes: number
  #key: K | typeof UNREAD = UNREAD
  #value: V | typeof UNREAD = UNREAD

  /** @internal Records come from a consumer. */
  constructor(
    source: RecordSource<K, V>,
    offsetDelta: number,
    timestampDelta: number,
    keyAt: number,
    keyBytes: number,
    valueAt: number,
    valueBytes: number,
  ) {
    this.#source = source
    this.#offsetDelta = offsetDelta
    this.#timestampDelta = timestampDelta
    this.#keyAt = keyAt
    this.#keyBytes = keyBytes
    this.#valueAt = valueAt
    this.#valueBytes = valueBytes
  }

  get topic(): string {
    return this.#source.state.topic
  }

  get partition(): number {
    return this.#source.state.partition
  }

  get offset(): bigint {
    return this.#source.view.baseOffset + BigInt(this.#offsetDelta)
  }

  /** In ms since the epoch: the producer's, or the broker's where the topic has LogAppendTime; -1 for none. */
  get timestamp(): number {
    const { view } = this.#source
    return view.appendTime ?? view.baseTimestamp + this.#timestampDelta
  }

  get timestampType(): 'CreateTime' | 'LogAppendTime' {
    return this.#source.view.appendTime === undefined ? 'CreateTime' : 'LogAppendTime'
  }

  /** Of the leader that appended it; -1 when the broker does not tell. */
  get leaderEpoch(): number {
    return this.#source.view.partitionLeaderEpoch
  }

  get key(): K {
    if (this.#key === UNREAD) this.#key = this.#source.serdes.key.deserialize(this.rawKey, this, 'key') as K
    return this.#key
  }

  get value(): V {
    if (this.#value === UNREAD) this.#value = this.#source.serdes.value.deserialize(this.rawValue, this, 'value') as V
    return this.#value
  }

  /** The key as it lies in the record. */
  get rawKey(): Buffer | null {
    return this.#keyBytes < 0 ? null : this.#source.bytes.subarray(this.#keyAt, this.#keyAt + this.#keyBytes)
  }

  /** The value as it lies in the record. */
  get rawValue(): Buffer | null {
    return this.#valueBytes < 0 ? null : this.#source.bytes.subarray(this.#valueAt, this.#valueAt + this.#valueBytes)
  }

  get headers(): RecordHeaders {
    return readHeaders(this.#source.bytes, this.#valueAt + Math.max(this.#valueBytes, 0))
  }

  /** Aborts when the record's partition is taken away, with the reason. */
  get signal(): AbortSignal {
    return this.#source.state.signal
  }

  /** Plain values; the offset as text, since JSON has no bigint. */
  toJSON(): Record<string, unknown> {
    const { topic, partition, offset, timestamp, key, value, headers } = this
    return { topic, partition, offset: String(offset), timestamp, key, value, headers }
  }

  [inspectCustom](): unknown {
    const { topic, partition, offset, timestamp, key, value, headers } = this
    return { topic, partition, offset, timestamp, key, value, headers }
  }

  /** @internal Decodes what can fail now, so that the failure is the consumer's. A promise only where a deserializer answers one. */
  static settle<K, V>(record: ConsumerRecord<K, V>): Promise<void> | undefined {
    const { serdes } = record.#source
    const key = serdes.key.total === true ? UNREAD : serdes.key.deserialize(record.rawKey, record, 'key')
    const value = serdes.value.total === true ? UNREAD : serdes.value.deserialize(record.rawValue, record, 'value')
    if (key instanceof Promise || value instanceof Promise) return record.#settleLater(key, value)
    record.#key = key
    record.#value = value
    return undefined
  }

  /** @internal The assignment that it was fetched under. */
  static stateOf(record: ConsumerRecord<unknown, unknown>): PartitionState {
    return record.#source.state
  }

  /** @internal */
  static offsetDeltaOf(record: ConsumerRecord<unknown, unknown>): number {
    return record.#offsetDelta
  }

  /** @internal */
  static viewOf(record: ConsumerRecord<unknown, unknown>): BatchView {
    return record.#source.view
  }

  async #settleLater(key: unknown, value: unknown): Promise<void> {
    const [readKey, readValue] = await Promise.all([key, value])
    this.#key = readKey as K | typeof UNREAD
    this.#value = readValue as V | typeof UNREAD
  }
}

/**
 * Reads the records of one batch, one by one. `next` makes one object a record and nothing else; lengths are checked against the batch, so that a
 * damaged record is an error and never a view of something else.
 */
export class RecordReader<K, V> {
  readonly view: BatchView
  readonly #source: RecordSource<K, V>
  readonly #bytes: Buffer
  #at = 0
  #index = 0
  /** Where the record handed out last begins. */
  #lastAt = 0

  constructor(state: PartitionState, view: BatchView, serdes: RecordSerdes<K, V>) {
    this.view = view
    this.#bytes = view.unpacked!
    this.#source = { state, view, bytes: this.#bytes, serdes }
  }

  /** Share of the batch that is read, in bytes as they were fetched. */
  get readBytes(): number {
    const { length } = this.#bytes
    return length === 0 ? this.view.sizeBytes : Math.round((this.#at / length) * this.view.sizeBytes)
  }

  /** The record handed out last will be handed out again. */
  unread(): void {
    this.#at = this.#lastAt
    this.#index--
  }

  /** undefined behind the last. @throws WireError */
  next(): ConsumerRecord<K, V> | undefined {
    if (this.#index === this.view.recordCount) return undefined
    const bytes = this.#bytes
    this.#lastAt = this.#at
    const length = this.#varint()
    const end = this.#at + length
    if (length < 0 || end > bytes.length) throw malformed('a record reaches beyond its batch')
    this.#at++ // attributes: none are defined
    const timestampDelta = this.#varlong()
    const offsetDelta = this.#varint()
    const keyBytes = this.#varint()
    const keyAt = this.#at
    if (keyBytes > 0) this.#at += keyBytes
    const valueBytes = this.#varint()
    const valueAt = this.#at
    if (valueAt + valueBytes > end || keyBytes < -1 || valueBytes < -1)
      throw malformed('a field reaches beyond its record')
    this.#at = end
    this.#index++
    return new ConsumerRecord(this.#source, offsetDelta, timestampDelta, keyAt, keyBytes, valueAt, valueBytes)
  }

  #varint(): number {
    const bytes = this.#bytes
    const first = bytes[this.#at++]
    if (first === undefined) throw malformed('a varint is cut off')
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = bytes[this.#at++]
      if (byte === undefined) throw malformed('a varint is cut off')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw malformed('a varint is longer than 32 bits')
  }

  /** Zigzag, at most ten bytes; a number, exact up to 2^53. */
  #varlong(): number {
    const bytes = this.#bytes
    let low = 0 // 28 bits
    let high = 0 // the bits above, as a float
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = bytes[this.#at++]
      if (byte === undefined) throw malformed('a varlong is cut off')
      if (i < 4) low |= (byte & 0x7f) << (7 * i)
      else {
        high += (byte & 0x7f) * scale
        scale *= 128
      }
      if (byte < 0x80) {
        const magnitude = high * 0x800_0000 + (low >>> 1)
        return (low & 1) === 0 ? magnitude : -magnitude - 1
      }
    }
    throw malformed('a varlong is longer than ten bytes')
  }
}

/** @throws WireError for headers that are not whole */
function readHeaders(bytes: Buffer, start: number): RecordHeaders {
  let at = start
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw malformed('a header is cut off')
  }
  const count = varint()
  if (count === 0) return RecordHeaders.empty
  if (count < 0 || count * 2 > bytes.length - at) throw malformed('a record has an impossible number of headers')
  const headers: RecordHeader[] = []
  for (let i = 0; i < count; i++) {
    const keyBytes = varint()
    const key = bytes.toString('utf8', at, at + keyBytes)
    at += keyBytes
    const valueBytes = varint()
    if (keyBytes < 0 || at + Math.max(valueBytes, 0) > bytes.length)
      throw malformed('a header reaches beyond its record')
    headers.push({ key, value: valueBytes < 0 ? null : bytes.subarray(at, at + valueBytes) })
    at += Math.max(valueBytes, 0)
  }
  return new RecordHeaders(headers)
}

function malformed(message: string): WireError {
  return new WireError('MALFORMED', message)
}
