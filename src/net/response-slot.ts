import type { Connection } from './connection.ts'

/**
 * The place of one request's answer among the answers of its connection: they leave in the order of the requests,
 * whenever they are filled. Each slot is filled exactly once.
 */
export class ResponseSlot {
  readonly connection: Connection
  /** Of the request's frame. */
  readonly requestBytes: number
  /** What the request holds until it is answered: its frame, and what `hold` added. */
  heldBytes: number
  /** About when the last bytes of the request came, on the server's monotonic clock. */
  readonly arrivedMs: number
  /** The answer; undefined while it is due. */
  chunks: readonly Uint8Array[] | undefined
  responseBytes = 0
  /** The connection ends here. */
  isLast = false
  /** Told when the answer leaves; set by whoever wants to know. */
  observer: AnswerObserver | undefined = undefined
  /** The slot of the next request. */
  next: ResponseSlot | undefined

  constructor(connection: Connection, requestBytes: number) {
    this.connection = connection
    this.requestBytes = requestBytes
    this.heldBytes = requestBytes
    this.arrivedMs = connection.lastActivityMs
  }

  /** Says that the request takes more memory than its frame until it is answered. */
  hold(bytes: number): void {
    this.heldBytes += bytes
    this.connection.slotHolds(bytes)
  }

  /** Answers with a frame, size prefix included. The chunks must not change until they are sent. */
  fill(chunks: readonly Uint8Array[]): void {
    if (this.chunks !== undefined) throw new Error('a response slot is filled twice')
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.length
    this.chunks = chunks
    this.responseBytes = bytes
    this.connection.slotFilled(this)
  }

  /** Says that the request has no answer (Produce with acks=0). */
  fillWithNothing(): void {
    this.fill(NO_CHUNKS)
  }

  /** Ends the connection where the answer would be: after those of earlier requests, and without those of later ones. */
  endConnection(reason: string): void {
    this.isLast = true
    this.fill(NO_CHUNKS)
    this.connection.closeAfterResponses(reason)
  }
}

export interface AnswerObserver {
  /** @param durationMs from the arrival of the request: its work, and the wait for earlier answers of the connection. */
  answerLeft(durationMs: number): void
}

const NO_CHUNKS: readonly Uint8Array[] = []
