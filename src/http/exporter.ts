import { Hono } from 'hono'
import type { Kafka } from '../client/index.ts'
import { type Clock, DurationHistogram, type Logger } from '../platform/index.ts'
import { refusalOf } from './app.ts'
import { LagPages, type LagPagesOptions } from './lag-pages.ts'
import { acceptedFormat } from './metrics/accept.ts'
import { contentTypes, type ExpositionFormat, exposition } from './metrics/exposition.ts'
import { gauge, histogram } from './metrics/family.ts'
import { nodeMetrics } from './metrics/node-metrics.ts'
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

/** As fast as the reader takes it: a page may have hundreds of megabytes, and is in memory once. */
function streamOf(chunks: readonly Buffer[]): ReadableStream<Uint8Array> {
  let at = 0
  const source = {
    pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      if (at < chunks.length) controller.enqueue(chunks[at++]!)
      else controller.close()
    },
  }
  return new ReadableStream(source, { highWaterMark: 4 })
}

class Exporter {
  readonly app = new Hono()
  readonly #pages: LagPages
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #version: string
  readonly #compat: string | undefined
  readonly #scrapes = new DurationHistogram(BOUNDS_MS)
  readonly #nodeMetrics = nodeMetrics()
  #isReady = false

  constructor(pages: LagPages, { clock, logger, version, compat }: ExporterOptions) {
    this.#pages = pages
    this.#clock = clock
    this.#logger = logger
    this.#version = version
    this.#compat = compat
    void pages.ready.then(() => {
      this.#isReady = true
    })
    this.#routes()
  }

  #routes(): void {
    const { app } = this
    app.use(async (context, next) => {
      context.header('Cache-Control', 'no-store')
      context.header('X-Content-Type-Options', 'nosniff')
      const refusal = refusalOf(context)
      if (refusal !== undefined) return refusal
      await next()
    })
    app.get('/healthz', (context) => context.text('ok\n'))
    app.get('/readyz', (context) =>
      context.text(this.#isReady ? 'ok\n' : 'the first round is under way\n', this.#isReady ? 200 : 503),
    )
    app.get('/metrics', async (context) => {
      const beganMs = this.#clock.monotonicMs()
      // Names of others are not always what OpenMetrics wants of them.
      const format = this.#compat === undefined ? acceptedFormat(context.req.header('Accept')) : 'prometheus'
      const page = await this.#page(format)
      this.#scrapes.observe(this.#clock.monotonicMs() - beganMs)
      return context.body(page, 200, { 'Content-Type': contentTypes[format], Vary: 'Accept' })
    })
    app.get('/', (context) => context.text(`kohort exporter ${this.#version}: /metrics, /healthz and /readyz\n`))
    app.notFound((context) => context.text('There is no such page; there are /metrics, /healthz and /readyz.\n', 404))
    app.onError((error, context) => {
      this.#logger.error({ err: error, path: context.req.path }, 'An HTTP request failed by a mistake of the exporter.')
      return context.text('This failed by a mistake of the exporter; its log says more.\n', 500)
    })
  }

  async #page(format: ExpositionFormat): Promise<ReadableStream<Uint8Array>> {
    if (!this.#isReady) await this.#firstRound()
    const chunks = this.#pages.page(format)
    const own = await exposition(
      [
        gauge('kohort_build_info', 'Always 1; the labels say what runs.', [
          { labels: { version: this.#version, node_version: process.version }, value: 1 },
        ]),
        gauge('kohort_lag_series', 'Series of the last page about groups.', this.#pages.series),
        histogram('kohort_lag_scrape_duration_seconds', 'What it takes to make a page.', [
          { labels: {}, durations: this.#scrapes.snapshot() },
        ]),
      ],
      this.#nodeMetrics,
      format,
    )
    return streamOf([...chunks, Buffer.from(own)])
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
