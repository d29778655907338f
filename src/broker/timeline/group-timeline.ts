import type { GroupEvent } from '../../coordinator/index.ts'
import type { LogStore, PartitionLog } from '../../log/index.ts'
import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import { encodeBatch, type TimelineEvent } from '../../wire/index.ts'
import type { BrokerConfig } from '../configs/index.ts'
import type { MetadataStore } from '../metadata/metadata-store.ts'
import { encodeEvent, weightOf } from './encode-event.ts'
import { ensureGroupEventsTopic } from './events-topic.ts'
import { readTimeline, type TimelineOptions, type TimelineSource } from './read-timeline.ts'

export interface GroupTimelineOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly config: BrokerConfig
  readonly metadata: MetadataStore
  readonly logs: LogStore
  /** The one partition of `__group_events`; undefined while it does not exist. */
  log(): PartitionLog | undefined
}

/** Events are written together: a rebalance is a handful of them. */
const WRITE_DELAY_MS = 50
const BATCH_BYTES_MAX = 128 * 1024
/** What events may take of the disk in the long run, whatever groups do; and how much of it may be saved up for a storm. */
const BYTES_PER_SECOND = 256 * 1024
const BYTES_SAVED_MAX = 4 * 1024 * 1024
/** Of events that wait to be written, about partitions. */
const WAITING_WEIGHT_MAX = 500_000

/**
 * Keeps why groups changed in `__group_events`, beside the groups' own work: events wait in a bounded queue, are written in few batches, and at
 * no more than a quarter of a megabyte a second. What does not fit is counted, and its place in the topic says so.
 */
export class GroupTimeline {
  readonly #options: GroupTimelineOptions
  #waiting: GroupEvent[] = []
  #waitingWeight = 0
  #dropped = 0
  #timer: Cancel | undefined
  #writing: Promise<void> | undefined
  #savedBytes = BYTES_SAVED_MAX
  #savedAtMs: number
  readonly #readers = new Set<() => void>()
  #stopped = false
  #isFailing = false

  constructor(options: GroupTimelineOptions) {
    this.#options = options
    this.#savedAtMs = options.clock.monotonicMs()
    options.metadata.onChange(() => this.#wakeReaders())
  }

  /** What is kept, oldest first; with `follow` also what comes. Each iteration reads anew. */
  read(options: TimelineOptions = {}): AsyncIterable<TimelineEvent> {
    const isStopped = (): boolean => this.#stopped
    const source: TimelineSource = {
      flush: () => this.flush(),
      log: () => this.#options.log(),
      onTopicChange: (fn) => {
        this.#readers.add(fn)
        return () => this.#readers.delete(fn)
      },
      get isStopped() {
        return isStopped()
      },
    }
    return { [Symbol.asyncIterator]: () => readTimeline(source, options) }
  }

  /** Never throws, and takes no time to speak of. */
  add(event: GroupEvent): void {
    if (this.#stopped || !this.#options.config.values.groupEventsEnable) return
    const weight = weightOf(event)
    if (this.#waitingWeight + weight > WAITING_WEIGHT_MAX) this.#dropped++
    else {
      this.#waiting.push(event)
      this.#waitingWeight += weight
    }
    this.#schedule()
  }

  /** Resolves when what was added before is in the topic, or dropped. */
  async flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    while (this.#writing !== undefined) await this.#writing
    while (this.#waiting.length > 0 || this.#dropped > 0) {
      this.#writing = this.#write(BATCH_BYTES_MAX)
      await this.#writing
    }
  }

  /** Writes what waits. Events that come later are not kept. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wakeReaders()
    await this.flush()
  }

  #wakeReaders(): void {
    for (const wake of [...this.#readers]) wake()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#writing !== undefined || this.#stopped) return
    if (this.#waiting.length === 0 && this.#dropped === 0) return
    const { clock } = this.#options
    this.#timer = clock.at(clock.monotonicMs() + WRITE_DELAY_MS, () => {
      this.#timer = undefined
      const bytes = Math.min(this.#allowance(), BATCH_BYTES_MAX)
      if (bytes > 0) this.#writing = this.#write(bytes)
      else this.#schedule()
    })
  }

  /** Bytes that may be written now. */
  #allowance(): number {
    const nowMs = this.#options.clock.monotonicMs()
    const earned = ((nowMs - this.#savedAtMs) / 1_000) * BYTES_PER_SECOND
    this.#savedAtMs = nowMs
    this.#savedBytes = Math.min(BYTES_SAVED_MAX, this.#savedBytes + earned)
    return this.#savedBytes
  }

  /** Writes one batch of about so many bytes. Never rejects. */
  async #write(bytesMax: number): Promise<void> {
    try {
      await this.#append(bytesMax)
    } catch (error) {
      this.#failed(error)
    }
    this.#writing = undefined
    this.#schedule()
  }

  async #append(bytesMax: number): Promise<void> {
    const { clock, config, metadata, logs } = this.#options
    const created = await ensureGroupEventsTopic(metadata, config)
    const log = this.#options.log()
    const dropped = this.#dropped
    this.#dropped = 0
    const { records, bytes } = this.#take(bytesMax)
    if (dropped > 0) records.unshift(droppedRecord(dropped, Math.trunc(clock.wallMs())))
    if (records.length === 0) return
    this.#savedBytes -= bytes
    if (created.errorCode !== 'NONE' || log === undefined) {
      return this.#failed(created.errorCode === 'NONE' ? 'its topic is gone' : created.message)
    }
    const outcome = await logs.append([{ log, batches: encodeBatch({ records }) }], 'durable')
    if (outcome.errorCode !== 'NONE') return this.#failed(outcome.message)
    this.#isFailing = false
  }

  #take(bytesMax: number): { readonly records: EventRecord[]; readonly bytes: number } {
    const records: EventRecord[] = []
    let bytes = 0
    while (bytes < bytesMax && records.length < this.#waiting.length) {
      const event = this.#waiting[records.length]!
      const value = encodeEvent(event)
      bytes += value.length
      this.#waitingWeight -= weightOf(event)
      records.push({ key: Buffer.from(event.groupId), value, timestamp: event.wallMs })
    }
    this.#waiting = this.#waiting.slice(records.length)
    return { records, bytes }
  }

  /** The events that were to be written are lost; groups go on. Said once until it works again. */
  #failed(why: unknown): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#options.logger.warn(
      { err: why },
      `events of groups could not be kept: ${why instanceof Error ? why.message : why}`,
    )
  }
}

interface EventRecord {
  readonly key: Buffer | null
  readonly value: Buffer
  readonly timestamp: number
}

function droppedRecord(dropped: number, wallMs: number): EventRecord {
  const event: TimelineEvent = {
    version: 1,
    timeMs: wallMs,
    groupId: '',
    protocol: null,
    generationId: -1,
    type: 'events-dropped',
    trigger: 'overload',
    reason: `${dropped} events were more than could be kept`,
    dropped,
  }
  return { key: null, value: Buffer.from(JSON.stringify(event)), timestamp: wallMs }
}
