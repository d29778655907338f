import { type Cluster, defaultClusterSettings, NetworkCluster } from '../client/cluster/index.ts'
import { KafkaError } from '../client/index.ts'
import { holdingSystemClock, silentLogger } from '../platform/index.ts'
import { apis } from '../wire/index.ts'
import { parseAddress } from './address.ts'

export const DEFAULT_PORT = 9092

/**
 * Asks a broker of a `--bootstrap-server` list what every client asks first, once and without patience, and lets `use` go on; or says in one
 * sentence why none answers as one.
 * @param timeoutMs for connecting and for each answer
 */
export async function withCluster(
  servers: string,
  timeoutMs: number,
  use: (cluster: Cluster) => Promise<void>,
): Promise<string | undefined> {
  const bootstrapServers = servers
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => parseAddress(part.trim(), '--bootstrap-server', DEFAULT_PORT))
  if (bootstrapServers.length === 0) return 'There is no address in --bootstrap-server.'
  const settings = {
    ...defaultClusterSettings,
    bootstrapServers,
    clientId: 'kohort',
    requestTimeoutMs: timeoutMs,
    setupTimeout: { initialMs: timeoutMs, maxMs: timeoutMs },
  }
  const cluster = new NetworkCluster({ settings, clock: holdingSystemClock, logger: silentLogger })
  try {
    const { body } = await cluster.call('any', apis.Metadata, { topics: [] }, { minVersion: 1, timeoutMs })
    if (body.brokers.length === 0) return `The broker at ${servers} knows no broker that takes requests.`
    await use(cluster)
    return undefined
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return unreachable(servers, error)
  } finally {
    await cluster.close()
  }
}

/** Why no broker answers at these addresses, in a sentence. */
export function unreachable(servers: string, error: Error): string {
  const code = refusalOf(error)
  if (code !== undefined) return `No broker answers at ${servers} (${code}).`
  if (!(error instanceof KafkaError)) return `The broker at ${servers} does not answer as one: ${error.message}.`
  if (error.code === 'TIMEOUT') return `The broker at ${servers} does not answer as one: the broker does not answer.`
  if (error.kind === 'unauthorized') return `The broker at ${servers} does not let us in: ${error.message}.`
  if (error.code === 'MALFORMED_ANSWER')
    return `The broker at ${servers} does not answer as one: this is no Kafka broker.`
  return `The broker at ${servers} does not answer as one: ${error.message}.`
}

/** The socket's own code, where no connection was made at all. */
function refusalOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException
    if (syscall === 'connect' || syscall === 'getaddrinfo') return code
  }
  return undefined
}
