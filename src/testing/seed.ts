import type { Broker } from '../broker/index.ts'
import { createTopicsAtStart } from '../broker/index.ts'
import type { PartitionLog } from '../log/index.ts'
import { encodeBatch, iterateBatches, loadCodecs, murmur2, RecordCursor } from '../wire/index.ts'

export interface SeedRecord {
  readonly key?: string | Uint8Array | null
  readonly value: string | Uint8Array | null
  /** Default: as a Java producer chooses: by the key, or in turn. */
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
  /** Ms since the epoch; default now. */
  readonly timestampMs?: number
}

export interface TestRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | null>>
}

/** Creates topics that are not there: partitions by name. */
export function createTopics(broker: Broker, topics: Readonly<Record<string, number>>): Promise<void> {
  return createTopicsAtStart(
    Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    broker,
  )
}

/** Appends records; a topic that is not there is created with `num.partitions`. Gives their partitions and offsets, in order. */
export async function produce(
  broker: Broker,
  topic: string,
  records: readonly (SeedRecord | string)[],
): Promise<readonly { readonly partition: number; readonly offset: bigint }[]> {
  if (!broker.metadata.image.topicsByName.has(topic)) {
    await createTopics(broker, { [topic]: broker.config.values.numPartitions })
  }
  const { partitionCount } = broker.metadata.image.topicsByName.get(topic)!
  const seeds = records.map((record) => (typeof record === 'string' ? { value: record } : record))
  const partitions = seeds.map((seed, i) => partitionOf(seed, i, partitionCount, topic))
  const placed = new Map<number, { readonly seed: SeedRecord; readonly place: number }[]>()
  for (const [place, seed] of seeds.entries()) {
    const partition = partitions[place]!
    placed.set(partition, [...(placed.get(partition) ?? []), { seed, place }])
  }
  if (placed.size === 0) return []
  const nowMs = Math.trunc(broker.clock.wallMs())
  const entries = [...placed].map(([partition, rows]) => ({
    log: logOf(broker, topic, partition),
    batches: encodeBatch({ records: rows.map(({ seed }) => encodable(seed, nowMs)) }),
  }))
  const outcome = await broker.logs.append(entries, 'durable')
  if (outcome.errorCode !== 'NONE') throw new Error(`${topic}: ${outcome.errorCode}: ${outcome.message}`)
  const offsets: { readonly partition: number; readonly offset: bigint }[] = []
  for (const [i, [partition, rows]] of [...placed].entries()) {
    const { baseOffset } = outcome.appended[i]!
    for (const [delta, { place }] of rows.entries()) offsets[place] = { partition, offset: baseOffset + BigInt(delta) }
  }
  return offsets
}

/** All records that a topic has, by partition and offset; those of transactions too, decided or not. */
export async function recordsOf(broker: Broker, topic: string): Promise<readonly TestRecord[]> {
  const known = broker.metadata.image.topicsByName.get(topic)
  if (known === undefined) throw new Error(`there is no topic '${topic}'`)
  const records: TestRecord[] = []
  for (let partition = 0; partition < known.partitionCount; partition++) {
    const log = logOf(broker, topic, partition)
    await log.caughtUp()
    for (let offset = log.logStartOffset; offset < log.highWatermark; ) {
      const outcome = await log.read({ offset, maxBytes: 1024 * 1024, atLeastOneBatch: true, isolation: 0 })
      if (outcome.errorCode !== 'NONE') throw new Error(`${topic}-${partition} cannot be read: ${outcome.errorCode}`)
      const before = offset
      for (const buffer of outcome.records) {
        for (const header of iterateBatches(buffer)) {
          if (header.compression === 'zstd') await loadCodecs()
          const cursor = new RecordCursor(buffer, header.position)
          while (!header.isControl && cursor.next())
            if (cursor.offset >= offset) records.push(recordAt(cursor, topic, partition))
          offset = header.lastOffset + 1n
        }
      }
      if (offset === before) break
    }
  }
  return records
}

function partitionOf({ key, partition }: SeedRecord, place: number, count: number, topic: string): number {
  if (partition === undefined) {
    return key === undefined || key === null ? place % count : murmur2(Buffer.from(key)) % count
  }
  if (Number.isInteger(partition) && partition >= 0 && partition < count) return partition
  throw new RangeError(`topic ${topic} has partitions 0 to ${count - 1}, not ${partition}`)
}

function encodable({ key = null, value, headers = {}, timestampMs }: SeedRecord, nowMs: number) {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp: timestampMs ?? nowMs,
    headers: Object.entries(headers).map(([name, bytes]) => ({ key: name, value: Buffer.from(bytes) })),
  }
}

function recordAt(cursor: RecordCursor, topic: string, partition: number): TestRecord {
  const { offset, timestamp: timestampMs, key, value } = cursor
  const headers = Object.fromEntries(cursor.headers.map((header) => [header.key, header.value]))
  return {
    topic,
    partition,
    offset,
    timestampMs,
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers,
  }
}

function logOf(broker: Broker, topic: string, partition: number): PartitionLog {
  const known = broker.metadata.image.topicsByName.get(topic)
  const log = known && broker.partitionLog(known, partition)
  if (log === undefined) throw new Error(`there is no partition ${topic}-${partition}`)
  return log
}
