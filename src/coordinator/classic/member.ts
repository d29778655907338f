import { Deadline } from '../deadlines.ts'
import type { DeadlineOwner } from '../group.ts'
import type { Ticket } from '../step.ts'

/** One of the assignors that a member offers, with what it wants to tell its leader. The metadata is opaque to the coordinator. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** A request that waits in the group. Without a ticket when its connection has closed: the wish stays, the answer has nowhere to go. */
export interface Waiter {
  ticket: Ticket | undefined
  readonly apiVersion: number
}

/** A member of a classic group, as it is now. What of it is hard state stands in the group's `persisted`. */
export interface ClassicMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  /** In the member's order of preference. After a restart only the chosen one is known. */
  protocols: readonly MemberProtocol[]
  assignment: Buffer
  awaitingJoin: Waiter | undefined
  awaitingSync: Waiter | undefined
  /** Monotonic: since when it knows that it has to give up its partitions, or to ask whether it may keep them; undefined while it has them. */
  toldMs: number | undefined
  /** Until its first rebalance completes: it may be evicted although it waits, because nobody may be there any more. */
  isNew: boolean
  /** Whether the client was told this member id: otherwise nobody but the connection that waits can ever use it. */
  readonly idKnown: boolean
  readonly session: Deadline<DeadlineOwner>
}

export function createMember(
  groupId: string,
  fields: Omit<ClassicMember, 'assignment' | 'awaitingJoin' | 'awaitingSync' | 'toldMs' | 'session'> & {
    assignment?: Buffer
  },
): ClassicMember {
  return {
    ...fields,
    assignment: fields.assignment ?? EMPTY_ASSIGNMENT,
    awaitingJoin: undefined,
    awaitingSync: undefined,
    toldMs: undefined,
    session: new Deadline<DeadlineOwner>({ kind: 'session', groupId, memberId: fields.memberId }),
  }
}

export const EMPTY_ASSIGNMENT = Buffer.alloc(0)

/** Undefined when the member does not offer this protocol. */
export function metadataOf(member: ClassicMember, protocolName: string): Buffer | undefined {
  return member.protocols.find((protocol) => protocol.name === protocolName)?.metadata
}

/** Same names in the same order, with the same bytes: then a rejoin changes nothing. */
export function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((protocol, i) => protocol.name === b[i]!.name && protocol.metadata.equals(b[i]!.metadata))
  )
}
