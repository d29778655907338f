import { type Admin, type PeekedRecords, type PlaceToPeek, placeKey } from '../../client/index.ts'
import type { PartitionLag } from './group-lag.ts'

/** What of a lag are records, and how old they are. */
export interface RecordLag {
  /** Records that are not read: exact where `minRecords` and `maxRecords` are the same, else the best guess between them. */
  readonly records: bigint
  readonly minRecords: bigint
  readonly maxRecords: bigint
  /** Timestamp of the oldest record that is not read, as its producer or the log's append gave it; undefined where there is none, or it is not known. */
  readonly oldestTimestampMs: number | undefined
  /** How long that record has been waiting: the wall clock minus its timestamp, never negative; 0 without a record; undefined where it is not known. */
  readonly lagMs: number | undefined
  /** An open transaction holds readers of committed records here: the last stable offset, where it lies before the log's end. */
  readonly lastStableOffset: bigint | undefined
}

/** How much is read of records, and remembered of them. */
export interface RecordLagOptions {
  /** Default read_committed: aborted records are none. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed' | undefined
  /** Bytes that are read at a place in one go; default 16 KB. A batch that is larger comes whole. */
  readonly maxBytes?: number | undefined
  /** Places that are looked at in one call; others keep what is known of them. Those looked at longest ago come first. Default 2,000. */
  readonly maxPlaces?: number | undefined
  /** Places that are remembered; default 50,000. */
  readonly maxRemembered?: number | undefined
}

/** Bounds of one call. */
export interface ReadRecordLagOptions {
  /** For this call, instead of the reader's. */
  readonly maxPlaces?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

/** What was read from an offset on. */
interface Seen {
  firstTimestampMs: number | undefined
  records: number
  seenTo: bigint
  lastStableOffset: bigint
  lookedAtMs: number
}

/**
 * Reads the lag of partitions in records and in time. Record batches say how many records they have, so what was read is exact, and what lies behind it is
 * guessed by its density, with bounds. A place (partition and committed offset) is looked at once for its first timestamp, by however many groups it is
 * asked for; with each call its count reaches further, until it is exact.
 */
export class RecordLagReader {
  readonly #admin: Admin
  readonly #isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly #maxBytes: number | undefined
  readonly #maxPlaces: number
  readonly #maxRemembered: number
  #looks = 0
  /** The least recently used comes first. */
  readonly #seen = new Map<string, Seen>()

  constructor(admin: Admin, options: RecordLagOptions = {}) {
    const { isolationLevel = 'read_committed', maxBytes, maxPlaces = 2_000, maxRemembered = 50_000 } = options
    this.#admin = admin
    this.#isolationLevel = isolationLevel
    this.#maxBytes = maxBytes
    this.#maxPlaces = maxPlaces
    this.#maxRemembered = maxRemembered
  }

  /** Places looked at so far, those that were looked at again counted again. */
  get looks(): number {
    return this.#looks
  }

  /** Places that are remembered now. */
  get size(): number {
    return this.#seen.size
  }

  /** Those whose lag is known, by `topic-partition@committedOffset`; what cannot be read is left out. */
  async read(
    partitions: readonly PartitionLag[],
    options: ReadRecordLagOptions = {},
  ): Promise<ReadonlyMap<string, RecordLag>> {
    const unread = new Map<string, Unread>()
    for (const partition of partitions) {
      const place = unreadOf(partition)
      if (place !== undefined) unread.set(placeKey({ ...place, offset: partition.committedOffset! }), place)
    }
    await this.#look([...unread.values()], options)
    const nowMs = this.#admin.clock.wallMs()
    const lags = new Map<string, RecordLag>()
    for (const [key, place] of unread) {
      const lag = lagOf(place, this.#use(memoryKey(place)), nowMs)
      if (lag !== undefined) lags.set(key, lag)
    }
    return lags
  }

  async #look(
    places: readonly Unread[],
    { signal, timeoutMs, maxPlaces = this.#maxPlaces }: ReadRecordLagOptions,
  ): Promise<void> {
    const due = this.#due(places, maxPlaces)
    if (due.length === 0) return
    this.#looks += due.length
    const options = { signal, timeoutMs, partial: true, maxBytes: this.#maxBytes }
    const asked = due.map(({ place, seen }) => ({ ...place, offset: seen?.seenTo ?? place.offset }))
    const peeked = await this.#admin.peekRecords(asked, { ...options, isolationLevel: this.#isolationLevel })
    const lookedAtMs = this.#admin.clock.monotonicMs()
    const held: { readonly place: Unread; readonly seen: Seen }[] = []
    for (const [i, { place, seen }] of due.entries()) {
      const found = peeked.get(placeKey(asked[i]!))
      if (found === undefined) continue
      const next = this.#note(place, seen, found, lookedAtMs)
      if (next.firstTimestampMs === undefined && next.seenTo < place.to) held.push({ place, seen: next })
    }
    // An open transaction hides its records, not their time.
    if (held.length === 0 || this.#isolationLevel === 'read_uncommitted') return
    const hidden = held.map(({ place, seen }) => ({ ...place, offset: seen.seenTo }))
    const shown = await this.#admin.peekRecords(hidden, { ...options, isolationLevel: 'read_uncommitted' })
    for (const [i, { seen }] of held.entries()) seen.firstTimestampMs = timestampOf(shown.get(placeKey(hidden[i]!)))
  }

  /** What to look at: new places first, then those that were looked at longest ago. */
  #due(
    places: readonly Unread[],
    maxPlaces: number,
  ): readonly { readonly place: Unread; readonly seen: Seen | undefined }[] {
    const due = new Map<string, { readonly place: Unread; readonly seen: Seen | undefined }>()
    for (const place of places) {
      const key = memoryKey(place)
      const known = due.get(key)
      if (known !== undefined && known.place.to >= place.to) continue
      const seen = this.#seen.get(key)
      if (seen === undefined || seen.seenTo < place.to) due.set(key, { place, seen })
    }
    if (due.size <= maxPlaces) return [...due.values()]
    const age = ({ seen }: { readonly seen: Seen | undefined }) => seen?.lookedAtMs ?? Number.NEGATIVE_INFINITY
    return [...due.values()].sort((a, b) => age(a) - age(b) || 0).slice(0, maxPlaces)
  }

  #note(place: Unread, seen: Seen | undefined, found: PeekedRecords, lookedAtMs: number): Seen {
    const key = memoryKey(place)
    const next: Seen = {
      firstTimestampMs: seen?.firstTimestampMs ?? timestampOf(found),
      records: (seen?.records ?? 0) + found.records,
      seenTo: found.seenTo,
      lastStableOffset: found.lastStableOffset,
      lookedAtMs,
    }
    this.#seen.delete(key)
    this.#seen.set(key, next)
    if (this.#seen.size > this.#maxRemembered) this.#seen.delete(this.#seen.keys().next().value!)
    return next
  }

  #use(key: string): Seen | undefined {
    const seen = this.#seen.get(key)
    if (seen === undefined) return undefined
    this.#seen.delete(key)
    this.#seen.set(key, seen)
    return seen
  }
}

/**
 * What of lags are records, and how old the oldest is that is not read: reads batches at committed offsets. By `topic-partition@committedOffset`; for who
 * asks once.
 */
export function readRecordLag(
  admin: Admin,
  partitions: readonly PartitionLag[],
  { signal, timeoutMs, ...options }: RecordLagOptions & Omit<ReadRecordLagOptions, 'maxPlaces'> = {},
): Promise<ReadonlyMap<string, RecordLag>> {
  return new RecordLagReader(admin, options).read(partitions, { signal, timeoutMs })
}

interface Unread extends PlaceToPeek {
  readonly to: bigint
  /** What is remembered of a topic is nothing to one that was made anew under its name. */
  readonly topicId: string | undefined
}

function memoryKey(place: Unread): string {
  return `${place.topicId ?? ''}/${placeKey(place)}`
}

function unreadOf({
  topic,
  partition,
  topicId,
  committedOffset,
  logStartOffset,
  logEndOffset,
  lag,
}: PartitionLag): Unread | undefined {
  if (lag === undefined || committedOffset === undefined) return undefined
  const offset = committedOffset < logStartOffset! ? logStartOffset! : committedOffset
  return { topic, partition, topicId, offset, to: logEndOffset! }
}

/** Bounds by what was seen, and a guess by its density. */
function lagOf({ offset, to }: Unread, seen: Seen | undefined, nowMs: number): RecordLag | undefined {
  if (offset >= to) {
    return {
      records: 0n,
      minRecords: 0n,
      maxRecords: 0n,
      oldestTimestampMs: undefined,
      lagMs: 0,
      lastStableOffset: undefined,
    }
  }
  if (seen === undefined) return undefined
  const records = BigInt(seen.records)
  // Another group's view may have been a moment younger.
  const ahead = seen.seenTo > to ? seen.seenTo - to : 0n
  const behind = seen.seenTo < to ? to - seen.seenTo : 0n
  const span = Number(seen.seenTo - offset)
  const density = span > 0 ? seen.records / span : 1
  const guess = records + BigInt(Math.round(Number(behind) * density))
  const minRecords = records > ahead ? records - ahead : 0n
  const most = records + behind
  const maxRecords = most < to - offset ? most : to - offset
  const { firstTimestampMs } = seen
  const isEmpty = maxRecords === 0n
  return {
    records: guess < minRecords ? minRecords : guess > maxRecords ? maxRecords : guess,
    minRecords,
    maxRecords,
    oldestTimestampMs: firstTimestampMs,
    lagMs: isEmpty ? 0 : firstTimestampMs === undefined ? undefined : Math.max(0, nowMs - firstTimestampMs),
    lastStableOffset: seen.lastStableOffset >= 0n && seen.lastStableOffset < to ? seen.lastStableOffset : undefined,
  }
}

/** -1 stands for none. */
function timestampOf(found: PeekedRecords | undefined): number | undefined {
  return found?.first === undefined || found.first.timestamp < 0 ? undefined : found.first.timestamp
}
