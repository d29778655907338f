import { type Context, Hono } from 'hono'
import type { Logger } from '../platform/index.ts'
import { acceptedFormat } from './metrics/accept.ts'
import { contentTypes } from './metrics/exposition.ts'
import type { Scraper } from './metrics/scrape.ts'
import { isAlive, isReady, type Observed, type ProcessStatus, processStatus } from './process-status.ts'

export interface AppOptions {
  readonly observed: Observed
  readonly scraper: Scraper
  readonly logger: Logger
  /** Of kohort. */
  readonly version: string
}

const PAGES = '/healthz, /readyz and /metrics'

/** The pages: read only, without authentication, so there is nothing on them that a reader of the metrics should not see. */
export function createApp({ observed, scraper, logger, version }: AppOptions): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
    const refusal = refusalOf(context)
    if (refusal !== undefined) return refusal
    await next()
  })
  app.get('/healthz', (context) => answerStatus(context, processStatus(observed), isAlive))
  app.get('/readyz', (context) => answerStatus(context, processStatus(observed), isReady))
  app.get('/metrics', async (context) => {
    const format = acceptedFormat(context.req.header('Accept'))
    const page = await scraper.scrape(format)
    return context.body(page, 200, { 'Content-Type': contentTypes[format], Vary: 'Accept' })
  })
  app.get('/', (context) => context.text(`kohort ${version}: ${PAGES}\n`))
  app.notFound((context) => context.text(`There is no such page; there are ${PAGES}.\n`, 404))
  app.onError((error, context) => {
    logger.error({ err: error, path: context.req.path }, 'An HTTP request failed by a mistake of the broker.')
    return context.text('This failed by a mistake of the broker; its log says more.\n', 500)
  })
  return app
}

/** Nothing here takes anything, so whoever sends something is told at once, and not listened to. */
export function refusalOf(context: Context): Response | undefined {
  const { method } = context.req
  if (method !== 'GET' && method !== 'HEAD') {
    return context.text('Only GET and HEAD are served.\n', 405, { Allow: 'GET, HEAD', Connection: 'close' })
  }
  const length = context.req.header('Content-Length') ?? '0'
  if (length === '0' && context.req.header('Transfer-Encoding') === undefined) return undefined
  return context.text('No request bodies are taken.\n', 413, { Connection: 'close' })
}

function answerStatus(context: Context, status: ProcessStatus, isGood: (status: ProcessStatus) => boolean): Response {
  const { state, message } = status
  const good = isGood(status)
  const text = JSON.stringify({ status: good ? 'ok' : 'unavailable', state, message })
  return context.body(`${text}\n`, good ? 200 : 503, { 'Content-Type': 'application/json' })
}
