import type { JoinGroupRequest, JoinGroupResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Waits until the members of the next generation are known. */
export const handleJoinGroup: Handler<JoinGroupRequest, JoinGroupResponseInput> = (request, context, broker) => {
  const { groupId } = request
  const { apiVersion, clientHost } = context
  const client = { clientId: context.clientId ?? '', clientHost }
  return askGroup<'JoinGroup'>({ type: 'JoinGroup', groupId, apiVersion, request, client }, context, broker)
}
