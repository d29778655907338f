import type { Clock, Logger } from '../platform/index.ts'
import { createApp } from './app.ts'
import { LagPages } from './lag-pages.ts'
import { loopbackKafka } from './loopback-kafka.ts'
import { EventLoopDelay } from './metrics/event-loop-delay.ts'
import { Scraper } from './metrics/scrape.ts'
import type { Observed } from './process-status.ts'
import { type HttpAddress, type HttpServer, serveHttp } from './serve-http.ts'

export interface HttpServerOptions {
  /** At least one. */
  readonly addresses: readonly HttpAddress[]
  readonly observed: Observed
  readonly clock: Clock
  readonly logger: Logger
  /** Of kohort. */
  readonly version: string
  /** Whether /metrics has the lag of groups too: a client of this process looks at them every so often, while somebody asks. Default false. */
  readonly showsLag?: boolean | undefined
}

/** While nobody has asked for so long, nobody looks. */
const LAG_IDLE_MS = 300_000

/**
 * Serves health, readiness and metrics of this process.
 * @throws BrokerStartError where an address cannot be had; no other is taken then.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { addresses, observed, logger, clock, version, showsLag = false } = options
  const eventLoopDelay = new EventLoopDelay(clock)
  const lag = showsLag
    ? new LagPages({ open: () => loopbackKafka(observed), clock, logger, idleMs: LAG_IDLE_MS })
    : undefined
  const scraper = new Scraper({ observed, eventLoopDelay, version, lag })
  const app = createApp({ observed, scraper, logger, version })
  const stop = async (): Promise<void> => {
    eventLoopDelay.stop()
    await lag?.close()
  }
  try {
    const server = await serveHttp({ addresses, option: '--http', clock, logger, fetch: app.fetch })
    return {
      addresses: server.addresses,
      async close() {
        await stop()
        await server.close()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
