import { type Context, Hono } from 'hono'
import type { Logger } from '../platform/index.ts'

export interface PagesOptions {
  /** Whose pages they are, for messages: 'broker'. */
  readonly who: string
  /** What `/` says. */
  readonly title: string
  readonly logger: Logger
  /** By path. */
  readonly pages: Readonly<Record<string, (context: Context) => Response | Promise<Response>>>
}

/** What `/healthz` and `/readyz` say. */
export interface Health {
  readonly isGood: boolean
  readonly state: string
  readonly message: string
}

/** The pages: read only, without authentication, so there is nothing on them that a reader of the metrics should not see. */
export function createPages({ who, title, logger, pages }: PagesOptions): Hono {
  const app = new Hono()
  const paths = listOf(Object.keys(pages))
  app.use(async (context, next) => {
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
    const refusal = refusalOf(context)
    if (refusal !== undefined) return refusal
    await next()
  })
  for (const [path, answer] of Object.entries(pages)) app.get(path, answer)
  app.get('/', (context) => context.text(`${title}: ${paths}\n`))
  app.notFound((context) => context.text(`There is no such page; there are ${paths}.\n`, 404))
  app.onError((error, context) => {
    logger.error({ err: error, path: context.req.path }, `An HTTP request failed by a mistake of the ${who}.`)
    return context.text(`This failed by a mistake of the ${who}; its log says more.\n`, 500)
  })
  return app
}

export function answerHealth(context: Context, { isGood, state, message }: Health): Response {
  const text = JSON.stringify({ status: isGood ? 'ok' : 'unavailable', state, message })
  return context.body(`${text}\n`, isGood ? 200 : 503, { 'Content-Type': 'application/json' })
}

/** Nothing here takes anything, so whoever sends something is told at once, and not listened to. */
function refusalOf(context: Context): Response | undefined {
  const { method } = context.req
  if (method !== 'GET' && method !== 'HEAD') {
    return context.text('Only GET and HEAD are served.\n', 405, { Allow: 'GET, HEAD', Connection: 'close' })
  }
  const length = context.req.header('Content-Length') ?? '0'
  if (length === '0' && context.req.header('Transfer-Encoding') === undefined) return undefined
  return context.text('No request bodies are taken.\n', 413, { Connection: 'close' })
}

function listOf(paths: readonly string[]): string {
  return `${paths.slice(0, -1).join(', ')} and ${paths.at(-1)}`
}
