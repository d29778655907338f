import type { TopicPartition } from '../../assignor/index.ts'
import { describeGroups } from '../admin/groups.ts'
import type { Cluster, TopicWatch, Unsubscribe } from '../cluster/cluster.ts'
import type { MetadataImage } from '../cluster/metadata-image.ts'
import { checkOptions, checkPartition, checkPartitions, invalidArgument, shown } from '../config/call-options.ts'
import { KafkaError, kindOf } from '../kafka-error.ts'
import { loadChecksums } from '../load-checksums.ts'
import type { CommitCallOptions, Commits, OffsetAndMetadata, OffsetToCommit } from './commit/commits.ts'
import { createCommits } from './commit/create-commits.ts'
import { callChecks, checkListener, checkOffsets } from './consumer-calls.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { type ConsumerStats, consumerStats } from './consumer-stats.ts'
import { type ConsumerReport, type Explanation, explain, type Health, healthOf } from './explain.ts'
import { ConsumerRecord, type RecordSerdes } from './fetch/consumer-record.ts'
import { FetchQueue } from './fetch/fetch-queue.ts'
import { Fetcher } from './fetch/fetcher.ts'
import { EARLIEST, LATEST, type ListedOffset, type ListOptions, listOffsets } from './fetch/list-offsets.ts'
import { Positions } from './fetch/positions.ts'
import { GroupHost, type ListenerContext, processedOffsets, type RebalanceListener } from './group-host.ts'
import { BatchIterator } from './iterate/batches.ts'
import { Delivery } from './iterate/delivery.ts'
import { PartitionStreams } from './iterate/partition-streams.ts'
import { Poller, type PollOptions } from './iterate/poll.ts'
import { type IterateOptions, RecordIterator } from './iterate/record-iterator.ts'
import { Runner, type RunOptions } from './iterate/run.ts'
import { createMembership } from './membership/create-membership.ts'
import type { GroupMetadata, LeaveOptions, Membership } from './membership/membership.ts'
import { fail, type RawProducer } from './on-error.ts'
import { OwnConnections } from './own-connections.ts'
import type { PartitionState } from './partition-state.ts'
import { ProgressWatch } from './progress-watch.ts'
import { matches, type RemotePattern, Subscription, type TopicsInput } from './subscription.ts'

export interface ConsumerOptions<K, V> {
  readonly cluster: Cluster
  readonly settings: ConsumerSettings
  readonly serdes: RecordSerdes<K, V>
  /** For dead letters; asked for when the first one is sent. */
  readonly producer: () => RawProducer
  readonly onClosed?: () => void
}

export interface CloseOptions extends LeaveOptions {
  /** Longest wait for handlers, commits and the coordinator; default 30 000. */
  readonly timeoutMs?: number
}

export interface ExplainOptions extends ListOptions {
  /** Whether the coordinator is asked who has what. */
  readonly askGroup: boolean
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint
}

/** At a timestamp: undefined where no record is as young. */
export interface PartitionOffsetForTime extends TopicPartition {
  readonly found: Pick<ListedOffset, 'offset' | 'timestamp' | 'leaderEpoch'> | undefined
}

let nextName = 1

const CLOSE_TIMEOUT_MS = 30_000
/** What Node's timers can wait for: 25 days. */
const TIMER_MS_MAX = 2 ** 31 - 1
const POLL_TIMEOUT_MS = 1000
/** Who asks why nothing happens does not want to wait long for it. */
const ASK_GROUP_TIMEOUT_MS = 10_000

/**
 * Reads records, alone (`assign`) or as a member of a group (`subscribe`). Made by `kafka.consumer()`.
 *
 * Records are handed out in one of five ways, one at a time: `records()`, `batches()`, `partitions()`, `run()`, `poll()`. A record counts as processed when the
 * application asks for the next one, or its handler is done; what is not processed is never committed by the consumer itself.
 */
export class Consumer<K = Buffer | null, V = Buffer | null> implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #settings: ConsumerSettings
  readonly #subscription = new Subscription()
  readonly #queue: FetchQueue<K, V>
  readonly #delivery: Delivery<K, V>
  readonly #fetcher: Fetcher<K, V>
  readonly #positions: Positions
  readonly #host: GroupHost
  readonly #progress: ProgressWatch
  readonly #onClosed: () => void
  readonly #ignoreMetadata: Unsubscribe
  readonly #commitCounts = { commits: 0, failedCommits: 0 }
  #listener: RebalanceListener | undefined
  #membership: Membership | undefined
  #commits: Commits | undefined
  #watch: TopicWatch | undefined
  #poller: Poller<K, V> | undefined
  #closing: Promise<void> | undefined
  #isClosed = false
  #closeTimeoutMs = CLOSE_TIMEOUT_MS

  /** @internal Use `kafka.consumer()`. */
  constructor({ cluster: shared, settings, serdes, producer, onClosed = () => {} }: ConsumerOptions<K, V>) {
    const cluster = new OwnConnections(shared, String(nextName++))
    this.#cluster = cluster
    this.#settings = settings
    this.#onClosed = onClosed
    const subscription = this.#subscription
    this.#queue = new FetchQueue(serdes, {
      readable: () => this.#delivery.notify(),
      drained: () => this.#fetcher.wake(),
    })
    this.#delivery = new Delivery({
      clock: cluster.clock,
      subscription,
      queue: this.#queue,
      host: {
        polled: () => this.#membership?.polled(),
        waiting: (isWaiting) => this.#membership?.waiting(isWaiting),
        producer,
        clientId: cluster.clientId,
        groupId: settings.groupId,
        maxPollIntervalMs: settings.maxPollIntervalMs,
      },
    })
    const failed = (error: KafkaError): void => this.#delivery.failOnce(error)
    const committed: Commits['committed'] = (partitions, options) => this.#groupCommits().committed(partitions, options)
    this.#positions = new Positions({
      cluster,
      subscription,
      config: settings,
      host: {
        committed:
          settings.groupId === undefined ? undefined : (partitions, signal) => committed(partitions, { signal }),
        changed: () => {
          this.#fetcher.wake()
          this.#delivery.notify()
        },
        failed,
      },
    })
    this.#fetcher = new Fetcher({
      cluster,
      subscription,
      queue: this.#queue,
      config: settings,
      host: {
        outOfRange: (state, offset) => this.#positions.outOfRange(state, offset),
        fetching: () => this.#membership?.mayBlock(),
        failed,
      },
    })
    this.#host = new GroupHost({
      cluster,
      subscription,
      delivery: this.#delivery,
      commits: () => this.#groupCommits(),
      commit: this.#commitOffsets,
      groupId: settings.groupId,
      maxPollIntervalMs: settings.maxPollIntervalMs,
      listener: () => this.#listener,
      tools: this.#listenerTools(),
      mayBlock: () => this.#membership?.mayBlock(),
      assignmentChanged: () => this.#assignmentChanged(),
      quietMs: () => (this.#closing === undefined ? settings.maxPollIntervalMs : this.#closeTimeoutMs),
    })
    this.#progress = new ProgressWatch({
      clock: cluster.clock,
      logger: cluster.logger,
      report: () => this.#report(),
    })
    this.#ignoreMetadata = cluster.onMetadata((image) => this.#metadataChanged(image))
  }

  /**
   * What the group shall give to its members: topics by name, by pattern, or both; `{ re2 }` is matched by the broker (KIP-848). Takes the place of the
   * subscription before. The group is joined when records are asked for.
   */
  subscribe(topics: TopicsInput | RemotePattern, listener?: RebalanceListener): void {
    this.#requireOpen()
    if (this.#settings.groupId === undefined) {
      throw new KafkaError('INVALID_CONFIG', 'subscribe() needs a groupId; without a group there is assign()')
    }
    checkListener(listener)
    this.#subscription.subscribe(topics)
    this.#listener = listener
    this.#membership?.subscriptionChanged()
  }

  /** Partitions to read without a group deciding it, in place of those before. With a `groupId`, offsets are committed for it all the same. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#requireOpen()
    checkPartitions('assign()', partitions)
    const processed = processedOffsets(this.#delivery, this.#subscription)
    const { removed } = this.#subscription.assign(partitions)
    if (this.#settings.groupId !== undefined) {
      const names = new Set(removed.map(({ name }) => name))
      this.#groupCommits().autoCommitLast(
        processed.filter(({ topic, partition }) => names.has(`${topic}-${partition}`)),
      )
    }
    for (const state of removed) this.#delivery.forget(state)
    this.#subscription.metadataChanged(this.#cluster.metadata)
    if (this.#settings.groupId !== undefined) this.#groupCommits().startAutoCommit()
    this.#assignmentChanged()
  }

  /** Gives everything up, commits what is processed, and leaves the group. As `close()`, it waits for handlers of `run`, and not for the body of a loop. */
  async unsubscribe(options: LeaveOptions = {}): Promise<void> {
    checkOptions('unsubscribe()', options, callChecks.leave)
    if (this.#poller?.isPolling === false) this.#poller.ended()
    this.#delivery.isLeaving = true
    try {
      await this.#leave('the consumer unsubscribes', options)
    } finally {
      this.#delivery.isLeaving = false
    }
    for (const state of this.#subscription.unsubscribe()) this.#delivery.forget(state)
    this.#listener = undefined
    this.#delivery.recover()
    this.#assignmentChanged()
  }

  /** The partitions that it has now. */
  assignment(): TopicPartition[] {
    return this.#subscription.partitions()
  }

  /** The named topics and patterns of the subscription. */
  subscription(): { readonly topics: readonly string[]; readonly patterns: readonly RegExp[] } {
    const { topics, patterns } = this.#subscription
    return { topics, patterns }
  }

  /**
   * One record after the other. A record counts as processed when the loop asks for the next one; `break` and a throw leave it unprocessed.
   * @throws KafkaError INVALID_STATE while another way is in use. The iteration rejects with a KafkaError, or the signal's reason; it ends at `close()`.
   */
  records(options: IterateOptions = {}): AsyncIterableIterator<ConsumerRecord<K, V>> & AsyncDisposable {
    checkOptions('records()', options, callChecks.iterate)
    const { signal, onError = fail() } = options
    this.#begin()
    return new RecordIterator(this.#delivery, onError, signal)
  }

  /** As `records()`, a batch at a time: those that were produced together. For throughput. */
  batches(options: IterateOptions = {}): BatchIterator<K, V> {
    checkOptions('batches()', options, callChecks.iterate)
    const { signal, onError = fail() } = options
    this.#begin()
    return new BatchIterator(this.#delivery, onError, signal, this.#commitOffsets)
  }

  /** A stream for each partition that is assigned, now and later; it ends when the partition is revoked. Streams are read side by side. */
  partitions(options: IterateOptions = {}): PartitionStreams<K, V> {
    checkOptions('partitions()', options, callChecks.iterate)
    const { signal, onError = fail() } = options
    this.#begin()
    return new PartitionStreams({ delivery: this.#delivery, policy: onError, signal, commit: this.#commitOffsets })
  }

  /** Calls a handler for each record, several at once where `concurrency` says so. Resolves at `close()`, rejects with what `onError` gives up with, or the signal's reason. */
  async run(options: RunOptions<K, V>): Promise<void> {
    checkOptions('run()', options, callChecks.run)
    if (options.handler === undefined) throw invalidArgument('run() needs a handler: run({ handler: (record) => … })')
    this.#begin()
    await new Runner(this.#delivery, options.onError ?? fail(), options).run()
  }

  /** Java's way: up to `maxPollRecords` records, none after `timeoutMs`. What one call gave counts as processed at the next one. */
  async poll(options: PollOptions = {}): Promise<ConsumerRecord<K, V>[]> {
    checkOptions('poll()', options, callChecks.poll)
    const {
      timeoutMs = POLL_TIMEOUT_MS,
      maxPollRecords = this.#settings.maxPollRecords,
      signal,
      onError = fail(),
    } = options
    this.#begin(this.#poller)
    if (this.#poller?.isPolling === true) throw new KafkaError('INVALID_STATE', 'poll() while another poll() waits')
    this.#poller ??= new Poller(this.#delivery)
    const poller = this.#poller
    return poller.poll({ timeoutMs, max: maxPollRecords, policy: onError, signal })
  }

  /**
   * Commits what is processed; or these offsets: of the next record to process, as in Java. Given a record: the offset behind it.
   * @throws KafkaError `fenced` where the group has moved on; the signal's reason
   */
  async commit(
    what?: readonly OffsetToCommit[] | ConsumerRecord<K, V>,
    options: CommitCallOptions = {},
  ): Promise<void> {
    checkOptions('commit()', options, callChecks.call)
    const commits = this.#groupCommits()
    if (what === undefined) {
      this.#poller?.processed()
      return commits.commit(processedOffsets(this.#delivery, this.#subscription), options)
    }
    if (!(what instanceof ConsumerRecord)) return this.#commitOffsets(what, options)
    const { topic, partition, offset, leaderEpoch } = what
    return this.#commitOffsets([{ topic, partition, offset: offset + 1n, leaderEpoch }], options)
  }

  /** What the group has committed, by `topic-partition`; partitions without a commit are not there. */
  async committed(
    partitions: readonly TopicPartition[] = this.assignment(),
    options: CommitCallOptions = {},
  ): Promise<ReadonlyMap<string, OffsetAndMetadata>> {
    checkPartitions('committed()', partitions)
    checkOptions('committed()', options, callChecks.call)
    return this.#groupCommits().committed(partitions, options)
  }

  /** The offset of the next record to hand out. Waits where it is not known yet. @throws KafkaError; the signal's reason */
  async position(partition: TopicPartition, options: ListOptions = {}): Promise<bigint> {
    checkPartition('position()', partition)
    checkOptions('position()', options, callChecks.call)
    if (this.#isClosed) throw new KafkaError('CLOSED', 'the consumer is closed')
    const { signal, timeoutMs } = options
    const deadlineMs = this.#cluster.clock.monotonicMs() + (timeoutMs ?? this.#settings.defaultApiTimeoutMs)
    for (;;) {
      const state = this.#subscription.require(partition)
      if (state.failure !== undefined) throw state.failure
      if (state.position !== undefined) return state.position.offset
      if (state.retryAtMs === Number.POSITIVE_INFINITY) state.retryAtMs = 0
      this.#positions.wake()
      const leftMs = deadlineMs - this.#cluster.clock.monotonicMs()
      if (leftMs <= 0) throw new KafkaError('TIMEOUT', `the position of ${state.name} is not known in the time allowed`)
      await this.#delivery.changed({ signal, timeoutMs: leftMs })
    }
  }

  /** The next record to hand out is this one. What is committed is the position from now on. */
  seek(to: TopicPartition & { readonly offset: bigint; readonly leaderEpoch?: number }): void {
    checkOffsets('seek()', [to])
    this.#subscription.require(to).seek(to.offset, to.leaderEpoch)
    this.#moved()
  }

  /** To the first record of these partitions, or of all. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('seekToBeginning()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).requestReset({ kind: 'earliest' })
    this.#moved()
  }

  /** Behind the last record of these partitions, or of all. */
  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('seekToEnd()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).requestReset({ kind: 'latest' })
    this.#moved()
  }

  /** Hands out nothing of these partitions until `resume`. They stay assigned; others go on. */
  pause(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('pause()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).pause()
  }

  resume(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('resume()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).resume()
    this.#moved()
  }

  paused(): TopicPartition[] {
    return [...this.#subscription].filter((state) => state.paused).map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Of each partition the first record that is not older than its timestamp (ms). */
  async offsetsForTimes(
    times: readonly (TopicPartition & { readonly timestamp: number })[],
    options: ListOptions = {},
  ): Promise<PartitionOffsetForTime[]> {
    checkPartitions('offsetsForTimes()', times)
    checkOptions('offsetsForTimes()', options, callChecks.call)
    const queries = times.map(({ topic, partition, timestamp }) => {
      if (!Number.isSafeInteger(timestamp) || timestamp < 0)
        throw invalidArgument(`a timestamp is a whole number of milliseconds since 1970, not ${shown(timestamp)}`)
      return { topic, partition, timestamp: BigInt(timestamp) }
    })
    const rounds = onceEach(queries)
    const listed = await Promise.all(rounds.map((round) => this.#list(round, options)))
    return queries.map((query) => {
      const { topic, partition } = query
      const found = listed[rounds.findIndex((round) => round.includes(query))]!.get(`${topic}-${partition}`)
      return { topic, partition, found: found === undefined || found.offset < 0n ? undefined : found }
    })
  }

  /** Offsets of the first records. */
  beginningOffsets(partitions: readonly TopicPartition[], options: ListOptions = {}): Promise<PartitionOffset[]> {
    return this.#ends('beginningOffsets()', partitions, EARLIEST, options)
  }

  /** Offsets behind the last records; with `read_committed` the last stable offset. */
  endOffsets(partitions: readonly TopicPartition[], options: ListOptions = {}): Promise<PartitionOffset[]> {
    return this.#ends('endOffsets()', partitions, LATEST, options)
  }

  /** Records behind the end, as of the last fetch; undefined before it. */
  currentLag(partition: TopicPartition): bigint | undefined {
    const state = this.#subscription.require(partition)
    const end = this.#endOf(state)
    return end < 0n || state.position === undefined ? undefined : end - state.position.offset
  }

  /** For `producer.sendOffsets`: who this consumer is in its group, as of now. */
  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId = null } = this.#settings
    if (groupId === undefined) throw new KafkaError('INVALID_CONFIG', 'groupMetadata() needs a groupId')
    return (
      this.#membership?.groupMetadata() ?? {
        groupId,
        memberId: '',
        generationId: -1,
        groupInstanceId: groupInstanceId ?? null,
      }
    )
  }

  /** Classic groups: asks for a rebalance, with the reason for the broker's log. */
  enforceRebalance(reason?: string): void {
    this.#membership?.enforceRebalance(reason)
  }

  /** A snapshot, for metrics: counts since the consumer was made, and where it is in each partition. Cheap. */
  stats(): ConsumerStats {
    const { clientId } = this.#cluster
    const { groupId, maxBufferedBytes } = this.#settings
    const { rebalances } = this.#host
    const counts = { ...this.#fetcher.counts(), ...this.#commitCounts }
    return consumerStats(this.#report(), { clientId, groupId, maxBufferedBytes, rebalances, ...counts })
  }

  /**
   * Why no records arrive, or that they do: sentences, and the facts behind them. With `askGroup` the coordinator is asked as well, which knows
   * whose partitions this member waits for; what it refuses becomes a sentence.
   * @throws the signal's reason
   */
  explain(): Explanation
  explain(options: ExplainOptions): Promise<Explanation>
  explain(options?: ExplainOptions): Explanation | Promise<Explanation> {
    return options === undefined ? explain(this.#progress.report()) : this.#explainGroup(options)
  }

  /** For a health check: tied to progress, not to being alive. */
  health(): Health {
    return healthOf(this.#progress.report())
  }

  /**
   * Stops handing out, commits what is processed, leaves the group. Iterations end, `run` resolves. What the last `poll()` gave counts as processed, as in Java:
   * close when it is. Again: the same promise.
   */
  close(options: CloseOptions = {}): Promise<void> {
    try {
      checkOptions('close()', options, callChecks.close)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close({ timeoutMs = CLOSE_TIMEOUT_MS, ...leave }: CloseOptions): Promise<void> {
    this.#closeTimeoutMs = timeoutMs
    // `#closing` is set when this returns to the caller of `close`: what follows sees it.
    await Promise.resolve()
    // As in Java, where who closes is who polls.
    if (this.#poller?.isPolling === false) this.#poller.ended()
    this.#delivery.close()
    const signal = AbortSignal.any([
      AbortSignal.timeout(Math.min(timeoutMs, TIMER_MS_MAX)),
      ...(leave.signal === undefined ? [] : [leave.signal]),
    ])
    if (this.#membership === undefined) {
      await this.#delivery.quiet([...this.#subscription], timeoutMs)
      if (this.#settings.groupId !== undefined) await this.#commits?.autoCommitNow(undefined, { signal })
    } else await this.#leave('the consumer is being closed', { ...leave, signal })
    this.#ignoreMetadata()
    this.#progress.stop()
    this.#fetcher.close()
    this.#positions.close()
    this.#commits?.close()
    this.#watch?.release()
    for (const state of this.#subscription.unsubscribe()) this.#delivery.forget(state)
    this.#poller?.leave()
    this.#queue.clear()
    this.#isClosed = true
    await this.#cluster.close()
    this.#onClosed()
  }

  async #explainGroup(options: ExplainOptions): Promise<Explanation> {
    checkOptions('explain()', options, callChecks.explain)
    const { groupId, requestTimeoutMs, retryBackoffMs, retryBackoffMaxMs } = this.#settings
    const { askGroup, signal, timeoutMs = ASK_GROUP_TIMEOUT_MS } = options
    if (!askGroup || groupId === undefined || this.#isClosed) return this.explain()
    const backoff = { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs }
    const context = { cluster: this.#cluster, backoff, requestTimeoutMs, defaultApiTimeoutMs: timeoutMs }
    const found = await describeGroups(context, [groupId], { signal, timeoutMs, partial: true })
    const group = found.get(groupId) ?? found.failures.get(groupId)
    return explain({ ...this.#progress.report(), group })
  }

  async #leave(reason: string, options: LeaveOptions): Promise<void> {
    const membership = this.#membership
    if (membership === undefined) await this.#commits?.autoCommitNow(undefined, options)
    else await membership.leave(reason, options)
    this.#membership = undefined
    this.#commits?.close()
    this.#commits = undefined
  }

  /** Before records are asked for. */
  #begin(again?: Poller<K, V>): void {
    this.#requireOpen()
    const { mode } = this.#subscription
    if (mode === 'none')
      throw new KafkaError('INVALID_STATE', 'nothing is subscribed or assigned: call subscribe() or assign() first')
    if (this.#poller !== undefined && again === undefined && !this.#poller.isPolling) {
      // Another way after poll(): what the last poll gave is processed, as another poll would say.
      this.#poller.processed()
      this.#poller.leave()
      this.#poller = undefined
    }
    if (this.#delivery.fatal !== undefined) throw this.#delivery.fatal
    if (mode === 'subscribed' && this.#membership === undefined) this.#join()
    loadChecksums()
    this.#progress.start()
    this.#assignmentChanged()
  }

  #join(): void {
    const { groupId, ...settings } = this.#settings
    const membership = createMembership({
      cluster: this.#cluster,
      config: {
        ...settings,
        groupId: groupId!,
        groupInstanceId: settings.groupInstanceId ?? null,
        groupRemoteAssignor: settings.groupRemoteAssignor ?? null,
      },
      host: this.#host,
      requestTimeoutMs: settings.requestTimeoutMs,
      allowAutoCreateTopics: settings.allowAutoCreateTopics,
    })
    this.#commits?.close()
    this.#commits = undefined
    this.#membership = membership
    membership.start()
  }

  /** What the application commits itself is processed, whatever it still holds: auto-commit does not go back behind it. */
  readonly #commitOffsets = async (
    offsets: readonly OffsetToCommit[],
    options: CommitCallOptions = {},
  ): Promise<void> => {
    checkOffsets('commit()', offsets)
    checkOptions('commit()', options, callChecks.call)
    const states = offsets.map((offset) => {
      const state = this.#subscription.get(offset.topic, offset.partition)
      return { state, seeks: state?.seeks, offset }
    })
    await this.#groupCommits().commit(offsets, options)
    for (const { state, seeks, offset } of states) {
      if (state !== undefined && state.seeks === seeks) state.committedHere = { leaderEpoch: -1, ...offset }
    }
  }

  #groupCommits(): Commits {
    const { groupId } = this.#settings
    if (groupId === undefined) throw new KafkaError('INVALID_CONFIG', 'commits need a groupId')
    if (this.#isClosed) throw new KafkaError('CLOSED', 'the consumer is closed')
    if (this.#commits === undefined) {
      const host = {
        processed: () => processedOffsets(this.#delivery, this.#subscription),
        committed: (error: unknown) => {
          this.#commitCounts[error === undefined ? 'commits' : 'failedCommits']++
        },
      }
      this.#commits = createCommits(this.#cluster, { ...this.#settings, groupId }, this.#membership, host)
    }
    return this.#commits
  }

  /** Partitions came or went: their topics are watched, their positions found, and they are fetched. */
  #assignmentChanged(): void {
    const topics = this.#subscription.assignedTopics()
    if (topics.length === 0) {
      this.#watch?.release()
      this.#watch = undefined
    } else if (this.#watch === undefined) {
      this.#watch = this.#cluster.watchTopics(topics)
      this.#watch.ready().catch((error) => {
        if (error instanceof KafkaError && error.kind !== 'closed') this.#delivery.failOnce(error)
      })
    } else this.#watch.set(topics)
    this.#fetcher.prepare()
    this.#moved()
  }

  #metadataChanged(image: MetadataImage): void {
    this.#subscription.metadataChanged(image)
    for (const topic of this.#subscription.assignedTopics()) {
      const error = image.errors.get(topic)
      if (error !== undefined && kindOf(error) === 'unauthorized')
        this.#delivery.failOnce(new KafkaError(error, `topic ${topic}: ${error}`))
    }
    this.#moved()
  }

  #moved(): void {
    this.#positions.wake()
    this.#fetcher.wake()
    this.#delivery.notify()
  }

  #listenerTools(): Omit<ListenerContext, 'commit' | 'reason'> {
    return {
      seek: (to) => this.seek(to),
      seekToBeginning: (partitions) => this.seekToBeginning(partitions),
      seekToEnd: (partitions) => this.seekToEnd(partitions),
      pause: (partitions) => this.pause(partitions),
      resume: (partitions) => this.resume(partitions),
      position: (partition, options) => this.position(partition, options),
    }
  }

  #list(
    queries: Parameters<typeof listOffsets>[2],
    { signal, timeoutMs }: ListOptions,
  ): ReturnType<typeof listOffsets> {
    if (this.#isClosed) return Promise.reject(new KafkaError('CLOSED', 'the consumer is closed'))
    const options = { signal, timeoutMs: timeoutMs ?? this.#settings.defaultApiTimeoutMs }
    return listOffsets(this.#cluster, this.#settings, queries, options)
  }

  async #ends(
    call: string,
    partitions: readonly TopicPartition[],
    timestamp: bigint,
    options: ListOptions,
  ): Promise<PartitionOffset[]> {
    checkPartitions(call, partitions)
    checkOptions(call, options, callChecks.call)
    const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }))
    const listed = await this.#list(onceEach(queries)[0] ?? [], options)
    return partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: listed.get(`${topic}-${partition}`)!.offset,
    }))
  }

  #endOf(state: PartitionState): bigint {
    return this.#settings.isolationLevel === 'read_committed' ? state.lastStableOffset : state.highWatermark
  }

  #report(): ConsumerReport {
    const nowMs = this.#cluster.clock.monotonicMs()
    const delivery = this.#delivery
    return {
      nowMs,
      mode: this.#subscription.mode,
      topics: this.#subscription.topics,
      ...this.#topicTroubles(),
      refused: delivery.refused,
      isClosed: delivery.isClosed,
      failure: delivery.fatal,
      membership: this.#membership?.describe(),
      face: delivery.face?.name,
      isWaiting: delivery.isWaiting,
      lastAskedMs: delivery.lastAskedMs,
      busySinceMs: delivery.face?.busySinceMs?.(),
      maxPollIntervalMs: this.#settings.maxPollIntervalMs,
      fetcher: this.#fetcher.report(),
      commits: this.#commits?.describe(),
      partitions: Array.from(this.#subscription, (state) => ({
        topic: state.topic,
        partition: state.partition,
        phase: state.phase,
        paused: state.paused,
        isRevoking: state.isRevoking,
        failure: state.failure,
        position: state.position?.offset,
        end: this.#endOf(state),
        highWatermark: state.highWatermark,
        hasLeader: state.leader.leaderId >= 0,
        unreadBytes: this.#queue.buffer(state).unreadBytes,
        inHand: delivery.face?.firstInHand(state)?.offset,
      })),
    }
  }

  #topicTroubles(): Pick<ConsumerReport, 'missingTopics' | 'unauthorizedTopics' | 'unmatchedPatterns'> {
    const { topics, patterns, size } = this.#subscription
    const { errors, topics: known, version } = this.#cluster.metadata
    const troubled = topics.filter((topic) => errors.has(topic))
    const isUnauthorized = (topic: string): boolean => kindOf(errors.get(topic)!) === 'unauthorized'
    const wanted = size === 0 && version > 0 ? patterns : []
    const names = wanted.length === 0 ? [] : [...known.keys()]
    return {
      missingTopics: troubled.filter((topic) => !isUnauthorized(topic)),
      unauthorizedTopics: troubled.filter(isUnauthorized),
      unmatchedPatterns: wanted.filter((pattern) => !names.some((name) => matches(pattern, name))).map(String),
    }
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new KafkaError('CLOSED', 'the consumer is closed')
  }
}

/** A request may name a partition once. */
function onceEach<T extends TopicPartition>(queries: readonly T[]): T[][] {
  const rounds: T[][] = []
  const seen = new Map<string, number>()
  for (const query of queries) {
    const name = `${query.topic}-${query.partition}`
    const round = seen.get(name) ?? 0
    seen.set(name, round + 1)
    rounds[round] ??= []
    rounds[round].push(query)
  }
  return rounds
}
