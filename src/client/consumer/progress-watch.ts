import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import { explain, healthOf, reasonOf } from './explain.ts'
import type { ConsumerReport, Health, PartitionReport, Reason } from './explanation.ts'

export interface ProgressWatchOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly report: () => ConsumerReport
}

const LOOK_EVERY_MS = 5_000

interface Seen {
  readonly reason: Reason
  readonly position: bigint | undefined
  readonly sinceMs: number
}

/**
 * Looks every few seconds whether the consumer gets on. Remembers since when each partition is as it is, which one moment does not tell, and says once
 * when nothing moves that should, with the reasons: a consumer that heartbeats and reads nothing is found before somebody looks at its lag.
 */
export class ProgressWatch {
  readonly #options: ProgressWatchOptions
  #seen: ReadonlyMap<string, Seen> = new Map()
  #status: Health['status'] = 'ok'
  #timer: Cancel | undefined

  constructor(options: ProgressWatchOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#timer !== undefined) return
    const { clock } = this.#options
    this.#timer = clock.at(clock.monotonicMs() + LOOK_EVERY_MS, () => {
      this.#timer = undefined
      this.look()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** The report, with since when partitions are as they are. */
  report(): ConsumerReport {
    const report = this.#options.report()
    return {
      ...report,
      partitions: report.partitions.map((partition) => ({
        ...partition,
        sinceMs: this.#since(partition, report.nowMs),
      })),
    }
  }

  look(): void {
    const report = this.report()
    this.#seen = new Map(
      report.partitions.map((partition) => [
        nameOf(partition),
        { reason: reasonOf(partition), position: partition.position, sinceMs: partition.sinceMs! },
      ]),
    )
    const { status } = healthOf(report)
    if (status === this.#status) return
    this.#status = status
    const { logger } = this.#options
    if (status === 'stuck')
      logger.warn({ reasons: reasonsOf(report) }, `the consumer does not get on: ${explain(report).text}`)
    else if (status === 'ok') logger.info({}, 'the consumer gets on again')
  }

  #since(partition: PartitionReport, nowMs: number): number {
    const before = this.#seen.get(nameOf(partition))
    const isSame = before?.reason === reasonOf(partition) && before.position === partition.position
    return isSame ? before.sinceMs : nowMs
  }
}

function reasonsOf(report: ConsumerReport): readonly Reason[] {
  return explain(report).reasons.map(({ reason }) => reason)
}

function nameOf({ topic, partition }: PartitionReport): string {
  return `${topic}-${partition}`
}
