import { apis } from '../../../wire/index.ts'
import { KafkaError } from '../../kafka-error.ts'
import { createHeartbeats } from './heartbeat/create-heartbeats.ts'
import type { HeartbeatReport } from './heartbeat/heartbeat-events.ts'
import type { Heartbeats, OnReport } from './heartbeat/heartbeats.ts'
import { Progress } from './heartbeat/progress.ts'
import type { MembershipOptions } from './membership-options.ts'
import { Pending } from './pending.ts'
import { RebalanceStorm } from './rebalance-storm.ts'
import { SubscribedTopics } from './subscribed-topics.ts'

/** What the drivers of both protocols have in common: topics, heartbeats, the application's progress, and an end. May begin again. */
export class MembershipLife {
  readonly topics: SubscribedTopics
  readonly leaving = new Pending()
  readonly #options: MembershipOptions
  readonly #storm: RebalanceStorm
  readonly #progress: Progress
  readonly #onReport: OnReport
  #heartbeats: Heartbeats | undefined
  #abort = new AbortController()
  #isWaiting = false
  /** Of `#progress.evictions`, how many it was told of. */
  #evictions = 0
  #preparesSinceMs: number | undefined

  constructor(options: MembershipOptions, onReport: OnReport) {
    const { cluster, config, host, allowAutoCreateTopics } = options
    this.#options = options
    this.#onReport = onReport
    this.#storm = new RebalanceStorm(config.groupId, cluster.logger)
    this.#progress = new Progress(cluster.clock, config)
    this.topics = new SubscribedTopics({
      cluster,
      subscription: () => host.subscription(),
      excludeInternalTopics: config.excludeInternalTopics,
      allowAutoTopicCreation: allowAutoCreateTopics,
    })
  }

  /** Aborts what is in flight when the member has left. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** undefined outside of the group. */
  get heartbeats(): Heartbeats | undefined {
    return this.#heartbeats
  }

  /** The application waits for records now. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Since when the member waits for what it needs to join; undefined once it has it. */
  get preparesSinceMs(): number | undefined {
    return this.#preparesSinceMs
  }

  /** @param onImage whether the topics are others than before */
  begin(onImage: (areOthers: boolean) => void): void {
    this.#abort = new AbortController()
    this.#heartbeats ??= createHeartbeats(this.#options, this.#progress, (report) => this.#heard(report))
    this.topics.start(onImage)
    this.#connect()
  }

  /** @param getReady waits for what the member needs to join; does not reject */
  prepare(getReady: (signal: AbortSignal) => Promise<void>): void {
    this.#preparesSinceMs = this.#options.cluster.clock.monotonicMs()
    void getReady(this.signal).finally(() => {
      this.#preparesSinceMs = undefined
    })
  }

  /** For OffsetFetch, which comes right after the join, over another connection than the join. */
  #connect(): void {
    const { cluster, config } = this.#options
    const coordinator = { coordinator: 'group', key: config.groupId } as const
    cluster.versionOf(coordinator, apis.OffsetFetch, { signal: this.signal }).catch(() => {}) // who needs it will say so
  }

  polled(): void {
    this.#progress.touch()
  }

  waiting(isWaiting: boolean): void {
    this.#isWaiting = isWaiting
    this.#progress.waiting(isWaiting)
    if (!isWaiting) this.mayBlock()
  }

  mayBlock(): void {
    this.#heartbeats?.mayBlock()
  }

  /** The application is told of an assignment. */
  rebalanced(reason: string): void {
    this.#storm.note(this.#options.cluster.clock.monotonicMs(), reason)
  }

  /**
   * Reports an eviction whose message is still on its way. Whatever happened, or is to happen, while the event loop stood still, the member is out of its group: so
   * it hears of that first, as in Java, where poll() looks at the generation before it gives anything up or out.
   */
  notice(): void {
    const { evictions } = this.#progress
    if (evictions === this.#evictions) return
    this.#evictions = evictions
    this.#onReport({ type: 'poll-timeout' })
  }

  #heard(report: HeartbeatReport): void {
    this.notice()
    if (report.type !== 'poll-timeout') this.#onReport(report)
  }

  async end(): Promise<void> {
    this.#abort.abort(new KafkaError('CLOSED', `the consumer has left group ${this.#options.config.groupId}`))
    this.topics.stop()
    this.#progress.waiting(false)
    const heartbeats = this.#heartbeats
    this.#heartbeats = undefined
    await heartbeats?.close()
  }
}
