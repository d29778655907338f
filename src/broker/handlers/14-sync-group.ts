import type { SyncGroupRequest, SyncGroupResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Waits for the leader's assignment; the leader brings it. */
export const handleSyncGroup: Handler<SyncGroupRequest, SyncGroupResponseInput> = (request, context, broker) => {
  const { groupId } = request
  const { apiVersion, clientHost } = context
  const client = { clientId: context.clientId ?? '', clientHost }
  return askGroup<'SyncGroup'>({ type: 'SyncGroup', groupId, apiVersion, request, client }, context, broker)
}
