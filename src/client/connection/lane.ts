import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import type { Api } from '../../wire/index.ts'
import { backoffMs } from '../backoff.ts'
import { type ConnectionEvent, connectionChannel } from '../diagnostics.ts'
import { KafkaError } from '../kafka-error.ts'
import { onAbort } from '../on-abort.ts'
import { Connection, type ConnectionTarget, type RequestOptions } from './connection.ts'
import { type Address, addressText, type ConnectionSettings } from './connection-settings.ts'

export interface LaneOptions extends ConnectionTarget {
  /** An attempt to connect failed, or a connection was lost (not for idleness). */
  onTrouble(): void
}

/** Connecting counts for `timeoutMs`. */
export interface LaneCallOptions extends RequestOptions {
  readonly minVersion?: number | undefined
  readonly maxVersion?: number | undefined
}

interface Waiter {
  start(connection: Connection): void
  reject(error: unknown): void
}

/**
 * The way to one node for one purpose: a connection when there is something to say, made anew when it is lost, not too often (KIP-144).
 * Calls go out in their order. A failed attempt to connect rejects the calls that wait for it; the next call begins another.
 */
export class Lane {
  readonly address: Address
  readonly #settings: ConnectionSettings
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #onTrouble: () => void
  readonly #closing = new AbortController()
  #connection: Connection | undefined
  #isConnecting = false
  #waiting: Waiter[] = []
  /** In a row, since a connection was last ready. */
  #failures = 0
  #notBeforeMs = 0
  #retryTimer: Cancel | undefined
  #idleTimer: Cancel | undefined

  constructor({ address, settings, clock, logger, onTrouble }: LaneOptions) {
    this.address = address
    this.#settings = settings
    this.#clock = clock
    this.#logger = logger
    this.#onTrouble = onTrouble
  }

  get isConnected(): boolean {
    return this.#connection !== undefined
  }

  get isConnecting(): boolean {
    return this.#isConnecting
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Requests under way, and calls that wait for a connection. */
  get load(): number {
    return this.#waiting.length + (this.#connection?.inFlight ?? 0)
  }

  /** By the clock; in the past where the broker asks for no silence. */
  get throttledUntilMs(): number {
    return this.#connection?.throttledUntilMs ?? 0
  }

  /** Before then no attempt to connect is made. */
  get notBeforeMs(): number {
    return this.#notBeforeMs
  }

  /** Resolves with the answer and its version. */
  call<In, Res>(
    api: Api<never, In, Res, never>,
    body: In | ((version: number) => In),
    options: LaneCallOptions = {},
  ): Promise<{ readonly body: Res; readonly version: number }> {
    return this.#whenReady(options, async (connection, remainingMs) => {
      const version = versionFor(connection, api as unknown as Api, options)
      const { signal, expectsAnswer } = options
      const content = typeof body === 'function' ? (body as (version: number) => In)(version) : body
      const timeoutMs = remainingMs ?? options.timeoutMs
      const answer = await connection.send(api, version, content, { signal, timeoutMs, expectsAnswer })
      return { body: answer, version }
    })
  }

  /** Resolves when it is connected: nothing was sent but the handshake. */
  ready(options: LaneCallOptions = {}): Promise<void> {
    return this.#whenReady(options, async () => {})
  }

  /** The highest version that both sides have, undefined without one. */
  versionOf(api: Api, options: LaneCallOptions = {}): Promise<number | undefined> {
    return this.#whenReady(options, async (connection) => commonVersion(connection, api, options))
  }

  /** What is under way is rejected with this error. */
  close(error: KafkaError): void {
    if (this.isClosed) return
    this.#closing.abort(error)
    this.#retryTimer?.cancel()
    this.#idleTimer?.cancel()
    this.#connection?.close(error)
    this.#rejectWaiting(error)
  }

  /** `use` runs in this turn where a connection is ready, else in the order of calls when one is. */
  #whenReady<T>(
    { signal, timeoutMs = this.#settings.requestTimeoutMs }: LaneCallOptions,
    use: (connection: Connection, remainingMs: number | undefined) => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    if (this.isClosed) return Promise.reject(this.#closing.signal.reason)
    if (this.#connection !== undefined) return use(this.#connection, undefined)
    return new Promise<T>((resolve, reject) => {
      const deadlineMs = this.#clock.monotonicMs() + timeoutMs
      const settle = (): void => {
        timer.cancel()
        forget?.()
      }
      const waiter: Waiter = {
        start: (connection) => {
          settle()
          use(connection, Math.max(1, deadlineMs - this.#clock.monotonicMs())).then(resolve, reject)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      }
      const giveUp = (error: unknown): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
        waiter.reject(error)
      }
      const timer = this.#clock.at(deadlineMs, () => {
        giveUp(new KafkaError('TIMEOUT', `no connection to ${addressText(this.address)} within ${timeoutMs} ms`))
      })
      const forget = signal && onAbort(signal, () => giveUp(signal.reason))
      this.#waiting.push(waiter)
      this.#connect()
    })
  }

  #connect(): void {
    if (this.#isConnecting) return
    this.#isConnecting = true
    const waitMs = this.#notBeforeMs - this.#clock.monotonicMs()
    if (waitMs <= 0) {
      void this.#attempt()
      return
    }
    this.#retryTimer = this.#clock.at(this.#notBeforeMs, () => void this.#attempt())
  }

  async #attempt(): Promise<void> {
    const { address } = this
    try {
      const connection = await Connection.open({
        address,
        settings: this.#settings,
        clock: this.#clock,
        logger: this.#logger,
        signal: this.#closing.signal,
        setupTimeoutMs: backoffMs(this.#settings.setupTimeout, this.#failures),
      })
      this.#isConnecting = false
      if (this.isClosed) return connection.close(this.#closing.signal.reason as KafkaError)
      // It may have ended while this function was on its way back.
      if (connection.closed !== undefined) throw connection.closed
      this.#ready(connection)
    } catch (error) {
      this.#isConnecting = false
      if (this.isClosed) return
      const { message, code } = error as KafkaError
      const log = this.#failures === 0 ? this.#logger.warn : this.#logger.debug
      log.call(this.#logger, { node: addressText(address), code }, `cannot connect: ${message}`)
      this.#publish('failed', error as Error)
      this.#backOff()
      this.#rejectWaiting(error)
      this.#onTrouble()
    }
  }

  #ready(connection: Connection): void {
    this.#connection = connection
    this.#failures = 0
    this.#publish('open')
    connection.onClose((error) => this.#lost(connection, error))
    this.#watchIdleness(connection)
    const waiting = this.#waiting
    this.#waiting = []
    for (const { start } of waiting) start(connection)
  }

  #lost(connection: Connection, error: KafkaError): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.#idleTimer?.cancel()
    this.#publish('close', error)
    if (this.isClosed) return
    this.#logger.debug({ node: addressText(this.address), code: error.code }, `connection lost: ${error.message}`)
    if (error === IDLE) return
    this.#backOff()
    this.#onTrouble()
  }

  #publish(event: ConnectionEvent['event'], error?: Error): void {
    if (!connectionChannel.hasSubscribers) return
    const { clientId } = this.#settings
    connectionChannel.publish({ event, node: addressText(this.address), clientId, error } satisfies ConnectionEvent)
  }

  #backOff(): void {
    this.#notBeforeMs = this.#clock.monotonicMs() + backoffMs(this.#settings.reconnectBackoff, this.#failures++)
  }

  #rejectWaiting(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const waiter of waiting) waiter.reject(error)
  }

  #watchIdleness(connection: Connection): void {
    const maxMs = this.#settings.connectionsMaxIdleMs
    if (maxMs < 0) return
    this.#idleTimer = this.#clock.at(connection.lastUsedMs + maxMs, () => {
      if (this.#connection !== connection) return
      const idleMs = this.#clock.monotonicMs() - connection.lastUsedMs
      if (connection.inFlight === 0 && idleMs >= maxMs) connection.close(IDLE)
      else
        this.#idleTimer = this.#clock.at(this.#clock.monotonicMs() + maxMs / 2, () => this.#watchIdleness(connection))
    })
  }
}

const IDLE = new KafkaError('CONNECTION_CLOSED', 'the connection was idle for connections.max.idle.ms')

function commonVersion(
  connection: Connection,
  api: Api,
  { minVersion = 0, maxVersion = Number.POSITIVE_INFINITY }: LaneCallOptions,
): number | undefined {
  const range = connection.range(api.key)
  if (range === undefined) return undefined
  const highest = Math.min(range.max, api.request.highestVersion, maxVersion)
  return highest < Math.max(range.min, api.request.lowestVersion, minVersion) ? undefined : highest
}

function versionFor(connection: Connection, api: Api, options: LaneCallOptions): number {
  const version = commonVersion(connection, api, options)
  if (version !== undefined) return version
  const range = connection.range(api.key)
  const has = range === undefined ? 'does not have it' : `has versions ${range.min} to ${range.max}`
  const { minVersion = api.request.lowestVersion, maxVersion = api.request.highestVersion } = options
  throw new KafkaError(
    'UNSUPPORTED_VERSION',
    `${api.name} is needed in version ${minVersion} to ${maxVersion}, and the broker at ${addressText(connection.address)} ${has}`,
  )
}
