import { type DescribeGroupsRequest, type DescribeGroupsResponseInput, ErrorCode } from '../../wire/index.ts'
import { AuthorizedOperations } from '../authorized-operations.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Classic groups with their members. */
export const handleDescribeGroups: Handler<DescribeGroupsRequest, DescribeGroupsResponseInput> = (
  request,
  context,
  broker,
) => {
  const { apiVersion } = context
  const described = request.groups.map(async (groupId) => {
    const group = await askGroup<'DescribeGroup'>({ type: 'DescribeGroup', groupId, apiVersion }, context, broker)
    if (!request.includeAuthorizedOperations || group.errorCode !== ErrorCode.NONE) return group
    return { ...group, authorizedOperations: AuthorizedOperations.group }
  })
  return Promise.all(described).then((groups) => ({ throttleTimeMs: 0, groups }))
}
