import type { TopicPartition } from '../../../assignor/index.ts'
import type { Clock } from '../../../platform/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { KafkaError, type KafkaErrorKind } from '../../kafka-error.ts'
import type { OffsetAndMetadata } from '../commit/commits.ts'
import type { PartitionState } from '../partition-state.ts'
import type { ResetStrategy } from '../reset-strategy.ts'
import { isBornAfterCommits, type Subscription } from '../subscription.ts'
import { EARLIEST, LATEST, type ListOffsetsConfig, listOffsetsOnce, type OffsetQuery } from './list-offsets.ts'
import { Pump } from './pump.ts'
import { type Validation, validatePositions } from './validate-positions.ts'

export interface PositionsConfig extends ListOffsetsConfig {
  readonly autoOffsetReset: ResetStrategy
}

export interface PositionsHost {
  /** Committed offsets of the group, by `topic-partition`; undefined where there is no group. */
  readonly committed:
    | ((partitions: readonly TopicPartition[], signal: AbortSignal) => Promise<ReadonlyMap<string, OffsetAndMetadata>>)
    | undefined
  /** Partitions may be fetched that could not, or have failed. */
  changed(): void
  /** The application has to know. */
  failed(error: KafkaError): void
}

const MAY_PASS: ReadonlySet<KafkaErrorKind> = new Set(['retriable', 'fenced', 'closed'])

export interface PositionsOptions {
  readonly cluster: Cluster
  readonly subscription: Subscription
  readonly config: PositionsConfig
  readonly host: PositionsHost
}

/**
 * Gives partitions their positions: the committed offset, else by `auto.offset.reset`; and has positions validated whose leader has changed. Event-driven, as the
 * fetcher. Of each kind one round is under way at a time over all partitions that need it, of a kind that leaders answer one a leader: one that does not answer holds
 * up its own partitions only.
 */
export class Positions {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #subscription: Subscription
  readonly #config: PositionsConfig
  readonly #host: PositionsHost
  readonly #pump: Pump
  /** Rounds under way. */
  readonly #busy = new Set<string>()

  constructor({ cluster, subscription, config, host }: PositionsOptions) {
    this.#cluster = cluster
    this.#clock = cluster.clock
    this.#subscription = subscription
    this.#config = config
    this.#host = host
    this.#pump = new Pump(cluster, () => this.#look())
  }

  /** Looks, at the end of this turn, which partitions need a position. Cheap. */
  wake(): void {
    this.#pump.wake()
  }

  /** The position of this fetch was outside of the log. */
  outOfRange(state: PartitionState, fetchOffset: bigint): void {
    const { autoOffsetReset } = this.#config
    if (autoOffsetReset.kind === 'none') {
      const range = `${state.logStartOffset} to ${state.highWatermark}`
      this.#fail(
        state,
        new KafkaError(
          'OFFSET_OUT_OF_RANGE',
          `offset ${fetchOffset} of ${state.name} is outside of the log (last seen: ${range}), and autoOffsetReset is none: seek() to go on`,
        ),
      )
      return
    }
    this.#cluster.logger.info(
      {
        topic: state.topic,
        partition: state.partition,
        offset: String(fetchOffset),
        autoOffsetReset: autoOffsetReset.kind,
      },
      'the position is outside of the log and is reset',
    )
    state.requestReset(autoOffsetReset)
    this.wake()
  }

  close(): void {
    this.#pump.close()
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    const initializing: PartitionState[] = []
    const due = { resetting: new Map<number, PartitionState[]>(), validating: new Map<number, PartitionState[]>() }
    for (const state of this.#subscription) {
      if (state.phase === 'fetching' || state.failure !== undefined || state.isRevoking) continue
      if (state.retryAtMs > nowMs) this.#pump.wakeAt(state.retryAtMs)
      else if (state.phase === 'initializing') initializing.push(state)
      else append(due[state.phase], state.leader.leaderId, state)
    }
    if (initializing.length > 0) this.#run('initializing', () => this.#initialize(initializing))
    for (const [leader, states] of due.resetting) this.#run(`resetting/${leader}`, () => this.#reset(states))
    for (const [leader, states] of due.validating) this.#run(`validating/${leader}`, () => this.#validate(states))
  }

  #run(round: string, work: () => Promise<void>): void {
    if (this.#busy.has(round)) return
    this.#busy.add(round)
    const done = (): void => {
      this.#busy.delete(round)
      if (this.#pump.isClosed) return
      this.#host.changed()
      this.wake()
    }
    work().then(done, (error) => {
      if (!this.#pump.isClosed) this.#host.failed(asKafkaError(error))
      done()
    })
  }

  async #initialize(states: readonly PartitionState[]): Promise<void> {
    const { committed } = this.#host
    const asked = states.map((state) => ({ state, seeks: state.seeks }))
    let found: ReadonlyMap<string, OffsetAndMetadata> = new Map()
    let born: ReadonlySet<PartitionState> = new Set()
    try {
      if (committed !== undefined) {
        found = await committed(states, this.#pump.signal)
        born = await this.#bornLater(states.filter((state) => !found.has(state.name)))
      }
    } catch (error) {
      this.#later(states)
      const kafkaError = asKafkaError(error)
      // A member that was put out joins again, and is given its partitions anew; what was asked before an unsubscribe() is asked again by who needs it.
      if (!MAY_PASS.has(kafkaError.kind)) throw kafkaError
      return
    }
    for (const { state, seeks } of asked) {
      if (!this.#isStill(state, seeks, 'initializing')) continue
      const offset = found.get(state.name)
      if (offset !== undefined) state.seek(offset.offset, offset.leaderEpoch)
      else this.#resetWithoutCommit(state, born.has(state))
    }
  }

  #resetWithoutCommit(state: PartitionState, isBornLater: boolean): void {
    const { autoOffsetReset } = this.#config
    if (autoOffsetReset.kind === 'none') {
      const message = `${state.name} has no committed offset, and autoOffsetReset is none: seek() to go on`
      return this.#fail(state, new KafkaError('NO_OFFSET_FOR_PARTITION', message))
    }
    if (isBornLater) {
      this.#cluster.logger.info(
        { topic: state.topic, partition: state.partition },
        'the partition is younger than the group: it is read from its beginning',
      )
    }
    state.requestReset(isBornLater ? { kind: 'earliest' } : autoOffsetReset)
  }

  /** Where `latest` would lose what was written before the group got to know a partition. */
  async #bornLater(states: readonly PartitionState[]): Promise<ReadonlySet<PartitionState>> {
    const born = new Set<PartitionState>()
    if (this.#config.autoOffsetReset.kind !== 'latest' || this.#subscription.mode !== 'subscribed') return born
    const open = states.filter((state) => state.partition > 0 && !state.isBornLater)
    for (const state of states) if (state.isBornLater) born.add(state)
    if (open.length === 0) return born
    const siblings: TopicPartition[] = []
    for (const topic of new Set(open.map((state) => state.topic))) {
      const partitions = this.#cluster.metadata.topics.get(topic)?.partitions ?? []
      for (const { partition } of partitions) siblings.push({ topic, partition })
    }
    const found = await this.#host.committed!(siblings, this.#pump.signal)
    const committed = new Map<string, Set<number>>()
    for (const { topic, partition } of siblings) {
      if (!committed.has(topic)) committed.set(topic, new Set())
      if (found.has(`${topic}-${partition}`)) committed.get(topic)!.add(partition)
    }
    for (const state of open) {
      const ofTopic = committed.get(state.topic)
      if (ofTopic !== undefined && isBornAfterCommits({ partition: state.partition, committed: ofTopic }))
        born.add(state)
    }
    return born
  }

  async #reset(states: readonly PartitionState[]): Promise<void> {
    const asked = states.map((state) => ({ state, seeks: state.seeks, query: this.#queryOf(state) }))
    const { offsets, failures } = await listOffsetsOnce(
      this.#cluster,
      this.#config,
      asked.map(({ query }) => query),
      this.#pump.signal,
    )
    let failure: KafkaError | undefined
    const atEnd: typeof asked = []
    for (const entry of asked) {
      const { state, seeks } = entry
      if (!this.#isStill(state, seeks, 'resetting')) continue
      const listed = offsets.get(state.name)
      if (listed === undefined) {
        const error = failures.get(state.name)
        if (error !== undefined && !error.isRetriable) failure ??= error
        this.#later([state])
      } else if (listed.offset >= 0n) state.seek(listed.offset)
      // No record is as young as the duration says: what comes is.
      else atEnd.push(entry)
    }
    for (const { state } of atEnd) state.requestReset({ kind: 'latest' })
    if (failures.size > 0) this.#pump.refresh('offsets could not be listed')
    if (failure !== undefined) throw failure
  }

  #queryOf({ topic, partition, reset }: PartitionState): OffsetQuery {
    if (reset.kind === 'by_duration') {
      return { topic, partition, timestamp: BigInt(Math.max(0, Math.trunc(this.#clock.wallMs() - reset.durationMs))) }
    }
    return { topic, partition, timestamp: reset.kind === 'earliest' ? EARLIEST : LATEST }
  }

  async #validate(states: readonly PartitionState[]): Promise<void> {
    const asked = states.map((state) => ({ state, seeks: state.seeks, leaderEpoch: state.leader.leaderEpoch }))
    const results = await validatePositions(this.#cluster, states, this.#pump.signal)
    for (const { state, seeks, leaderEpoch } of asked) {
      if (!this.#isStill(state, seeks, 'validating') || state.leader.leaderEpoch !== leaderEpoch) continue
      const result = results.get(state) ?? { kind: 'later', refresh: true }
      if (result.kind === 'valid') state.validated()
      else if (result.kind === 'truncated') this.#truncated(state, result)
      else {
        this.#later([state])
        if (result.refresh) this.#pump.refresh('positions could not be validated')
      }
    }
  }

  #truncated(state: PartitionState, { divergentOffset }: Extract<Validation, { kind: 'truncated' }>): void {
    const { autoOffsetReset } = this.#config
    const { offset, offsetEpoch } = state.position!
    const what = `the log of ${state.name} was truncated below the position ${offset} (leader epoch ${offsetEpoch})`
    if (autoOffsetReset.kind === 'none') {
      const where = divergentOffset === undefined ? '' : `; it differs from offset ${divergentOffset} on`
      return this.#fail(
        state,
        new KafkaError('OFFSET_OUT_OF_RANGE', `${what}${where}, and autoOffsetReset is none: seek() to go on`),
      )
    }
    this.#cluster.logger.warn(
      { topic: state.topic, partition: state.partition, divergentOffset: String(divergentOffset) },
      what,
    )
    if (divergentOffset === undefined) state.requestReset(autoOffsetReset)
    else state.seek(divergentOffset)
  }

  /** Whether the question still stands. */
  #isStill(state: PartitionState, seeks: number, phase: PartitionState['phase']): boolean {
    return this.#subscription.has(state) && state.seeks === seeks && state.phase === phase
  }

  #fail(state: PartitionState, error: KafkaError): void {
    state.failure = error
    if (state.phase === 'fetching' || state.phase === 'validating') {
      // Nothing more is fetched, and what is here is not handed out.
      state.phase = 'initializing'
      state.version++
    }
    this.#host.changed()
  }

  #later(states: readonly PartitionState[]): void {
    const atMs = this.#clock.monotonicMs() + this.#config.retryBackoffMs
    for (const state of states) if (state.retryAtMs < atMs) state.retryAtMs = atMs
  }
}

function append(lists: Map<number, PartitionState[]>, key: number, state: PartitionState): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [state])
  else list.push(state)
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('UNKNOWN_SERVER_ERROR', 'the position of a partition could not be found', {
    cause: error,
    kind: 'bug',
  })
}
