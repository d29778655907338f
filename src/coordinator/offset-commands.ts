import type { ErrorName } from '../wire/index.ts'
import { ErrorCode, ZERO_UUID } from '../wire/index.ts'
import type { CommandOf, GroupResponses, OffsetFetchTopic, TopicImage } from './commands.ts'
import { offsetCommitError } from './error-response.ts'
import type { Group, GroupContext } from './group.ts'
import { GROUP_METADATA_BYTES_MAX_DEFAULT } from './group-config.ts'
import type { CommittedOffset, OffsetStore } from './offset-store.ts'
import type { Step } from './step.ts'

type FetchedPartition = GroupResponses['OffsetFetch']['topics'][number]['partitions'][number]

/** OffsetCommit. A group that nobody ever joined comes to be by its first commit: a simple group. */
export function commitOffsets(
  group: Group | undefined,
  command: CommandOf<'OffsetCommit'>,
  topics: TopicImage,
  context: GroupContext,
): GroupResponses['OffsetCommit'] {
  const { request } = command
  const error = validateCommit(group, command)
  if (error !== 'NONE') return offsetCommitError(command, error)
  if (isTooLarge(command, context)) return offsetCommitError(command, 'UNKNOWN_SERVER_ERROR')
  group?.onOffsetCommit(request.memberId, context)
  const { wallMs } = context.step
  const expireTimestamp = expiryOf(request.retentionTimeMs, wallMs)
  return {
    throttleTimeMs: 0,
    topics: request.topics.map((topic) => {
      const topicId = knownId(topic.topicId) ?? topics.topicId(topic.name) ?? ZERO_UUID
      const partitions = topic.partitions.map((partition) => {
        const { partitionIndex, committedMetadata } = partition
        if (isMetadataTooLarge(committedMetadata ?? '', context)) {
          return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
        }
        context.step.append({
          type: 'OffsetCommit',
          key: { group: command.groupId, topic: topic.name, partition: partitionIndex },
          value: {
            offset: partition.committedOffset,
            leaderEpoch: partition.committedLeaderEpoch,
            metadata: committedMetadata ?? '',
            commitTimestamp: BigInt(wallMs),
            expireTimestamp,
            topicId,
          },
        })
        return { partitionIndex, errorCode: ErrorCode.NONE }
      })
      return { name: topic.name, topicId: topic.topicId, partitions }
    }),
  }
}

function validateCommit(group: Group | undefined, { apiVersion, request }: CommandOf<'OffsetCommit'>): ErrorName {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch } = request
  if (group !== undefined) {
    const identity = { memberId, groupInstanceId, generationIdOrMemberEpoch, transactional: false, apiVersion }
    return group.validateOffsetCommit(identity)
  }
  if (generationIdOrMemberEpoch < 0) return 'NONE'
  return apiVersion >= 9 ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
}

/** Versions 2 to 4 may say how long an offset shall live; -1 leaves it to the broker. */
function expiryOf(retentionTimeMs: bigint, wallMs: number): bigint {
  if (retentionTimeMs === -1n) return -1n
  const expireTimestamp = BigInt(wallMs) + retentionTimeMs
  return expireTimestamp > INT64_MAX ? INT64_MAX : expireTimestamp
}

const INT64_MAX = 2n ** 63n - 1n

/** Kafka's limit counts characters; whatever it is set to, a record's string has at most this many bytes. */
function isMetadataTooLarge(metadata: string, { config }: GroupContext): boolean {
  if (metadata.length > config.offsetMetadataMaxBytes) return true
  return metadata.length * 3 > STRING_BYTES_MAX && Buffer.byteLength(metadata) > STRING_BYTES_MAX
}

const STRING_BYTES_MAX = 32_767

/** One commit is one batch of the log, which has a limit; Kafka answers with the same error. */
function isTooLarge({ groupId, request }: CommandOf<'OffsetCommit'>, { config }: GroupContext): boolean {
  let bytes = 0
  for (const { name, partitions } of request.topics) {
    for (const { committedMetadata } of partitions) {
      bytes += RECORD_BYTES + groupId.length + name.length + (committedMetadata?.length ?? 0)
    }
  }
  return bytes > (config.groupMetadataBytesMax ?? GROUP_METADATA_BYTES_MAX_DEFAULT)
}

/** What the record of a committed offset takes besides its texts. */
const RECORD_BYTES = 50

/** OffsetFetch. What is not there has offset -1 and no error. */
export function fetchOffsets(
  group: Group | undefined,
  command: CommandOf<'OffsetFetch'>,
  offsets: OffsetStore,
  topics: TopicImage,
): GroupResponses['OffsetFetch'] {
  const { groupId, requireStable } = command
  const error = group?.validateOffsetFetch(command.memberId, command.memberEpoch) ?? 'NONE'
  if (error !== 'NONE') return { groupId, topics: [], errorCode: ErrorCode[error] }
  const asked = command.topics ?? allTopics(groupId, offsets)
  return {
    groupId,
    errorCode: ErrorCode.NONE,
    topics: asked.map((topic) => {
      const topicId = knownId(topic.topicId) ?? topics.topicId(topic.name) ?? ZERO_UUID
      const partitions = topic.partitionIndexes.map((partitionIndex): FetchedPartition => {
        if (requireStable && offsets.hasPending(groupId, topic.name, partitionIndex)) {
          return { partitionIndex, ...NO_OFFSET, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT }
        }
        const committed = offsets.get(groupId, topic.name, partitionIndex)
        if (committed === undefined || isOfAnotherTopic(committed, topicId)) return { partitionIndex, ...NO_OFFSET }
        const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = committed
        return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode: ErrorCode.NONE }
      })
      return { name: topic.name, topicId, partitions }
    }),
  }
}

const NO_OFFSET = { committedOffset: -1n, committedLeaderEpoch: -1, metadata: '', errorCode: ErrorCode.NONE } as const

function allTopics(groupId: string, offsets: OffsetStore): OffsetFetchTopic[] {
  const byTopic = offsets.ofGroup(groupId) ?? new Map()
  return [...byTopic].map(([name, partitions]) => ({ name, partitionIndexes: [...partitions.keys()] }))
}

/** On the wire a topic that is named by its name has this for an id. */
function knownId(topicId: string | undefined): string | undefined {
  return topicId === ZERO_UUID ? undefined : topicId
}

/** A topic that was deleted and created again has a new id: offsets of the old one mean nothing in it. */
export function isOfAnotherTopic(committed: CommittedOffset, topicId: string): boolean {
  return committed.topicId !== ZERO_UUID && topicId !== ZERO_UUID && committed.topicId !== topicId
}

/** OffsetDelete (KIP-496): of topics that the group does not consume. */
export function deleteOffsets(
  group: Group | undefined,
  command: CommandOf<'OffsetDelete'>,
  offsets: OffsetStore,
  step: Step,
): GroupResponses['OffsetDelete'] {
  const error = group === undefined ? 'GROUP_ID_NOT_FOUND' : group.validateOffsetDelete()
  if (group === undefined || error !== 'NONE') return { errorCode: ErrorCode[error], throttleTimeMs: 0, topics: [] }
  return {
    errorCode: ErrorCode.NONE,
    throttleTimeMs: 0,
    topics: command.request.topics.map(({ name, partitions }) => {
      const errorCode = group.isSubscribedTo(name) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE
      for (const { partitionIndex } of errorCode === ErrorCode.NONE ? partitions : []) {
        appendTombstone(group.groupId, name, partitionIndex, offsets, step)
      }
      return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }
    }),
  }
}

/** All that a group has committed, decided or not: it is being deleted. */
export function deleteAllOffsets(groupId: string, offsets: OffsetStore, step: Step): void {
  for (const [topic, partition] of [...offsets.partitionsOf(groupId)]) {
    appendTombstone(groupId, topic, partition, offsets, step)
  }
}

/** Of all groups, in these topics: they are gone. */
export function deleteOffsetsOfTopics(
  names: ReadonlySet<string>,
  offsets: OffsetStore,
  step: Step,
): Map<string, number> {
  const deleted = new Map<string, number>()
  for (const [groupId, topic, partition] of [...offsets.allPartitions()]) {
    if (!names.has(topic)) continue
    appendTombstone(groupId, topic, partition, offsets, step)
    deleted.set(groupId, (deleted.get(groupId) ?? 0) + 1)
  }
  return deleted
}

/**
 * Drops what has outlived its retention (KIP-211), never what the group consumes or a transaction may still decide.
 * @returns how many offsets went, and whether none is left.
 */
export function expireOffsets(
  group: Group,
  offsets: OffsetStore,
  context: GroupContext,
): { readonly expired: number; readonly noneLeft: boolean } {
  const { groupId } = group
  const { step, config } = context
  const byTopic = offsets.ofGroup(groupId)
  const undecided = offsets.hasPendingInGroup(groupId)
  if (byTopic === undefined) return { expired: 0, noneLeft: !undecided }
  const baseMs = group.offsetRetentionBaseMs()
  if (baseMs === undefined) return { expired: 0, noneLeft: false }
  let expired = 0
  let left = 0
  for (const [topic, partitions] of [...byTopic]) {
    for (const [partition, offset] of [...partitions]) {
      const expiresMs = offset.expireTimestampMs ?? baseMs(offset) + config.offsetsRetentionMs
      if (group.isSubscribedTo(topic) || step.wallMs < expiresMs || offsets.hasPending(groupId, topic, partition)) {
        left++
        continue
      }
      appendTombstone(groupId, topic, partition, offsets, step)
      expired++
    }
  }
  return { expired, noneLeft: left === 0 && !undecided }
}

function appendTombstone(groupId: string, topic: string, partition: number, offsets: OffsetStore, step: Step): void {
  if (offsets.get(groupId, topic, partition) === undefined && !offsets.hasPending(groupId, topic, partition)) return
  step.append({ type: 'OffsetCommit', key: { group: groupId, topic, partition }, value: null })
}
