import type { HeartbeatRequest, HeartbeatResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Renews a member's session and tells it whether the group is rebalancing. */
export const handleHeartbeat: Handler<HeartbeatRequest, HeartbeatResponseInput> = (request, context, broker) => {
  const { groupId } = request
  const { apiVersion, clientHost } = context
  const client = { clientId: context.clientId ?? '', clientHost }
  return askGroup<'Heartbeat'>({ type: 'Heartbeat', groupId, apiVersion, request, client }, context, broker)
}
