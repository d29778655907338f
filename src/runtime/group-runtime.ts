import type {
  Effect,
  EffectResult,
  GroupCommand,
  GroupConfig,
  GroupEvent,
  GroupResponse,
  GroupResponses,
  ShardCoordinator,
  TopicImage,
} from '../coordinator/index.ts'
import { errorResponse, precheck, shardOfGroup } from '../coordinator/index.ts'
import type { Cancel, Clock, Logger } from '../platform/index.ts'
import { countGroups, type GroupMetrics } from './metrics.ts'
import { Request } from './request.ts'
import type { ShardLog } from './shard-log.ts'
import { ShardRunner } from './shard-runner.ts'

export interface GroupRuntimeOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Partitions of `__consumer_offsets`; 50 in Kafka. It decides where a group lives, so it never changes. */
  readonly shardCount: number
  /** Called once for each load of a shard; a log that failed is not used again. */
  openShardLog(shard: number): Promise<ShardLog>
  config(): GroupConfig
  /** A random UUID as Java prints it (crypto.randomUUID), for member ids. */
  randomId(): string
  topics(): TopicImage
  /** Called when the event's step is durable, in order. */
  onEvent(event: GroupEvent): void
  /** Does what a step is too short for. A rejection is logged, and the group asks again. Default: nothing can be done. */
  runEffect?(effect: Effect): Promise<EffectResult>
  /** Called at the end of `stop`. */
  stopEffects?(): Promise<void>
  /** Whether this node coordinates the shard's groups; default: all of them. */
  owns?(shard: number): boolean
  /**
   * Lets what lies in the sockets be read before deadlines fire. Default: one turn of the event loop.
   * Return nothing where there are no sockets.
   */
  beforeTick?(): Promise<void> | void
}

/** How many shards are read at the same time. */
const LOADS_AT_ONCE = 4
/** How long `stop` waits for the disk. */
const STOP_TIMEOUT_MS = 1_000

/** The group coordinator, running: routes commands to shards, and gives them time. */
export class GroupRuntime {
  /** Settles when all shards have been loaded once, or with `stop`. */
  readonly loaded: Promise<void>
  readonly #options: GroupRuntimeOptions
  readonly #shards = new Map<number, ShardRunner>()
  readonly #onLoaded: () => void
  #timer: { readonly atMs: number; readonly cancel: Cancel } | undefined
  #tickPending = false
  #isStarted = false
  #stopped = false

  constructor(options: GroupRuntimeOptions) {
    this.#options = options
    let onLoaded = (): void => {}
    this.loaded = new Promise((resolve) => {
      onLoaded = resolve
    })
    this.#onLoaded = onLoaded
    for (let shard = 0; shard < options.shardCount; shard++) {
      if (options.owns?.(shard) === false) continue
      const { clock, logger, openShardLog, config, topics, randomId, onEvent } = bound(options)
      const onDeadline = (atMs: number): void => this.#arm(atMs)
      const runEffect = async (effect: Effect): Promise<EffectResult> => {
        if (options.runEffect === undefined) throw new Error('nobody is there to do it')
        return options.runEffect(effect)
      }
      const runner = { shard, clock, logger, openShardLog, config, topics, randomId, onEvent, onDeadline, runEffect }
      this.#shards.set(shard, new ShardRunner(runner))
    }
  }

  /** Shards load in the background; until then their groups answer COORDINATOR_LOAD_IN_PROGRESS. */
  start(): void {
    this.#isStarted = true
    const waiting = [...this.#shards.values()]
    const worker = async (): Promise<void> => {
      for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) await shard.load()
    }
    void Promise.all(Array.from({ length: LOADS_AT_ONCE }, worker)).then(() => this.#onLoaded())
  }

  /** Shards of this node, and those of them that read their log; before `start` there is nothing to load. */
  get shards(): { readonly count: number; readonly loading: number } {
    const count = this.#shards.size
    return { count, loading: this.#isStarted ? count - this.#coordinators().length : 0 }
  }

  metrics(): GroupMetrics {
    return { ...countGroups(this.#coordinators()), shards: this.shards }
  }

  shardOf(groupId: string): number {
    return shardOfGroup(groupId, this.#options.shardCount)
  }

  /**
   * Runs a command at once. `done` is called exactly once, at once or later, when all that the answer could have seen is durable.
   * @returns cancel() when the connection has closed: `done` is not called any more.
   */
  submit<C extends GroupCommand>(command: C, done: (response: GroupResponses[C['type']]) => void): { cancel(): void } {
    const request = new Request(command, done as (response: GroupResponse) => void)
    const error = this.#stopped ? 'COORDINATOR_NOT_AVAILABLE' : precheck(command, this.#options.config())
    const shard = this.#shards.get(command.type === 'ListGroups' ? command.shard : this.shardOf(command.groupId))
    if (error === 'NONE' && shard !== undefined) return shard.submit(request)
    request.answer(errorResponse(command, error === 'NONE' ? 'NOT_COORDINATOR' : error))
    return { cancel: () => {} }
  }

  /** Members of all groups of the consumer protocol that this node coordinates. */
  consumerMembers(): number {
    let count = 0
    for (const shard of this.#shards.values()) count += shard.coordinator?.consumerMembers ?? 0
    return count
  }

  /** The state machine of a shard while it is loaded: for tests that look on. */
  coordinatorOf(shard: number): ShardCoordinator | undefined {
    return this.#shards.get(shard)?.coordinator
  }

  /** For tests: ends the session of a member now. False when there is no such member. */
  expireSession(groupId: string, memberId: string): boolean {
    return this.#shards.get(this.shardOf(groupId))?.expireSession(groupId, memberId) ?? false
  }

  /** For tests: as if the member had sent a heartbeat that changes nothing. */
  renewSession(groupId: string, memberId: string): void {
    this.#shards.get(this.shardOf(groupId))?.renewSession(groupId, memberId)
  }

  /** The metadata has changed. @param deleted topics that are gone for good: what was committed in them is dropped. */
  topicsChanged(deleted: readonly string[]): void {
    if (deleted.length === 0) return
    for (const shard of this.#shards.values()) shard.topicsDeleted(deleted)
  }

  /** Answers all that waits and sets no timer any more. The logs are the caller's to close. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#timer?.cancel.cancel()
    const shards = [...this.#shards.values()]
    const { clock } = this.#options
    const giveUp = clock.at(clock.monotonicMs() + STOP_TIMEOUT_MS, () => {
      for (const shard of shards) shard.giveUp()
    })
    await Promise.all(shards.map((shard) => shard.stop()))
    giveUp.cancel()
    await this.#options.stopEffects?.()
    this.#onLoaded()
  }

  /** Of shards that are loaded. */
  #coordinators(): ShardCoordinator[] {
    return [...this.#shards.values()].flatMap(({ coordinator }) => coordinator ?? [])
  }

  #arm(atMs: number): void {
    if (this.#stopped || atMs === Number.POSITIVE_INFINITY || this.#tickPending) return
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return
    this.#timer?.cancel.cancel()
    this.#timer = { atMs, cancel: this.#options.clock.at(atMs, () => this.#onTimer()) }
  }

  /**
   * A deadline is due. But if this process was held up, heartbeats that came in time may lie unread in the sockets: they are read
   * first, so that a pause of ours evicts nobody. It is done always, not only after a long pause: it costs a turn, and
   * whether there was a pause cannot be told from how late a timer is.
   */
  #onTimer(): void {
    this.#timer = undefined
    this.#tickPending = true
    const read = this.#options.beforeTick === undefined ? nextTurn() : this.#options.beforeTick()
    if (read === undefined) this.#tick()
    else void read.then(() => this.#tick())
  }

  #tick(): void {
    this.#tickPending = false
    if (this.#stopped) return
    const nowMs = this.#options.clock.monotonicMs()
    let nextMs = Number.POSITIVE_INFINITY
    for (const shard of this.#shards.values()) {
      if (shard.nextDeadlineMs <= nowMs) shard.tick()
      nextMs = Math.min(nextMs, shard.nextDeadlineMs)
    }
    this.#arm(nextMs)
  }
}

/** After all I/O that is ready now. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function bound(options: GroupRuntimeOptions): GroupRuntimeOptions {
  return {
    ...options,
    openShardLog: (shard) => options.openShardLog(shard),
    config: () => options.config(),
    topics: () => options.topics(),
    randomId: () => options.randomId(),
    onEvent: (event) => options.onEvent(event),
  }
}
