import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { parseProperties } from '../client/config/index.ts'
import { type ConnectionEvent, Kafka, KafkaError } from '../client/index.ts'
import { formatAddress, parseAddress } from './address.ts'
import { CliError, UsageError } from './exit-code.ts'
import { positiveInteger } from './options.ts'
import { DEFAULT_PORT, unreachable } from './with-cluster.ts'

/** What `addConnectOptions` adds to the options of a command. */
export interface ConnectOptions {
  readonly bootstrapServer?: string
  /** A Java properties file, as Kafka's own tools take it. */
  readonly commandConfig?: string
  /** In milliseconds, for each call of the client with its retries. */
  readonly timeout: number
}

/** Adds `--bootstrap-server`, `--command-config` and `--timeout`. */
export function addConnectOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--bootstrap-server <host:port>', 'a broker, or several (default: 127.0.0.1:9092)').env(
        'KOHORT_BOOTSTRAP_SERVER',
      ),
    )
    .addOption(
      new Option('--command-config <file>', "a properties file with the client's configs, as Kafka's tools take it"),
    )
    .addOption(new Option('--timeout <ms>', 'longest wait for the cluster').default(30_000).argParser(positiveInteger))
}

/**
 * Lets `use` work with a client of the cluster that the options name, and closes it. Who types a command wants to know at once that no broker is
 * there: where none of the bootstrap servers takes a connection, `signal` is aborted and the call rejects.
 * @throws CliError no broker answers; UsageError for options and files that cannot be
 */
export async function withKafka<T>(
  options: ConnectOptions,
  use: (kafka: Kafka, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { kafka, servers } = openKafka(options)
  const unreached = new AbortController()
  const stopWatching = watchFirstConnection(servers, (error) => unreached.abort(error))
  try {
    const failed = new Promise<never>((_, reject) => {
      unreached.signal.addEventListener('abort', () => reject(unreached.signal.reason))
    })
    failed.catch(() => {})
    return await Promise.race([use(kafka, unreached.signal), failed])
  } finally {
    stopWatching()
    await kafka.close()
  }
}

/** A client of the cluster that the options name, for those that go on where no broker answers yet. @throws UsageError */
export function openKafka({ bootstrapServer, commandConfig, timeout }: ConnectOptions): {
  readonly kafka: Kafka
  readonly servers: readonly string[]
} {
  try {
    const config = commandConfig === undefined ? new Map<string, string>() : propertiesOf(commandConfig)
    const given = bootstrapServer ?? config.get('bootstrap.servers') ?? `127.0.0.1:${DEFAULT_PORT}`
    const servers = given
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => formatAddress(parseAddress(part, '--bootstrap-server', DEFAULT_PORT)))
    if (servers.length === 0) throw new UsageError('There is no address in --bootstrap-server.')
    const properties = new Map([
      ['client.id', 'kohort'],
      ...config,
      ['bootstrap.servers', servers.join(',')],
      ['default.api.timeout.ms', String(timeout)],
      ['request.timeout.ms', String(timeout)],
    ])
    return { kafka: Kafka.fromProperties(properties), servers }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    throw new UsageError(
      `${commandConfig === undefined ? '' : `${commandConfig}: `}${error.message}${error.message.endsWith('?') ? '' : '.'}`,
    )
  }
}

function propertiesOf(path: string): ReadonlyMap<string, string> {
  try {
    return parseProperties(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`The file ${path} of --command-config cannot be read (${code}).`)
  }
}

/** Calls `onNone` when each address has refused a connection and none has taken one. */
function watchFirstConnection(servers: readonly string[], onNone: (error: CliError) => void): () => void {
  const failed = new Set<string>()
  const stop = (): void => void unsubscribe('kohort:connection', onEvent)
  const onEvent = (message: unknown): void => {
    const { event, node, error } = message as ConnectionEvent
    if (event === 'open') return stop()
    if (event !== 'failed' || error === undefined) return
    failed.add(node)
    if (failed.size < servers.length) return
    stop()
    onNone(new CliError(unreachable(servers.join(','), error)))
  }
  subscribe('kohort:connection', onEvent)
  return stop
}
