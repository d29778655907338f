import type { LogStore, PartitionLog } from '../../log/index.ts'
import type { ReplayedRecord, ShardLog } from '../../runtime/index.ts'
import { decodeControlRecordType } from '../../wire/index.ts'
import { encodeKeyedRecords, replayRecords } from '../log-records.ts'

/**
 * A partition of `__consumer_offsets` as the log of a group shard. It has one owner: offsets are counted here, so that the end is known
 * before the write has returned. After a failed append it reports the failure once, and what was appended later counts for nothing.
 */
export class OffsetsShardLog implements ShardLog {
  readonly #logs: LogStore
  readonly #log: PartitionLog
  readonly #previous: OffsetsShardLog | undefined
  #endOffset: bigint
  #durableOffset: bigint
  #failed = false
  #inFlight = 0
  readonly #idle: (() => void)[] = []
  #listener: ((error?: Error) => void) | undefined

  /** @param previous the failed owner that this one follows: replay waits for the end of its appends. */
  constructor(logs: LogStore, log: PartitionLog, previous?: OffsetsShardLog) {
    this.#logs = logs
    this.#log = log
    this.#previous = previous
    this.#endOffset = log.highWatermark
    this.#durableOffset = log.highWatermark
  }

  get endOffset(): bigint {
    return this.#endOffset
  }

  get durableOffset(): bigint {
    return this.#durableOffset
  }

  append(records: readonly { readonly key: Buffer; readonly value: Buffer | null }[], wallMs: number): void {
    const batches = encodeKeyedRecords(records, wallMs)
    this.#endOffset += BigInt(records.length)
    const endOffset = this.#endOffset
    this.#inFlight += 1
    void this.#logs.append([{ log: this.#log, batches }], 'durable').then((outcome) => {
      this.#inFlight -= 1
      if (outcome.errorCode === 'NONE') this.#rise(endOffset)
      else this.#fail(Object.assign(new Error(outcome.message), { code: outcome.errorCode }))
      if (this.#inFlight === 0) for (const resume of this.#idle.splice(0)) resume()
    })
  }

  onProgress(listener: (error?: Error) => void): void {
    this.#listener = listener
  }

  async replay(visit: (record: ReplayedRecord) => void): Promise<void> {
    await this.#previous?.settled()
    await replayRecords(this.#log, ({ cursor, key, value }) => {
      const { header } = cursor
      if (header.isControl) {
        const type = decodeControlRecordType(key)
        if (type !== 'COMMIT' && type !== 'ABORT') return
        const { producerId, producerEpoch } = header
        visit({ kind: 'marker', producerId, producerEpoch, outcome: type === 'COMMIT' ? 'commit' : 'abort' })
        return
      }
      const { producerId, producerEpoch } = header
      const origin = header.isTransactional ? { producerId, producerEpoch } : undefined
      visit({ kind: 'record', offset: cursor.offset, timestampMs: cursor.timestamp, key, value, origin })
    })
    this.#endOffset = this.#log.highWatermark
    this.#durableOffset = this.#endOffset
  }

  /** Resolves when no append is on its way. */
  settled(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #rise(endOffset: bigint): void {
    if (this.#failed || endOffset <= this.#durableOffset) return
    this.#durableOffset = endOffset
    this.#listener?.()
  }

  #fail(error: Error): void {
    if (this.#failed) return
    this.#failed = true
    this.#listener?.(error)
  }
}
