import type { PartitionLog } from '../../log/index.ts'
import { decodeTimelineEvent, iterateBatches, loadCodecs, RecordCursor, type TimelineEvent } from '../../wire/index.ts'

export interface TimelineOptions {
  /** Only this group's events, and what says that some are missing. Default: of all groups. */
  readonly groupId?: string | undefined
  /** Wall clock in ms since the epoch: events from then on. Default: all that are kept. */
  readonly sinceMs?: number | undefined
  /** Wait for more after the newest one, until `signal` or the end of the broker. Default false. */
  readonly follow?: boolean | undefined
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined
}

/** Where events are, and how to wait for more. */
export interface TimelineSource {
  /** Resolves when all events of before are in the log. */
  flush(): Promise<void>
  /** The partition of `__group_events`; undefined while there is none. */
  log(): PartitionLog | undefined
  /** Calls `fn` once when the topic may have come or gone, or the broker stops; returns a function that forgets it. */
  onTopicChange(fn: () => void): () => void
  readonly isStopped: boolean
}

const READ_BYTES = 256 * 1024

/** The events of groups, oldest first. Holds a chunk of the topic at a time, however slow the reader is. */
export async function* readTimeline(source: TimelineSource, options: TimelineOptions): AsyncGenerator<TimelineEvent> {
  const { groupId, sinceMs = Number.NEGATIVE_INFINITY, follow = false, signal } = options
  const isOver = (): boolean => signal?.aborted === true || source.isStopped
  let current: PartitionLog | undefined
  let offset = 0n
  await source.flush()
  while (!isOver()) {
    const log = source.log()
    if (log !== current) {
      current = log
      offset = log === undefined ? 0n : await startOffset(log, sinceMs)
    }
    const chunk = log && (await readChunk(log, offset))
    if (chunk !== undefined) {
      for (const { event, end } of chunk.events) {
        offset = end
        if (groupId !== undefined && event.groupId !== groupId && event.type !== 'events-dropped') continue
        if (event.timeMs < sinceMs) continue
        yield event
        if (isOver()) return
      }
      offset = chunk.end
      continue
    }
    if (!follow) return
    await more(source, { log, offset, signal })
  }
}

async function startOffset(log: PartitionLog, sinceMs: number): Promise<bigint> {
  if (sinceMs === Number.NEGATIVE_INFINITY) return log.logStartOffset
  const found = await log.offsetForTimestamp(BigInt(Math.trunc(sinceMs)), 0)
  if (found === undefined) return log.highWatermark
  return typeof found === 'string' ? log.logStartOffset : found.offset
}

interface Chunk {
  readonly events: readonly { readonly event: TimelineEvent; readonly end: bigint }[]
  readonly end: bigint
}

/** Undefined when there is nothing from `offset` on. */
async function readChunk(log: PartitionLog, offset: bigint): Promise<Chunk | undefined> {
  const outcome = await log.read({ offset, maxBytes: READ_BYTES, atLeastOneBatch: true, isolation: 0 })
  // Retention has passed it.
  if (outcome.errorCode === 'OFFSET_OUT_OF_RANGE') return { events: [], end: outcome.logStartOffset }
  if (outcome.errorCode === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
  if (outcome.errorCode !== 'NONE') throw new Error(`the group timeline cannot be read: ${outcome.errorCode}`)
  const events: { readonly event: TimelineEvent; readonly end: bigint }[] = []
  let end = offset
  for (const buffer of outcome.records) {
    for (const header of iterateBatches(buffer)) {
      if (header.compression === 'zstd') await loadCodecs()
      const cursor = new RecordCursor(buffer, header.position)
      while (cursor.next()) {
        if (cursor.offset < offset || cursor.value === null) continue
        const event = decodeTimelineEvent(cursor.value)
        if (event !== undefined) events.push({ event, end: cursor.offset + 1n })
      }
      end = header.lastOffset + 1n
    }
  }
  return end > offset ? { events, end } : undefined
}

/** Resolves when there may be more to read. */
async function more(
  source: TimelineSource,
  {
    log,
    offset,
    signal,
  }: { readonly log: PartitionLog | undefined; readonly offset: bigint; readonly signal: AbortSignal | undefined },
): Promise<void> {
  await new Promise<void>((resolve) => {
    const undo: (() => void)[] = []
    const wake = (): void => {
      for (const fn of undo) fn()
      resolve()
    }
    undo.push(source.onTopicChange(wake))
    if (log !== undefined) undo.push(log.watch(offset, 0, wake))
    signal?.addEventListener('abort', wake, { once: true })
    undo.push(() => signal?.removeEventListener('abort', wake))
    if (signal?.aborted === true || source.isStopped) wake()
  })
}
