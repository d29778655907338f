import { ErrorCode, type ErrorName, type ListGroupsRequest, type ListGroupsResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topics/topic-name.ts'

/** All groups that this node coordinates, by state and type (KIP-518, KIP-848); incomplete while a shard loads, hence an error then. */
export const handleListGroups: Handler<ListGroupsRequest, ListGroupsResponseInput> = async (
  request,
  context,
  broker,
) => {
  const { statesFilter, typesFilter } = request
  const shardCount = broker.metadata.image.topicsByName.get(OFFSETS_TOPIC)?.partitionCount ?? 0
  const shards = await Promise.all(
    Array.from({ length: shardCount }, (_, shard) =>
      askGroup<'ListGroups'>({ type: 'ListGroups', shard, statesFilter, typesFilter }, context, broker),
    ),
  )
  // A shard that is elsewhere has its groups listed there.
  const failure = shards.find(({ errorCode }) => errorCode !== 'NONE' && errorCode !== 'NOT_COORDINATOR')
  const errorCode: ErrorName = failure?.errorCode ?? 'NONE'
  const groups = failure === undefined ? shards.flatMap((shard) => shard.groups) : []
  return { throttleTimeMs: 0, errorCode: ErrorCode[errorCode], groups }
}
