import { setMaxListeners } from 'node:events'
import type { Cancel, Clock } from '../../../platform/index.ts'
import { apis, type ErrorName, errorName, type FetchResponse, isRetriable } from '../../../wire/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { backoffMs } from '../../cluster/retries.ts'
import { type FetchEvent, fetchChannel } from '../../diagnostics.ts'
import { errorOfCode, KafkaError } from '../../kafka-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Subscription } from '../subscription.ts'
import type { FetchConfig } from './fetch-config.ts'
import type { FetchQueue } from './fetch-queue.ts'
import { FetchSession, type SessionPartition } from './fetch-session.ts'
import { readBatches } from './read-batches.ts'

/** What the fetcher cannot decide. */
export interface FetcherHost {
  /** The position is outside of the log. */
  outOfRange(state: PartitionState, fetchOffset: bigint): void
  /** The application has to know: it fails whoever waits for records. */
  failed(error: KafkaError): void
}

export interface FetcherOptions<K, V> {
  readonly cluster: Cluster
  readonly subscription: Subscription
  readonly queue: FetchQueue<K, V>
  readonly config: FetchConfig
  readonly host: FetcherHost
}

interface FetchNode {
  readonly nodeId: number
  readonly session: FetchSession
  /** Bytes set aside for the answer that is awaited; undefined when none is. */
  reservedBytes: number | undefined
  failures: number
  retryAtMs: number
  /** Monotonic time until which the node asked for quiet. */
  throttledUntilMs: number
  /** Since when a partition of this node is not asked for, because enough of it is here. */
  fullSinceMs: number | undefined
}

/** Since the consumer was made. */
export interface FetchCounts {
  /** Answered ones, without records included. */
  readonly fetches: number
  readonly failedFetches: number
  readonly fetchedRecords: number
  /** As they came: compressed, where they are. */
  readonly fetchedBytes: number
}

export interface FetcherReport {
  readonly heldBytes: number
  readonly reservedBytes: number
  /** Fetching waits until the application has taken some of what is here. */
  readonly isFull: boolean
  readonly nodes: readonly {
    readonly nodeId: number
    readonly isWaiting: boolean
    readonly partitions: number
    readonly throttledMs: number
    readonly failures: number
  }[]
}

/** Highest version whose fields we know what to do with; 18 is for followers. */
const FETCH_VERSION_MAX = 17
/** The last version that names topics. */
const FETCH_BY_NAME_VERSION_MAX = 12
/**
 * While one partition has enough, others of its node are asked with this wait for a moment: with a long one it would find nothing when it is read up, since a
 * node has one fetch under way at a time. A partition that stays full is slow, and waited for no more.
 */
const SHORT_WAIT_MS = 20
const FULL_FOR_LONG_MS = 200
const MIN_REQUEST_BYTES = 64 * 1024

/**
 * Keeps the queue filled: one fetch under way a node, over all its partitions that have less than two fetches in the queue, within one budget of bytes.
 * Event-driven: `wake` is called when anything has changed that may let it fetch.
 */
export class Fetcher<K, V> {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #subscription: Subscription
  readonly #queue: FetchQueue<K, V>
  readonly #config: FetchConfig
  readonly #host: FetcherHost
  readonly #nodes = new Map<number, FetchNode>()
  readonly #abort = new AbortController()
  #isScheduled = false
  #isFull = false
  #fetches = 0
  #failedFetches = 0
  #records = 0
  #bytes = 0
  #isRefreshing = false
  #timer: (Cancel & { readonly atMs: number }) | undefined

  constructor({ cluster, subscription, queue, config, host }: FetcherOptions<K, V>) {
    this.#cluster = cluster
    this.#clock = cluster.clock
    this.#subscription = subscription
    this.#queue = queue
    this.#config = config
    this.#host = host
    // One a node, and Node warns of more than ten.
    setMaxListeners(0, this.#abort.signal)
  }

  /** Looks, at the end of this turn, what may be fetched. Cheap. */
  wake(): void {
    if (this.#isScheduled || this.#abort.signal.aborted) return
    this.#isScheduled = true
    queueMicrotask(this.#pump)
  }

  report(): FetcherReport {
    const nowMs = this.#clock.monotonicMs()
    return {
      heldBytes: this.#queue.heldBytes,
      reservedBytes: this.#reservedBytes(),
      isFull: this.#isFull,
      nodes: Array.from(this.#nodes.values(), (node) => ({
        nodeId: node.nodeId,
        isWaiting: node.reservedBytes !== undefined,
        partitions: node.session.size,
        throttledMs: Math.max(0, node.throttledUntilMs - nowMs),
        failures: node.failures,
      })),
    }
  }

  counts(): FetchCounts {
    const [fetches, failedFetches] = [this.#fetches, this.#failedFetches]
    return { fetches, failedFetches, fetchedRecords: this.#records, fetchedBytes: this.#bytes }
  }

  /** Ends the sessions, as far as nodes can be told; does not wait for answers. */
  close(): void {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(new KafkaError('CLOSED', 'the consumer was closed'))
    this.#timer?.cancel()
    for (const node of this.#nodes.values()) {
      const session = node.session.close()
      if (session === undefined) continue
      const body = { ...this.#common(), ...session, maxWaitMs: 0, maxBytes: 0 }
      this.#cluster
        .call({ nodeId: node.nodeId }, apis.Fetch, body, { purpose: 'fetch', maxVersion: FETCH_VERSION_MAX })
        .catch(() => {})
    }
  }

  readonly #pump = (): void => {
    this.#isScheduled = false
    if (this.#abort.signal.aborted) return
    const nowMs = this.#clock.monotonicMs()
    const plans = this.#plans(nowMs)
    let waiting = 0
    for (const node of plans.keys()) if (node.reservedBytes === undefined) waiting++
    this.#isFull = false
    for (const [node, plan] of plans) {
      if (node.reservedBytes !== undefined) continue
      const readyAtMs = Math.max(node.retryAtMs, node.throttledUntilMs)
      if (readyAtMs > nowMs) {
        this.#wakeAt(readyAtMs)
        continue
      }
      const budget = this.#budget(waiting--)
      if (budget === undefined) {
        this.#isFull = true
        continue
      }
      if (plan.isOneFull) node.fullSinceMs ??= nowMs
      else node.fullSinceMs = undefined
      const isShort = plan.isOneFull && nowMs - node.fullSinceMs! < FULL_FOR_LONG_MS
      void this.#fetch(
        node,
        plan.wanted,
        budget,
        isShort ? Math.min(SHORT_WAIT_MS, this.#config.fetchMaxWaitMs) : undefined,
      )
    }
  }

  /** What each node would be asked for. */
  #plans(nowMs: number): Map<FetchNode, { readonly wanted: SessionPartition[]; isOneFull: boolean }> {
    const plans = new Map<FetchNode, { readonly wanted: SessionPartition[]; isOneFull: boolean }>()
    const full = new Set<number>()
    const { metadata } = this.#cluster
    let isLeaderMissing = false
    for (const state of this.#subscription) {
      if (!state.isFetchable) continue
      const nodeId = this.#replicaOf(state, nowMs)
      if (nodeId === undefined) {
        isLeaderMissing = true
        continue
      }
      if (state.retryAtMs > nowMs) {
        this.#wakeAt(state.retryAtMs)
        continue
      }
      const buffer = this.#queue.buffer(state)
      if (buffer.unreadBytes > this.#config.maxPartitionFetchBytes) {
        full.add(nodeId)
        continue
      }
      const node = this.#node(nodeId)
      let plan = plans.get(node)
      if (plan === undefined) {
        plan = { wanted: [], isOneFull: false }
        plans.set(node, plan)
      }
      plan.wanted.push({
        state,
        seeks: state.seeks,
        topicId: metadata.topics.get(state.topic)?.topicId,
        fetchOffset: buffer.nextFetchOffset!,
        currentLeaderEpoch: state.leader.leaderEpoch,
        partitionMaxBytes: this.#config.maxPartitionFetchBytes,
      })
    }
    for (const [node, plan] of plans) plan.isOneFull = full.has(node.nodeId)
    if (isLeaderMissing) this.#refresh('a partition has no leader')
    return plans
  }

  #replicaOf(state: PartitionState, nowMs: number): number | undefined {
    if (state.preferredReplica !== undefined) {
      if (state.preferredUntilMs > nowMs && this.#cluster.metadata.nodes.has(state.preferredReplica))
        return state.preferredReplica
      state.preferredReplica = undefined
    }
    return state.leader.leaderId >= 0 ? state.leader.leaderId : undefined
  }

  #node(nodeId: number): FetchNode {
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = {
        nodeId,
        session: new FetchSession(),
        reservedBytes: undefined,
        failures: 0,
        retryAtMs: 0,
        throttledUntilMs: 0,
        fullSinceMs: undefined,
      }
      this.#nodes.set(nodeId, node)
    }
    return node
  }

  #reservedBytes(): number {
    let bytes = 0
    for (const node of this.#nodes.values()) bytes += node.reservedBytes ?? 0
    return bytes
  }

  /** Bytes that one of `waiting` nodes may answer with; undefined when there is no room. */
  #budget(waiting: number): number | undefined {
    const { maxBufferedBytes, fetchMaxBytes, maxPartitionFetchBytes } = this.#config
    const taken = this.#queue.heldBytes + this.#reservedBytes()
    let free = maxBufferedBytes - taken
    const least = Math.min(MIN_REQUEST_BYTES, maxPartitionFetchBytes, maxBufferedBytes)
    if (free < least && this.#queue.heldBytes > 0) {
      this.#queue.clearPaused()
      free = maxBufferedBytes - this.#queue.heldBytes - this.#reservedBytes()
    }
    if (free < least) return this.#queue.heldBytes + this.#reservedBytes() === 0 ? least : undefined
    return Math.min(fetchMaxBytes, Math.max(least, Math.floor(free / Math.max(1, waiting))))
  }

  #common() {
    return {
      replicaId: -1,
      minBytes: this.#config.fetchMinBytes,
      isolationLevel: this.#config.isolationLevel === 'read_committed' ? 1 : 0,
      rackId: this.#config.clientRack,
    }
  }

  async #fetch(
    node: FetchNode,
    wanted: readonly SessionPartition[],
    maxBytes: number,
    shortWaitMs: number | undefined,
  ): Promise<void> {
    const { request, usesTopicIds } = node.session.next(wanted)
    const maxWaitMs = shortWaitMs ?? this.#config.fetchMaxWaitMs
    const sentMs = this.#clock.monotonicMs()
    node.reservedBytes = Math.min(maxBytes, wanted.length * this.#config.maxPartitionFetchBytes)
    try {
      const body = { ...this.#common(), ...request, maxWaitMs, maxBytes }
      const answer = await this.#cluster.call({ nodeId: node.nodeId }, apis.Fetch, body, {
        purpose: 'fetch',
        signal: this.#abort.signal,
        timeoutMs: this.#config.requestTimeoutMs + maxWaitMs,
        maxVersion: usesTopicIds ? FETCH_VERSION_MAX : FETCH_BY_NAME_VERSION_MAX,
      })
      node.failures = 0
      node.reservedBytes = undefined
      const [records, bytes] = [this.#records, this.#bytes]
      this.#answered(node, answer.body)
      this.#fetches++
      if (fetchChannel.hasSubscribers) {
        const counts = { recordCount: this.#records - records, bytes: this.#bytes - bytes }
        this.#publish(node, sentMs, { ...counts, throttleMs: answer.body.throttleTimeMs, error: undefined })
      }
    } catch (error) {
      node.reservedBytes = undefined
      if (this.#abort.signal.aborted) return
      this.#failedFetches++
      if (fetchChannel.hasSubscribers) {
        this.#publish(node, sentMs, { recordCount: 0, bytes: 0, throttleMs: 0, error: error as Error })
      }
      this.#callFailed(node, wanted, error)
    }
    this.wake()
  }

  #publish(
    { nodeId }: FetchNode,
    sentMs: number,
    outcome: Pick<FetchEvent, 'recordCount' | 'bytes' | 'throttleMs' | 'error'>,
  ): void {
    const { clientId } = this.#cluster
    const durationMs = this.#clock.monotonicMs() - sentMs
    const { groupId } = this.#config
    fetchChannel.publish({ clientId, groupId, nodeId, durationMs, ...outcome } satisfies FetchEvent)
  }

  #callFailed(node: FetchNode, wanted: readonly SessionPartition[], error: unknown): void {
    node.session.failed()
    // A follower that does not answer may be gone: the leader knows (as in Java).
    for (const { state } of wanted) if (state.preferredReplica === node.nodeId) state.preferredReplica = undefined
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config
    node.retryAtMs =
      this.#clock.monotonicMs() + backoffMs({ initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs }, node.failures++)
    const kafkaError =
      error instanceof KafkaError
        ? error
        : new KafkaError('UNKNOWN_SERVER_ERROR', 'a fetch failed', { cause: error, kind: 'bug' })
    if (kafkaError.kind !== 'retriable') return this.#host.failed(kafkaError)
    this.#cluster.logger.debug({ nodeId: node.nodeId, error: kafkaError.message }, 'a fetch failed and is repeated')
    this.#refresh(`a fetch from node ${node.nodeId} failed`)
  }

  #answered(node: FetchNode, body: FetchResponse): void {
    // From before KIP-219 brokers wait themselves; since then the connection waits too. Known here for explain().
    if (body.throttleTimeMs > 0) node.throttledUntilMs = this.#clock.monotonicMs() + body.throttleTimeMs
    const asked = node.session.partitionsOf()
    if (!node.session.answered(body)) {
      const name = errorName(body.errorCode)
      this.#cluster.logger.debug({ nodeId: node.nodeId, error: name }, 'the fetch session is begun anew')
      if (name === 'UNKNOWN_TOPIC_ID' || name === 'INCONSISTENT_TOPIC_ID' || name === 'FETCH_SESSION_TOPIC_ID_ERROR')
        this.#refresh(name)
      return
    }
    for (const topic of body.responses) {
      for (const partition of topic.partitions) {
        const index = partition.partitionIndex
        const question = topic.topic === '' ? asked.byId(topic.topicId, index) : asked.byName(topic.topic, index)
        if (question !== undefined) this.#partitionAnswered(node, question, partition, body)
      }
    }
  }

  #partitionAnswered(node: FetchNode, asked: SessionPartition, answer: PartitionAnswer, body: FetchResponse): void {
    const { state } = asked
    // Revoked, sought or given anew since: the answer is to an old question.
    if (!this.#subscription.has(state) || state.seeks !== asked.seeks) return
    if (answer.errorCode !== 0) return this.#partitionFailed(node, asked, answer, body)
    state.highWatermark = answer.highWatermark
    state.lastStableOffset = answer.lastStableOffset
    if (answer.logStartOffset >= 0n) state.logStartOffset = answer.logStartOffset
    if (answer.preferredReadReplica >= 0 && answer.preferredReadReplica !== node.nodeId) {
      state.preferredReplica = answer.preferredReadReplica
      state.preferredUntilMs = this.#clock.monotonicMs() + this.#config.metadataMaxAgeMs
    }
    const { records } = answer
    if (records === null || records.length === 0) return
    const buffer = this.#queue.buffer(state)
    if (buffer.nextFetchOffset !== asked.fetchOffset) return
    const fetched = readBatches(records, {
      fetchOffset: asked.fetchOffset,
      aborted: this.#config.isolationLevel === 'read_committed' ? (answer.abortedTransactions ?? []) : null,
      checkCrcs: this.#config.checkCrcs,
    })
    if (fetched.batches.length === 0 && fetched.nextOffset === asked.fetchOffset) return
    this.#bytes += records.length
    for (const { recordCount } of fetched.batches) this.#records += recordCount
    this.#queue.append(state, fetched, records.length)
  }

  /** As Java's FetchCollector handles errors of partitions. */
  #partitionFailed(node: FetchNode, asked: SessionPartition, answer: PartitionAnswer, body: FetchResponse): void {
    const { state } = asked
    const error = errorName(answer.errorCode)
    this.#cluster.logger.debug(
      { topic: state.topic, partition: state.partition, nodeId: node.nodeId, error },
      'a partition could not be fetched',
    )
    if (error === 'OFFSET_OUT_OF_RANGE') {
      // A follower may lag behind, or have less of the log: the leader has the last word.
      if (state.preferredReplica !== undefined) state.preferredReplica = undefined
      else if (this.#queue.buffer(state).nextFetchOffset === asked.fetchOffset)
        this.#host.outOfRange(state, asked.fetchOffset)
      return
    }
    state.preferredReplica = undefined
    if (REFRESHING.has(error)) {
      const { leaderId, leaderEpoch } = answer.currentLeader
      if (leaderId >= 0 && leaderEpoch > state.leader.leaderEpoch) {
        this.#cluster.learnLeader(state.topic, state.partition, { nodeId: leaderId, leaderEpoch }, body.nodeEndpoints)
        state.setLeader({ leaderId, leaderEpoch })
      } else {
        state.retryAtMs = this.#clock.monotonicMs() + this.#config.retryBackoffMs
        this.#refresh(`${error} for ${state.name}`)
      }
      return
    }
    state.retryAtMs = this.#clock.monotonicMs() + this.#config.retryBackoffMs
    if (!TRYING_AGAIN.has(error) && !isRetriable(error))
      this.#host.failed(errorOfCode(answer.errorCode, { what: `fetching ${state.name}` })!)
  }

  /** One at a time: in an outage there are reasons without end. Who is still wrong after it asks again. */
  #refresh(reason: string): void {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    this.#cluster
      .refresh(reason, { signal: this.#abort.signal })
      .finally(() => {
        this.#isRefreshing = false
      })
      .then(
        () => this.wake(),
        () => {},
      )
  }

  #wakeAt(atMs: number): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return
    this.#timer?.cancel()
    const { cancel } = this.#clock.at(atMs, () => {
      this.#timer = undefined
      this.wake()
    })
    this.#timer = { atMs, cancel }
  }
}

type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number]

/** The image is out of date. */
const REFRESHING: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
] satisfies ErrorName[])

/** Passes by itself, although Kafka's classes do not call it retriable. */
const TRYING_AGAIN: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_SERVER_ERROR',
  'CORRUPT_MESSAGE',
] satisfies ErrorName[])
