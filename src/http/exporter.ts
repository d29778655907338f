import type { Hono } from 'hono'
import type { Kafka } from '../client/index.ts'
import { type Clock, DurationHistogram } from '../platform/index.ts'
import { LagPages, type LagPagesOptions } from './lag-pages.ts'
import { acceptedFormat } from './metrics/accept.ts'
import { answerPage, type PageParts } from './metrics/answer-page.ts'
import { type ExpositionFormat, exposition } from './metrics/exposition.ts'
import { gauge, histogram } from './metrics/family.ts'
import { nodeMetrics } from './metrics/node-metrics.ts'
import { answerHealth, createPages } from './pages.ts'
import { type HttpAddress, type HttpServer, serveHttp } from './serve-http.ts'

export interface ExporterOptions extends Omit<LagPagesOptions, 'open' | 'idleMs'> {
  /** Closed with the exporter. */
  readonly kafka: Kafka
  readonly addresses: readonly HttpAddress[]
  /** Of kohort. */
  readonly version: string
}

const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]
/** The first page waits for the first round, as long as Prometheus waits for a page as a rule. */
const FIRST_WAIT_MS = 9_000

/**
 * Serves the lag of all groups of a cluster at /metrics.
 * @throws BrokerStartError where an address cannot be had.
 */
export async function startExporter(options: ExporterOptions): Promise<HttpServer> {
  const { kafka, addresses, clock, logger } = options
  const pages = new LagPages({ ...options, open: () => kafka })
  const exporter = new Exporter(pages, options)
  try {
    const server = await serveHttp({ addresses, option: '--listen', clock, logger, fetch: exporter.app.fetch })
    pages.start()
    return {
      addresses: server.addresses,
      async close() {
        await pages.close()
        await server.close()
        await kafka.close()
      },
    }
  } catch (error) {
    await pages.close()
    throw error
  }
}

class Exporter {
  readonly app: Hono
  readonly #pages: LagPages
  readonly #clock: Clock
  readonly #version: string
  readonly #labels: Readonly<Record<string, string>>
  readonly #scrapes = new DurationHistogram(BOUNDS_MS)
  readonly #nodeMetrics = nodeMetrics()

  constructor(pages: LagPages, { clock, logger, version, compat, labels = {} }: ExporterOptions) {
    this.#pages = pages
    this.#clock = clock
    this.#version = version
    this.#labels = labels
    this.app = createPages({
      who: 'exporter',
      title: `kohort exporter ${version}`,
      logger,
      pages: {
        // A cluster that cannot be reached is no reason to begin anew.
        '/healthz': (context) => answerHealth(context, { ...pages.looking, isGood: true }),
        '/readyz': (context) => answerHealth(context, { ...pages.looking, isGood: pages.looking.state !== 'starting' }),
        '/metrics': async (context) => {
          const beganMs = clock.monotonicMs()
          // Names of others are not always what OpenMetrics wants of them.
          const format = compat === undefined ? acceptedFormat(context.req.header('Accept')) : 'prometheus'
          const page = await this.#page(format)
          this.#scrapes.observe(clock.monotonicMs() - beganMs)
          return answerPage(context, page, format)
        },
      },
    })
  }

  async #page(format: ExpositionFormat): Promise<PageParts> {
    if (this.#pages.looking.state === 'starting') await this.#firstRound()
    const packed = await this.#pages.page(format)
    const labels = this.#labels
    const text = await exposition(
      [
        gauge('kohort_build_info', 'Always 1; the labels say what runs.', [
          { labels: { ...labels, version: this.#version, node_version: process.version }, value: 1 },
        ]),
        gauge('kohort_lag_series', 'Series of the last page about groups.', [{ labels, value: this.#pages.series }]),
        histogram('kohort_lag_scrape_duration_seconds', 'What it takes to make a page.', [
          { labels, durations: this.#scrapes.snapshot() },
        ]),
      ],
      this.#nodeMetrics,
      format,
    )
    return { packed, text }
  }

  async #firstRound(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.at(this.#clock.monotonicMs() + FIRST_WAIT_MS, resolve)
      void this.#pages.ready.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}
