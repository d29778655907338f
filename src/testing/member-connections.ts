import type { InterceptedRequest } from '../broker/index.ts'
import { groupsOf, memberIdOf } from './request-parts.ts'

/** By which connections the members of groups speak, while they are open. */
export class MemberConnections {
  readonly #open = new Map<
    string,
    { readonly groupId: string; readonly memberId: string; readonly connectionId: number }
  >()

  /** Remembers whose a connection is, after the answer to a member's request. */
  note({ api, request, context }: InterceptedRequest, response: unknown): void {
    if (!MEMBER_APIS.has(api)) return
    const [groupId] = groupsOf(request)
    const memberId = memberIdOf(request, response)
    if (groupId === undefined || memberId === undefined) return
    const key = JSON.stringify([groupId, memberId])
    const connectionId = context.connection.id
    if (this.#open.get(key)?.connectionId === connectionId) return
    this.#open.set(key, { groupId, memberId, connectionId })
    context.connection.onClose(() => {
      if (this.#open.get(key)?.connectionId === connectionId) this.#open.delete(key)
    })
  }

  has(groupId: string, memberId: string): boolean {
    return this.#open.has(JSON.stringify([groupId, memberId]))
  }

  members(): Iterable<{ readonly groupId: string; readonly memberId: string }> {
    return this.#open.values()
  }
}

const MEMBER_APIS: ReadonlySet<string> = new Set([
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'ConsumerGroupHeartbeat',
  'OffsetCommit',
])
