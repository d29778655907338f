import { apis, type ErrorName, errorName, type OffsetCommitRequestInput, ZERO_UUID } from '../../../wire/index.ts'
import type { CallOptions, Cluster } from '../../cluster/cluster.ts'
import { KafkaError, kindOf } from '../../kafka-error.ts'
import type { GroupMetadata } from '../membership/membership.ts'
import type { OffsetToCommit } from './commits.ts'

/** From this version on topics are named by id (KIP-848). */
const BY_ID_SINCE = 10
/** From this version on a member epoch is understood. */
const MEMBER_EPOCH_SINCE = 9

export interface CommitRequest {
  readonly group: GroupMetadata
  /** The generation is a member epoch (KIP-848). */
  readonly isMemberEpoch: boolean
  readonly offsets: readonly OffsetToCommit[]
}

/**
 * One OffsetCommit.
 * @throws KafkaError of the worst answer; what may pass is `retriable`, and the coordinator is asked for again where that helps
 */
export async function commitOnce(cluster: Cluster, request: CommitRequest, options: CallOptions): Promise<void> {
  const { group, isMemberEpoch } = request
  const target = { coordinator: 'group', key: group.groupId } as const
  const idOf = (topic: string): string | undefined => cluster.metadata.topics.get(topic)?.topicId
  const hasIds = request.offsets.every(({ topic }) => idOf(topic) !== undefined)
  const minVersion = isMemberEpoch ? MEMBER_EPOCH_SINCE : group.groupInstanceId === null ? 0 : 7
  const maxVersion = hasIds ? BY_ID_SINCE : BY_ID_SINCE - 1
  const body = (version: number): OffsetCommitRequestInput => commitBody(request, version, idOf)
  const { body: answer } = await cluster.call(target, apis.OffsetCommit, body, { ...options, minVersion, maxVersion })
  let worst: KafkaError | undefined
  for (const { name, topicId, partitions } of answer.topics) {
    const topic = name === '' ? (cluster.metadata.topicsById.get(topicId)?.name ?? topicId) : name
    for (const { partitionIndex, errorCode } of partitions) {
      const error = errorName(errorCode)
      if (error === 'NONE') continue
      const failure = commitError(error, `${topic}-${partitionIndex}`, group)
      if (worst === undefined || (worst.kind === 'retriable' && failure.kind !== 'retriable')) worst = failure
    }
  }
  if (worst === undefined) return
  switch (worst.code) {
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'NOT_COORDINATOR':
    case 'REQUEST_TIMED_OUT':
      cluster.forgetCoordinator('group', group.groupId)
      break
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'UNKNOWN_TOPIC_ID':
      // The next image may name another incarnation of the topic.
      cluster.refresh(`a commit was refused with ${worst.code}`).catch(() => {})
      break
  }
  throw worst
}

function commitBody(
  { group, offsets }: CommitRequest,
  version: number,
  idOf: (topic: string) => string | undefined,
): OffsetCommitRequestInput {
  const byTopic = new Map<string, OffsetCommitRequestInput['topics'][number]['partitions'][number][]>()
  for (const { topic, partition, offset, leaderEpoch = -1, metadata = '' } of offsets) {
    const committed = {
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    }
    const known = byTopic.get(topic)
    if (known === undefined) byTopic.set(topic, [committed])
    else known.push(committed)
  }
  const isById = version >= BY_ID_SINCE
  return {
    groupId: group.groupId,
    generationIdOrMemberEpoch: group.generationId,
    memberId: group.memberId,
    groupInstanceId: version >= 7 ? group.groupInstanceId : null,
    topics: Array.from(byTopic, ([topic, partitions]) => ({
      name: isById ? '' : topic,
      topicId: isById ? (idOf(topic) ?? ZERO_UUID) : ZERO_UUID,
      partitions,
    })),
  }
}

function commitError(error: Exclude<ErrorName, 'NONE'>, partition: string, { groupId }: GroupMetadata): KafkaError {
  const what = `committing ${partition} in group ${groupId}`
  switch (error) {
    case 'UNKNOWN_MEMBER_ID':
    case 'ILLEGAL_GENERATION':
    case 'FENCED_MEMBER_EPOCH': {
      const sentence =
        `${what}: the group has put this consumer out, because it was silent or did not ask for records in time (${error}). ` +
        'Its partitions may have other owners by now: what it processed since its last commit will be processed again'
      return new KafkaError(error, sentence)
    }
    case 'REBALANCE_IN_PROGRESS': {
      const sentence = `${what}: the group is rebalancing; commit again when the partitions are assigned, if they still are this consumer's`
      return new KafkaError(error, sentence)
    }
    case 'OFFSET_METADATA_TOO_LARGE':
      return new KafkaError(error, `${what}: its metadata is longer than the broker allows (offset.metadata.max.bytes)`)
    case 'UNKNOWN_TOPIC_ID':
      return new KafkaError(error, `${what}: ${error}`, { kind: 'retriable' })
    default:
      return new KafkaError(error, `${what}: ${error}`, { kind: kindOf(error) })
  }
}
