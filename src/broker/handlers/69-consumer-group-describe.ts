import type { ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponseInput } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import { AuthorizedOperations } from '../authorized-operations.ts'
import { askGroup } from '../groups/ask-group.ts'
import type { Handler } from '../handler.ts'

/** Groups of the consumer protocol with their members, targets and epochs (KIP-848). */
export const handleConsumerGroupDescribe: Handler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponseInput> = (
  request,
  context,
  broker,
) => {
  const described = request.groupIds.map(async (groupId) => {
    const command = { type: 'ConsumerGroupDescribe', groupId } as const
    const group = await askGroup<'ConsumerGroupDescribe'>(command, context, broker)
    if (!request.includeAuthorizedOperations || group.errorCode !== ErrorCode.NONE) return group
    return { ...group, authorizedOperations: AuthorizedOperations.group }
  })
  return Promise.all(described).then((groups) => ({ throttleTimeMs: 0, groups }))
}
