import type { Socket } from 'node:net'
import type { Cancel, Logger } from '../platform/index.ts'
import type { AnswerBudget } from './answer-budget.ts'
import type { FairTurns } from './fair-turns.ts'
import { FrameAssembler, type FrameCredit, FrameSizeError } from './frame-assembler.ts'
import type { IncomingSocket } from './incoming-socket.ts'
import type { NetLimits } from './limits.ts'
import { Outgoing } from './outgoing.ts'
import { ResponseSlot } from './response-slot.ts'

/** How long a connection that shall end waits for answers that are still due. */
const DRAIN_MS = 5_000
/** As that, where the peer sends no more: it may be gone, and those that waited for it are told. */
const PEER_ENDED_MS = 1_000
/** How long a peer may take to end its side: it reads our last answers meanwhile, which a reset would destroy. */
const LINGER_MS = 1_000

/** A first request that is larger is expected to take long. */
const LARGE_BYTES = 64 * 1024
const SLOW_MS = 5

/** What a connection needs of the server that accepted it. */
export interface ConnectionHost {
  readonly limits: NetLimits
  readonly credit: FrameCredit
  readonly logger: Logger
  nowMs(): number
  after(delayMs: number, fn: () => void): Cancel
  onRequest(frame: Buffer, slot: ResponseSlot): void
  /** Requests of all connections grew or shrank by so many bytes. */
  bufferedBytesChanged(deltaBytes: number): void
  inFlightBytesChanged(deltaBytes: number): void
  readonly answers: AnswerBudget
  readonly turns: FairTurns
  /** False at the limit over all connections; `resume` is called when there is room again. */
  mayRead(connection: Connection): boolean
  connectionEnded(connection: Connection): void
}

/**
 * Why a connection ended: its peer ended it, it broke, the peer sent what cannot be answered otherwise, it was idle, the memory for
 * requests was used up, or the server stopped.
 */
export type CloseReason = 'client' | 'broken' | 'refused-request' | 'idle' | 'memory' | 'stop'

/** Where a connection was accepted. */
export interface Listener {
  /** As given to `listen`. */
  readonly host: string
  /** The port bound, where 0 was given. */
  readonly port: number
  /** What clients shall be told instead of the address bound (`advertised.listeners`). */
  readonly advertised: { readonly host: string; readonly port: number } | undefined
}

/**
 * One accepted connection: frames in, answers out in the order of the requests.
 *
 * It reads while it may: at a limit (requests, their bytes, answers not taken by the peer) it stops reading the
 * socket, so that TCP slows the peer, and goes on when answers have left.
 */
export class Connection {
  readonly id: number
  readonly listener: Listener
  /** Address and port of the peer, and those of ours that it reached. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  lastActivityMs: number
  /** When the peer last took something of what it is owed, or when it was first owed something. */
  pendingSinceMs = 0
  /** Set by the first that ends it; undefined where the socket closes by itself. */
  closeReason: CloseReason | undefined

  readonly #socket: Socket
  readonly #outgoing: Outgoing
  readonly #host: ConnectionHost
  readonly #assembler: FrameAssembler
  readonly #closeListeners = new Set<() => void>()
  #head: ResponseSlot | undefined
  #tail: ResponseSlot | undefined
  #inFlightRequests = 0
  #inFlightBytes = 0
  #partialBytes = 0
  /** Of answers that wait for earlier ones. */
  #filledBytes = 0
  /** Called when the peer has taken so much that less is left, or when the connection ends. */
  readonly #takenListeners = new Set<{ readonly belowBytes: number; readonly fn: () => void }>()
  /** What the last request took. */
  #requestMs = -1
  /** `pendingResponseBytes` as the host last heard of it. */
  #countedResponseBytes = 0
  #flushScheduled = false
  #readPaused = false
  /** No further request is read; the connection ends when the answers due have left. */
  #draining = false
  #finishing = false
  #endTimer: Cancel | undefined
  /** The peer has ended its side. */
  #peerIsGone = false
  #ended = false

  constructor(id: number, incoming: IncomingSocket, listener: Listener, host: ConnectionHost) {
    const { socket } = incoming
    this.id = id
    this.listener = listener
    this.remoteAddress = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    this.localAddress = plainAddress(socket.localAddress)
    this.localPort = socket.localPort ?? listener.port
    this.lastActivityMs = host.nowMs()
    this.#socket = socket
    this.#outgoing = new Outgoing(socket, () => this.#sent())
    this.#host = host
    this.#assembler = new FrameAssembler(host.limits.maxFrameBytes, host.credit)
    socket.on('end', () => this.#peerEnded())
    socket.on('error', (error) => {
      this.closeReason ??= 'broken'
      host.logger.debug({ connection: this.id, peer: this.peer, code: codeOf(error) }, 'A connection broke.')
    })
    socket.on('close', () => this.#finish())
    incoming.start({
      room: () => (this.#draining ? undefined : this.#assembler.room()),
      filled: (bytes) => this.#filled(bytes),
      received: (chunk) => this.#received(chunk),
    })
  }

  /** For log lines. */
  get peer(): string {
    return `${this.remoteAddress}:${this.remotePort}`
  }

  get ended(): boolean {
    return this.#ended
  }

  get inFlightRequests(): number {
    return this.#inFlightRequests
  }

  /** Bytes held for a request that is half received. */
  get partialBytes(): number {
    return this.#partialBytes
  }

  /** Bytes of answers that the peer has not taken. */
  get pendingResponseBytes(): number {
    return this.#filledBytes + this.#outgoing.pendingBytes
  }

  /** What its requests hold, complete and half received. */
  get bufferedBytes(): number {
    return this.#inFlightBytes + this.#partialBytes
  }

  /** Memory for answers, of all connections. */
  get answers(): AnswerBudget {
    return this.#host.answers
  }

  get isSlow(): boolean {
    return this.#requestMs < 0 ? this.#partialBytes > LARGE_BYTES : this.#requestMs > SLOW_MS
  }

  /** Bytes of answers that may be added before the connection, or all of them together, are at their limit. */
  get responseBytesFree(): number {
    const ownFree = this.#host.limits.maxPendingResponseBytes - this.pendingResponseBytes
    return Math.max(0, Math.min(ownFree, this.#host.answers.freeBytes))
  }

  /**
   * Calls `fn` when the connection ends, or when its peer has said that it sends no more, in a later microtask where
   * that was before; returns what forgets it.
   */
  onClose(fn: () => void): () => void {
    if (this.#ended || this.#peerIsGone) {
      let isForgotten = false
      queueMicrotask(() => {
        if (!isForgotten) fn()
      })
      return () => {
        isForgotten = true
      }
    }
    this.#closeListeners.add(fn)
    return () => {
      this.#closeListeners.delete(fn)
    }
  }

  /** Calls `fn` once when less than `belowBytes` of answers wait for the peer, or when the connection ends. */
  onceTaken(belowBytes: number, fn: () => void): void {
    if (this.#ended || this.pendingResponseBytes < belowBytes) queueMicrotask(fn)
    else this.#takenListeners.add({ belowBytes, fn })
  }

  /** Reads no more requests and ends when the answers due have left. */
  closeAfterResponses(reason: string): void {
    if (this.#ended || this.#draining) return
    this.#tellClose(reason)
    this.drain('refused-request')
  }

  /** As `closeAfterResponses`, without a word. */
  drain(reason: CloseReason, waitMs = DRAIN_MS): void {
    if (this.#draining || this.#ended) return
    this.closeReason ??= reason
    this.#draining = true
    this.#endTimer = this.#host.after(waitMs, () => this.#socket.destroy())
    this.#pauseReading()
    this.#assembler.discard()
    this.#countPartial()
    this.#scheduleFlush()
  }

  /** Ends at once; answers due are dropped. */
  destroy(closeReason: CloseReason, reason: string): void {
    if (this.#ended) return
    this.closeReason ??= closeReason
    this.#tellClose(reason)
    this.#socket.destroy()
    this.#finish()
  }

  /** Goes on reading where no limit is reached. */
  resume(): void {
    if (!this.#readPaused || this.#ended || this.#draining) return
    if (this.#atLimit()) return
    this.#readPaused = false
    // What arrived before the limit was reached comes first.
    this.#processFrames(this.#host.nowMs())
    if (!this.#readPaused) this.#socket.resume()
  }

  /** A request takes so much more memory than its frame. */
  slotHolds(bytes: number): void {
    if (!this.#ended) this.#requestHeld(bytes)
  }

  slotFilled(slot: ResponseSlot): void {
    if (this.#ended) return
    this.#filledBytes += slot.responseBytes
    this.#countPendingResponses()
    this.#requestHeld(-slot.heldBytes)
    if (slot === this.#head || this.#readPaused) this.#scheduleFlush()
  }

  #received(chunk: Buffer): void {
    this.lastActivityMs = this.#host.nowMs()
    if (this.#draining || this.#ended) return
    this.#assembler.push(chunk)
    this.#processFrames(this.lastActivityMs)
    this.#assembler.keepChunk()
  }

  #filled(bytes: number): void {
    this.lastActivityMs = this.#host.nowMs()
    if (this.#draining || this.#ended) return
    this.#assembler.filled(bytes)
    this.#processFrames(this.lastActivityMs)
  }

  #processFrames(startMs: number): void {
    const { turns } = this.#host
    let nowMs = startMs
    try {
      while (!this.#draining && !this.#ended) {
        if (this.#atLimit() || !turns.mayWork(this, nowMs - startMs)) {
          this.#pauseReading()
          break
        }
        const frame = this.#assembler.next()
        if (frame === undefined) break
        this.#accept(frame)
        const beforeMs = nowMs
        nowMs = this.#host.nowMs()
        this.#requestMs = nowMs - beforeMs
        turns.worked(beforeMs, nowMs)
      }
    } catch (error) {
      if (!(error instanceof FrameSizeError)) throw error
      this.closeAfterResponses(error.message)
    }
    this.#countPartial()
    if (!this.#draining && this.#atLimit()) this.#pauseReading()
  }

  #accept(frame: Buffer): void {
    const slot = new ResponseSlot(this, frame.length)
    if (this.#tail === undefined) this.#head = slot
    else this.#tail.next = slot
    this.#tail = slot
    this.#inFlightRequests++
    this.#requestHeld(frame.length)
    this.#host.onRequest(frame, slot)
  }

  #requestHeld(deltaBytes: number): void {
    this.#inFlightBytes += deltaBytes
    this.#host.bufferedBytesChanged(deltaBytes)
    this.#host.inFlightBytesChanged(deltaBytes)
  }

  #atLimit(): boolean {
    const { maxInFlightRequests, maxInFlightBytes, maxPendingResponseBytes } = this.#host.limits
    const pendingResponseBytes = this.pendingResponseBytes
    return (
      this.#inFlightRequests >= maxInFlightRequests ||
      this.#inFlightBytes >= maxInFlightBytes ||
      pendingResponseBytes >= maxPendingResponseBytes ||
      // Only those that take their answers are served when all together are at the limit.
      (pendingResponseBytes > 0 && this.#host.answers.heldBytes >= this.#host.answers.maxBytes) ||
      !this.#host.mayRead(this)
    )
  }

  #pauseReading(): void {
    if (this.#readPaused) return
    this.#readPaused = true
    this.#socket.pause()
  }

  #countPartial(): void {
    const bytes = this.#assembler.partialBytes
    if (bytes === this.#partialBytes) return
    const delta = bytes - this.#partialBytes
    this.#partialBytes = bytes
    this.#host.bufferedBytesChanged(delta)
  }

  #countPendingResponses(): void {
    const bytes = this.#ended ? 0 : this.pendingResponseBytes
    const delta = bytes - this.#countedResponseBytes
    if (delta === 0) return
    if (this.#countedResponseBytes === 0) this.pendingSinceMs = this.#host.nowMs()
    this.#countedResponseBytes = bytes
    this.#host.answers.held(delta)
  }

  /** Answers that become ready in one turn of the event loop leave together. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    process.nextTick(() => {
      this.#flushScheduled = false
      if (!this.#ended) this.#flush()
    })
  }

  #flush(): void {
    const chunks: Uint8Array[] = []
    const nowMs = this.#host.nowMs()
    let bytes = 0
    let slot = this.#head
    while (slot?.chunks !== undefined) {
      for (const chunk of slot.chunks) chunks.push(chunk)
      bytes += slot.responseBytes
      slot.observer?.answerLeft(nowMs - slot.arrivedMs)
      this.#inFlightRequests--
      // What later requests get is dropped, now and when it comes.
      slot = slot.isLast ? undefined : slot.next
    }
    this.#head = slot
    if (slot === undefined) this.#tail = undefined
    this.#filledBytes -= bytes
    if (bytes > 0) {
      this.lastActivityMs = nowMs
      this.#outgoing.write(chunks, bytes)
    }
    if (this.#draining) {
      if (slot === undefined) this.#finishWriting()
    } else {
      this.resume()
    }
  }

  #finishWriting(): void {
    if (this.#finishing) return
    this.#finishing = true
    if (!this.#outgoing.hasMore) this.#endSocket()
  }

  #endSocket(): void {
    const socket = this.#socket
    socket.end(() => {
      this.#endTimer?.cancel()
      this.#endTimer = this.#host.after(LINGER_MS, () => socket.destroy())
    })
    // Reads on, into nothing, to see the peer's end.
    socket.resume()
  }

  /** The peer has taken what the socket was given. */
  #sent(): void {
    if (this.#ended) return
    const nowMs = this.#host.nowMs()
    this.lastActivityMs = nowMs
    this.pendingSinceMs = nowMs
    this.#countPendingResponses()
    if (this.#outgoing.hasMore) this.#outgoing.sendNext()
    else if (this.#finishing) this.#endSocket()
    if (this.#takenListeners.size > 0) this.#callTakenListeners()
    this.resume()
  }

  #callTakenListeners(): void {
    for (const listener of [...this.#takenListeners]) {
      if (!this.#ended && this.pendingResponseBytes >= listener.belowBytes) continue
      this.#takenListeners.delete(listener)
      listener.fn()
    }
  }

  /** The peer sends no more: it may still read, but nobody waits behind a long poll for it. */
  #peerEnded(): void {
    if (this.#ended) return
    this.#peerIsGone = true
    this.#callCloseListeners()
    this.drain('client', PEER_ENDED_MS)
  }

  #tellClose(reason: string): void {
    this.#host.logger.info(
      { connection: this.id, peer: this.peer, reason },
      `closing the connection of ${this.peer}: ${reason}`,
    )
  }

  #callCloseListeners(): void {
    if (this.#closeListeners.size === 0) return
    const listeners = [...this.#closeListeners]
    this.#closeListeners.clear()
    for (const fn of listeners) fn()
  }

  #finish(): void {
    if (this.#ended) return
    this.#ended = true
    this.#endTimer?.cancel()
    this.#assembler.discard()
    this.#countPartial()
    this.#countPendingResponses()
    this.#host.bufferedBytesChanged(-this.#inFlightBytes)
    this.#host.inFlightBytesChanged(-this.#inFlightBytes)
    this.#inFlightBytes = 0
    this.#head = undefined
    this.#tail = undefined
    this.#outgoing.discard()
    this.#host.turns.forget(this)
    this.#host.connectionEnded(this)
    this.#callCloseListeners()
    this.#callTakenListeners()
  }
}

/** IPv4 addresses that reach an IPv6 socket come as '::ffff:127.0.0.1'. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}
