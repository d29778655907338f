import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  BrokerStartError,
  brokerConfigDefinitions,
  classifyServerProperties,
  configsOfEnvironment,
  nearestConfigName,
  parseProperties,
  type RunningBroker,
  startBroker,
} from '../broker/index.ts'
import type { HttpServer } from '../http/index.ts'
import { type Logger, systemClock } from '../platform/index.ts'
import { type Address, formatAddress } from './address.ts'
import { type BrokerSettings, brokerSettings, type SettingsSource } from './broker-settings.ts'
import { createLogger } from './cli-logger.ts'
import { CliError, ExitCode, exitCodeOfStart, UsageError } from './exit-code.ts'
import { paceGarbageCollection } from './garbage-pace.ts'
import { logGroupEvent } from './group-event-line.ts'
import { warnOfOpenHttp } from './http-settings.ts'
import type { LogFormat, LogLevel } from './log-levels.ts'
import { packageVersion } from './package-version.ts'
import { watchPauses } from './pause-watch.ts'

export type FlushMode = 'fsync' | 'interval' | 'none'

/** The options of `kohort broker`: those that may also stand in `server.properties`, from each source, and the rest. */
export interface BrokerCommandOptions {
  readonly commandLine: SettingsSource
  readonly environment: Omit<SettingsSource, 'properties'>
  readonly config: string | undefined
  readonly flush: FlushMode
  readonly recover: 'truncate' | undefined
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat | undefined
}

/** Variables that are options, or something of ours, rather than broker configs. */
const RESERVED_VARIABLES = [
  'LISTEN',
  'ADVERTISE',
  'HTTP',
  'DATA_DIR',
  'FLUSH',
  'TOPIC',
  'CONFIG',
  'RECOVER',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'BOOTSTRAP_SERVER',
].map((name) => `KOHORT_${name}`)

/** A stop may take this long; what is not written then is replayed by the next start. Below the promised 5 s: the exit waits for disk calls in flight. */
const STOP_MS = 4_000

/** Runs a broker until a signal ends it. Ends the process itself: there is nothing to come back to. */
export async function runBroker(options: BrokerCommandOptions): Promise<void> {
  try {
    await run(options)
  } catch (error) {
    throw error instanceof BrokerStartError ? new CliError(error.message, exitCodeOfStart[error.kind]) : error
  }
}

async function run(options: BrokerCommandOptions): Promise<void> {
  const format = options.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json')
  const { logger, levels, load: loadLogger } = createLogger(options.logLevel, format)
  const settings = readSettings(options, logger)
  const { configs, ignored, problems } = classifyServerProperties(settings.properties)
  if (problems.length > 0) throw new UsageError(problems.join(' '))
  if (ignored.length > 0) {
    logger.warn({ configs: ignored }, `without effect on one kohort node, and ignored: ${ignored.join(', ')}`)
  }
  warnOfWildcards(settings, logger)
  const state: ProcessState = { broker: undefined, http: undefined, isStopping: false }
  endOnSignals(logger, state)
  state.http = await startHttp(settings, state, logger)
  const maxConnections = connectionsMax(logger)
  const starting = startBroker({
    listeners: settings.listeners,
    dataDir: settings.dataDir,
    flush: options.flush,
    recover: options.recover,
    properties: configs,
    topics: settings.topics,
    ...(maxConnections !== undefined && { limits: { maxConnections } }),
    logger,
    logLevels: levels,
    onFatal: (error) => {
      process.stderr.write(
        `kohort: The disk of the data folder has failed (${error.message}); the next start recovers what was acknowledged.\n`,
      )
      process.exit(ExitCode.STORAGE)
    },
    onGroupEvent: (event) => logGroupEvent(logger, event),
  })
  // While the start waits for the disk: the first answer would wait for it later.
  if (format === 'json') setImmediate(loadLogger)
  state.broker = await starting
  const ready = readyLine(state.broker, settings, state.http, { flush: options.flush, configs })
  process.stdout.write(`${ready}\n`)
  // People have just read it; a machine reads log lines.
  if (format === 'json') logger.info({ version: packageVersion(), node: process.version }, ready)
  paceGarbageCollection(systemClock)
  watchPauses(systemClock, logger)
}

/** What there is of the process, from its start to its end. */
interface ProcessState {
  broker: RunningBroker | undefined
  http: HttpServer | undefined
  isStopping: boolean
}

/** Before the broker, so that probes see it start. Loaded only when it is asked for: every start would pay for it. */
async function startHttp(
  { http: addresses }: BrokerSettings,
  observed: ProcessState,
  logger: Logger,
): Promise<HttpServer | undefined> {
  if (addresses.length === 0) return undefined
  const { startHttpServer } = await import('../http/index.ts')
  const server = await startHttpServer({
    addresses,
    observed,
    clock: systemClock,
    logger,
    version: packageVersion(),
    showsLag: true,
  })
  const where = server.addresses.map((address) => `http://${formatAddress(address)}`).join(' and ')
  logger.info({ addresses: server.addresses }, `health and metrics at ${where}`)
  warnOfOpenHttp(server.addresses, logger)
  return server
}

/** What segment files, the write-ahead log, checkpoints and everything else but connections may have open. */
const FILES_RESERVED = 512
const CONNECTIONS_ENOUGH = 2_000

/**
 * Connections are files: with none left for the log's own the broker would have to end. So only as many are taken as leave enough,
 * whatever `max.connections` says. Undefined where this system does not say how many files a process may open.
 */
function connectionsMax(logger: Logger): number | undefined {
  let text: string
  try {
    text = readFileSync('/proc/self/limits', 'latin1')
  } catch {
    return undefined
  }
  // Node has raised the soft limit to the hard one.
  const files = Number(/^Max open files +(\d+)/m.exec(text)?.[1])
  if (Number.isNaN(files)) return undefined
  const connections = Math.max(files - FILES_RESERVED, Math.floor(files / 4))
  if (connections < CONNECTIONS_ENOUGH) {
    logger.warn(
      { files, connections },
      `this process may open ${files} files, so it takes at most ${connections} connections: raise the limit (ulimit -n) for more`,
    )
  }
  return connections
}

function readSettings({ commandLine, environment, config }: BrokerCommandOptions, logger: Logger): BrokerSettings {
  const properties = readEnvironment(logger)
  const file = {
    listen: [],
    advertise: [],
    http: [],
    dataDir: undefined,
    topics: [],
    properties: readProperties(config),
  }
  return brokerSettings([commandLine, { ...environment, properties }, file])
}

/** Broker configs in the environment. Other variables with our prefix may be anybody's (an image's KOHORT_VERSION), so they only earn a word. */
function readEnvironment(logger: Logger): ReadonlyMap<string, string> {
  const known = brokerConfigDefinitions()
  const properties = configsOfEnvironment(process.env, RESERVED_VARIABLES)
  for (const name of properties.keys()) {
    if (known.has(name)) continue
    properties.delete(name)
    const variable = `KOHORT_${name.toUpperCase().replaceAll('.', '_')}`
    const nearest = nearestConfigName(name, known.keys())
    const hint = nearest === undefined ? '' : `; did you mean KOHORT_${nearest.toUpperCase().replaceAll('.', '_')}?`
    logger.warn({ variable }, `${variable} is neither an option nor a broker config, and ignored${hint}`)
  }
  return properties
}

function readProperties(path: string | undefined): ReadonlyMap<string, string> {
  if (path === undefined) return new Map()
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`The config file ${path} cannot be read (${code}).`)
  }
  try {
    return parseProperties(text)
  } catch (error) {
    throw new UsageError(`The config file ${path} is no properties file: ${(error as Error).message}`)
  }
}

function warnOfWildcards({ listeners }: BrokerSettings, logger: Logger): void {
  for (const { host, port, advertised } of listeners) {
    if (advertised !== undefined || (host !== '0.0.0.0' && host !== '::')) continue
    const address = formatAddress({ host, port })
    logger.warn(
      { listen: address },
      `listening on ${address}: each client is told the address that it reached. Behind a container's port mapping that is an address inside ` +
        'the container, which clients outside cannot reach: give --advertise HOST:PORT with what they use.',
    )
  }
}

function readyLine(
  { listeners }: RunningBroker,
  { dataDir }: BrokerSettings,
  http: HttpServer | undefined,
  { flush, configs }: { readonly flush: FlushMode; readonly configs: ReadonlyMap<string, string> },
): string {
  const all = (addresses: readonly Address[]): string => addresses.map(formatAddress).join(' and ')
  const httpPart = http === undefined ? '' : `, http on ${all(http.addresses)}`
  const start = `kohort ready on ${all(listeners)}${httpPart}, data in ${resolve(dataDir)}, flush ${flush}`
  switch (flush) {
    case 'fsync':
      return start
    case 'interval':
      return `${start} (a power cut may lose the last ${configs.get('log.flush.interval.ms') ?? '1000'} ms of what clients have seen)`
    case 'none':
      return `${start} (a power cut may lose what clients have seen)`
  }
}

/** The first signal stops cleanly, a second one at once. */
function endOnSignals(logger: Logger, state: ProcessState): void {
  const onSignal = (signal: 'SIGTERM' | 'SIGINT'): void => {
    const { broker, http } = state
    if (state.isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    // Nothing is running yet, and a start may be cut off anywhere: the next one recovers.
    if (broker === undefined) process.exit(ExitCode.OK)
    state.isStopping = true
    logger.info({ signal }, 'stopping')
    setTimeout(() => {
      logger.warn({}, 'the stop takes too long; the next start replays what is not checkpointed')
      process.exit(ExitCode.OK)
    }, STOP_MS).unref()
    // Probes are answered to the end: until then /readyz says that the broker stops.
    const stopped = broker.close().finally(() => http?.close())
    stopped.then(
      () => {
        logger.info({}, 'stopped')
        process.exit(ExitCode.OK)
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the stop failed; the next start replays the log')
        process.exit(ExitCode.STORAGE)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
