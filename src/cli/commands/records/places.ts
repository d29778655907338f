import type { Admin, OffsetSpec, OffsetToList, TopicPartition } from '../../../client/index.ts'
import { UsageError } from '../../exit-code.ts'
import { parseSince } from '../groups/since.ts'

/** Where reading begins or ends, as it is typed. */
export type Place =
  | { readonly kind: 'beginning' | 'end' }
  | { readonly kind: 'offset'; readonly offset: bigint }
  | { readonly kind: 'time'; readonly timeMs: number }

/** 'beginning', 'end', an offset, a time (ISO 8601, or ms with @), or how long ago ('1h'). @throws UsageError */
export function parsePlace(text: string, option: string, nowMs: number): Place {
  if (text === 'beginning' || text === 'end') return { kind: text }
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: BigInt(text) }
  if (/^@\d+$/.test(text)) return { kind: 'time', timeMs: Number(text.slice(1)) }
  if (!/^\d/.test(text)) {
    throw new UsageError(
      `${option} ${text} is no place; write beginning, end, an offset, a time (2026-11-21T10:00:00Z, @1790000000000) or how long ago (15m, 2d).`,
    )
  }
  return { kind: 'time', timeMs: parseSince(text, nowMs, option) }
}

/** The offsets of a place in partitions, by `topic-partition`, within what there is now. */
export async function offsetsOf(
  place: Place,
  partitions: readonly TopicPartition[],
  admin: Admin,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, bigint>> {
  const listed = (spec: OffsetSpec) =>
    admin.listOffsets(
      partitions.map(({ topic, partition }): OffsetToList => ({ topic, partition, spec })),
      { signal },
    )
  const [begins, ends] = await Promise.all([listed('earliest'), listed('latest')])
  const times = place.kind === 'time' ? await listed({ timestamp: place.timeMs }) : undefined
  return new Map(
    partitions.map(({ topic, partition }) => {
      const name = `${topic}-${partition}`
      const [begin, end] = [begins.get(name)!.offset, ends.get(name)!.offset]
      return [name, within(offsetOf(), begin, end)] as const
      function offsetOf(): bigint {
        switch (place.kind) {
          case 'beginning':
            return begin
          case 'end':
            return end
          case 'offset':
            return place.offset
          case 'time': {
            const found = times!.get(name)!.offset
            // No record is as young.
            return found < 0n ? end : found
          }
        }
      }
    }),
  )
}

function within(offset: bigint, begin: bigint, end: bigint): bigint {
  return offset < begin ? begin : offset > end ? end : offset
}
