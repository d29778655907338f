import type { CommandOf } from '../commands.ts'
import type { MemberProtocol } from './member.ts'

export type JoinCommand = CommandOf<'JoinGroup'>

/** Version 0 has no rebalance timeout: the session timeout was both. */
export function rebalanceTimeoutMs(command: JoinCommand): number {
  return command.apiVersion === 0 ? command.request.sessionTimeoutMs : command.request.rebalanceTimeoutMs
}

/** The request's bytes are views of its frame; the group keeps its own. */
export function copyProtocols(protocols: JoinCommand['request']['protocols']): readonly MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}
