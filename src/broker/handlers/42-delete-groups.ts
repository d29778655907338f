import type { DeleteGroupsRequest, DeleteGroupsResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Deletes empty groups and their offsets. A group named twice is deleted, and answered, once. */
export const handleDeleteGroups: Handler<DeleteGroupsRequest, DeleteGroupsResponseInput> = (
  request,
  context,
  broker,
) => {
  const deletions = Array.from(new Set(request.groupsNames), (groupId) =>
    askGroup<'DeleteGroup'>({ type: 'DeleteGroup', groupId }, context, broker),
  )
  return Promise.all(deletions).then((results) => ({ throttleTimeMs: 0, results }))
}
