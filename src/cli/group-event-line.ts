import type { GroupEvent } from '../broker/index.ts'
import type { Logger } from '../platform/index.ts'

/** What one asks for afterwards: why a group stood still, and who was thrown out. The rest is for who watches one group: debug. */
const AT_INFO: ReadonlySet<GroupEvent['type']> = new Set([
  'rebalance-started',
  'member-evicted',
  'group-deleted',
  'group-converted',
  'offsets-expired',
])

/** Tells why a group changed. */
export function logGroupEvent(logger: Logger, event: GroupEvent): void {
  const { type, trigger, generationId, phases } = event
  const groupId = short(event.groupId)
  const member = event.member && {
    memberId: short(event.member.memberId),
    clientId: short(event.member.clientId),
    clientHost: event.member.clientHost,
  }
  const fields = { groupId, type, trigger, generationId, ...member, ...phases }
  // The client threw itself out: whoever asks why the group stood still asks for this too.
  const isThrownOut = type === 'member-evicted' || trigger === 'max-poll-interval'
  const who = isThrownOut && member !== undefined ? ` ${member.clientId} at ${member.clientHost}` : ''
  const what = `${type.replace('-', ' ')}${who} (${trigger.replaceAll('-', ' ')})`
  const message = `group ${groupId}, generation ${generationId}: ${what}: ${short(event.reason)}`
  if (isThrownOut || AT_INFO.has(type)) logger.info(fields, message)
  else logger.debug(fields, message)
}

/** Names and reasons are the clients', and may be of any length. */
function short(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`
}

const TEXT_MAX = 255
