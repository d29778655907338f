import type { Duplex } from 'node:stream'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Backoff } from '../backoff.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Makes the byte stream to a broker instead of `node:net`, for proxies (SOCKS, HTTP CONNECT, SSH). TLS, where configured, is spoken over it.
 * `signal` aborts when the stream is not wanted any more.
 */
export type ConnectHook = (address: Address & { readonly signal: AbortSignal }) => Promise<Duplex> | Duplex

/** A token for OAUTHBEARER (RFC 7628). It is asked for at each authentication: cache it, and renew it before it expires. */
export interface OAuthToken {
  readonly value: string
  /** SASL extensions, as `logicalCluster` of some services. */
  readonly extensions?: Readonly<Record<string, string>>
}

export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      /** Or who asks for it at each authentication, where passwords rotate. */
      readonly password: string | (() => string | Promise<string>)
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: () => OAuthToken | Promise<OAuthToken> }

/** What a connection is made with. All but the functions can be sent to a thread. */
export interface ConnectionSettings {
  readonly clientId: string
  /** `request.timeout.ms` */
  readonly requestTimeoutMs: number
  /** `socket.connection.setup.timeout.ms` and its maximum (KIP-601): for each address that a name resolves to. */
  readonly setupTimeout: Backoff
  /** `reconnect.backoff.ms` and its maximum (KIP-144). */
  readonly reconnectBackoff: Backoff
  /** `connections.max.idle.ms`; -1 = never. */
  readonly connectionsMaxIdleMs: number
  /** Options of `tls.connect`; undefined = no TLS. */
  readonly tls: TlsOptions | undefined
  readonly sasl: SaslSettings | undefined
  readonly connect: ConnectHook | undefined
}

export const defaultConnectionSettings: ConnectionSettings = {
  clientId: '',
  requestTimeoutMs: 30_000,
  setupTimeout: { initialMs: 10_000, maxMs: 30_000 },
  reconnectBackoff: { initialMs: 50, maxMs: 1_000 },
  connectionsMaxIdleMs: 540_000,
  tls: undefined,
  sasl: undefined,
  connect: undefined,
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
