import { connect, type Socket } from 'node:net'
import { type Api, apiByKey, decodeResponse, encodeRequestFrame, type Message } from '../wire/index.ts'
import type { Address } from './address.ts'

const FRAME_BYTES_MAX = 100 * 1024 * 1024

/** One request at a time to one broker, for commands that need no more than that until the client is there. */
export class WireConnection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #waiting: { resolve(frame: Buffer): void; reject(error: Error): void } | undefined
  #correlationId = 0

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('the broker does not answer')))
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the broker closed the connection')))
  }

  /** @throws the socket's error */
  static open({ host, port }: Address, timeoutMs: number): Promise<WireConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, timeout: timeoutMs })
      const refuse = (error: Error): void => {
        socket.destroy()
        reject(error)
      }
      socket.once('error', refuse)
      socket.once('timeout', () => refuse(new Error('no answer')))
      socket.once('connect', () => {
        socket.removeAllListeners()
        resolve(new WireConnection(socket, timeoutMs))
      })
    })
  }

  async call<I, T>(request: Message<unknown, I>, _response: Message<T>, version: number, body: I): Promise<T> {
    const api = apiByKey.get(request.apiKey ?? -1) as unknown as Api<unknown, I, T>
    const correlationId = ++this.#correlationId
    const frame = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(Buffer.concat(encodeRequestFrame({ api, version, correlationId, clientId: 'kohort', body })))
    })
    this.#waiting = undefined
    const answer = decodeResponse(api as unknown as Api<unknown, never, T>, version, frame)
    if (answer.correlationId !== correlationId) throw new Error('the broker answered another request')
    return answer.body
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    if (this.#received.length < 4) return
    const size = this.#received.readInt32BE(0)
    if (size < 0 || size > FRAME_BYTES_MAX) {
      this.#socket.destroy(new Error('this is no Kafka broker'))
      return
    }
    if (this.#received.length < 4 + size) return
    const frame = this.#received.subarray(4, 4 + size)
    this.#received = this.#received.subarray(4 + size)
    this.#waiting?.resolve(frame)
  }
}
