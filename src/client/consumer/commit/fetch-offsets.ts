import type { TopicPartition } from '../../../assignor/index.ts'
import { apis, errorName, type OffsetFetchRequestInput, ZERO_UUID } from '../../../wire/index.ts'
import type { CallOptions, Cluster } from '../../cluster/cluster.ts'
import { KafkaError, kindOf } from '../../kafka-error.ts'
import type { OffsetAndMetadata } from './commits.ts'

const GROUPS_SINCE = 8
const BY_ID_SINCE = 10

/** By `topic-partition`: an offset, an error of that partition, or nothing where there is no commit. */
export type FetchedOffsets = ReadonlyMap<string, OffsetAndMetadata | KafkaError>

/**
 * One OffsetFetch, of stable offsets (KIP-447).
 * @throws KafkaError what concerns all: UNSTABLE_OFFSET_COMMIT while a transaction has offsets pending, a coordinator's troubles; no permission
 */
export async function fetchOffsetsOnce(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: CallOptions,
): Promise<FetchedOffsets> {
  const target = { coordinator: 'group', key: groupId } as const
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition])
  // As of now: under ids that a newer image does not have any more, a commit would look like none, and the position be reset.
  const ids = new Map(Array.from(topics.keys(), (topic) => [topic, cluster.metadata.topics.get(topic)?.topicId]))
  const names = new Map(Array.from(ids, ([topic, topicId]) => [topicId, topic]))
  const maxVersion = names.has(undefined) ? BY_ID_SINCE - 1 : BY_ID_SINCE
  const body = (version: number): OffsetFetchRequestInput => {
    const asked = Array.from(topics, ([name, partitionIndexes]) => ({
      name: version >= BY_ID_SINCE ? '' : name,
      topicId: version >= BY_ID_SINCE ? ids.get(name)! : ZERO_UUID,
      partitionIndexes,
    }))
    if (version >= GROUPS_SINCE)
      return { groupId: '', topics: [], groups: [{ groupId, topics: asked }], requireStable: true }
    return { groupId, topics: asked, groups: [], requireStable: version >= 7 }
  }
  const answer = await cluster.call(target, apis.OffsetFetch, body, { ...options, minVersion: 1, maxVersion })
  const ofGroup = answer.version >= GROUPS_SINCE ? answer.body.groups[0]! : answer.body
  throwOf(cluster, groupId, ofGroup.errorCode)
  const found = new Map<string, OffsetAndMetadata | KafkaError>()
  for (const topic of ofGroup.topics) {
    const byId = 'topicId' in topic ? names.get(topic.topicId) : undefined
    const name = topic.name === '' ? (byId ?? '') : topic.name
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode } of topic.partitions) {
      const key = `${name}-${partitionIndex}`
      const error = errorName(errorCode)
      if (error === 'UNSTABLE_OFFSET_COMMIT') throwOf(cluster, groupId, errorCode)
      if (error !== 'NONE')
        found.set(key, new KafkaError(error, `the committed offset of ${key} in group ${groupId}: ${error}`))
      else if (committedOffset >= 0n) {
        found.set(key, { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: metadata ?? '' })
      }
    }
  }
  return found
}

function throwOf(cluster: Cluster, groupId: string, errorCode: number): void {
  const error = errorName(errorCode)
  switch (error) {
    case 'NONE':
      return
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'NOT_COORDINATOR':
      cluster.forgetCoordinator('group', groupId)
      break
  }
  throw new KafkaError(error, `the committed offsets of group ${groupId}: ${error}`, { kind: kindOf(error) })
}
