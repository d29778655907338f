import * as wire from '../../../../src/wire/index.ts'
import type { RawClient } from '../../../support/raw-client.ts'

export type ProduceAnswer = wire.ProduceResponse['responses'][number]['partitionResponses'][number]
export type FetchAnswer = wire.FetchResponse['responses'][number]['partitions'][number]

export interface ProduceOptions {
  /** Default 9; from 13 on `topic` is an id. */
  readonly version?: number
  readonly acks?: number
  readonly transactionalId?: string
}

/** Produces to one partition. */
export async function produceTo(
  client: RawClient,
  topic: string,
  partition: number,
  records: Buffer | null,
  { version = 9, acks = -1, transactionalId }: ProduceOptions = {},
): Promise<ProduceAnswer> {
  const body = produceBody({ topic, partition, records, version, acks, transactionalId: transactionalId ?? null })
  const answer = await client.call(wire.produceRequest, wire.produceResponse, version, body)
  return answer.responses[0]!.partitionResponses[0]!
}

export function produceBody(options: {
  readonly topic: string
  readonly partition: number
  readonly records: Buffer | null
  readonly version: number
  readonly acks?: number
  readonly transactionalId?: string | null
}): wire.ProduceRequestInput {
  const { topic, partition, records, version, acks = -1, transactionalId = null } = options
  const partitionData = [{ index: partition, records }]
  return {
    transactionalId,
    acks,
    timeoutMs: 5000,
    topicData: [version >= 13 ? { topicId: topic, partitionData } : { name: topic, partitionData }],
  }
}

export interface FetchPartitionSpec {
  /** An id from version 13 on. */
  readonly topic: string
  readonly partition?: number
  readonly offset?: bigint
  readonly maxBytes?: number
  readonly currentLeaderEpoch?: number
  readonly lastFetchedEpoch?: number
}

export interface FetchOptions {
  /** Default 12. */
  readonly version?: number
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly isolationLevel?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
  readonly replicaId?: number
  readonly forgotten?: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export function fetchBody(
  partitions: readonly FetchPartitionSpec[],
  options: FetchOptions = {},
): wire.FetchRequestInput {
  const { version = 12, replicaId = -1 } = options
  const byId = version >= 13
  return {
    ...(version >= 15 ? { replicaState: { replicaId, replicaEpoch: -1n } } : { replicaId }),
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.maxBytes ?? 50_000_000,
    isolationLevel: options.isolationLevel ?? 0,
    sessionId: options.sessionId ?? 0,
    sessionEpoch: options.sessionEpoch ?? -1,
    topics: partitions.map((spec) => ({
      ...(byId ? { topicId: spec.topic } : { topic: spec.topic }),
      partitions: [
        {
          partition: spec.partition ?? 0,
          fetchOffset: spec.offset ?? 0n,
          partitionMaxBytes: spec.maxBytes ?? 1_000_000,
          ...(version >= 9 ? { currentLeaderEpoch: spec.currentLeaderEpoch ?? -1 } : {}),
          ...(version >= 12 ? { lastFetchedEpoch: spec.lastFetchedEpoch ?? -1 } : {}),
        },
      ],
    })),
    forgottenTopicsData: (options.forgotten ?? []).map(({ topic, partitions: forgotten }) => ({
      ...(byId ? { topicId: topic } : { topic }),
      partitions: forgotten,
    })),
  }
}

export function fetchFrom(
  client: RawClient,
  partitions: readonly FetchPartitionSpec[],
  options: FetchOptions = {},
): Promise<wire.FetchResponse> {
  const version = options.version ?? 12
  return client.call(wire.fetchRequest, wire.fetchResponse, version, fetchBody(partitions, options))
}

/** An answer as a test compares it: numbers, error names and the values of the records. */
export function shownFetch(response: wire.FetchResponse): object {
  return {
    errorCode: wire.errorName(response.errorCode),
    hasSession: response.sessionId !== 0,
    partitions: response.responses.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, ...shownPartition(partition) })),
    ),
  }
}

export function shownPartition(partition: FetchAnswer): object {
  const { partitionIndex, errorCode, highWatermark, lastStableOffset, logStartOffset, records } = partition
  return {
    partition: partitionIndex,
    errorCode: wire.errorName(errorCode),
    highWatermark: Number(highWatermark),
    lastStableOffset: Number(lastStableOffset),
    logStartOffset: Number(logStartOffset),
    aborted: partition.abortedTransactions?.length ?? null,
    preferredReadReplica: partition.preferredReadReplica,
    ...(partition.divergingEpoch.epoch === -1
      ? {}
      : { diverging: [partition.divergingEpoch.epoch, Number(partition.divergingEpoch.endOffset)] }),
    records: records === null ? null : valuesOf(records),
  }
}

export function valuesOf(records: Buffer): string[] {
  const values: string[] = []
  for (const { position } of wire.iterateBatches(records)) {
    for (const record of wire.decodeRecords(records, position)) values.push(`${record.offset}:${record.value}`)
  }
  return values
}

export function shownProduce(answer: ProduceAnswer): object {
  return {
    errorCode: wire.errorName(answer.errorCode),
    baseOffset: Number(answer.baseOffset),
    hasAppendTime: answer.logAppendTimeMs !== -1n,
    logStartOffset: Number(answer.logStartOffset),
    recordErrors: answer.recordErrors,
    errorMessage: answer.errorMessage,
  }
}
