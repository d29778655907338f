import type { TopicPartition } from '../../assignor/index.ts'
import { apis, ErrorCode } from '../../wire/index.ts'
import { errorOfCode, type KafkaError } from '../kafka-error.ts'
import {
  type AdminCallOptions,
  type AdminContext,
  byCoordinator,
  byTopic,
  fanOut,
  outcomeOf,
  type Results,
} from './fan-out.ts'

export interface GroupOffset {
  readonly topic: string
  readonly partition: number
  /** -1n where nothing is committed. */
  readonly offset: bigint
  /** -1 where it is not known. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Why it cannot be told. */
  readonly error: KafkaError | undefined
}

export interface GroupToList {
  readonly groupId: string
  /** Default: all with a committed offset. */
  readonly partitions?: readonly TopicPartition[] | undefined
}

export interface ListGroupOffsetsOptions extends AdminCallOptions {
  /** Waits for transactions that are about to commit offsets; default false. */
  readonly requireStable?: boolean | undefined
}

/** The first version with many groups in one request (KIP-709), and the last that names topics by name. */
const BATCH_VERSION = 8
const NAMES_VERSION = 9

export function listGroupOffsets(
  context: AdminContext,
  groups: readonly (string | GroupToList)[],
  { requireStable = false, ...options }: ListGroupOffsetsOptions,
): Promise<Results<readonly GroupOffset[]>> {
  return fanOut<GroupToList, readonly GroupOffset[]>(
    context,
    {
      what: 'listing offsets of groups',
      items: groups.map((group) => (typeof group === 'string' ? { groupId: group } : group)),
      ...byCoordinator<GroupToList>(context, ({ groupId }) => groupId),
      async ask({ target, items, options: callOptions }) {
        const { cluster } = context
        const version =
          (await cluster.versionOf(target, apis.OffsetFetch, { ...callOptions, maxVersion: NAMES_VERSION })) ?? 0
        const limits = { ...callOptions, maxVersion: NAMES_VERSION, minVersion: requireStable ? 7 : 2 }
        if (version >= BATCH_VERSION) {
          const asked = items.map(({ groupId, partitions }) => ({ groupId, topics: topicsOf(partitions) }))
          const { body } = await cluster.call(target, apis.OffsetFetch, { groups: asked, requireStable }, limits)
          return new Map(
            body.groups.map(({ groupId, topics, errorCode }) => [
              groupId,
              outcomeOf(errorCode, () => offsetsOf(topics, requireStable)),
            ]),
          )
        }
        const found = new Map<string, readonly GroupOffset[] | KafkaError>()
        for (const { groupId, partitions } of items) {
          const one = { groupId, topics: topicsOf(partitions), ...(requireStable ? { requireStable } : {}) }
          const { body } = await cluster.call(target, apis.OffsetFetch, one, limits)
          found.set(
            groupId,
            outcomeOf(body.errorCode, () => offsetsOf(body.topics, requireStable)),
          )
        }
        return found
      },
    },
    options,
  )
}

export interface OffsetToAlter {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | undefined
}

/** Sets committed offsets. The group must have no members; one that does not exist is made. */
export function alterGroupOffsets(
  context: AdminContext,
  groupId: string,
  offsets: readonly OffsetToAlter[],
  options: AdminCallOptions,
): Promise<Results<true>> {
  return fanOut<OffsetToAlter, true>(
    context,
    {
      what: `altering offsets of ${groupId}`,
      items: offsets,
      ...byCoordinator<OffsetToAlter>(context, () => groupId),
      keyOf: partitionKey,
      isFinal: ({ code }) => code === 'UNKNOWN_TOPIC_OR_PARTITION',
      async ask({ target, items, options: callOptions }) {
        const topics = byTopic(items, ({ partition, offset, leaderEpoch = -1, metadata = '' }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch,
          committedMetadata: metadata,
        }))
        const body = { groupId, memberId: '', topics }
        const answer = await context.cluster.call(target, apis.OffsetCommit, body, {
          ...callOptions,
          maxVersion: NAMES_VERSION,
        })
        return outcomesOf(answer.body.topics)
      },
    },
    options,
  )
}

/** Forgets committed offsets of topics that no member subscribes to. */
export function deleteGroupOffsets(
  context: AdminContext,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: AdminCallOptions,
): Promise<Results<true>> {
  return fanOut<TopicPartition, true>(
    context,
    {
      what: `deleting offsets of ${groupId}`,
      items: partitions,
      ...byCoordinator<TopicPartition>(context, () => groupId),
      keyOf: partitionKey,
      isFinal: ({ code }) => code === 'UNKNOWN_TOPIC_OR_PARTITION',
      async ask({ target, items, options: callOptions }) {
        const topics = byTopic(items, ({ partition }) => ({ partitionIndex: partition }))
        const { body } = await context.cluster.call(target, apis.OffsetDelete, { groupId, topics }, callOptions)
        const error = errorOfCode(body.errorCode)
        if (error !== undefined) throw error
        return outcomesOf(body.topics)
      },
    },
    options,
  )
}

function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function topicsOf(partitions: readonly TopicPartition[] | undefined) {
  if (partitions === undefined) return null
  return byTopic(partitions, ({ partition }) => partition).map(({ name, partitions: partitionIndexes }) => ({
    name,
    partitionIndexes,
  }))
}

interface TopicOffsets {
  readonly name: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly committedOffset: bigint
    readonly committedLeaderEpoch: number
    readonly metadata: string | null
    readonly errorCode: number
  }[]
}

/** With `requireStable` a transaction that is about to commit is an error that passes, of the whole group. */
function offsetsOf(topics: readonly TopicOffsets[], requireStable: boolean): readonly GroupOffset[] | KafkaError {
  const isUnstable = topics.some(({ partitions }) =>
    partitions.some(({ errorCode }) => errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT),
  )
  if (requireStable && isUnstable) return errorOfCode(ErrorCode.UNSTABLE_OFFSET_COMMIT)!
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) => ({
      topic: name,
      partition: partitionIndex,
      offset: committedOffset,
      leaderEpoch: committedLeaderEpoch,
      metadata: metadata ?? '',
      error: errorOfCode(errorCode),
    })),
  )
}

function outcomesOf(
  topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
  }[],
): ReadonlyMap<string, true | KafkaError> {
  return new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }): [string, true | KafkaError] => [
        `${name}-${partitionIndex}`,
        outcomeOf(errorCode, () => true as const),
      ]),
    ),
  )
}
