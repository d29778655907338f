import type { Duplex } from 'node:stream'
import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import { type Api, ApiKey, decodeResponse, encodeRequestFrame } from '../../wire/index.ts'
import { bounded } from '../bounded.ts'
import { type RequestEvent, requestChannel } from '../diagnostics.ts'
import { KafkaError, type KafkaErrorOptions } from '../kafka-error.ts'
import { onAbort } from '../on-abort.ts'
import { clientSoftwareName, clientSoftwareVersion } from '../version.ts'
import { type ApiRange, negotiate } from './api-versions.ts'
import { type Address, addressText, type ConnectionSettings } from './connection-settings.ts'
import { IncomingFrames } from './incoming-frames.ts'
import { closedBy, openSocket } from './open-socket.ts'
import { authenticate } from './sasl.ts'
import { throttleMs } from './throttle.ts'

/** To whom, and as what. */
export interface ConnectionTarget {
  readonly address: Address
  readonly settings: ConnectionSettings
  readonly clock: Clock
  readonly logger: Logger
}

export interface OpenConnectionOptions extends ConnectionTarget {
  readonly signal: AbortSignal
  /** For each address that the name resolves to; default the setting's first. */
  readonly setupTimeoutMs?: number
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** For the answer, from when the request is written; default `request.timeout.ms`. */
  readonly timeoutMs?: number | undefined
  /** false for a Produce with acks=0: resolves with undefined when the request is written. */
  readonly expectsAnswer?: boolean | undefined
}

/** A timer that fires later than this by more than the loop's own slack: the process stood still, and answers may lie unread. */
const LATE_MS = 100

interface Pending {
  readonly api: Api
  readonly version: number
  readonly correlationId: number
  readonly timeoutMs: number
  /** What is written; undefined once it is. */
  frame: Buffer[] | undefined
  expectsAnswer: boolean
  deadlineMs: number
  /** undefined when nobody waits any more: the answer is read and dropped. */
  waiter: Waiter | undefined
}

interface Waiter {
  resolve(body: unknown): void
  reject(error: unknown): void
}

/**
 * One connection to one broker. Requests are pipelined; their answers come in the same order, which is checked. A request whose wait is
 * aborted keeps its place. A request without an answer in its time ends the connection, as in Java: nothing behind it would come either.
 */
export class Connection {
  readonly address: Address
  readonly #settings: ConnectionSettings
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #socket: Duplex
  readonly #frames: IncomingFrames
  #ranges: ReadonlyMap<number, ApiRange> = new Map()
  #correlationId = 0
  /** Written, in order; from #head on. */
  #sent: Pending[] = []
  #head = 0
  /** Waiting for the end of a throttle or of a re-authentication. */
  #held: Pending[] = []
  #holds = 0
  #throttledUntilMs = 0
  #timer: { readonly forMs: number; readonly cancel: Cancel } | undefined
  #hasWaitedForReads = false
  #isCorked = false
  #reauthenticateAtMs = Number.POSITIVE_INFINITY
  #closed: KafkaError | undefined
  readonly #onClose: ((error: KafkaError) => void)[] = []
  #lastUsedMs: number

  private constructor(options: OpenConnectionOptions, socket: Duplex, frames: IncomingFrames) {
    const { address, settings, clock, logger } = options
    this.address = address
    this.#settings = settings
    this.#clock = clock
    this.#logger = logger
    this.#socket = socket
    this.#frames = frames
    this.#lastUsedMs = clock.monotonicMs()
    frames.start(
      (frame) => this.#answer(frame),
      (error) => this.close(notKafka(address, error)),
    )
    socket.on('error', (error) => this.close(closedBy(address, error)))
    socket.on('end', () => this.close(closedBy(address, undefined)))
    socket.on('close', () => this.close(closedBy(address, undefined)))
  }

  /**
   * Connects, agrees on versions (KIP-511) and authenticates.
   * @throws KafkaError CONNECTION_CLOSED, TIMEOUT, TLS_HANDSHAKE_FAILED, SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM; the signal's reason
   */
  static async open(options: OpenConnectionOptions): Promise<Connection> {
    const { settings, signal } = options
    signal.throwIfAborted()
    const frames = new IncomingFrames()
    const timeoutMs = options.setupTimeoutMs ?? settings.setupTimeout.initialMs
    const socket = await openSocket({ ...options, timeoutMs, sink: frames })
    const connection = new Connection(options, socket, frames)
    const forget = onAbort(signal, () => connection.close(new KafkaError('CLOSED', 'the client was closed')))
    try {
      signal.throwIfAborted()
      connection.#ranges = await negotiate((api, version, body) => connection.#exchange(api, version, body), {
        clientSoftwareName,
        clientSoftwareVersion,
      })
      await connection.#authenticate()
      frames.trust()
      return connection
    } catch (error) {
      connection.close(asKafkaError(error))
      signal.throwIfAborted()
      throw hinted(error, options)
    } finally {
      forget()
    }
  }

  /** Why it is closed; undefined while it is not. */
  get closed(): KafkaError | undefined {
    return this.#closed
  }

  /** Requests that are written and not answered, or wait to be written. */
  get inFlight(): number {
    return this.#sent.length - this.#head + this.#held.length
  }

  /** When a request was last made or answered, by the clock. */
  get lastUsedMs(): number {
    return this.#lastUsedMs
  }

  get throttledUntilMs(): number {
    return this.#throttledUntilMs
  }

  onClose(fn: (error: KafkaError) => void): void {
    this.#onClose.push(fn)
  }

  /** Versions that the broker serves; undefined when it does not serve the API. */
  range(apiKey: number): ApiRange | undefined {
    return this.#ranges.get(apiKey)
  }

  /**
   * Writes one request, in this turn where nothing holds the connection.
   * @throws KafkaError INVALID_ARGUMENT at once when the body cannot be encoded; rejects with CONNECTION_CLOSED or TIMEOUT
   */
  send<In, Res>(
    api: Api<never, In, Res, never> | Api<unknown, In, Res, never>,
    version: number,
    body: In,
    options: RequestOptions = {},
  ): Promise<Res> {
    const { signal, timeoutMs = this.#settings.requestTimeoutMs, expectsAnswer = true } = options
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    const pending = this.#encode(api as Api, version, body as never, timeoutMs, expectsAnswer)
    const result = new Promise<unknown>((resolve, reject) => {
      pending.waiter = { resolve, reject }
    })
    if (signal !== undefined) this.#abortBy(signal, pending)
    if (this.#clock.monotonicMs() >= this.#reauthenticateAtMs) this.#reauthenticate()
    if (this.#holds > 0) this.#held.push(pending)
    else this.#write(pending)
    return result as Promise<Res>
  }

  /** Ends it; all that waits is rejected with this error. */
  close(error: KafkaError): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#timer?.cancel.cancel()
    this.#frames.discard()
    this.#socket.destroy()
    const written = this.#sent.slice(this.#head)
    if (requestChannel.hasSubscribers) {
      for (const pending of written) this.#publish(pending, this.#clock.monotonicMs(), 0, error)
    }
    const pending = [...written, ...this.#held]
    this.#sent = []
    this.#head = 0
    this.#held = []
    for (const { waiter } of pending) waiter?.reject(error)
    for (const fn of this.#onClose) fn(error)
  }

  #encode(api: Api, version: number, body: never, timeoutMs: number, expectsAnswer: boolean): Pending {
    const correlationId = this.#correlationId
    const { clientId } = this.#settings
    let frame: Buffer[]
    try {
      frame = encodeRequestFrame({ api: api as Api<unknown, never>, version, correlationId, clientId, body })
    } catch (error) {
      throw new KafkaError('INVALID_ARGUMENT', `${api.name}: ${(error as Error).message}`, { cause: error })
    }
    this.#correlationId = (correlationId + 1) & 0x7fffffff
    const deadlineMs = Number.POSITIVE_INFINITY
    return { api, version, correlationId, timeoutMs, frame, expectsAnswer, deadlineMs, waiter: undefined }
  }

  #write(pending: Pending): void {
    const nowMs = this.#clock.monotonicMs()
    this.#lastUsedMs = nowMs
    this.#cork()
    const chunks = pending.frame!
    pending.frame = undefined
    if (!pending.expectsAnswer) return this.#writeOnly(pending, chunks, nowMs + pending.timeoutMs)
    for (const chunk of chunks) this.#socket.write(chunk)
    pending.deadlineMs = nowMs + pending.timeoutMs
    this.#sent.push(pending)
    this.#arm(pending.deadlineMs)
  }

  /** Done when the kernel has all of it (acks=0): whatever was said to be sent survives a close. */
  #writeOnly(pending: Pending, chunks: readonly Buffer[], deadlineMs: number): void {
    const timer = this.#clock.at(deadlineMs, () => this.#timedOut(pending))
    for (const chunk of chunks.slice(0, -1)) this.#socket.write(chunk)
    this.#socket.write(chunks.at(-1)!, (error) => {
      timer.cancel()
      if (error) pending.waiter?.reject(this.#closed ?? closedBy(this.address, error))
      else pending.waiter?.resolve(undefined)
    })
  }

  /** What is written in one turn goes out together. */
  #cork(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#socket.cork()
    process.nextTick(() => {
      this.#isCorked = false
      this.#socket.uncork()
    })
  }

  #answer(frame: Buffer): void {
    const pending = this.#sent[this.#head]
    if (pending === undefined) return this.close(malformed(this.address, 'it answers what was not asked'))
    const correlationId = frame.length < 4 ? -1 : frame.readInt32BE(0)
    if (correlationId !== pending.correlationId) {
      // Of what is under way nothing is known any more, as when the connection is lost; over another one it may go well.
      const detail = `answer ${correlationId} came where ${pending.correlationId} was due`
      return this.close(malformed(this.address, detail, { kind: 'retriable' }))
    }
    let body: unknown
    try {
      body = decode(pending, frame)
    } catch (error) {
      return this.close(malformed(this.address, (error as Error).message, { cause: error }))
    }
    this.#shift()
    const nowMs = this.#clock.monotonicMs()
    this.#lastUsedMs = nowMs
    const heldMs = throttleMs(pending.api.key, pending.version, body)
    if (heldMs > 0) this.#throttle(nowMs + heldMs)
    if (requestChannel.hasSubscribers) this.#publish(pending, nowMs, heldMs, undefined)
    pending.waiter?.resolve(body)
  }

  #publish({ api, version, deadlineMs, timeoutMs }: Pending, nowMs: number, heldMs: number, error?: Error): void {
    requestChannel.publish({
      api: api.name,
      version,
      node: addressText(this.address),
      clientId: this.#settings.clientId,
      durationMs: nowMs - (deadlineMs - timeoutMs),
      throttleMs: heldMs,
      error,
    } satisfies RequestEvent)
  }

  #shift(): void {
    this.#sent[this.#head++] = undefined as unknown as Pending
    if (this.#head === this.#sent.length) {
      this.#sent = []
      this.#head = 0
    } else if (this.#head >= 1024) {
      this.#sent = this.#sent.slice(this.#head)
      this.#head = 0
    }
  }

  #abortBy(signal: AbortSignal, pending: Pending): void {
    const { resolve, reject } = pending.waiter!
    const forget = onAbort(signal, () => {
      pending.waiter = undefined
      this.#held = this.#held.filter((held) => held !== pending)
      reject(signal.reason)
    })
    pending.waiter = {
      resolve(body) {
        forget()
        resolve(body)
      },
      reject(error) {
        forget()
        reject(error)
      },
    }
  }

  #arm(deadlineMs: number): void {
    if (this.#timer !== undefined && this.#timer.forMs <= deadlineMs) return
    this.#timer?.cancel.cancel()
    this.#timer = { forMs: deadlineMs, cancel: this.#clock.at(deadlineMs, () => this.#checkDeadlines(deadlineMs)) }
  }

  #checkDeadlines(dueMs: number): void {
    this.#timer = undefined
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - dueMs > LATE_MS && !this.#hasWaitedForReads) {
      // The process was busy or asleep: what the socket has received meanwhile is read after timers, and may be much.
      this.#hasWaitedForReads = true
      this.#arm(nowMs + LATE_MS)
      return
    }
    this.#hasWaitedForReads = false
    let nextMs = Number.POSITIVE_INFINITY
    for (let i = this.#head; i < this.#sent.length; i++) {
      const pending = this.#sent[i]!
      if (pending.deadlineMs <= nowMs) return this.#timedOut(pending)
      nextMs = Math.min(nextMs, pending.deadlineMs)
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nextMs)
  }

  #timedOut(pending: Pending): void {
    const where = addressText(this.address)
    pending.waiter?.reject(
      new KafkaError('TIMEOUT', `${where} did not answer ${pending.api.name} within ${pending.timeoutMs} ms`),
    )
    pending.waiter = undefined
    const reason = `the connection to ${where} was given up: ${pending.api.name} was not answered in time`
    this.close(new KafkaError('CONNECTION_CLOSED', reason))
  }

  #throttle(untilMs: number): void {
    if (untilMs <= this.#throttledUntilMs) return
    this.#throttledUntilMs = untilMs
    this.#logger.debug({ node: addressText(this.address), untilMs }, 'the broker throttles this connection')
    this.#holds++
    this.#clock.at(untilMs, () => this.#release())
  }

  #release(): void {
    this.#holds--
    if (this.#holds > 0 || this.#closed !== undefined) return
    const held = this.#held
    this.#held = []
    for (const pending of held) this.#write(pending)
  }

  /** A request of the handshake: nothing holds it. */
  #exchange<In, Res>(api: Api<never, In, Res, never>, version: number, body: In): Promise<Res> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const { requestTimeoutMs } = this.#settings
    const pending = this.#encode(api as unknown as Api, version, body as never, requestTimeoutMs, true)
    return new Promise<Res>((resolve, reject) => {
      pending.waiter = { resolve: resolve as (body: unknown) => void, reject }
      this.#write(pending)
    })
  }

  async #authenticate(): Promise<void> {
    const { sasl } = this.#settings
    if (sasl === undefined) return
    const authenticated = authenticate({
      sasl,
      address: this.address,
      rangeOf: (apiKey) => this.range(apiKey),
      exchange: (api, version, body) => this.#exchange(api, version, body),
    })
    // The application may never come with its password or token: requests would be held for ever.
    const what = `authentication with ${addressText(this.address)}`
    const options = { timeoutMs: this.#settings.requestTimeoutMs }
    const { sessionLifetimeMs } = await bounded(authenticated, options, this.#clock, what)
    // As Java does: some time before the session ends, not all connections at once (KIP-368).
    const share = 0.85 + 0.1 * Math.random()
    this.#reauthenticateAtMs =
      sessionLifetimeMs > 0 ? this.#clock.monotonicMs() + sessionLifetimeMs * share : Number.POSITIVE_INFINITY
  }

  /** On the live connection: requests wait, those in flight are answered before. */
  #reauthenticate(): void {
    this.#reauthenticateAtMs = Number.POSITIVE_INFINITY
    this.#holds++
    this.#authenticate().then(
      () => this.#release(),
      (error: unknown) => this.close(asKafkaError(error)),
    )
  }
}

function decode({ api, version }: Pending, frame: Buffer): unknown {
  // A broker that does not know the version answers in version 0 (KIP-511).
  const isFallback = api.key === ApiKey.ApiVersions && frame.length >= 6 && frame.readInt16BE(4) === 35
  return decodeResponse(api, isFallback ? 0 : version, frame).body
}

function malformed(address: Address, detail: string, options?: KafkaErrorOptions): KafkaError {
  return new KafkaError('MALFORMED_ANSWER', `${addressText(address)} answers wrongly: ${detail}`, options)
}

function notKafka(address: Address, error: Error): KafkaError {
  return new KafkaError(
    'MALFORMED_ANSWER',
    `${addressText(address)} does not speak Kafka's protocol: ${error.message}`,
    {
      kind: 'invalid',
      cause: error,
    },
  )
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('CONNECTION_CLOSED', (error as Error).message, { cause: error })
}

/** A listener that expects TLS or SASL ends a connection without it, and says nothing. */
function hinted(error: unknown, { settings, address }: OpenConnectionOptions): unknown {
  if (!(error instanceof KafkaError) || error.code !== 'CONNECTION_CLOSED') return error
  const expected = settings.tls === undefined ? 'TLS' : settings.sasl === undefined ? 'SASL' : 'another mechanism'
  const sentence = `${addressText(address)} closed the connection during the handshake; does its listener expect ${expected}?`
  return new KafkaError('CONNECTION_CLOSED', sentence, { cause: error })
}
