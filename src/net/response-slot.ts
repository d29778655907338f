import type { Connection } from './connection.ts'

/**
 * The place of one request's answer among the answers of its connection: they leave in the order of the requests,
 * whenever they are filled. Each slot is filled exactly once.
 */
export class ResponseSlot {
  readonly connection: Connection
  /** Of the request's frame. */
  readonly requestBytes: number
  /** The answer; undefined while it is due. */
  chunks: readonly Uint8Array[] | undefined
  responseBytes = 0
  /** The slot of the next request. */
  next: ResponseSlot | undefined

  constructor(connection: Connection, requestBytes: number) {
    this.connection = connection
    this.requestBytes = requestBytes
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
}

const NO_CHUNKS: readonly Uint8Array[] = []
