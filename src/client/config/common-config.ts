import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Logger } from '../../platform/index.ts'
import type { ConnectHook, OAuthToken } from '../connection/connection-settings.ts'
import { type Given, given, integer, isFunction, isObject, list, oneOf, text } from './keys.ts'

export type { ConnectHook, OAuthToken }

/** Credentials for `saslMechanism`: a name and a password, or who gives a token. */
export type SaslCredentials =
  | {
      readonly username: string
      /** A function is asked at each authentication, for passwords that rotate. */
      readonly password: string | (() => string | Promise<string>)
    }
  /** OAUTHBEARER. Asked at each authentication: cache the token, and renew it before it expires. */
  | { readonly token: () => OAuthToken | Promise<OAuthToken> }

/** What a client and its cluster are. Kafka's names in camel case, Kafka's defaults. */
export interface KafkaConfig {
  /** Brokers to ask first: `['a:9092', 'b:9092']`, or in one string with commas. The others are learned from them. */
  readonly bootstrapServers: string | readonly string[]
  /** Name of this application in the broker's logs, quotas and metrics. Default ''. */
  readonly clientId?: string | undefined
  /** `use_all_dns_ips` tries each address of a name; `resolve_canonical_bootstrap_servers_only` replaces bootstrap names by those of their addresses. */
  readonly clientDnsLookup?: 'use_all_dns_ips' | 'resolve_canonical_bootstrap_servers_only' | undefined
  /** Longest wait for the answer to a request, in ms; default 30 000. Without one the connection ends. */
  readonly requestTimeoutMs?: number | undefined
  /** Longest wait of calls without a timeout of their own, retries included, in ms; default 60 000. */
  readonly defaultApiTimeoutMs?: number | undefined
  /** Wait before a failed request is repeated, in ms; doubled each time. Default 100. */
  readonly retryBackoffMs?: number | undefined
  /** Longest such wait; default 1 000. */
  readonly retryBackoffMaxMs?: number | undefined
  /** Wait before a lost connection is made again, in ms; doubled each time. Default 50. */
  readonly reconnectBackoffMs?: number | undefined
  /** Longest such wait; default 1 000. */
  readonly reconnectBackoffMaxMs?: number | undefined
  /** Longest wait for a TCP connection (and TLS) to one address, in ms; doubled after each failure. Default 10 000. */
  readonly socketConnectionSetupTimeoutMs?: number | undefined
  /** Longest such wait; default 30 000. */
  readonly socketConnectionSetupTimeoutMaxMs?: number | undefined
  /** A connection without requests is closed after this time, in ms; -1 = never. Default 540 000. */
  readonly connectionsMaxIdleMs?: number | undefined
  /** Metadata is asked for anew after this time at the latest, in ms; default 300 000. */
  readonly metadataMaxAgeMs?: number | undefined
  /** `rebootstrap`: when no known broker can be reached, the bootstrap servers are asked again (KIP-899). Default. */
  readonly metadataRecoveryStrategy?: 'rebootstrap' | 'none' | undefined
  /** Also when no metadata has come for so long, in ms; default 300 000 (KIP-1102). */
  readonly metadataRecoveryRebootstrapTriggerMs?: number | undefined
  /** Default PLAINTEXT; SASL_… where `saslMechanism` is given, …SSL where `tls` is. */
  readonly securityProtocol?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL' | undefined
  /** Certificates to trust, in PEM; default those that Node trusts. */
  readonly sslTruststoreCertificates?: string | undefined
  /** This client's certificate and those above it, in PEM. */
  readonly sslKeystoreCertificateChain?: string | undefined
  /** Its private key, in PEM. */
  readonly sslKeystoreKey?: string | undefined
  /** Of the private key. */
  readonly sslKeyPassword?: string | undefined
  /** `https`: the broker's certificate must be for its name. '' = any trusted certificate will do. */
  readonly sslEndpointIdentificationAlgorithm?: 'https' | '' | undefined
  /** Ours: any other option of `node:tls` connect, before those above. */
  readonly tls?: TlsOptions | undefined
  readonly saslMechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER' | undefined
  /** `… required username="…" password="…";`, as in a Java properties file; or use `sasl`. */
  readonly saslJaasConfig?: string | undefined
  /** Ours: credentials as values. */
  readonly sasl?: SaslCredentials | undefined
  /** Ours: makes the byte stream to a broker, for proxies (docs/guide/connecting.md). */
  readonly connect?: ConnectHook | undefined
  /** Ours: takes log lines; pino fits. Default: silent. */
  readonly logger?: Logger | undefined
}

export const commonKeys = {
  bootstrapServers: list(undefined),
  clientId: text(''),
  clientDnsLookup: oneOf(['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only'], 'use_all_dns_ips'),
  requestTimeoutMs: integer(30_000, { min: 1 }),
  defaultApiTimeoutMs: integer(60_000),
  retryBackoffMs: integer(100),
  retryBackoffMaxMs: integer(1_000),
  reconnectBackoffMs: integer(50),
  reconnectBackoffMaxMs: integer(1_000),
  socketConnectionSetupTimeoutMs: integer(10_000, { min: 1 }),
  socketConnectionSetupTimeoutMaxMs: integer(30_000, { min: 1 }),
  connectionsMaxIdleMs: integer(540_000, { min: -1 }),
  metadataMaxAgeMs: integer(300_000),
  metadataRecoveryStrategy: oneOf(['rebootstrap', 'none'], 'rebootstrap'),
  metadataRecoveryRebootstrapTriggerMs: integer(300_000),
  securityProtocol: oneOf(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], undefined),
  sslTruststoreCertificates: text(undefined),
  sslKeystoreCertificateChain: text(undefined),
  sslKeystoreKey: text(undefined),
  sslKeyPassword: text(undefined),
  sslEndpointIdentificationAlgorithm: oneOf(['https', ''], 'https'),
  tls: given<TlsOptions>('an object with options of node:tls', isObject),
  saslMechanism: oneOf(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'], undefined),
  saslJaasConfig: text(undefined),
  sasl: given<SaslCredentials>('{ username, password } or { token }', isObject),
  connect: given<ConnectHook>('a function that makes a stream', isFunction),
  logger: given<Logger>('an object with debug, info, warn and error', isLogger),
} as const

function isLogger(value: unknown): boolean {
  return isObject(value) && ['debug', 'info', 'warn', 'error'].every((level) => isFunction((value as never)[level]))
}

/** Fails to compile when the interface and the table differ. */
type Same<A, B> = [A, B] extends [B, A] ? true : never
const isSame: Same<
  Required<Omit<KafkaConfig, 'bootstrapServers'>>,
  Required<Omit<Given<typeof commonKeys>, 'bootstrapServers'>>
> = true
void isSame
