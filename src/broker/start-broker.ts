import { resolve } from 'node:path'
import type { GroupEvent } from '../coordinator/index.ts'
import {
  type CleanerConfig,
  createMemoryLogStore,
  type Disk,
  type LogStore,
  nodeDisk,
  openDiskLogStore,
} from '../log/index.ts'
import { defaultNetLimits, type Listener, type NetLimits, RequestServer } from '../net/index.ts'
import { type Clock, type Logger, silentLogger, systemClock } from '../platform/index.ts'
import type { TimelineEvent } from '../wire/index.ts'
import type { Broker, BrokerStorage, LogLevels } from './broker.ts'
import { BrokerConfig, classifyServerProperties } from './configs/index.ts'
import { fetchStateOf } from './fetch/index.ts'
import { handlers } from './handlers/index.ts'
import { KohortBroker } from './kohort-broker.ts'
import { MetadataLog } from './metadata/metadata-log.ts'
import type { BrokerMetrics, BrokerStatus } from './metrics/broker-metrics.ts'
import { GroupEventCounters } from './metrics/group-event-counters.ts'
import { randomUuid } from './random-id.ts'
import { Dispatcher } from './server/dispatcher.ts'
import type { RequestInterceptor } from './server/interceptor.ts'
import { BrokerStartError, listenError, startError } from './start-error.ts'
import { GroupTimeline, type TimelineOptions } from './timeline/index.ts'
import { dropOrphans } from './topic-logs.ts'
import { GROUP_EVENTS_TOPIC, OFFSETS_TOPIC } from './topics/topic-name.ts'
import { createTopicsAtStart, type TopicAtStart } from './topics/topics-at-start.ts'

export interface BrokerOptions {
  /** Where to take connections; at least one. */
  readonly listeners: readonly ListenerOptions[]
  /** Folder for the records, made where there is none. Without it they are kept in memory and end with the broker. */
  readonly dataDir?: string | undefined
  /**
   * When a write counts as done; default 'fsync'. With 'interval' and 'none' a power cut may lose what consumers have seen; the death of
   * this process alone loses nothing.
   */
  readonly flush?: 'fsync' | 'interval' | 'none' | undefined
  /** 'truncate' = start in spite of corrupt records, without them and what follows them. */
  readonly recover?: 'truncate' | undefined
  /** Static broker configs, in the names of server.properties. */
  readonly properties?: ReadonlyMap<string, string> | Readonly<Record<string, string>> | undefined
  /** Topics to be created where they are missing. */
  readonly topics?: readonly TopicAtStart[] | undefined
  readonly clock?: Clock | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
  readonly logLevels?: LogLevels | undefined
  readonly disk?: Disk | undefined
  /** What peers may make this broker hold, where configs do not say it. */
  readonly limits?: Partial<NetLimits> | undefined
  /** Random UUIDs in Kafka's base64url form, for topics and the cluster; default: of node:crypto. */
  readonly randomId?: (() => string) | undefined
  /** The disk has failed in a way that only a restart repairs: end the process. Default: nothing but a log line. */
  readonly onFatal?: ((error: Error) => void) | undefined
  /** For tests: sees every request, and may answer it itself. */
  readonly interceptor?: RequestInterceptor | undefined
  /** Why groups changed, each when it is durable. */
  readonly onGroupEvent?: ((event: GroupEvent) => void) | undefined
}

export interface ListenerOptions {
  readonly host: string
  /** 0 = a free one. */
  readonly port: number
  /** What clients of this listener are told; default: the address, or for a wildcard the address that each reached. */
  readonly advertised?: { readonly host: string; readonly port: number } | undefined
  /** Go on without it where the machine has no such address (IPv6 switched off); default false. */
  readonly optional?: boolean | undefined
}

export interface RunningBroker {
  /** The addresses that take connections, with their real ports. */
  readonly listeners: readonly Listener[]
  /** 'host:port' of the first listener, for clients. */
  readonly bootstrapServers: string
  readonly broker: Broker
  /** Settles when the state of all groups is loaded; meanwhile they answer COORDINATOR_LOAD_IN_PROGRESS. */
  readonly groupsLoaded: Promise<void>
  /** Whether it can serve all that it should. */
  status(): BrokerStatus
  metrics(): BrokerMetrics
  /** Why groups changed, oldest first, from the topic `__group_events`; with `follow` also what comes. Each iteration reads anew. */
  groupTimeline(options?: TimelineOptions): AsyncIterable<TimelineEvent>
  /** Stops accepting, answers what can be answered, checkpoints; the next start needs no recovery. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Kafka has no default for log.flush.interval.ms, as it leaves flushing to the operating system. */
const FLUSH_INTERVAL_MS = 1_000
/** How long connections may take for their last answers. */
const CLOSE_GRACE_MS = 1_500

/**
 * Starts a broker in this process; resolves when it takes connections.
 * @throws BrokerStartError when it cannot start; what was opened is closed again.
 */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const { clock = systemClock, logger = silentLogger, disk = nodeDisk, randomId = randomUuid } = options
  const config = brokerConfig(options)
  const handed = { ...options, clock, logger, disk, randomId }
  const closers: (() => Promise<void>)[] = []
  try {
    const { logs, ...opened } = await openLogs(handed, config)
    closers.push(() => logs.close())
    const metadata = await MetadataLog.open({
      ...opened,
      logs,
      clock,
      logger,
      randomId,
      nodeId: config.values.nodeId,
      registration: { rack: config.values.brokerRack, listeners: options.listeners },
    })
    await dropOrphans(logs, metadata.image, logger)
    closers.push(() => metadata.close())
    const groupEvents = new GroupEventCounters()
    const timeline: GroupTimeline = new GroupTimeline({
      clock,
      logger,
      config,
      metadata,
      logs,
      log: () => {
        const topic = metadata.image.topicsByName.get(GROUP_EVENTS_TOPIC)
        return topic && broker.partitionLog(topic, 0)
      },
    })
    const broker: KohortBroker = new KohortBroker({
      clock,
      logger,
      config,
      metadata,
      logs,
      randomId,
      storage: storageOf(handed),
      logLevels: options.logLevels ?? NO_LEVELS,
      onGroupEvent: (event) => {
        groupEvents.add(event)
        timeline.add(event)
        options.onGroupEvent?.(event)
      },
    })
    closers.push(() => timeline.stop())
    closers.push(() => broker.groups.stop())
    await createTopicsAtStart(options.topics ?? [], broker)
    const dispatcher = new Dispatcher(broker, handlers, options.interceptor)
    const server = startServer(broker, dispatcher, options.limits)
    closers.push(() => stopServer(server, broker))
    const listeners = await listenAll(server, options.listeners, logger)
    const metrics = (): BrokerMetrics => metricsOf({ broker, dispatcher, server, groupEvents })
    return runningBroker({ broker, listeners, metrics, timeline, closers })
  } catch (error) {
    for (const close of closers.reverse()) await close().catch(() => undefined)
    throw startError(error)
  }
}

function brokerConfig({ properties = {} }: BrokerOptions): BrokerConfig {
  const named = properties instanceof Map ? properties : new Map(Object.entries(properties))
  const { configs, problems } = classifyServerProperties(named)
  if (problems.length > 0) throw new BrokerStartError('bad-config', problems.join(' '))
  return new BrokerConfig({ static: configs })
}

/** What the world is made of, chosen. */
interface Handed {
  readonly clock: Clock
  readonly logger: Logger
  readonly disk: Disk
  readonly randomId: () => string
}

interface OpenedLogs {
  readonly logs: LogStore
  /** For a cluster that has no id yet. */
  readonly clusterId: string
  readonly wasClean: boolean
}

async function openLogs(options: BrokerOptions & Handed, config: BrokerConfig): Promise<OpenedLogs> {
  const { clock, logger, disk, dataDir, flush = 'fsync', recover, onFatal } = options
  // The stores read these at each use, and so do what the configs say by then.
  const dynamic = {
    get retentionCheckIntervalMs() {
      return config.values.logRetentionCheckIntervalMs
    },
    get producerIdExpirationMs() {
      return config.values.producerIdExpirationMs
    },
    get flushIntervalMs() {
      return config.values.logFlushIntervalMs ?? FLUSH_INTERVAL_MS
    },
    cleaner: config.values.logCleanerEnable && cleanerConfig(config),
  }
  const clusterId = options.randomId()
  if (dataDir === undefined) {
    const logs = createMemoryLogStore(Object.assign(dynamic, { clock, logger }))
    return { logs, clusterId, wasClean: true }
  }
  const handed = {
    directory: resolve(dataDir),
    disk,
    clock,
    logger,
    flush,
    clusterId,
    ...(recover !== undefined && { recover }),
    onFatal: (error: Error) => onFatal?.(error),
  }
  const logs = await openDiskLogStore(Object.assign(dynamic, handed))
  return { logs, clusterId: logs.clusterId ?? clusterId, wasClean: logs.wasClean }
}

/** Read at each use too. */
function cleanerConfig(config: BrokerConfig): CleanerConfig {
  return {
    get backoffMs() {
      return config.values.logCleanerBackoffMs
    },
    get dedupeBufferBytes() {
      return config.values.logCleanerDedupeBufferSize
    },
    get loadFactor() {
      return config.values.logCleanerIoBufferLoadFactor
    },
    get ioBufferBytes() {
      return config.values.logCleanerIoBufferSize
    },
    get ioBytesPerSecondMax() {
      return config.values.logCleanerIoMaxBytesPerSecond
    },
  }
}

function storageOf({ dataDir, disk }: BrokerOptions & Handed): BrokerStorage {
  const unknown = { totalBytes: -1n, usableBytes: -1n }
  if (dataDir === undefined) return { directory: 'memory', space: async () => unknown }
  const directory = resolve(dataDir)
  return { directory, space: () => disk.space(directory).catch(() => unknown) }
}

function startServer(broker: KohortBroker, dispatcher: Dispatcher, limits: Partial<NetLimits> = {}): RequestServer {
  const { clock, logger, config } = broker
  const server = new RequestServer({
    clock,
    logger,
    limits: { ...limits, ...netLimits(config, limits) },
    onRequest: (frame, slot) => dispatcher.dispatch(frame, slot),
  })
  config.onChange(() => server.setLimits(netLimits(config, limits)))
  return server
}

function netLimits({ values }: BrokerConfig, limits: Partial<NetLimits>): Partial<NetLimits> {
  const { socketRequestMaxBytes, queuedMaxRequestBytes } = values
  const bufferedBytes = limits.maxBufferedBytes ?? defaultNetLimits.maxBufferedBytes
  return {
    maxFrameBytes: socketRequestMaxBytes,
    // Two of the largest requests must find room, or one that is half received could wait for itself.
    maxBufferedBytes:
      queuedMaxRequestBytes > 0 ? queuedMaxRequestBytes : Math.max(bufferedBytes, 2 * socketRequestMaxBytes),
    maxConnections: Math.min(values.maxConnections, limits.maxConnections ?? Number.POSITIVE_INFINITY),
    maxConnectionsPerIp: values.maxConnectionsPerIp,
    connectionsMaxIdleMs: values.connectionsMaxIdleMs,
  }
}

async function listenAll(
  server: RequestServer,
  addresses: readonly ListenerOptions[],
  logger: Logger,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = []
  for (const { host, port, advertised, optional } of addresses) {
    try {
      listeners.push(await server.listen({ host, port, advertised }))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (optional === true && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) {
        logger.debug({ host, port, code }, `no connections are taken at ${host}: this machine has no such address`)
        continue
      }
      throw listenError(error, { host, port, option: '--listen' })
    }
  }
  if (listeners.length === 0) throw new BrokerStartError('bad-config', 'there is no address to take connections at')
  return listeners
}

/** Parked requests are answered first, so that their connections can end in order. */
async function stopServer(server: RequestServer, broker: KohortBroker): Promise<void> {
  const closed = server.close(CLOSE_GRACE_MS)
  fetchStateOf(broker).delayed.stop()
  await Promise.all([closed, broker.groups.stop()])
}

interface Started {
  readonly broker: KohortBroker
  readonly listeners: readonly Listener[]
  readonly metrics: () => BrokerMetrics
  readonly timeline: GroupTimeline
  readonly closers: readonly (() => Promise<void>)[]
}

function runningBroker({ broker, listeners, metrics, timeline, closers }: Started): RunningBroker {
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const closer of closers.toReversed()) await closer().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  const { host, port } = listeners[0]!
  return {
    listeners,
    bootstrapServers: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    broker,
    // Without that topic there is nothing to load, until the first group makes it.
    groupsLoaded: broker.metadata.image.topicsByName.has(OFFSETS_TOPIC) ? broker.groups.loaded : Promise.resolve(),
    status: () => (closed === undefined ? statusOf(broker) : { state: 'stopping', message: 'the broker stops' }),
    metrics,
    groupTimeline: (options) => timeline.read(options),
    close: () => {
      closed ??= close()
      return closed
    },
    [Symbol.asyncDispose]() {
      return this.close()
    },
  }
}

function statusOf({ logs, groups }: KohortBroker): BrokerStatus {
  const problem = logs.problem()
  if (problem !== undefined) {
    return { state: problem.kind === 'full' ? 'storage-full' : 'storage-failed', message: problem.message }
  }
  const { count, loading } = groups.shards
  if (loading > 0)
    return { state: 'loading', message: `groups are being loaded: ${loading} of ${count} shards are left` }
  return { state: 'ready', message: 'ready' }
}

function metricsOf(parts: {
  readonly broker: KohortBroker
  readonly dispatcher: Dispatcher
  readonly server: RequestServer
  readonly groupEvents: GroupEventCounters
}): BrokerMetrics {
  const { broker, dispatcher, server, groupEvents } = parts
  const { delayed, sessions } = fetchStateOf(broker)
  return {
    apis: dispatcher.metrics(),
    net: server.metrics(),
    fetch: { waiting: delayed.size, sessions: sessions.size, sessionPartitions: sessions.partitions },
    logs: broker.logs.metrics(),
    groups: broker.groups.metrics(),
    groupEvents: groupEvents.metrics(),
  }
}

const NO_LEVELS: LogLevels = { read: () => new Map(), write: () => undefined }
