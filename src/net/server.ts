import { createServer, type Server, type Socket } from 'node:net'
import type { Cancel, Clock, Logger } from '../platform/index.ts'
import { AnswerBudget } from './answer-budget.ts'
import { type CloseReason, Connection, type ConnectionHost, type Listener } from './connection.ts'
import { FairTurns } from './fair-turns.ts'
import { FrameCredit } from './frame-assembler.ts'
import { IncomingSocket } from './incoming-socket.ts'
import { defaultNetLimits, type NetLimits } from './limits.ts'
import type { ResponseSlot } from './response-slot.ts'

/** Of all connections' half received frames, what may be allocated before it arrives. */
const CREDIT_BYTES = 64 * 1024 * 1024
/** A connection whose requests hold no more than this has a reserve when all are at their limit: heartbeats go on. */
const LIGHT_BYTES = 64 * 1024
const LIGHT_RESERVE_BYTES = 64 * 1024 * 1024
/** Refused connections are counted and told at most this often. */
const REFUSAL_LOG_MS = 10_000

export interface RequestServerOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<NetLimits>
  /**
   * Called with each request, without its size prefix, in the order of arrival on a connection. The slot must be
   * filled once, now or later. The frame is the callee's to keep and to change.
   */
  onRequest(frame: Buffer, slot: ResponseSlot): void
  /** Called once for each connection that is over. */
  onConnectionEnded?(connection: Connection): void
}

/** Why a connection was not accepted: `max.connections`, `max.connections.per.ip`, or the server stops. */
export type RefusalReason = 'max-connections' | 'max-connections-per-ip' | 'stop'

/** Counts since the server was made, and what it holds now. */
export interface NetMetrics {
  readonly openConnections: number
  readonly acceptedConnections: number
  readonly refusedConnections: ReadonlyMap<RefusalReason, number>
  readonly closedConnections: ReadonlyMap<CloseReason, number>
  /** Bytes of requests, complete and half received, and their limit (`NetLimits.maxBufferedBytes`). */
  readonly requestBytesHeld: number
  readonly requestBytesMax: number
  /** Bytes of answers that the peers have not taken, and their limit (`NetLimits.maxTotalPendingResponseBytes`). */
  readonly responseBytesHeld: number
  readonly responseBytesMax: number
}

/**
 * Accepts connections and gives their requests to one function. Knows frames, their order and limits; what is in a
 * frame is the caller's business.
 */
export class RequestServer {
  readonly #options: RequestServerOptions
  #limits: NetLimits
  readonly #host: ConnectionHost
  readonly #answers: AnswerBudget
  readonly #servers = new Set<Server>()
  readonly #connections = new Set<Connection>()
  readonly #connectionsByIp = new Map<string, number>()
  /** Connections that stopped reading at the limit over all. */
  readonly #waiting = new Set<Connection>()
  #nextConnectionId = 1
  #bufferedBytes = 0
  #inFlightBytes = 0
  #wakeScheduled = false
  #idleCheck: Cancel | undefined
  #closed: (() => void) | undefined
  #closing = false
  #accepted = 0
  readonly #refusals = new Map<RefusalReason, number>()
  readonly #closes = new Map<CloseReason, number>()
  /** Since the last log line about them. */
  #refused = 0
  #refusalToldMs = Number.NEGATIVE_INFINITY

  constructor(options: RequestServerOptions) {
    this.#options = options
    this.#limits = { ...defaultNetLimits, ...options.limits }
    const limits = (): NetLimits => this.#limits
    this.#answers = new AnswerBudget({
      maxBytes: () => this.#limits.maxTotalPendingResponseBytes,
      nowMs: () => options.clock.monotonicMs(),
      after: (delayMs, fn) => options.clock.at(options.clock.monotonicMs() + delayMs, fn),
      holders: () => this.#connections,
    })
    this.#host = {
      get limits() {
        return limits()
      },
      credit: new FrameCredit(Math.min(CREDIT_BYTES, this.#limits.maxBufferedBytes / 2)),
      logger: options.logger,
      nowMs: () => options.clock.monotonicMs(),
      after: (delayMs, fn) => options.clock.at(options.clock.monotonicMs() + delayMs, fn),
      onRequest: (frame, slot) => options.onRequest(frame, slot),
      bufferedBytesChanged: (delta) => this.#bufferedBytesChanged(delta),
      inFlightBytesChanged: (delta) => {
        this.#inFlightBytes += delta
      },
      answers: this.#answers,
      turns: new FairTurns(() => options.clock.monotonicMs()),
      mayRead: (connection) => this.#mayRead(connection),
      connectionEnded: (connection) => this.#connectionEnded(connection),
    }
  }

  /** Changes limits while the server runs; connections that are there already stay. */
  setLimits(limits: Partial<NetLimits>): void {
    this.#limits = { ...this.#limits, ...limits }
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Bytes of requests of all connections, complete and half received. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  metrics(): NetMetrics {
    return {
      openConnections: this.#connections.size,
      acceptedConnections: this.#accepted,
      refusedConnections: new Map(this.#refusals),
      closedConnections: new Map(this.#closes),
      requestBytesHeld: this.#bufferedBytes,
      requestBytesMax: this.#limits.maxBufferedBytes,
      responseBytesHeld: this.#answers.heldBytes,
      responseBytesMax: this.#limits.maxTotalPendingResponseBytes,
    }
  }

  /**
   * Takes connections at an address; may be called for several.
   * @param port 0 = one that is free.
   * @param advertised what clients of this listener shall be told instead of the address bound.
   * @throws the error of `listen`, EADDRINUSE for example.
   */
  async listen(address: {
    readonly host: string
    readonly port: number
    readonly advertised?: { readonly host: string; readonly port: number } | undefined
  }): Promise<Listener> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address.host, port: address.port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    const bound = server.address()
    const port = bound !== null && typeof bound === 'object' ? bound.port : address.port
    const listener: Listener = { host: address.host, port, advertised: address.advertised }
    server.on('connection', (socket) => this.#accept(socket, listener))
    server.on('error', (error) => this.#options.logger.error({ err: error }, 'A listener failed.'))
    this.#servers.add(server)
    if (this.#idleCheck === undefined) this.#scheduleIdleCheck()
    return listener
  }

  /**
   * Stops accepting and reading, sends the answers due and ends all connections.
   * @param graceMs after this time, connections that still wait are cut.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    this.#idleCheck?.cancel()
    for (const server of this.#servers) server.close()
    this.#servers.clear()
    if (this.#connections.size === 0) return
    const { promise, resolve } = withResolvers()
    this.#closed = resolve
    const { clock } = this.#options
    const grace = clock.at(clock.monotonicMs() + graceMs, () => {
      for (const connection of [...this.#connections]) connection.destroy('stop', 'the broker stops')
    })
    for (const connection of [...this.#connections]) connection.drain('stop')
    await promise
    grace.cancel()
  }

  #accept(accepted: Socket, listener: Listener): void {
    const address = accepted.remoteAddress
    // Closed by the peer before it was accepted.
    if (address === undefined) {
      accepted.destroy()
      return
    }
    const ofAddress = this.#connectionsByIp.get(address) ?? 0
    const refusal = this.#refusalOf(ofAddress)
    if (refusal !== undefined) {
      accepted.destroy()
      this.#refusals.set(refusal, (this.#refusals.get(refusal) ?? 0) + 1)
      this.#tellRefusal(address, refusal)
      return
    }
    this.#accepted++
    const incoming = new IncomingSocket(accepted)
    const connection = new Connection(this.#nextConnectionId++, incoming, listener, this.#host)
    this.#connections.add(connection)
    this.#connectionsByIp.set(address, ofAddress + 1)
    incoming.socket.once('close', () => this.#forgetAddress(address))
  }

  #refusalOf(connectionsOfAddress: number): RefusalReason | undefined {
    const { maxConnections, maxConnectionsPerIp } = this.#limits
    if (this.#closing) return 'stop'
    if (this.#connections.size >= maxConnections) return 'max-connections'
    return connectionsOfAddress >= maxConnectionsPerIp ? 'max-connections-per-ip' : undefined
  }

  #forgetAddress(address: string): void {
    const count = (this.#connectionsByIp.get(address) ?? 1) - 1
    if (count === 0) this.#connectionsByIp.delete(address)
    else this.#connectionsByIp.set(address, count)
  }

  #tellRefusal(address: string, reason: RefusalReason): void {
    this.#refused++
    const { clock, logger } = this.#options
    const nowMs = clock.monotonicMs()
    if (this.#closing || nowMs - this.#refusalToldMs < REFUSAL_LOG_MS) return
    const limit = reason === 'max-connections' ? 'max.connections' : 'max.connections.per.ip'
    logger.warn(
      { address, reason, refused: this.#refused },
      `refused ${this.#refused} connections, the last from ${address}: ${limit} is reached`,
    )
    this.#refusalToldMs = nowMs
    this.#refused = 0
  }

  #mayRead(connection: Connection): boolean {
    const freeBytes = this.#limits.maxBufferedBytes - this.#bufferedBytes
    if (freeBytes > 0) return true
    if (freeBytes > -LIGHT_RESERVE_BYTES && connection.bufferedBytes < LIGHT_BYTES) return true
    this.#waiting.add(connection)
    this.#relieve()
    return false
  }

  #bufferedBytesChanged(delta: number): void {
    this.#bufferedBytes += delta
    if (delta < 0 && this.#waiting.size > 0 && this.#bufferedBytes < this.#limits.maxBufferedBytes) this.#wake()
  }

  #wake(): void {
    if (this.#wakeScheduled) return
    this.#wakeScheduled = true
    setImmediate(() => {
      this.#wakeScheduled = false
      const waiting = [...this.#waiting]
      this.#waiting.clear()
      for (const connection of waiting) connection.resume()
    })
  }

  /** All memory is in half received frames, so nobody can go on: the largest has to go. */
  #relieve(): void {
    if (this.#inFlightBytes > 0) return
    let largest: Connection | undefined
    for (const connection of this.#connections) {
      if (largest === undefined || connection.partialBytes > largest.partialBytes) largest = connection
    }
    if (largest !== undefined && largest.partialBytes > 0) {
      const victim = largest
      setImmediate(() => {
        if (this.#bufferedBytes >= this.#limits.maxBufferedBytes && this.#inFlightBytes === 0) {
          victim.destroy('memory', 'half received requests have used up the memory for requests')
        }
      })
    }
  }

  #connectionEnded(connection: Connection): void {
    this.#connections.delete(connection)
    this.#waiting.delete(connection)
    const reason = connection.closeReason ?? 'client'
    this.#closes.set(reason, (this.#closes.get(reason) ?? 0) + 1)
    this.#options.onConnectionEnded?.(connection)
    if (this.#connections.size === 0) this.#closed?.()
  }

  #scheduleIdleCheck(): void {
    const { clock } = this.#options
    const { connectionsMaxIdleMs } = this.#limits
    if (connectionsMaxIdleMs < 0) return
    const intervalMs = Math.max(1, Math.min(connectionsMaxIdleMs / 4, 10_000))
    this.#idleCheck = clock.at(clock.monotonicMs() + intervalMs, () => {
      this.#closeIdle(clock.monotonicMs() - connectionsMaxIdleMs)
      this.#scheduleIdleCheck()
    })
  }

  #closeIdle(beforeMs: number): void {
    for (const connection of this.#connections) {
      if (connection.lastActivityMs > beforeMs) continue
      // A long poll is not idleness; answers that nobody takes are.
      if (connection.inFlightRequests > 0 && connection.pendingResponseBytes === 0) continue
      connection.destroy('idle', 'it was idle')
    }
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((fn) => {
    resolve = fn
  })
  return { promise, resolve }
}
