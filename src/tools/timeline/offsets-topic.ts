import { javaHashCode } from '../../assignor/index.ts'
import type { Kafka } from '../../client/index.ts'
import { WireError } from '../../wire/index.ts'
import { readPartition } from '../read-partition.ts'
import { decodeOffsetsRecord, type OffsetsRecord } from './inference/offsets-record.ts'

export const OFFSETS_TOPIC = '__consumer_offsets'

/** What a group stored, with the broker's time. `settled`: there is nothing more for now. */
export type StoredRecord =
  | { readonly kind: 'record'; readonly timeMs: number; readonly record: OffsetsRecord }
  | { readonly kind: 'settled' }

/** Of a partition that was never compacted more than these are not read: it would take minutes. */
const OFFSETS_MAX = 1_000_000n

/** As Kafka places groups: `Utils.abs(groupId.hashCode()) % partitions`. */
export function offsetsPartition(groupId: string, partitions: number): number {
  const hash = javaHashCode(groupId)
  return hash === -0x8000_0000 ? 0 : Math.abs(hash) % partitions
}

/**
 * The records of one group in `__consumer_offsets`, oldest first: what compaction has left of the past, and all of late.
 * @throws KafkaError where the topic may not be read
 */
export async function* readOffsetsRecords(
  kafka: Kafka,
  groupId: string,
  { follow = false, signal }: { readonly follow?: boolean | undefined; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<StoredRecord> {
  const described = await kafka.admin().describeTopics([OFFSETS_TOPIC], { signal, partial: true })
  const topic = described.get(OFFSETS_TOPIC)
  if (topic === undefined) {
    const failure = described.failures.get(OFFSETS_TOPIC)!
    // No group has been here yet.
    if (failure.code === 'UNKNOWN_TOPIC_OR_PARTITION') return yield { kind: 'settled' }
    throw failure
  }
  const partition = offsetsPartition(groupId, topic.partitions.length)
  const records = readPartition(kafka, {
    topic: OFFSETS_TOPIC,
    partition,
    from: 'earliest',
    offsetsMax: OFFSETS_MAX,
    follow,
    signal,
  })
  for await (const stored of records) {
    if (stored === undefined) yield { kind: 'settled' }
    else {
      const record = decoded(stored.rawKey, stored.rawValue, groupId)
      if (record !== undefined) yield { kind: 'record', timeMs: stored.timestamp, record }
    }
  }
  yield { kind: 'settled' }
}

/** One damaged record is no reason to tell nothing. */
function decoded(key: Buffer | null, value: Buffer | null, groupId: string): OffsetsRecord | undefined {
  try {
    return decodeOffsetsRecord(key, value, groupId)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
