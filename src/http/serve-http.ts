import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type ListenerOptions, listenError } from '../broker/index.ts'
import type { Clock, Logger } from '../platform/index.ts'

/** Where pages are served; nothing is advertised here. */
export type HttpAddress = Omit<ListenerOptions, 'advertised'>

export interface ServeHttpOptions {
  /** At least one. */
  readonly addresses: readonly HttpAddress[]
  /** Where they were given, for messages: '--http'. */
  readonly option: string
  readonly clock: Clock
  readonly logger: Logger
  fetch(request: Request): Response | Promise<Response>
}

export interface HttpServer {
  /** With their real ports. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Answers what is under way and ends. */
  close(): Promise<void>
}

/** Whoever asks sends little and at once. */
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  /** Longer than the usual time between two scrapes, so that they share a connection. */
  keepAliveTimeout: 75_000,
} as const
const CONNECTIONS_MAX = 64
/** Without a byte in either direction, a reader that does not read included. */
const SILENCE_MS = 90_000
const CLOSE_GRACE_MS = 500

/**
 * Serves pages at addresses.
 * @throws BrokerStartError where an address cannot be had; no other is taken then.
 */
export async function serveHttp({ addresses, option, clock, logger, fetch }: ServeHttpOptions): Promise<HttpServer> {
  const servers: Server[] = []
  const bound: { readonly host: string; readonly port: number }[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => closeServer(server, clock)))
  }
  for (const { host, port, optional } of addresses) {
    const server = createServer(fetch)
    try {
      bound.push({ host, port: await listen(server, host, port) })
      servers.push(server)
      server.on('error', (error) => logger.error({ err: error }, 'The HTTP server failed.'))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (optional === true && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue
      await close()
      throw listenError(error, { host, port, option })
    }
  }
  return { addresses: bound, close }
}

function createServer(fetch: (request: Request) => Response | Promise<Response>): Server {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false, serverOptions: LIMITS }) as Server
  server.maxConnections = CONNECTIONS_MAX
  server.setTimeout(SILENCE_MS)
  return server
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  const grace = clock.at(clock.monotonicMs() + CLOSE_GRACE_MS, () => server.closeAllConnections())
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  grace.cancel()
}
