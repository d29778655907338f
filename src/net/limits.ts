/** What peers may make a server hold. Every buffer and queue that a peer can grow has one. */
export interface NetLimits {
  /** Largest request frame; a larger or negative size closes the connection (`socket.request.max.bytes`). */
  readonly maxFrameBytes: number
  /** Requests of one connection whose answers have not left; at the limit its socket is not read. */
  readonly maxInFlightRequests: number
  /** Bytes of one connection's requests that are being processed; at the limit its socket is not read. */
  readonly maxInFlightBytes: number
  /** Bytes of one connection's answers that the peer has not taken; at the limit its socket is not read. */
  readonly maxPendingResponseBytes: number
  /**
   * Bytes of answers of all connections that the peers have not taken. Where it is nearly reached, connections whose peers take
   * nothing are ended, and the limit is kept by ending them: see `AnswerBudget`.
   */
  readonly maxTotalPendingResponseBytes: number
  /**
   * Bytes of requests of all connections, complete and half received, with what they hold decoded; at the limit only sockets
   * are read whose requests hold next to nothing (`queued.max.request.bytes`).
   */
  readonly maxBufferedBytes: number
  /** `max.connections`; a further one is closed at once. */
  readonly maxConnections: number
  /** `max.connections.per.ip`. */
  readonly maxConnectionsPerIp: number
  /** A connection without traffic and without a request in flight is closed after this time; -1 = never. */
  readonly connectionsMaxIdleMs: number
}

export const defaultNetLimits: NetLimits = {
  maxFrameBytes: 100 * 1024 * 1024,
  maxInFlightRequests: 128,
  maxInFlightBytes: 64 * 1024 * 1024,
  maxPendingResponseBytes: 64 * 1024 * 1024,
  maxTotalPendingResponseBytes: 256 * 1024 * 1024,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxConnections: 2 ** 31 - 1,
  maxConnectionsPerIp: 2 ** 31 - 1,
  connectionsMaxIdleMs: 600_000,
}
