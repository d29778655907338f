import type { Kafka } from '../client/index.ts'
import type { Clock, Logger } from '../platform/index.ts'
import { LagMonitor, type LagMonitorOptions, type LagSnapshot } from '../tools/index.ts'
import {
  downFamilies,
  followGroupEvents,
  GroupEventCounts,
  type MetricPage,
  type PageFamiliesOptions,
  type PageFormat,
  PageWriter,
  pageFamilies,
} from '../tools/metrics/index.ts'

export interface LagPagesOptions extends Omit<PageFamiliesOptions, 'events'> {
  /** Called when somebody asks first, and again after a rest; undefined: not yet. It is closed here. */
  open(): Kafka | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Nobody looks at the groups while no page was asked for so long; undefined: always. */
  readonly idleMs?: number | undefined
  readonly monitor?: Omit<LagMonitorOptions, 'admin' | 'onSnapshot' | 'onFailure'> | undefined
  /** That every sample has, before its own. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** How the looking goes. */
export interface Looking {
  /** 'blind': the last round has failed. */
  readonly state: 'starting' | 'ready' | 'blind'
  readonly message: string
}

interface Monitoring {
  readonly kafka: Kafka
  readonly monitor: LagMonitor
  readonly abort: AbortController
  readonly following: Promise<void>
}

const STARTING: Looking = { state: 'starting', message: 'the first look at the groups is under way' }
/** A failure that stays the same is told again after so long. */
const TOLD_AGAIN_MS = 600_000

/**
 * Pages of the lag of groups, written in the background after each round: to serve one costs no more than to send it. A page never mixes rounds, and
 * is gone when a round fails: old figures are not passed off as new ones.
 */
export class LagPages {
  readonly #options: LagPagesOptions
  readonly #writer: PageWriter
  /** Says that nothing is known. */
  readonly #down: Promise<MetricPage>
  #page: MetricPage | undefined
  #monitoring: Monitoring | undefined
  #ending: Promise<void> = Promise.resolve()
  #askedAtMs = Number.NEGATIVE_INFINITY
  #isClosed = false
  #looking = STARTING
  #toldAtMs = Number.NEGATIVE_INFINITY
  #leftOut = 0
  #firstRound: { readonly promise: Promise<void>; readonly resolve: () => void } = deferred()

  constructor(options: LagPagesOptions) {
    this.#options = options
    this.#writer = new PageWriter({ labels: options.labels })
    this.#down = new PageWriter({ labels: options.labels }).write(downFamilies(options.compat))
  }

  /** Resolves when the first round is over, well or badly. */
  get ready(): Promise<void> {
    return this.#firstRound.promise
  }

  get looking(): Looking {
    return this.#looking
  }

  /** Of the last page. */
  get series(): number {
    return this.#page?.series ?? 0
  }

  /** Begins to look at the groups, where nobody does. */
  start(): void {
    this.#askedAtMs = this.#options.clock.monotonicMs()
    if (this.#monitoring !== undefined || this.#isClosed) return
    const kafka = this.#options.open()
    if (kafka !== undefined) this.#monitoring = this.#monitor(kafka)
  }

  /** The page of the last round, packed. Where there was none, or it has failed, it says so and nothing else. */
  async page(format: PageFormat): Promise<readonly Buffer[]> {
    this.start()
    return (this.#page ?? (await this.#down)).packed[format]
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#rest()
    await this.#ending
  }

  #monitor(kafka: Kafka): Monitoring {
    const { clock, monitor: monitorOptions, compat } = this.#options
    const events = new GroupEventCounts()
    const abort = new AbortController()
    const admin = kafka.admin()
    const monitor = new LagMonitor({
      ...monitorOptions,
      admin,
      onSnapshot: async (snapshot) => {
        if (this.#isIdle()) return this.#rest()
        await this.#write(snapshot, events)
        this.#noteSuccess()
      },
      onFailure: (error) => {
        this.#noteFailure(error)
        if (this.#isIdle()) this.#rest()
      },
    })
    monitor.start()
    const following =
      compat === undefined
        ? followGroupEvents(kafka, events, { clock, signal: abort.signal, retryMs: monitorOptions?.intervalMs })
        : Promise.resolve()
    return { kafka, monitor, abort, following }
  }

  async #write(snapshot: LagSnapshot, events: GroupEventCounts): Promise<void> {
    const { families, groupsLeftOut } = pageFamilies(snapshot, { ...this.#options, events })
    this.#page = await this.#writer.write(families)
    this.#noteLeftOut(groupsLeftOut + snapshot.groupsLeftOut)
  }

  #noteSuccess(): void {
    if (this.#looking.state === 'blind') this.#options.logger.info({}, 'the lag of groups is known again')
    this.#looking = { state: 'ready', message: 'the groups are looked at' }
    this.#toldAtMs = Number.NEGATIVE_INFINITY
    this.#firstRound.resolve()
  }

  #noteFailure(error: unknown): void {
    const { clock, logger } = this.#options
    const message = `the lag of groups is not known: ${error instanceof Error ? error.message : String(error)}`
    const nowMs = clock.monotonicMs()
    if (message !== this.#looking.message || nowMs - this.#toldAtMs >= TOLD_AGAIN_MS) {
      logger.warn({ err: error }, message)
      this.#toldAtMs = nowMs
    }
    this.#looking = { state: 'blind', message }
    this.#page = undefined
    this.#firstRound.resolve()
  }

  /** The page has a metric of it; whoever reads only the log is told when it begins, and when it is over. */
  #noteLeftOut(count: number): void {
    const { logger } = this.#options
    if (count > 0 && this.#leftOut === 0)
      logger.warn(
        { groups: count },
        `${count} groups have no series of their partitions: a limit is reached (kohort_lag_groups_left_out)`,
      )
    if (count === 0 && this.#leftOut > 0) logger.info({}, 'all groups have series of their partitions again')
    this.#leftOut = count
  }

  #isIdle(): boolean {
    const { clock, idleMs = Number.POSITIVE_INFINITY } = this.#options
    return clock.monotonicMs() - this.#askedAtMs > idleMs
  }

  #rest(): void {
    const monitoring = this.#monitoring
    if (monitoring === undefined) return
    this.#monitoring = undefined
    this.#page = undefined
    this.#looking = STARTING
    monitoring.abort.abort()
    // The monitor's round may be what calls this.
    this.#ending = Promise.resolve().then(async () => {
      await monitoring.kafka.close().catch(() => {})
      await Promise.all([monitoring.monitor.close(), monitoring.following])
    })
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
