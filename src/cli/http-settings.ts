import type { ListenerOptions } from '../broker/index.ts'
import type { Logger } from '../platform/index.ts'
import { type Address, formatAddress, parseAddress } from './address.ts'
import type { SettingsSource } from './broker-settings.ts'
import { UsageError } from './exit-code.ts'

/** The config that says in a file, or with `--set`, what `--http` says. It is kohort's own, and nothing that brokers show to clients. */
export const HTTP_CONFIG = 'kohort.http'

const DEFAULT_PORT = 9093

export type HttpAddress = Omit<ListenerOptions, 'advertised'>

/**
 * Where to serve health and metrics; nowhere unless a source says so.
 * @param sources the strongest first.
 * @throws UsageError
 */
export function httpAddresses(sources: readonly SettingsSource[]): readonly HttpAddress[] {
  for (const { http, properties } of sources) {
    const config = properties.get(HTTP_CONFIG)
    const texts = http.length > 0 || config === undefined ? http : config.split(',').map((text) => text.trim())
    const what = http.length > 0 ? '--http' : HTTP_CONFIG
    if (texts.length > 0) return texts.flatMap((text) => addressesAt(parseAddress(text, what, DEFAULT_PORT)))
  }
  return []
}

/** @throws UsageError when clients are told to come to the same address. */
export function refuseSharedAddress(http: readonly HttpAddress[], listeners: readonly ListenerOptions[]): void {
  for (const { host, port } of http) {
    if (port === 0 || !listeners.some((listener) => listener.host === host && listener.port === port)) continue
    const address = formatAddress({ host, port })
    throw new UsageError(`--http and --listen both say ${address}: choose another port for one of them.`)
  }
}

/** Whoever reaches the address sees names of topics and how busy they are. */
export function warnOfOpenHttp(addresses: readonly Address[], logger: Logger): void {
  for (const { host, port } of addresses) {
    if (host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)) continue
    const address = formatAddress({ host, port })
    logger.warn(
      { http: address },
      `health and metrics at ${address} are for everybody who reaches this address: there is no authentication`,
    )
  }
}

function addressesAt({ host, port }: Address): HttpAddress[] {
  if (host !== 'localhost' || port === 0) return [{ host, port }]
  return [
    { host: '127.0.0.1', port },
    { host: '::1', port, optional: true },
  ]
}
