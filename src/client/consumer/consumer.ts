import type { TopicPartition } from '../../assignor/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { checkOptions, checkPartition, checkPartitions, invalidArgument } from '../config/call-options.ts'
import { KafkaError } from '../kafka-error.ts'
import { askGroup, type ExplainOptions } from './ask-group.ts'
import type { CommitCallOptions, OffsetAndMetadata, OffsetToCommit } from './commit/commits.ts'
import { type CloseOptions, callChecks, checkListener, checkOffsets } from './consumer-calls.ts'
import { consumerReport, endOf } from './consumer-report.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { type ConsumerStats, consumerStats } from './consumer-stats.ts'
import { explain, healthOf } from './explain.ts'
import type { ConsumerReport, Explanation, Health } from './explanation.ts'
import { ConsumerRecord, type RecordSerdes } from './fetch/consumer-record.ts'
import { EARLIEST, LATEST, type ListOptions, listOffsets } from './fetch/list-offsets.ts'
import { GroupHost, type ListenerContext, processedOffsets, type RebalanceListener } from './group-host.ts'
import { GroupSession } from './group-session.ts'
import { BatchIterator } from './iterate/batches.ts'
import type { Delivery } from './iterate/delivery.ts'
import { PartitionStreams } from './iterate/partition-streams.ts'
import { Poller, type PollOptions } from './iterate/poll.ts'
import { type IterateOptions, RecordIterator } from './iterate/record-iterator.ts'
import { Runner, type RunOptions } from './iterate/run.ts'
import type { GroupMetadata, LeaveOptions } from './membership/membership.ts'
import { offsetsAt, offsetsOfEnd, type PartitionOffset, type PartitionOffsetForTime } from './offset-queries.ts'
import { fail, type RawProducer } from './on-error.ts'
import { OwnConnections } from './own-connections.ts'
import { ProgressWatch } from './progress-watch.ts'
import { Reading } from './reading.ts'
import { type RemotePattern, Subscription, type TopicsInput } from './subscription.ts'

export interface ConsumerOptions<K, V> {
  readonly cluster: Cluster
  readonly settings: ConsumerSettings
  readonly serdes: RecordSerdes<K, V>
  /** For dead letters; asked for when the first one is sent. */
  readonly producer: () => RawProducer
  readonly onClosed?: () => void
}

let nextName = 1

const CLOSE_TIMEOUT_MS = 30_000
/** What Node's timers can wait for: 25 days. */
const TIMER_MS_MAX = 2 ** 31 - 1
const POLL_TIMEOUT_MS = 1000
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
  readonly #reading: Reading<K, V>
  readonly #delivery: Delivery<K, V>
  readonly #group: GroupSession
  readonly #host: GroupHost
  readonly #progress: ProgressWatch
  readonly #onClosed: () => void
  #listener: RebalanceListener | undefined
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
    this.#reading = new Reading({
      cluster,
      settings,
      subscription,
      serdes,
      producer,
      membership: () => this.#group.membership,
      commits: () => this.#group.commits(),
    })
    this.#delivery = this.#reading.delivery
    this.#group = new GroupSession({
      cluster,
      settings,
      subscription,
      delivery: this.#delivery,
      isClosed: () => this.#isClosed,
    })
    this.#host = new GroupHost({
      cluster,
      subscription,
      delivery: this.#delivery,
      commits: () => this.#group.commits(),
      commit: this.#group.commitOffsets,
      groupId: settings.groupId,
      maxPollIntervalMs: settings.maxPollIntervalMs,
      listener: () => this.#listener,
      tools: this.#listenerTools(),
      mayBlock: () => this.#group.membership?.mayBlock(),
      assignmentChanged: () => this.#reading.assignmentChanged(),
      quietMs: () => (this.#closing === undefined ? settings.maxPollIntervalMs : this.#closeTimeoutMs),
    })
    this.#progress = new ProgressWatch({
      clock: cluster.clock,
      logger: cluster.logger,
      report: () => this.#report(),
    })
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
    // Java's refuses it too: nobody would match it.
    const re2: unknown = (topics as Partial<RemotePattern> | null)?.re2
    if (this.#settings.groupProtocol === 'classic' && typeof re2 === 'string')
      throw new KafkaError(
        'INVALID_CONFIG',
        "subscribe({ re2 }) needs groupProtocol 'consumer' or 'auto': the broker matches it",
      )
    this.#subscription.subscribe(topics)
    this.#listener = listener
    this.#group.membership?.subscriptionChanged()
  }

  /** Partitions to read without a group deciding it, in place of those before. With a `groupId`, offsets are committed for it all the same. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#requireOpen()
    checkPartitions('assign()', partitions)
    const processed = processedOffsets(this.#delivery, this.#subscription)
    const { removed } = this.#subscription.assign(partitions)
    if (this.#settings.groupId !== undefined) {
      const names = new Set(removed.map(({ name }) => name))
      this.#group
        .commits()
        .autoCommitLast(processed.filter(({ topic, partition }) => names.has(`${topic}-${partition}`)))
    }
    for (const state of removed) this.#delivery.forget(state)
    this.#subscription.metadataChanged(this.#cluster.metadata)
    if (this.#settings.groupId !== undefined) this.#group.commits().startAutoCommit()
    this.#reading.assignmentChanged()
  }

  /** Gives everything up, commits what is processed, and leaves the group. As `close()`, it waits for handlers of `run`, and not for the body of a loop. */
  async unsubscribe(options: LeaveOptions = {}): Promise<void> {
    checkOptions('unsubscribe()', options, callChecks.leave)
    if (this.#poller?.isPolling === false) this.#poller.ended()
    this.#delivery.isLeaving = true
    try {
      await this.#group.leave('the consumer unsubscribes', options)
    } finally {
      this.#delivery.isLeaving = false
    }
    for (const state of this.#subscription.unsubscribe()) this.#delivery.forget(state)
    this.#listener = undefined
    this.#delivery.recover()
    this.#reading.assignmentChanged()
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
    return new BatchIterator(this.#delivery, onError, signal, this.#group.commitOffsets)
  }

  /** A stream for each partition that is assigned, now and later; it ends when the partition is revoked. Streams are read side by side. */
  partitions(options: IterateOptions = {}): PartitionStreams<K, V> {
    checkOptions('partitions()', options, callChecks.iterate)
    const { signal, onError = fail() } = options
    this.#begin()
    return new PartitionStreams({
      delivery: this.#delivery,
      policy: onError,
      signal,
      commit: this.#group.commitOffsets,
    })
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
    const commits = this.#group.commits()
    if (what === undefined) {
      this.#poller?.processed()
      return commits.commit(processedOffsets(this.#delivery, this.#subscription), options)
    }
    if (!(what instanceof ConsumerRecord)) return this.#group.commitOffsets(what, options)
    const { topic, partition, offset, leaderEpoch } = what
    return this.#group.commitOffsets([{ topic, partition, offset: offset + 1n, leaderEpoch }], options)
  }

  /** What the group has committed, by `topic-partition`; partitions without a commit are not there. */
  async committed(
    partitions: readonly TopicPartition[] = this.assignment(),
    options: CommitCallOptions = {},
  ): Promise<ReadonlyMap<string, OffsetAndMetadata>> {
    checkPartitions('committed()', partitions)
    checkOptions('committed()', options, callChecks.call)
    return this.#group.commits().committed(partitions, options)
  }

  /** The offset of the next record to hand out. Waits where it is not known yet. @throws KafkaError; the signal's reason */
  async position(partition: TopicPartition, options: ListOptions = {}): Promise<bigint> {
    checkPartition('position()', partition)
    checkOptions('position()', options, callChecks.call)
    if (this.#isClosed) throw new KafkaError('CLOSED', 'the consumer is closed')
    return this.#reading.position(partition, options)
  }

  /** The next record to hand out is this one. What is committed is the position from now on. */
  seek(to: TopicPartition & { readonly offset: bigint; readonly leaderEpoch?: number }): void {
    checkOffsets('seek()', [to])
    this.#subscription.require(to).seek(to.offset, to.leaderEpoch)
    this.#reading.moved()
  }

  /** To the first record of these partitions, or of all. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('seekToBeginning()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).requestReset({ kind: 'earliest' })
    this.#reading.moved()
  }

  /** Behind the last record of these partitions, or of all. */
  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('seekToEnd()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).requestReset({ kind: 'latest' })
    this.#reading.moved()
  }

  /** Hands out nothing of these partitions until `resume`. They stay assigned; others go on. */
  pause(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('pause()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).pause()
  }

  resume(partitions: readonly TopicPartition[] = this.assignment()): void {
    checkPartitions('resume()', partitions)
    for (const partition of partitions) this.#subscription.require(partition).resume()
    this.#reading.moved()
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
    return offsetsAt(times, (queries) => this.#list(queries, options))
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
    const end = endOf(state, this.#settings)
    return end < 0n || state.position === undefined ? undefined : end - state.position.offset
  }

  /** For `producer.sendOffsets`: who this consumer is in its group, as of now. */
  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId = null } = this.#settings
    if (groupId === undefined) throw new KafkaError('INVALID_CONFIG', 'groupMetadata() needs a groupId')
    return (
      this.#group.membership?.groupMetadata() ?? {
        groupId,
        memberId: '',
        generationId: -1,
        groupInstanceId: groupInstanceId ?? null,
      }
    )
  }

  /** Classic groups: asks for a rebalance, with the reason for the broker's log. */
  enforceRebalance(reason?: string): void {
    this.#group.membership?.enforceRebalance(reason)
  }

  /** A snapshot, for metrics: counts since the consumer was made, and where it is in each partition. Cheap. */
  stats(): ConsumerStats {
    const { clientId } = this.#cluster
    const { groupId, maxBufferedBytes } = this.#settings
    const { rebalances } = this.#host
    const counts = { ...this.#reading.fetcher.counts(), ...this.#group.counts }
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
    if (this.#group.membership === undefined) {
      await this.#delivery.quiet([...this.#subscription], { timeoutMs })
      if (this.#settings.groupId !== undefined) await this.#group.autoCommitNow({ signal })
    } else await this.#group.leave('the consumer is being closed', { ...leave, signal })
    this.#progress.stop()
    this.#reading.stop()
    this.#group.close()
    for (const state of this.#subscription.unsubscribe()) this.#delivery.forget(state)
    this.#poller?.leave()
    this.#reading.queue.clear()
    this.#isClosed = true
    await this.#cluster.close()
    this.#onClosed()
  }

  async #explainGroup(options: ExplainOptions): Promise<Explanation> {
    checkOptions('explain()', options, callChecks.explain)
    const { groupId } = this.#settings
    if (!options.askGroup || groupId === undefined || this.#isClosed) return this.explain()
    const group = await askGroup(this.#cluster, this.#settings, groupId, options)
    return explain({ ...this.#progress.report(), group })
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
    if (mode === 'subscribed' && this.#group.membership === undefined) this.#group.join(this.#host)
    this.#progress.start()
    this.#reading.assignmentChanged()
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
    end: bigint,
    options: ListOptions,
  ): Promise<PartitionOffset[]> {
    checkPartitions(call, partitions)
    checkOptions(call, options, callChecks.call)
    return offsetsOfEnd(partitions, end, (queries) => this.#list(queries, options))
  }

  #report(): ConsumerReport {
    return consumerReport({
      cluster: this.#cluster,
      settings: this.#settings,
      subscription: this.#subscription,
      reading: this.#reading,
      group: this.#group,
    })
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new KafkaError('CLOSED', 'the consumer is closed')
  }
}
