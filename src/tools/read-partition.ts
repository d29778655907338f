import { type ConsumerRecord, type Kafka, KafkaError } from '../client/index.ts'

export interface ReadPartitionOptions {
  readonly topic: string
  readonly partition: number
  /** An offset, a time (ms since the epoch), or the first record that is kept. */
  readonly from: { readonly offset: bigint } | { readonly timestamp: number } | 'earliest'
  /** Not the records before the last so many offsets, wherever `from` is. */
  readonly offsetsMax?: bigint | undefined
  /** Waits for more behind the end, until the signal. Default: ends where the partition ended when the reading began. */
  readonly follow?: boolean | undefined
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined
}

const POLL_MS = 250

/**
 * The records of one partition, in order, without a group; with `follow` undefined when there is nothing more for now.
 * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED, ...
 */
export async function* readPartition(
  kafka: Kafka,
  options: ReadPartitionOptions,
): AsyncGenerator<ConsumerRecord | undefined> {
  const { topic, partition, from, offsetsMax, follow = false, signal } = options
  const place = { topic, partition }
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', allowAutoCreateTopics: false })
  try {
    const [first] = await consumer.beginningOffsets([place], { signal })
    const [last] = await consumer.endOffsets([place], { signal })
    const end = last!.offset
    let start = first!.offset
    if (typeof from === 'object' && 'offset' in from && from.offset > start) start = from.offset
    if (typeof from === 'object' && 'timestamp' in from) {
      const [found] = await consumer.offsetsForTimes([{ ...place, timestamp: Math.trunc(from.timestamp) }], { signal })
      start = found?.found?.offset ?? end
    }
    if (offsetsMax !== undefined && end - start > offsetsMax) start = end - offsetsMax
    if (start >= end && !follow) return
    consumer.assign([place])
    consumer.seek({ ...place, offset: start })
    while (follow || (await consumer.position(place, { signal })) < end) {
      const records = await consumer.poll({ timeoutMs: POLL_MS, signal })
      for (const record of records) {
        if (!follow && record.offset >= end) return
        yield record
      }
      if (follow && records.length === 0) yield undefined
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}

/** Whether an error says that there is no such topic here, or that it may not be read. */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof KafkaError && (isMissing(error) || error.kind === 'unauthorized')
}

function isMissing({ code }: KafkaError): boolean {
  return code === 'UNKNOWN_TOPIC_OR_PARTITION' || code === 'UNKNOWN_TOPIC_ID'
}
