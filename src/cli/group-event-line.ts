import type { GroupEvent } from '../broker/index.ts'
import type { Logger } from '../platform/index.ts'

/** Tells why a group changed, at debug level. */
export function logGroupEvent(logger: Logger, event: GroupEvent): void {
  const { groupId, type, trigger, generationId, member, reason, phases } = event
  const fields = {
    groupId,
    type,
    trigger,
    generationId,
    ...(member && { memberId: member.memberId, clientId: member.clientId, clientHost: member.clientHost }),
    ...phases,
  }
  logger.debug(fields, `group ${groupId}, generation ${generationId}: ${type.replace('-', ' ')}: ${reason}`)
}
