import type { Connection } from '../../net/index.ts'
import type { AnswerMemory, ConnectionContext } from '../handler.ts'

/** A connection as handlers see it. */
export class BrokerConnection implements ConnectionContext {
  readonly id: number
  /** As Kafka prints it: '/127.0.0.1', '/0:0:0:0:0:0:0:1'. */
  readonly clientHost: string
  readonly advertised: { readonly host: string; readonly port: number }
  clientSoftwareName = 'unknown'
  clientSoftwareVersion = 'unknown'
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.id = connection.id
    this.clientHost = clientHostOf(connection.remoteAddress)
    this.advertised = advertisedAddress(connection)
    this.#connection = connection
  }

  get responseBytesFree(): number {
    return this.#connection.responseBytesFree
  }

  get isEnded(): boolean {
    return this.#connection.ended
  }

  get pendingResponseBytes(): number {
    return this.#connection.pendingResponseBytes
  }

  get answers(): AnswerMemory {
    return this.#connection.answers
  }

  onClose(fn: () => void): () => void {
    return this.#connection.onClose(fn)
  }

  onceTaken(belowBytes: number, fn: () => void): void {
    this.#connection.onceTaken(belowBytes, fn)
  }
}

/** What the clients of a connection are told to connect to: a wildcard names no host, so there it is what they reached. */
export function advertisedAddress(connection: Pick<Connection, 'listener' | 'localAddress' | 'localPort'>): {
  readonly host: string
  readonly port: number
} {
  const { listener } = connection
  if (listener.advertised !== undefined) return listener.advertised
  if (isWildcard(listener.host)) return { host: connection.localAddress, port: connection.localPort }
  return { host: listener.host, port: listener.port }
}

export function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}

/** As Java's InetAddress prints an address: IPv6 in eight groups, nothing shortened. */
export function clientHostOf(address: string): string {
  if (!address.includes(':')) return `/${address}`
  const [plain = '', zone] = address.split('%')
  const [left = '', right] = plain.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0')
  return `/${[...head, ...zeros, ...tail].join(':')}${zone === undefined ? '' : `%${zone}`}`
}
