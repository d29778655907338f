import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ClusterSettings } from '../cluster/cluster-settings.ts'
import type { Address, SaslSettings } from '../connection/connection-settings.ts'
import type { commonKeys } from './common-config.ts'
import { type Resolved, splitList } from './keys.ts'
import { invalid } from './resolve.ts'

export type CommonConfig = Resolved<typeof commonKeys>

/** What the network needs of the configuration. @throws KafkaError INVALID_CONFIG where keys do not fit each other */
export function clusterSettings(config: CommonConfig): ClusterSettings {
  return {
    bootstrapServers: bootstrapAddresses(config.bootstrapServers),
    canonicalBootstrapServers: config.clientDnsLookup === 'resolve_canonical_bootstrap_servers_only',
    clientId: config.clientId,
    requestTimeoutMs: config.requestTimeoutMs,
    retryBackoff: { initialMs: config.retryBackoffMs, maxMs: config.retryBackoffMaxMs },
    reconnectBackoff: { initialMs: config.reconnectBackoffMs, maxMs: config.reconnectBackoffMaxMs },
    setupTimeout: {
      initialMs: config.socketConnectionSetupTimeoutMs,
      maxMs: config.socketConnectionSetupTimeoutMaxMs,
    },
    connectionsMaxIdleMs: config.connectionsMaxIdleMs,
    metadataMaxAgeMs: config.metadataMaxAgeMs,
    rebootstraps: config.metadataRecoveryStrategy === 'rebootstrap',
    rebootstrapTriggerMs: config.metadataRecoveryRebootstrapTriggerMs,
    tls: tlsOptions(config),
    sasl: saslSettings(config),
    connect: config.connect,
  }
}

/** `host:port`, `[::1]:9092`, `PLAINTEXT://host:port`: as Java reads them. */
export function bootstrapAddresses(servers: string | readonly string[] | undefined): readonly Address[] {
  const texts = splitList(servers ?? [])
  if (texts.length === 0) throw invalid("bootstrapServers must name a broker: ['localhost:9092']")
  return texts.map((text) => {
    const match = /^(?:[\w.%-]*:\/\/)?(?:\[([\da-fA-F:.%]+)\]|([^:\s/[\]]+)):(\d{1,5})$/.exec(text)
    const port = Number(match?.[3])
    if (match === null || port < 1 || port > 65_535) {
      throw invalid(`bootstrapServers: '${text}' is no address; write host:port`)
    }
    return { host: match[1] ?? match[2]!, port }
  })
}

function tlsOptions(config: CommonConfig): TlsOptions | undefined {
  const { securityProtocol, tls } = config
  const certificates = {
    ...(config.sslTruststoreCertificates === undefined ? {} : { ca: config.sslTruststoreCertificates }),
    ...(config.sslKeystoreCertificateChain === undefined ? {} : { cert: config.sslKeystoreCertificateChain }),
    ...(config.sslKeystoreKey === undefined ? {} : { key: config.sslKeystoreKey }),
    ...(config.sslKeyPassword === undefined ? {} : { passphrase: config.sslKeyPassword }),
  }
  const isWanted = securityProtocol?.endsWith('SSL') ?? tls !== undefined
  if (!isWanted) {
    const { sslTruststoreCertificates, sslKeystoreCertificateChain, sslKeystoreKey, sslKeyPassword } = config
    const ofTls = { sslTruststoreCertificates, sslKeystoreCertificateChain, sslKeystoreKey, sslKeyPassword, tls }
    const unused = Object.entries(ofTls).find(([, value]) => value !== undefined)?.[0]
    if (unused !== undefined)
      throw invalid(`there is no TLS to use ${unused} for: set securityProtocol to SSL or SASL_SSL`)
    return undefined
  }
  const isAnyName = config.sslEndpointIdentificationAlgorithm === ''
  return { ...tls, ...certificates, ...(isAnyName ? { checkServerIdentity: () => undefined } : {}) }
}

function saslSettings(config: CommonConfig): SaslSettings | undefined {
  const { securityProtocol, saslMechanism: mechanism, sasl, saslJaasConfig } = config
  const isWanted = securityProtocol?.startsWith('SASL') ?? mechanism !== undefined
  if (!isWanted) {
    const isGiven = mechanism !== undefined || sasl !== undefined || saslJaasConfig !== undefined
    if (isGiven)
      throw invalid(
        'credentials are given and not used: set saslMechanism, and securityProtocol to SASL_SSL or SASL_PLAINTEXT',
      )
    return undefined
  }
  if (mechanism === undefined)
    throw invalid('saslMechanism must say how to authenticate: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER')
  const strange = Object.keys(sasl ?? {}).find((key) => !['username', 'password', 'token'].includes(key))
  if (strange !== undefined) {
    const instead = strange === 'mechanism' ? '; what there is instead: saslMechanism, beside it' : ''
    throw invalid(`sasl has no ${strange}${instead}: it takes { username, password } or { token }`)
  }
  if (sasl !== undefined && saslJaasConfig !== undefined) throw invalid('give either sasl or saslJaasConfig')
  if (mechanism === 'OAUTHBEARER') {
    if (sasl === undefined || !('token' in sasl) || typeof sasl.token !== 'function') {
      throw invalid('OAUTHBEARER needs sasl: { token }, a function that gives one')
    }
    return { mechanism, token: sasl.token }
  }
  const credentials = sasl ?? jaasCredentials(saslJaasConfig)
  if (credentials === undefined || !('username' in credentials) || credentials.password === undefined) {
    throw invalid(`${mechanism} needs sasl: { username, password }`)
  }
  return { mechanism, username: credentials.username, password: credentials.password }
}

/** `… required username="alice" password="secret";` */
function jaasCredentials(text: string | undefined): { username: string; password: string } | undefined {
  if (text === undefined) return undefined
  const options = new Map<string, string>()
  for (const [, name, quoted, bare] of text.matchAll(/([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g)) {
    options.set(name!, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare!)
  }
  const username = options.get('username')
  const password = options.get('password')
  if (username === undefined || password === undefined) throw invalid('saslJaasConfig has no username or no password')
  return { username, password }
}
