import { apis } from '../../wire/index.ts'
import { KafkaError } from '../kafka-error.ts'
import {
  type AdminCallOptions,
  type AdminContext,
  byLeader,
  byTopic,
  fanOut,
  outcomeOf,
  type Results,
} from './fan-out.ts'

/** A place in a partition: its ends, the first record at or after a time (in ms), the record with the greatest timestamp. */
export type OffsetSpec =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | { readonly timestamp: number }

export interface OffsetToList {
  readonly topic: string
  readonly partition: number
  /** Default 'latest'. */
  readonly spec?: OffsetSpec | undefined
}

export interface OffsetAt {
  readonly topic: string
  readonly partition: number
  /** -1n where no record is that young. */
  readonly offset: bigint
  /** In ms; -1 where the question was not about one. */
  readonly timestamp: number
  /** -1 where it is not known. */
  readonly leaderEpoch: number
}

export interface ListOffsetsOptions extends AdminCallOptions {
  /** `read_committed`: the latest offset is the last stable one. Default read_uncommitted. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed' | undefined
}

/** The wire's words for places, and the version that has them. */
const places = {
  latest: [-1n, 1],
  earliest: [-2n, 1],
  'max-timestamp': [-3n, 7],
  'earliest-local': [-4n, 8],
  'latest-tiered': [-5n, 9],
} as const

export async function listOffsets(
  context: AdminContext,
  offsets: readonly OffsetToList[],
  { isolationLevel = 'read_uncommitted', ...options }: ListOffsetsOptions,
): Promise<Results<OffsetAt>> {
  return await withTopics(context, offsets, options, (left) =>
    fanOut<OffsetToList, OffsetAt>(
      context,
      {
        what: 'listing offsets',
        items: offsets,
        ...byLeader<OffsetToList>(context),
        async ask({ target, items, options: callOptions }) {
          const minVersion = Math.max(
            isolationLevel === 'read_committed' ? 2 : 1,
            ...items.map(({ spec }) => timestampOf(spec)[1]),
          )
          const topics = byTopic(items, ({ partition, spec }) => ({
            partitionIndex: partition,
            timestamp: timestampOf(spec)[0],
          }))
          const fixed = { replicaId: -1, topics }
          const body = (version: number) =>
            version >= 2 ? { ...fixed, isolationLevel: isolationLevel === 'read_committed' ? 1 : 0 } : fixed
          const answer = await context.cluster.call(target, apis.ListOffsets, body, { ...callOptions, minVersion })
          const found = answer.body.topics.flatMap(({ name, partitions }) =>
            partitions.map(
              ({ partitionIndex, errorCode, offset, timestamp, leaderEpoch }): [string, OffsetAt | KafkaError] => {
                const listed = {
                  topic: name,
                  partition: partitionIndex,
                  offset,
                  timestamp: Number(timestamp),
                  leaderEpoch,
                }
                return [`${name}-${partitionIndex}`, outcomeOf(errorCode, () => listed)]
              },
            ),
          )
          return new Map(found)
        },
      },
      left,
    ),
  )
}

export interface RecordsToDelete {
  readonly topic: string
  readonly partition: number
  /** Records before it are deleted; 'latest' = all that are there. */
  readonly beforeOffset: bigint | 'latest'
}

export interface DeletedRecords {
  readonly topic: string
  readonly partition: number
  /** The first offset that is left. */
  readonly lowWatermark: bigint
}

export async function deleteRecords(
  context: AdminContext,
  records: readonly RecordsToDelete[],
  options: AdminCallOptions,
): Promise<Results<DeletedRecords>> {
  return await withTopics(context, records, options, (left) =>
    fanOut<RecordsToDelete, DeletedRecords>(
      context,
      {
        what: 'deleting records',
        items: records,
        ...byLeader<RecordsToDelete>(context),
        async ask({ target, items, options: callOptions, remainingMs }) {
          const topics = byTopic(items, ({ partition, beforeOffset }) => {
            return { partitionIndex: partition, offset: beforeOffset === 'latest' ? -1n : beforeOffset }
          })
          const body = { topics, timeoutMs: Math.trunc(remainingMs) }
          const answer = await context.cluster.call(target, apis.DeleteRecords, body, callOptions)
          const found = answer.body.topics.flatMap(({ name, partitions }) =>
            partitions.map(({ partitionIndex, errorCode, lowWatermark }): [string, DeletedRecords | KafkaError] => {
              const deleted = { topic: name, partition: partitionIndex, lowWatermark }
              return [`${name}-${partitionIndex}`, outcomeOf(errorCode, () => deleted)]
            }),
          )
          return new Map(found)
        },
      },
      left,
    ),
  )
}

/** Keeps the topics in the metadata while `use` runs, with what is left of the time. */
export async function withTopics<T>(
  { cluster, defaultApiTimeoutMs }: AdminContext,
  items: readonly { readonly topic: string }[],
  options: AdminCallOptions,
  use: (left: AdminCallOptions) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs = defaultApiTimeoutMs } = options
  const startedMs = cluster.clock.monotonicMs()
  const watch = cluster.watchTopics([...new Set(items.map(({ topic }) => topic))])
  try {
    await watch.ready({ signal, timeoutMs })
    return await use({ ...options, timeoutMs: Math.max(0, timeoutMs - (cluster.clock.monotonicMs() - startedMs)) })
  } finally {
    watch.release()
  }
}

function timestampOf(spec: OffsetSpec = 'latest'): readonly [timestamp: bigint, minVersion: number] {
  if (typeof spec !== 'string') return [BigInt(Math.trunc(spec.timestamp)), 1]
  const place = places[spec]
  if (place === undefined) throw new KafkaError('INVALID_ARGUMENT', `there is no place ${String(spec)} in a partition`)
  return place
}
