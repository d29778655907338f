import { UsageError } from './exit-code.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Reads HOST:PORT, [IPV6]:PORT, or with a default port HOST alone. @param what names the option in the error. */
export function parseAddress(text: string, what: string, defaultPort?: number): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d+))?$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (match === null || host === '' || port === undefined || port > 65535) {
    throw new UsageError(`${what} ${text} is not an address: write HOST:PORT, or [ADDRESS]:PORT for IPv6.`)
  }
  return { host, port }
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
