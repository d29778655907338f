import type { Admin, AdminCallOptions, PeekedRecords } from '../../../client/index.ts'
import { placeKey } from '../../../client/index.ts'
import type { ResetChange, ResetPlan } from './reset-plan.ts'

/** What one change of a plan means to who consumes the partition; numbers are not negative, and undefined where they are not known. */
export interface ResetEffect {
  /** `again`: what lies between both offsets is read again; `skip`: it is not read; `none`: nothing lies between; `first`: nothing was committed yet. */
  readonly direction: 'again' | 'skip' | 'none' | 'first'
  /** Offsets between the old and the new one. */
  readonly offsets: bigint | undefined
  /** Records between them; an estimate unless `isExact`. */
  readonly records: bigint | undefined
  readonly isExact: boolean
  /** Their size on disk, estimated from the size of the whole partition. */
  readonly bytes: bigint | undefined
  /** Timestamps of the records at the old offset and at the new one, in ms; undefined at the end of the log too. */
  readonly fromTimestampMs: number | undefined
  readonly toTimestampMs: number | undefined
}

/** How far records are counted, in bytes a partition; behind that they are estimated. */
const COUNT_BYTES = 256 * 1024

/** Effects of a plan's changes, by `topic-partition`; those with a problem have none. */
export async function readResetEffects(
  admin: Admin,
  { changes }: ResetPlan,
  { signal, timeoutMs }: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<ReadonlyMap<string, ResetEffect>> {
  const options = { signal, timeoutMs }
  const possible = changes.filter(({ newOffset }) => newOffset !== undefined)
  const places = possible.flatMap(placesOf)
  const [peeked, sizes] = await Promise.all([
    places.length === 0
      ? new Map<string, PeekedRecords>()
      : admin.peekRecords(places, { ...options, partial: true, maxBytes: COUNT_BYTES }),
    admin.describeLogSizes(possible, options),
  ])
  const bytes = new Map<string, bigint>()
  for (const { topic, partition, bytes: size } of sizes) {
    const key = `${topic}-${partition}`
    if (size > (bytes.get(key) ?? -1n)) bytes.set(key, size)
  }
  return new Map(
    possible.map((change) => {
      const key = `${change.topic}-${change.partition}`
      const peek = (offset: bigint): PeekedRecords | undefined => peeked.get(placeKey({ ...change, offset }))
      return [key, resetEffect(change, peek, bytes.get(key))]
    }),
  )
}

/** Both ends of what a change passes, as far as there are records. */
function placesOf({ topic, partition, committedOffset, newOffset, logStartOffset, logEndOffset }: ResetChange) {
  const inLog = (offset: bigint): boolean => offset >= logStartOffset && offset < logEndOffset
  const target = newOffset!
  const from = committedOffset ?? target
  const [low, high] = from < target ? [from, target] : [target, from]
  const to = high > logEndOffset ? logEndOffset : high
  return [
    ...(inLog(low) ? [{ topic, partition, offset: low, to: to > low ? to : low + 1n }] : []),
    ...(high !== low && inLog(high) ? [{ topic, partition, offset: high, to: high + 1n }] : []),
  ]
}

/** What a change means, from what was seen at both ends. @param partitionBytes size of the whole partition on disk */
export function resetEffect(
  { committedOffset, newOffset, logStartOffset, logEndOffset }: ResetChange,
  peek: (offset: bigint) => PeekedRecords | undefined,
  partitionBytes: bigint | undefined,
): ResetEffect {
  const target = newOffset!
  const timestampAt = (offset: bigint): number | undefined => peek(offset)?.first?.timestamp
  const toTimestampMs = timestampAt(target)
  const unknown = { offsets: undefined, records: undefined, isExact: false, bytes: undefined }
  if (committedOffset === undefined)
    return { direction: 'first', ...unknown, fromTimestampMs: undefined, toTimestampMs }
  const times = { fromTimestampMs: timestampAt(committedOffset), toTimestampMs }
  if (target === committedOffset)
    return { direction: 'none', offsets: 0n, records: 0n, isExact: true, bytes: 0n, ...times }
  const [low, high] = committedOffset < target ? [committedOffset, target] : [target, committedOffset]
  const first = low < logStartOffset ? logStartOffset : low
  const end = high > logEndOffset ? logEndOffset : high
  const present = end > first ? end - first : 0n
  const span = logEndOffset - logStartOffset
  return {
    direction: target < committedOffset ? 'again' : 'skip',
    offsets: high - low,
    ...countOf(present === 0n ? undefined : peek(first), first, end),
    bytes: partitionBytes === undefined || span <= 0n ? undefined : (partitionBytes * present) / span,
    ...times,
  }
}

function countOf(
  seen: PeekedRecords | undefined,
  first: bigint,
  end: bigint,
): { readonly records: bigint | undefined; readonly isExact: boolean } {
  if (end <= first) return { records: 0n, isExact: true }
  if (seen === undefined) return { records: undefined, isExact: false }
  const records = BigInt(seen.records)
  if (seen.seenTo >= end) return { records, isExact: true }
  const looked = seen.seenTo - first
  return { records: looked <= 0n ? end - first : (records * (end - first)) / looked, isExact: false }
}
