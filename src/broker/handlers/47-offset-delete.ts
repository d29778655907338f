import { ErrorCode, type OffsetDeleteRequest, type OffsetDeleteResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Deletes committed offsets of topics that the group is not subscribed to (KIP-496). */
export const handleOffsetDelete: Handler<OffsetDeleteRequest, OffsetDeleteResponseInput> = async (
  request,
  context,
  broker,
) => {
  const { groupId } = request
  const { topicsByName } = broker.metadata.image
  const split = request.topics.map(({ name, partitions }) => {
    const partitionCount = topicsByName.get(name)?.partitionCount ?? 0
    const exists = (partition: number): boolean => partition >= 0 && partition < partitionCount
    return {
      name,
      unknown: partitions.filter(({ partitionIndex }) => !exists(partitionIndex)),
      known: partitions.filter(({ partitionIndex }) => exists(partitionIndex)),
    }
  })
  const topics = split.filter(({ known }) => known.length > 0).map(({ name, known }) => ({ name, partitions: known }))
  const answer = await askGroup<'OffsetDelete'>(
    { type: 'OffsetDelete', groupId, request: { ...request, topics } },
    context,
    broker,
  )
  if (answer.errorCode !== ErrorCode.NONE) return answer
  const deleted = answer.topics.values()
  return {
    ...answer,
    topics: split.map(({ name, unknown, known }) => ({
      name,
      partitions: [
        ...unknown.map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })),
        ...(known.length > 0 ? (deleted.next().value?.partitions ?? []) : []),
      ],
    })),
  }
}
