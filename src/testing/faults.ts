import type { InterceptedRequest } from '../broker/index.ts'
import type { Clock } from '../platform/index.ts'
import { type ApiName, ErrorCode, type ErrorName } from '../wire/index.ts'
import { connectionEnd, errorAnswer } from './error-answer.ts'
import { groupsOf, memberNamesOf } from './request-parts.ts'

/** Which requests a fault hits: all that is given must fit. */
export interface FaultMatch {
  /** As Kafka names them: 'Heartbeat', or several. */
  readonly api?: ApiName | readonly ApiName[]
  readonly group?: string
  /** Member id or instance id, as the request names it, or client id. */
  readonly member?: string
  readonly clientId?: string
  /** The connection's id, as `broker.connections()` and a member's `connectionId` have it. */
  readonly connection?: number
  /** Anything else: the decoded request in the words of the wire. */
  readonly where?: (request: never) => boolean
  /** The first of the matching requests that is hit, from 1 on; default 1. */
  readonly nth?: number
  /** How many are hit from there; default 1. */
  readonly times?: number
}

/** A fault that is set. It is over when it has hit as often as it should, or is removed. */
export interface Fault {
  /** How often it has hit. */
  readonly hits: number
  /** Resolves with its first hit. */
  readonly hit: Promise<void>
  /** Hits nothing more, and lets go what it holds back. */
  remove(): void
}

/** What happens to the requests that match. */
export interface FaultScript {
  /** The request waits so long, by the broker's clock, before it is looked at. */
  delay(ms: number): Fault
  /** The request waits until the fault is removed: a fetch that stalls, a coordinator that hangs. */
  stall(): Fault
  /** The request is lost: nothing is done, and the answer never comes. Clients notice by their request timeout. */
  drop(): Fault
  /** The connection ends instead of an answer, and nothing is done. */
  close(): Fault
  /** The request is refused with this error, and nothing is done. */
  error(error: ErrorName): Fault
  /** The request is done, and its answer lost with the connection. */
  loseResponse(): Fault
}

type Action = (intercepted: InterceptedRequest, proceed: () => unknown, fault: ActiveFault) => unknown

/** Faults in the order in which they were set; a request meets the first that hits it. */
export class Faults {
  readonly #clock: Clock
  readonly #active = new Set<ActiveFault>()
  readonly #all = new Set<ActiveFault>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  on(match: FaultMatch): FaultScript {
    const add = (action: Action): Fault => this.#add(match, action)
    return {
      delay: (ms) =>
        add((_, proceed, fault) =>
          fault.hold((wake) => this.#clock.at(this.#clock.monotonicMs() + ms, wake)).then(proceed),
        ),
      stall: () => add((_, proceed, fault) => fault.hold().then(proceed)),
      drop: () => add((_, __, fault) => fault.hold().then(connectionEnd)),
      close: () => add(connectionEnd),
      error: (error) => {
        if (ErrorCode[error] === undefined || error === 'NONE') throw new Error(`Kafka has no error ${error}`)
        return add((intercepted, proceed) => errorAnswer(intercepted, proceed, error))
      },
      loseResponse: () =>
        add(async (_, proceed) => {
          await proceed()
          return connectionEnd()
        }),
    }
  }

  /** Removes all, and lets go what they hold back. */
  clear(): void {
    for (const fault of this.#all) fault.remove()
    this.#all.clear()
  }

  intercept(intercepted: InterceptedRequest, proceed: () => unknown): unknown {
    for (const fault of this.#active) if (fault.takes(intercepted)) return fault.run(intercepted, proceed)
    return proceed()
  }

  #add(match: FaultMatch, action: Action): Fault {
    const fault = new ActiveFault(match, action, () => this.#active.delete(fault))
    this.#active.add(fault)
    this.#all.add(fault)
    return fault
  }
}

class ActiveFault implements Fault {
  readonly hit: Promise<void>
  #hits = 0
  #seen = 0
  readonly #match: FaultMatch
  readonly #action: Action
  readonly #onOver: () => void
  readonly #held = new Set<() => void>()
  #onHit = (): void => {}

  constructor(match: FaultMatch, action: Action, onOver: () => void) {
    this.#match = match
    this.#action = action
    this.#onOver = onOver
    this.hit = new Promise((resolve) => {
      this.#onHit = resolve
    })
  }

  get hits(): number {
    return this.#hits
  }

  /** Counts the request where it matches; whether it is one to be hit. */
  takes({ api, request, context }: InterceptedRequest): boolean {
    const { api: wanted, group, member, clientId, connection, where, nth = 1, times = 1 } = this.#match
    const isApi =
      wanted === undefined || (typeof wanted === 'string' ? wanted === api : wanted.some((name) => name === api))
    if (!isApi) return false
    if (group !== undefined && !groupsOf(request).includes(group)) return false
    if (clientId !== undefined && context.clientId !== clientId) return false
    if (connection !== undefined && context.connection.id !== connection) return false
    if (member !== undefined && context.clientId !== member && !memberNamesOf(request).includes(member)) return false
    if (where !== undefined && !where(request as never)) return false
    this.#seen++
    return this.#seen >= nth && this.#hits < times
  }

  run(intercepted: InterceptedRequest, proceed: () => unknown): unknown {
    this.#hits++
    if (this.#hits >= (this.#match.times ?? 1)) this.#onOver()
    this.#onHit()
    return this.#action(intercepted, proceed, this)
  }

  /** Resolves when the fault is removed, or what `wakes` sets calls. */
  hold(wakes?: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#held.delete(wake)
        resolve()
      }
      this.#held.add(wake)
      wakes?.(wake)
    })
  }

  remove(): void {
    this.#onOver()
    for (const wake of [...this.#held]) wake()
  }
}
