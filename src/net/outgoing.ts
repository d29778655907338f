import type { Socket } from 'node:net'
import { joinSmall } from './join-small.ts'

/** What is given to the socket at once: what it has not taken yet can be dropped, and shows whether the peer takes any. */
const WINDOW_BYTES = 256 * 1024

/** Answers on their way into a socket: it gets a window, and the next one when that has gone. */
export class Outgoing {
  readonly #socket: Socket
  readonly #onSent: () => void
  /** Pieces of answers that wait for the socket, which has its window full. */
  #pieces: Uint8Array[] = []
  #at = 0
  #waitingBytes = 0
  /** Of the first of them, what the socket has had: it is held until all of it has gone. */
  #partSentBytes = 0

  /** @param onSent called when the socket has sent what it was given: `sendNext` is due when there is more */
  constructor(socket: Socket, onSent: () => void) {
    this.#socket = socket
    this.#onSent = onSent
  }

  /** Bytes of answers that the peer has not taken. */
  get pendingBytes(): number {
    return this.#waitingBytes + this.#partSentBytes + this.#socket.writableLength
  }

  /** The socket has not been given all. */
  get hasMore(): boolean {
    return this.#waitingBytes > 0
  }

  /** Sends `bytes` in `chunks` behind what waits. */
  write(chunks: readonly Uint8Array[], bytes: number): void {
    const pieces = joinSmall(chunks, bytes)
    if (bytes <= WINDOW_BYTES && this.#waitingBytes === 0) {
      this.#send(pieces)
      return
    }
    this.#pieces.push(...pieces)
    this.#waitingBytes += bytes
    if (this.#waitingBytes === bytes) this.sendNext()
  }

  /** Gives the socket its next window. */
  sendNext(): void {
    const pieces: Uint8Array[] = []
    let room = WINDOW_BYTES
    while (room > 0 && this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at]!
      if (piece.length > room) {
        pieces.push(piece.subarray(0, room))
        this.#pieces[this.#at] = piece.subarray(room)
        this.#partSentBytes += room
        room = 0
      } else {
        pieces.push(piece)
        room -= piece.length
        this.#at++
        this.#partSentBytes = 0
      }
    }
    this.#waitingBytes -= WINDOW_BYTES - room
    if (this.#waitingBytes === 0) {
      this.#pieces = []
      this.#at = 0
    }
    this.#send(pieces)
  }

  /** Forgets what the socket has not been given. */
  discard(): void {
    this.#pieces = []
    this.#at = 0
    this.#waitingBytes = 0
    this.#partSentBytes = 0
  }

  #send(pieces: readonly Uint8Array[]): void {
    const last = pieces.length - 1
    const socket = this.#socket
    if (last > 0) socket.cork()
    for (let i = 0; i < last; i++) socket.write(pieces[i]!)
    socket.write(pieces[last]!, this.#onSent)
    if (last > 0) socket.uncork()
  }
}
