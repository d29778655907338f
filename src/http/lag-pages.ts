import type { Kafka } from '../client/index.ts'
import type { Clock, Logger } from '../platform/index.ts'
import {
  type CompatMode,
  compatFamilies,
  followGroupEvents,
  GroupEventCounts,
  LagMonitor,
  type LagMonitorOptions,
  type LagSnapshot,
  lagFamilies,
  type MetricFamily,
  type PageFormat,
  writePage,
} from '../tools/index.ts'

export interface LagPagesOptions {
  /** Called when somebody asks first, and again after a rest; undefined: not yet. It is closed here. */
  open(): Kafka | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Nobody looks at the groups while no page was asked for so long; undefined: always. */
  readonly idleMs?: number | undefined
  readonly monitor?: Omit<LagMonitorOptions, 'admin' | 'onSnapshot' | 'onFailure'> | undefined
  /** Names and labels of another exporter instead of kohort's. */
  readonly compat?: CompatMode | undefined
  readonly clusterName?: string | undefined
  readonly granularity?: 'partition' | 'group' | undefined
  readonly maxSeries?: number | undefined
  /** Of kohort's own metrics, by their names; default: all. */
  readonly includesMetric?: ((name: string) => boolean) | undefined
}

interface Looking {
  readonly kafka: Kafka
  readonly monitor: LagMonitor
  readonly events: GroupEventCounts
  readonly abort: AbortController
  readonly following: Promise<void>
}

type Page = readonly Buffer[]

/**
 * Pages of the lag of groups, written in the background after each round: to serve one costs no more than to send it. A page never mixes rounds, and
 * is gone when a round fails: old figures are not passed off as new ones.
 */
export class LagPages {
  readonly #options: LagPagesOptions
  readonly #pages = new Map<PageFormat, Page>()
  /** Formats that are asked for. */
  readonly #formats = new Set<PageFormat>(['prometheus'])
  #looking: Looking | undefined
  #ending: Promise<void> = Promise.resolve()
  #askedAtMs = Number.NEGATIVE_INFINITY
  #isClosed = false
  #series = 0
  #firstPage: { readonly promise: Promise<void>; readonly resolve: () => void } = deferred()

  constructor(options: LagPagesOptions) {
    this.#options = options
  }

  /** Resolves when the first round is over, well or badly. */
  get ready(): Promise<void> {
    return this.#firstPage.promise
  }

  get series(): number {
    return this.#series
  }

  /** Begins to look at the groups, where nobody does. */
  start(): void {
    this.#askedAtMs = this.#options.clock.monotonicMs()
    if (this.#looking !== undefined || this.#isClosed) return
    const kafka = this.#options.open()
    if (kafka !== undefined) this.#looking = this.#look(kafka)
  }

  /** The page of the last round; empty before the first, and in a format that has not been asked for before. */
  page(format: PageFormat): Page {
    this.start()
    this.#formats.add(format)
    return this.#pages.get(format) ?? []
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#rest()
    await this.#ending
  }

  #look(kafka: Kafka): Looking {
    const { clock, logger, monitor: monitorOptions, compat } = this.#options
    const events = new GroupEventCounts()
    const abort = new AbortController()
    const admin = kafka.admin()
    const monitor = new LagMonitor({
      ...monitorOptions,
      admin,
      onSnapshot: async (snapshot) => {
        if (this.#isIdle()) return this.#rest()
        await this.#write(snapshot, events)
        this.#firstPage.resolve()
      },
      onFailure: (error) => {
        const message = error instanceof Error ? error.message : String(error)
        logger.warn({ err: error }, `the lag of groups is not known: ${message}`)
        for (const format of this.#formats) this.#pages.set(format, [Buffer.from(DOWN)])
        this.#firstPage.resolve()
        if (this.#isIdle()) this.#rest()
      },
    })
    monitor.start()
    const following =
      compat === undefined
        ? followGroupEvents(kafka, events, { clock, signal: abort.signal, retryMs: monitorOptions?.intervalMs })
        : Promise.resolve()
    return { kafka, monitor, events, abort, following }
  }

  async #write(snapshot: LagSnapshot, events: GroupEventCounts): Promise<void> {
    for (const format of this.#formats) {
      const { chunks, series } = await writePage(this.#families(snapshot, events), format)
      this.#series = series
      this.#pages.set(format, chunks)
    }
  }

  #families(snapshot: LagSnapshot, events: GroupEventCounts): MetricFamily[] {
    const { compat, granularity, maxSeries, includesMetric, clusterName } = this.#options
    if (compat !== undefined) return compatFamilies(compat, snapshot, { clusterName, maxSeries })
    return lagFamilies(snapshot, { granularity, maxSeries, includesMetric, events })
  }

  #isIdle(): boolean {
    const { clock, idleMs = Number.POSITIVE_INFINITY } = this.#options
    return clock.monotonicMs() - this.#askedAtMs > idleMs
  }

  #rest(): void {
    const looking = this.#looking
    if (looking === undefined) return
    this.#looking = undefined
    this.#pages.clear()
    looking.abort.abort()
    // The monitor's round may be what calls this.
    this.#ending = Promise.resolve().then(async () => {
      await looking.kafka.close().catch(() => {})
      await Promise.all([looking.monitor.close(), looking.following])
    })
  }
}

const DOWN = `# HELP kohort_lag_up 1 while the last round of looking at the groups has succeeded.
# TYPE kohort_lag_up gauge
kohort_lag_up 0
`

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
