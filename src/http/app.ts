import type { Hono } from 'hono'
import type { Logger } from '../platform/index.ts'
import { acceptedFormat } from './metrics/accept.ts'
import { answerPage } from './metrics/answer-page.ts'
import type { Scraper } from './metrics/scrape.ts'
import { answerHealth, createPages } from './pages.ts'
import { isAlive, isReady, type Observed, processStatus } from './process-status.ts'

export interface AppOptions {
  readonly observed: Observed
  readonly scraper: Scraper
  readonly logger: Logger
  /** Of kohort. */
  readonly version: string
}

/** The pages of a broker. */
export function createApp({ observed, scraper, logger, version }: AppOptions): Hono {
  const health = (isGood: typeof isAlive) => () => {
    const status = processStatus(observed)
    return { ...status, isGood: isGood(status) }
  }
  const [alive, ready] = [health(isAlive), health(isReady)]
  return createPages({
    who: 'broker',
    title: `kohort ${version}`,
    logger,
    pages: {
      '/healthz': (context) => answerHealth(context, alive()),
      '/readyz': (context) => answerHealth(context, ready()),
      '/metrics': async (context) => {
        const format = acceptedFormat(context.req.header('Accept'))
        return answerPage(context, await scraper.scrape(format), format)
      },
    },
  })
}
