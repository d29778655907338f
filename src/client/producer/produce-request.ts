import { type CompressionType, errorName, type ProduceResponse } from '../../wire/index.ts'
import { KafkaError } from '../kafka-error.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** What the answer to a Produce says of one partition. */
export type ProduceOutcome = ProduceResponse['responses'][number]['partitionResponses'][number]

/** From here on topics go by id (KIP-516). */
const TOPIC_IDS_VERSION = 13
/** KIP-110. */
const ZSTD_VERSION = 7
/** The first with batches in the format that we write. */
const LEAST_VERSION = 3

/** One Produce request: batches of partitions that one node leads, one a partition. */
export class ProduceRequest {
  readonly #batches: readonly ProducerBatch[]
  /** As of now: the answer comes under the ids that were asked for, whatever the image says by then. */
  readonly #topicIds: ReadonlyMap<string, string | undefined>

  /** @param topicIdOf undefined where the cluster gives none */
  constructor(batches: readonly ProducerBatch[], topicIdOf: (topic: string) => string | undefined) {
    this.#batches = batches
    this.#topicIds = new Map(batches.map(({ topic }) => [topic, topicIdOf(topic)]))
  }

  /** Versions that can say it. */
  versions(compression: CompressionType): { readonly minVersion: number; readonly maxVersion?: number } {
    const minVersion = compression === 'zstd' ? ZSTD_VERSION : LEAST_VERSION
    for (const topicId of this.#topicIds.values())
      if (topicId === undefined) return { minVersion, maxVersion: TOPIC_IDS_VERSION - 1 }
    return { minVersion }
  }

  /** @param records of the batches, in their order */
  body(
    version: number,
    records: readonly Buffer[],
    { acks, timeoutMs }: { readonly acks: number; readonly timeoutMs: number },
  ) {
    const byTopic = new Map<string, { index: number; records: Buffer }[]>()
    for (const [i, { topic, partition }] of this.#batches.entries()) {
      const partitionData = byTopic.get(topic) ?? []
      partitionData.push({ index: partition, records: records[i]! })
      byTopic.set(topic, partitionData)
    }
    const topicData = Array.from(byTopic, ([topic, partitionData]) => ({
      ...this.#named(topic, version),
      partitionData,
    }))
    return { acks, timeoutMs, topicData }
  }

  /** What the answer says of each batch, in their order; undefined where it has no word on it. */
  outcomes(version: number, { responses }: ProduceResponse): readonly (ProduceOutcome | undefined)[] {
    const byPartition = new Map<string, ProduceOutcome>()
    const hasIds = version >= TOPIC_IDS_VERSION
    for (const { topicId, name, partitionResponses } of responses) {
      for (const outcome of partitionResponses) byPartition.set(`${hasIds ? topicId : name}/${outcome.index}`, outcome)
    }
    return this.#batches.map(({ topic, partition }) => {
      return byPartition.get(`${hasIds ? this.#topicIds.get(topic) : topic}/${partition}`)
    })
  }

  #named(topic: string, version: number): { readonly name: string } | { readonly topicId: string } {
    return version >= TOPIC_IDS_VERSION ? { topicId: this.#topicIds.get(topic)! } : { name: topic }
  }
}

/** KIP-467: of a batch with records that the broker refuses, which they are. The others failed with them. */
export function recordErrors(
  error: KafkaError,
  { errorCode, recordErrors: refused }: ProduceOutcome,
): ReadonlyMap<number, KafkaError> | undefined {
  if (refused.length === 0) return undefined
  return new Map(
    refused.map(({ batchIndex, batchIndexErrorMessage }) => {
      const sentence = batchIndexErrorMessage ?? error.message
      return [batchIndex, new KafkaError(error.code, `${sentence} (${errorName(errorCode)})`)]
    }),
  )
}
