import { type ListenerOptions, parseListeners, type TopicAtStart } from '../broker/index.ts'
import { type Address, formatAddress, parseAddress } from './address.ts'
import { UsageError } from './exit-code.ts'
import { HTTP_CONFIG, type HttpAddress, httpAddresses, refuseSharedAddress } from './http-settings.ts'

/** What one source says: the command line, the environment, or the file of `--config`. */
export interface SettingsSource {
  readonly listen: readonly string[]
  readonly advertise: readonly string[]
  readonly http: readonly string[]
  readonly dataDir: string | undefined
  readonly topics: readonly string[]
  /** Broker configs, in Kafka's names. */
  readonly properties: ReadonlyMap<string, string>
}

export interface BrokerSettings {
  readonly listeners: readonly ListenerOptions[]
  /** Where to serve health and metrics. */
  readonly http: readonly HttpAddress[]
  readonly dataDir: string
  readonly topics: readonly TopicAtStart[]
  readonly properties: ReadonlyMap<string, string>
}

const DEFAULT_PORT = 9092
const DEFAULT_DATA_DIR = './kohort-data'

/**
 * What holds, of sources in their order of precedence, the strongest first. Within one source an option goes before the config that says
 * the same (`--listen` before `listeners`, `--http` before `kohort.http`, `--data-dir` before `log.dirs`).
 * @throws UsageError
 */
export function brokerSettings(sources: readonly SettingsSource[]): BrokerSettings {
  const properties = new Map<string, string>()
  for (const source of sources.toReversed()) for (const [name, value] of source.properties) properties.set(name, value)
  const addresses = listenAddresses(sources, properties)
  const advertised = advertisedAddresses(sources, properties, addresses)
  const dataDir = dataDirOf(sources)
  if (!addresses.areDefault) properties.set('listeners', addresses.all.map(asListener).join(','))
  setAdvertised(properties, advertised)
  properties.delete('log.dir')
  properties.set('log.dirs', dataDir)
  properties.delete(HTTP_CONFIG)
  const listeners = addresses.all.flatMap((address, index) =>
    listenersAt(address, advertised[index], addresses.areDefault),
  )
  const http = httpAddresses(sources)
  refuseSharedAddress(http, listeners)
  return {
    listeners,
    http,
    dataDir,
    topics: sources.flatMap(({ topics }) => topics.map(parseTopic)),
    properties,
  }
}

function listenersAt(address: Address, advertised: Address | undefined, isDefault: boolean): ListenerOptions[] {
  const { host, port } = address
  // The name stands for both loopback addresses, and clients may take either.
  if (host === 'localhost' && port !== 0) {
    const told = advertised ?? address
    return [
      { host: '127.0.0.1', port, advertised: told },
      { host: '::1', port, advertised: told, optional: true },
    ]
  }
  // IPv6 may be switched off; who asks for ::1 by name is told so.
  return [{ host, port, advertised, optional: isDefault && host === '::1' }]
}

interface Listen {
  readonly all: readonly Address[]
  /** Names of the listeners, where they came from `listeners`. */
  readonly names: readonly string[]
  readonly areDefault: boolean
}

function listenAddresses(sources: readonly SettingsSource[], merged: ReadonlyMap<string, string>): Listen {
  for (const { listen, properties } of sources) {
    if (listen.length > 0) {
      const all = listen.map((text) => parseAddress(text, '--listen', DEFAULT_PORT))
      return { all, names: [], areDefault: false }
    }
    const listeners = properties.get('listeners')
    if (listeners !== undefined) {
      const parsed = readListeners('listeners', listeners, merged)
      const all = parsed.map(({ host, port }) => ({ host: host === '' ? '0.0.0.0' : host, port }))
      return { all, names: parsed.map(({ name }) => name), areDefault: false }
    }
  }
  const all = [
    { host: '127.0.0.1', port: DEFAULT_PORT },
    { host: '::1', port: DEFAULT_PORT },
  ]
  return { all, names: [], areDefault: true }
}

function advertisedAddresses(
  sources: readonly SettingsSource[],
  merged: ReadonlyMap<string, string>,
  { all, names }: Listen,
): readonly (Address | undefined)[] {
  for (const { advertise, properties } of sources) {
    if (advertise.length > 0) {
      const addresses = advertise.map((text) => parseAddress(text, '--advertise'))
      if (addresses.length === 1) return all.map(() => addresses[0])
      if (addresses.length === all.length) return addresses
      throw new UsageError(
        `There are ${all.length} addresses to listen on but ${addresses.length} to advertise: give one --advertise for each --listen, or one for all.`,
      )
    }
    const listeners = properties.get('advertised.listeners')
    if (listeners !== undefined) {
      const parsed = readListeners('advertised.listeners', listeners, merged)
      return all.map((_, index) => (names.length === 0 ? parsed[0] : parsed.find(({ name }) => name === names[index])))
    }
  }
  return all.map(() => undefined)
}

function readListeners(name: string, text: string, merged: ReadonlyMap<string, string>) {
  const split = (list: string): string[] =>
    list
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  const protocols =
    merged.get('listener.security.protocol.map') ??
    'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL'
  const controllers = split(merged.get('controller.listener.names') ?? '')
  const result = parseListeners(split(text), protocols, controllers)
  if (!result.ok) throw new UsageError(`${name}: ${result.message}`)
  if (result.listeners.length === 0) throw new UsageError(`${name} names no listener for clients.`)
  return result.listeners
}

/** For DescribeConfigs; what clients are told is in `listeners` of the settings. */
function setAdvertised(properties: Map<string, string>, advertised: readonly (Address | undefined)[]): void {
  const told = advertised.filter((address) => address !== undefined)
  if (told.length === 0) properties.delete('advertised.listeners')
  else properties.set('advertised.listeners', [...new Set(told.map(asListener))].join(','))
}

function dataDirOf(sources: readonly SettingsSource[]): string {
  for (const { dataDir, properties } of sources) {
    const directory = dataDir ?? properties.get('log.dirs') ?? properties.get('log.dir')
    if (directory === undefined) continue
    if (directory.includes(',')) {
      throw new UsageError(`log.dirs names several folders (${directory}), but kohort keeps its data in one.`)
    }
    if (directory.trim() === '') throw new UsageError('The data folder has an empty name.')
    return directory
  }
  return DEFAULT_DATA_DIR
}

function parseTopic(text: string): TopicAtStart {
  const match = /^(.+):(\d+)$/.exec(text)
  if (match === null) throw new UsageError(`--topic ${text} is not a topic: write NAME:PARTITIONS.`)
  return { name: match[1]!, partitions: Number(match[2]) }
}

function asListener(address: Address): string {
  return `PLAINTEXT://${formatAddress(address)}`
}
