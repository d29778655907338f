import type { LagPages } from '../lag-pages.ts'
import { type Observed, processStatus } from '../process-status.ts'
import type { PageParts } from './answer-page.ts'
import { brokerFamilies } from './broker-families.ts'
import type { EventLoopDelay } from './event-loop-delay.ts'
import { type ExpositionFormat, exposition } from './exposition.ts'
import { nodeMetrics } from './node-metrics.ts'
import { processFamilies, volumeFamilies } from './process-families.ts'

export interface ScraperOptions {
  readonly observed: Observed
  readonly eventLoopDelay: EventLoopDelay
  /** Of kohort. */
  readonly version: string
  /** The lag of groups; undefined where it is not shown. */
  readonly lag?: LagPages | undefined
}

/** Takes the figures and writes them; those who ask at the same time get the same page, so that asking often costs little. */
export class Scraper {
  readonly #options: ScraperOptions
  readonly #nodeMetrics = nodeMetrics()
  readonly #running = new Map<ExpositionFormat, Promise<PageParts>>()

  constructor(options: ScraperOptions) {
    this.#options = options
  }

  scrape(format: ExpositionFormat): Promise<PageParts> {
    const known = this.#running.get(format)
    if (known !== undefined) return known
    const running = this.#scrape(format).finally(() => this.#running.delete(format))
    this.#running.set(format, running)
    return running
  }

  async #scrape(format: ExpositionFormat): Promise<PageParts> {
    const { observed, eventLoopDelay, version } = this.#options
    const { broker } = observed
    const families = processFamilies({ status: processStatus(observed), version, delays: eventLoopDelay.snapshot() })
    if (broker !== undefined) {
      families.push(...(await volumeFamilies(broker)))
      families.push(...brokerFamilies(broker.metrics()))
    }
    const text = await exposition(families, this.#nodeMetrics, format)
    // OpenMetrics' last line is that of the second part.
    const packed = broker === undefined || observed.isStopping ? [] : await this.#options.lag?.page(format)
    return { packed: packed ?? [], text }
  }
}
