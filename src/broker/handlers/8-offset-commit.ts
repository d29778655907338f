import { ErrorCode, type OffsetCommitRequest, type OffsetCommitResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

type TopicResponse = OffsetCommitResponseInput['topics'][number]

/**
 * Commits offsets. Topics and partitions that do not exist are refused here, one by one, and the rest goes to the coordinator; where nothing
 * is left, the group is not even looked at (as in Kafka). From version 10 on topics come by id (KIP-848).
 */
export const handleOffsetCommit: Handler<OffsetCommitRequest, OffsetCommitResponseInput> = (
  request,
  context,
  broker,
) => {
  const { apiVersion } = context
  const byId = apiVersion >= 10
  const { topicsByName, topicsById } = broker.metadata.image
  const known: OffsetCommitRequest['topics'][number][] = []
  /** What is refused of each topic, and the place of the rest of it in `known`. */
  const outcomes: { readonly refused: TopicResponse; readonly rest: number | undefined }[] = []
  for (const asked of request.topics) {
    const topic = byId ? topicsById.get(asked.topicId) : topicsByName.get(asked.name)
    const identity = byId ? { topicId: asked.topicId } : { name: asked.name }
    const errorCode = byId && topic === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const exists = (partition: number): boolean => partition >= 0 && partition < (topic?.partitionCount ?? 0)
    const refused = asked.partitions.filter(({ partitionIndex }) => !exists(partitionIndex))
    const partitions = asked.partitions.filter(({ partitionIndex }) => exists(partitionIndex))
    const rest = topic === undefined || partitions.length === 0 ? undefined : known.length
    if (rest !== undefined) known.push({ name: topic!.name, topicId: topic!.topicId, partitions })
    outcomes.push({
      refused: { ...identity, partitions: refused.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) },
      rest,
    })
  }
  const respond = (committed: OffsetCommitResponseInput['topics']): OffsetCommitResponseInput => {
    const topics = outcomes.map(({ refused, rest }) => {
      const fromCoordinator = rest === undefined ? [] : (committed[rest]?.partitions ?? [])
      return { ...refused, partitions: [...refused.partitions, ...fromCoordinator] }
    })
    return { throttleTimeMs: 0, topics: topics.filter(({ partitions }) => partitions.length > 0) }
  }
  if (known.length === 0) return respond([])
  const { groupId } = request
  const command = { type: 'OffsetCommit', groupId, apiVersion, request: { ...request, topics: known } } as const
  return askGroup<'OffsetCommit'>(command, context, broker).then(({ topics }) => respond(topics))
}
