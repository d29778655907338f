import type { InterceptedRequest } from '../broker/index.ts'
import { groupsOf, memberIdOf } from './request-parts.ts'

/** A connection that has sent a request, and is open. */
export interface TestConnection {
  /** Counted from 1 on. */
  readonly id: number
  readonly clientId: string | null
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
}

/** Connections, and by which of them the members of groups speak, while they are open. */
export class MemberConnections {
  readonly #connections = new Map<number, TestConnection>()
  readonly #open = new Map<
    string,
    { readonly groupId: string; readonly memberId: string; readonly connectionId: number }
  >()

  /** In the order in which they came. */
  all(): readonly TestConnection[] {
    return [...this.#connections.values()]
  }

  /** A request has come. */
  see({ context: { connection, clientId, clientHost } }: InterceptedRequest): void {
    const { id } = connection
    if (this.#connections.has(id)) return
    this.#connections.set(id, { id, clientId, clientHost })
    connection.onClose(() => this.#connections.delete(id))
  }

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

  /** Undefined when it is closed. */
  of(groupId: string, memberId: string): number | undefined {
    return this.#open.get(JSON.stringify([groupId, memberId]))?.connectionId
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
