import type { LeaveGroupRequest, LeaveGroupResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Takes members out of a group: the sender, or from version 3 on any, by member or instance id (KIP-345). */
export const handleLeaveGroup: Handler<LeaveGroupRequest, LeaveGroupResponseInput> = (request, context, broker) => {
  const { groupId } = request
  return askGroup<'LeaveGroup'>(
    { type: 'LeaveGroup', groupId, apiVersion: context.apiVersion, request },
    context,
    broker,
  )
}
