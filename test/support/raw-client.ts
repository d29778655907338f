import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Api, apiByKey, decodeResponse, encodeRequestFrame, type Message } from '../../src/wire/index.ts'

/** A request and what answers it, as `src/wire/messages` has them. */
export interface Exchange<ReqIn, Res> {
  readonly request: Message<unknown, ReqIn>
  readonly response: Message<Res, never>
}

export interface RawClientOptions {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 'raw-client'. */
  readonly clientId?: string | null
}

/**
 * A connection that sends what the test says, byte for byte or message by message, and shows what comes back: our own
 * schemas, no client's help. Works against any broker.
 */
export class RawClient {
  readonly socket: Socket
  readonly #clientId: string | null
  #received: Buffer = Buffer.alloc(0)
  #frames: Buffer[] = []
  #waiting: ((frame: Buffer | undefined) => void)[] = []
  #ended = false
  #correlationId = 0

  private constructor(socket: Socket, clientId: string | null) {
    this.socket = socket
    this.#clientId = clientId
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#end())
    socket.on('end', () => this.#end())
  }

  static async connect({ port, host = '127.0.0.1', clientId = 'raw-client' }: RawClientOptions): Promise<RawClient> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket, clientId)
  }

  /** Sends a request and gives the answer's body. The next frame must be it: nothing else may be under way. */
  async call<ReqIn, Res>(
    request: Message<unknown, ReqIn>,
    response: Message<Res, never>,
    version: number,
    body: ReqIn,
  ): Promise<Res> {
    const correlationId = this.send(request, version, body)
    const answer = await this.receive(request, response, version)
    if (answer === undefined) throw new Error(`the broker closed the connection on ${request.name} v${version}`)
    if (answer.correlationId !== correlationId) {
      throw new Error(`answer ${answer.correlationId} came where ${correlationId} was due`)
    }
    return answer.body
  }

  /** Sends a request without waiting; gives its correlation id. */
  send<ReqIn>(request: Message<unknown, ReqIn>, version: number, body: ReqIn): number {
    const correlationId = ++this.#correlationId
    this.sendBytes(this.frameOf(request, version, body, correlationId))
    return correlationId
  }

  frameOf<ReqIn>(request: Message<unknown, ReqIn>, version: number, body: ReqIn, correlationId = 1): Buffer {
    const api = apiOf(request) as unknown as Api<unknown, ReqIn>
    return Buffer.concat(encodeRequestFrame({ api, version, correlationId, clientId: this.#clientId, body }))
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** The next answer, decoded; undefined when the connection ends before. */
  async receive<ReqIn, Res>(
    request: Message<unknown, ReqIn>,
    response: Message<Res, never>,
    version: number,
  ): Promise<{ readonly correlationId: number; readonly body: Res } | undefined> {
    const frame = await this.nextFrame()
    if (frame === undefined) return undefined
    const api = { ...apiOf(request), response } as unknown as Api<unknown, never, Res>
    return decodeResponse(api, version, frame)
  }

  /** The next frame without its size; undefined when the connection ends before. */
  nextFrame(): Promise<Buffer | undefined> {
    const frame = this.#frames.shift()
    if (frame !== undefined) return Promise.resolve(frame)
    if (this.#ended) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Resolves when the broker has ended the connection; frames that come before are kept. */
  async ended(): Promise<void> {
    while (!this.#ended) {
      await Promise.race([once(this.socket, 'close'), once(this.socket, 'end')])
    }
  }

  get isEnded(): boolean {
    return this.#ended
  }

  close(): void {
    this.socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const size = this.#received.readInt32BE(0)
      if (this.#received.length < 4 + size) return
      const frame = this.#received.subarray(4, 4 + size)
      this.#received = this.#received.subarray(4 + size)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#frames.push(frame)
      else waiting(frame)
    }
  }

  #end(): void {
    this.#ended = true
    for (const resolve of this.#waiting) resolve(undefined)
    this.#waiting = []
  }
}

function apiOf(request: { readonly name: string; readonly apiKey: number | undefined }): Api {
  const api = apiByKey.get(request.apiKey ?? -1)
  if (api === undefined) throw new Error(`${request.name} is no request`)
  return api
}
