import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type ListenerOptions, listenError } from '../broker/index.ts'
import type { Clock, Logger } from '../platform/index.ts'
import { createApp } from './app.ts'
import { EventLoopDelay } from './metrics/event-loop-delay.ts'
import { Scraper } from './metrics/scrape.ts'
import type { Observed } from './process-status.ts'

export interface HttpServerOptions {
  /** At least one; nothing is advertised here. */
  readonly addresses: readonly Omit<ListenerOptions, 'advertised'>[]
  readonly observed: Observed
  readonly clock: Clock
  readonly logger: Logger
  /** Of kohort. */
  readonly version: string
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
 * Serves health, readiness and metrics of this process.
 * @throws BrokerStartError where an address cannot be had; no other is taken then.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { addresses, observed, logger, clock, version } = options
  const eventLoopDelay = new EventLoopDelay(clock)
  const scraper = new Scraper({ observed, eventLoopDelay, version })
  const app = createApp({ observed, scraper, logger, version })
  const servers: Server[] = []
  const bound: { readonly host: string; readonly port: number }[] = []
  const close = async (): Promise<void> => {
    eventLoopDelay.stop()
    await Promise.all(servers.map((server) => closeServer(server, clock)))
  }
  for (const { host, port, optional } of addresses) {
    const server = createServer(app.fetch)
    try {
      bound.push({ host, port: await listen(server, host, port) })
      servers.push(server)
      server.on('error', (error) => logger.error({ err: error }, 'The HTTP server failed.'))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (optional === true && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue
      await close()
      throw listenError(error, { host, port, option: '--http' })
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
