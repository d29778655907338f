import type { CommandOf, GroupResponses } from '../../coordinator/index.ts'
import { ErrorCode, type OffsetFetchRequest, type OffsetFetchResponseInput } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler, RequestContext } from '../handler.ts'

type Group = OffsetFetchRequest['groups'][number]
type GroupAnswer = GroupResponses['OffsetFetch']
type GroupTopic = GroupAnswer['topics'][number]

/** Committed offsets of a group, or of several from version 8 on (KIP-709), by topic id from version 10 on (KIP-848). */
export const handleOffsetFetch: Handler<OffsetFetchRequest, OffsetFetchResponseInput> = (request, context, broker) => {
  const { requireStable } = request
  if (context.apiVersion >= 8) {
    const groups = request.groups.map((group) =>
      context.apiVersion >= 10
        ? fetchById(group, requireStable, context, broker)
        : fetchGroup(group, requireStable, context, broker),
    )
    return Promise.all(groups).then((all) => ({ throttleTimeMs: 0, groups: all }))
  }
  const { groupId, topics } = request
  const group = { groupId, memberId: null, memberEpoch: -1, topics }
  return fetchGroup(group, requireStable, context, broker).then((answer) => singleGroup(answer, request, context))
}

function fetchGroup(
  group: Omit<Group, 'topics'> & { readonly topics: CommandOf<'OffsetFetch'>['topics'] },
  requireStable: boolean,
  context: RequestContext,
  broker: Broker,
): Promise<GroupAnswer> {
  return askGroup<'OffsetFetch'>({ type: 'OffsetFetch', ...group, requireStable }, context, broker)
}

async function fetchById(
  group: Group,
  requireStable: boolean,
  context: RequestContext,
  broker: Broker,
): Promise<GroupAnswer> {
  const { topicsById, topicsByName } = broker.metadata.image
  if (group.topics === null) {
    const answer = await fetchGroup({ ...group, topics: null }, requireStable, context, broker)
    // Offsets of topics that are no more have no id to be named by.
    const topics = answer.topics.flatMap((topic) => {
      const topicId = topicsByName.get(topic.name)?.topicId
      return topicId === undefined ? [] : [{ ...topic, topicId }]
    })
    return { ...answer, topics }
  }
  const known = group.topics.flatMap(({ topicId, partitionIndexes }) => {
    const topic = topicsById.get(topicId)
    return topic === undefined ? [] : [{ name: topic.name, topicId, partitionIndexes }]
  })
  const answer = await fetchGroup({ ...group, topics: known }, requireStable, context, broker)
  if (answer.errorCode !== ErrorCode.NONE) return answer
  const found = answer.topics.values()
  const topics = group.topics.map(({ topicId, partitionIndexes }): GroupTopic => {
    if (topicsById.has(topicId)) return { ...found.next().value!, topicId }
    return {
      name: '',
      topicId,
      partitions: partitionIndexes.map((index) => noOffset(index, ErrorCode.UNKNOWN_TOPIC_ID)),
    }
  })
  return { ...answer, topics }
}

/** Up to version 7: one group, and in version 1 no place for an error but the partitions. */
function singleGroup(
  answer: GroupAnswer,
  request: OffsetFetchRequest,
  { apiVersion }: RequestContext,
): OffsetFetchResponseInput {
  const { errorCode } = answer
  if (apiVersion < 2 && errorCode !== ErrorCode.NONE) {
    const topics = (request.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => noOffset(index, errorCode)),
    }))
    return { throttleTimeMs: 0, topics }
  }
  const topics = answer.topics.map(({ name, partitions }) => ({ name, partitions }))
  return { throttleTimeMs: 0, topics, errorCode }
}

function noOffset(partitionIndex: number, errorCode: number): GroupTopic['partitions'][number] {
  return { partitionIndex, committedOffset: -1n, committedLeaderEpoch: -1, metadata: '', errorCode }
}
