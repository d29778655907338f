import type { Broker } from './broker.ts'

/**
 * One handler per API key, in a file named like its messages (`handlers/11-join-group.ts`). It gets decoded values and gives a value; bytes,
 * order of answers and limits are net's business. A thrown error is our bug: it is logged and answered UNKNOWN_SERVER_ERROR where the
 * response has a place for it, else the connection closes.
 */
export type Handler<Request, Response> = (
  request: Request,
  context: RequestContext,
  broker: Broker,
  // undefined = no answer at all (Produce with acks=0).
) => Response | ConnectionEnd | Promise<Response | ConnectionEnd> | undefined

/**
 * What a handler gives where an error has no place in a response: the connection ends, after the answers of earlier requests and without those
 * of later ones, as Kafka's does, which has not looked at the later ones yet.
 */
export class ConnectionEnd {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export interface RequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
  readonly connection: ConnectionContext
}

/** Memory for answers that peers have not taken, in bytes; see `AnswerBudget` of net. */
export interface AnswerMemory {
  readonly maxBytes: number
  /** May be negative. */
  readonly freeBytes: number
  /** For what is being read and is in no answer yet. */
  reserve(bytes: number): void
  release(bytes: number): void
  /** Calls `fn` in a later turn, when so many bytes are free and it is its turn; returns what forgets it. */
  whenFree(bytes: number, fn: () => void): () => void
}

/** What handlers may know of and do to the connection that a request came by. */
export interface ConnectionContext {
  readonly id: number
  /** Host and port that this connection's clients should be told in Metadata (KIP-103: by the listener they came to). */
  readonly advertised: { readonly host: string; readonly port: number }
  /** Bytes of answers that this connection may still be owed: a fetch reads no more than that (at least one batch). */
  readonly responseBytesFree: number
  /** Nobody waits for answers any more. */
  readonly isEnded: boolean
  /** Bytes of answers that the peer has not taken. */
  readonly pendingResponseBytes: number
  /** Memory for answers, shared by all connections. */
  readonly answers: AnswerMemory
  /** Set by ApiVersions v3+ (KIP-511). */
  clientSoftwareName: string
  clientSoftwareVersion: string
  /** Calls `fn` when the connection ends before the handler has answered; returns a function that forgets it. */
  onClose(fn: () => void): () => void
  /** Calls `fn` once when less than `belowBytes` of answers wait for the peer, or when the connection ends. */
  onceTaken(belowBytes: number, fn: () => void): void
}
