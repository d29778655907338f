import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import {
  type Api,
  ApiKey,
  apis,
  decodeRequestBody,
  decodeRequestHeader,
  encodeResponseFrame,
} from '../../../src/wire/index.ts'

export interface SeenRequest {
  readonly socket: Socket
  readonly connection: number
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly body: unknown
}

export type Script = (request: SeenRequest, server: ScriptedServer) => unknown

/** A peer that speaks Kafka's framing and answers what the test says: what no real broker would do. */
export class ScriptedServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #waiters = new Set<() => void>()
  #script: Script

  private constructor(script: Script, onSocket: (socket: Socket) => boolean) {
    this.#script = script
    this.#server = createServer((socket) => {
      const connection = ++this.connections
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
      for (const wake of this.#waiters) wake()
      if (onSocket(socket)) this.#read(socket, connection)
    })
  }

  /** @param onSocket takes a connection and says whether the script shall have it */
  static async start(script: Script, { port = 0, onSocket = () => true }: StartOptions = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(script, onSocket)
    server.#server.listen(port, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port }
  }

  set script(script: Script) {
    this.#script = script
  }

  /** Sends an answer. */
  answer(request: SeenRequest, body: unknown, correlationId = request.correlationId): void {
    const api = [...Object.values(apis)].find(({ key }) => key === request.apiKey) as unknown as Api<
      unknown,
      never,
      unknown,
      unknown
    >
    for (const chunk of encodeResponseFrame(api, request.version, correlationId, body)) request.socket.write(chunk)
  }

  async until(check: () => boolean): Promise<void> {
    while (!check()) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.dropConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #read(socket: Socket, connection: number): void {
    let received = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const frame = received.subarray(4, 4 + received.readInt32BE(0))
        received = received.subarray(4 + frame.length)
        const header = decodeRequestHeader(frame)
        const { apiKey, apiVersion: version, correlationId, clientId } = header
        const body = decodeRequestBody(frame, header)
        const request = { socket, connection, apiKey, version, correlationId, clientId, body }
        this.requests.push(request)
        const answer = this.#script(request, this)
        if (answer !== undefined) this.answer(request, answer)
        for (const wake of this.#waiters) wake()
      }
    })
  }
}

interface StartOptions {
  readonly port?: number
  readonly onSocket?: (socket: Socket) => boolean
}

/** An answer to ApiVersions: all APIs in all versions that we have, but for those that are given. */
export function apiVersions(ranges: Readonly<Record<number, readonly [number, number]>> = {}): object {
  const apiKeys = Object.values(apis).map((api) => {
    const [minVersion, maxVersion] = ranges[api.key] ?? [api.request.lowestVersion, api.request.highestVersion]
    return { apiKey: api.key, minVersion, maxVersion }
  })
  return { errorCode: 0, apiKeys }
}

/** A script that does the handshake, and leaves the rest to another. */
export function afterHandshake(script: Script, ranges: Parameters<typeof apiVersions>[0] = {}): Script {
  return (request, server) => (request.apiKey === ApiKey.ApiVersions ? apiVersions(ranges) : script(request, server))
}

/** Metadata of a cluster with one node. */
export function oneNode(
  { host, port }: { readonly host: string; readonly port: number },
  topics: readonly object[] = [],
) {
  return { brokers: [{ nodeId: 1, host, port }], clusterId: 'test', controllerId: 1, topics }
}
