import type { Effect, GroupResponse } from './commands.ts'
import type { GroupEvent } from './group-event.ts'
import type { CoordinatorRecord } from './records.ts'

/** Stands for one waiting request. The coordinator answers or drops each exactly once; it never sees a socket or a promise. */
export type Ticket = number

/**
 * All that a coordinator may do to the world during one call of `handle` or `tick`, and all that it may know of it. A step is atomic:
 * its records are one batch, all or none, and its replies and events leave when everything they could have seen is durable.
 */
export interface Step {
  /** Monotonic; deadlines and sessions. */
  readonly nowMs: number
  /** Wall clock; record timestamps and offset expiry. */
  readonly wallMs: number
  /** A random UUID in the form in which Java prints it, for member ids. */
  randomId(): string
  /** Appends to the shard's log and applies it to state at once, through `apply`. */
  append(record: CoordinatorRecord): void
  reply(ticket: Ticket, response: GroupResponse): void
  /** Said in `handle` or `tick`, never in `apply`; published when the step is durable. */
  event(event: GroupEvent): void
  /** Asks for work outside (regex evaluation, a large assignment); its result comes back as a later command. */
  ask(effect: Effect): void
}

/** Whose transactional write a record is. */
export interface RecordOrigin {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Where a record stands in the shard's log, and whose it is; without an origin it belongs to no transaction. */
export interface RecordPosition {
  readonly offset: bigint
  readonly origin?: RecordOrigin | undefined
}
