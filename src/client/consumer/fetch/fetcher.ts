import type { Clock } from '../../../platform/index.ts'
import { apis, errorName, type FetchRequestInput, type FetchResponse } from '../../../wire/index.ts'
import { backoffMs } from '../../backoff.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { type FetchEvent, fetchChannel } from '../../diagnostics.ts'
import { errorOfCode, KafkaError } from '../../kafka-error.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Subscription } from '../subscription.ts'
import type { FetchedBatches } from './batch-view.ts'
import { Damage, firstDamaged, inFrontOf } from './damage.ts'
import { asideFetch } from './fetch-aside.ts'
import { fetchBudget, type Taken } from './fetch-budget.ts'
import type { FetchConfig } from './fetch-config.ts'
import { remedyOf } from './fetch-errors.ts'
import { type FetchLane, FetchNode } from './fetch-lane.ts'
import type { FetchQueue } from './fetch-queue.ts'
import type { SessionPartition } from './fetch-session.ts'
import { Pump } from './pump.ts'
import { readBatches } from './read-batches.ts'

/** What the fetcher cannot decide. */
export interface FetcherHost {
  /** The position is outside of the log. */
  outOfRange(state: PartitionState, fetchOffset: bigint): void
  /** The first fetch is on its way: what comes of it goes to the application, and until then there is time. */
  fetching(): void
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
 * A look goes over all partitions. Where there are more than so many, those that are read up one after the other share one, so that no more than a part of the time
 * is spent on looks: for each partition so long after the look before.
 */
const EAGER_PARTITIONS = 100
const LOOK_AGAIN_MS = 0.01
/** The first answer of a node is no larger: the application gets its first records sooner, and while it looks at them the rest is on its way. */
const FIRST_REQUEST_BYTES = 128 * 1024

/**
 * Keeps the queue filled: one fetch under way a node, over all its partitions that have less than two fetches in the queue, within one budget of bytes; and a
 * second one, aside, for partitions that become fetchable while the first waits for others.
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
  readonly #pump: Pump
  readonly #damage = new Damage()
  #hasFetched = false
  #lookedMs = Number.NEGATIVE_INFINITY
  #isFull = false
  #fetches = 0
  #failedFetches = 0
  #records = 0
  #bytes = 0

  constructor({ cluster, subscription, queue, config, host }: FetcherOptions<K, V>) {
    this.#cluster = cluster
    this.#clock = cluster.clock
    this.#subscription = subscription
    this.#queue = queue
    this.#config = config
    this.#host = host
    this.#pump = new Pump(cluster, () => this.#look())
  }

  /** Looks, at the end of this turn, what may be fetched. Cheap. */
  wake(): void {
    this.#pump.wake()
  }

  /** Of a partition less is held, or little is left to read. As `wake`; of many partitions, a moment later. */
  drained(): void {
    const { size } = this.#subscription
    if (size <= EAGER_PARTITIONS) return this.#pump.wake()
    const atMs = this.#lookedMs + size * LOOK_AGAIN_MS
    if (this.#clock.monotonicMs() < atMs) this.#pump.wakeAt(atMs)
    else this.#pump.wake()
  }

  /** Connects to the leaders of what is assigned, while positions are found: the first fetch need not wait for it. */
  prepare(): void {
    for (const { leader, phase } of this.#subscription) {
      if (phase === 'fetching' || leader.leaderId < 0 || this.#nodes.has(leader.leaderId)) continue
      const { nodeId } = this.#node(leader.leaderId)
      this.#cluster.versionOf({ nodeId }, apis.Fetch, { purpose: 'fetch', signal: this.#pump.signal }).catch(() => {}) // the fetch itself will say so
    }
  }

  report(): FetcherReport {
    const nowMs = this.#clock.monotonicMs()
    const inUse = new Set<number>()
    for (const { preferredReplica, leader } of this.#subscription) inUse.add(preferredReplica ?? leader.leaderId)
    return {
      heldBytes: this.#queue.heldBytes,
      reservedBytes: this.#reservedBytes(),
      isFull: this.#isFull,
      nodes: Array.from(this.#nodes.values(), (node) => ({
        nodeId: node.nodeId,
        isWaiting: node.isWaiting,
        partitions: node.main.session.size,
        throttledMs: Math.max(0, node.throttledUntilMs - nowMs),
        // A node that leads nothing any more is not asked again: what it failed to answer holds nothing up.
        failures: inUse.has(node.nodeId) ? node.failures : 0,
      })),
    }
  }

  counts(): FetchCounts {
    const [fetches, failedFetches] = [this.#fetches, this.#failedFetches]
    return { fetches, failedFetches, fetchedRecords: this.#records, fetchedBytes: this.#bytes }
  }

  /** Ends the sessions, as far as nodes can be told; does not wait for answers. */
  close(): void {
    if (this.#pump.isClosed) return
    this.#pump.close()
    for (const { nodeId, main } of this.#nodes.values()) {
      const session = main.session.close()
      if (session === undefined) continue
      const body = { ...this.#common(), ...session, maxWaitMs: 0, maxBytes: 0 }
      this.#cluster
        .call({ nodeId }, apis.Fetch, body, { purpose: 'fetch', maxVersion: FETCH_VERSION_MAX })
        .catch(() => {})
    }
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#lookedMs = nowMs
    const wantedOf = this.#wanted(nowMs)
    let waiting = 0
    for (const node of wantedOf.keys()) if (node.main.underWay === undefined) waiting++
    this.#isFull = false
    for (const [node, wanted] of wantedOf) {
      const readyAtMs = Math.max(node.retryAtMs, node.throttledUntilMs)
      if (readyAtMs > nowMs) this.#pump.wakeAt(readyAtMs)
      else if (node.main.underWay === undefined) this.#fetchMain(node, wanted, waiting--, nowMs)
      else this.#fetchAside(node, wanted, nowMs)
    }
  }

  #fetchMain(node: FetchNode, wanted: readonly SessionPartition[], waiting: number, nowMs: number): void {
    const asked = wanted.filter((partition) => !node.aside.covers(partition))
    if (asked.length === 0) return
    const untilMs = nowMs + this.#config.fetchMaxWaitMs
    this.#fetch(node, node.main, asked, { nowMs, untilMs, budget: this.#budget(waiting) })
  }

  /** What became fetchable while the main fetch waits for others: sought, resumed, assigned, or read up. */
  #fetchAside(node: FetchNode, wanted: readonly SessionPartition[], nowMs: number): void {
    if (node.aside.underWay !== undefined) return
    const asked = wanted.filter((partition) => !node.main.covers(partition))
    if (asked.length === 0) return
    const aside = asideFetch(node.main.underWay!, nowMs)
    if (aside.kind === 'later') this.#pump.wakeAt(aside.atMs)
    else if (aside.kind === 'now')
      this.#fetch(node, node.aside, asked, { nowMs, untilMs: aside.untilMs, budget: this.#budget(1) })
  }

  /** What each node would be asked for. */
  #wanted(nowMs: number): Map<FetchNode, SessionPartition[]> {
    const wantedOf = new Map<FetchNode, SessionPartition[]>()
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
        this.#pump.wakeAt(state.retryAtMs)
        continue
      }
      const buffer = this.#queue.buffer(state)
      if (buffer.unreadBytes > this.#config.maxPartitionFetchBytes) continue
      const node = this.#node(nodeId)
      let wanted = wantedOf.get(node)
      if (wanted === undefined) {
        wanted = []
        wantedOf.set(node, wanted)
      }
      wanted.push({
        state,
        seeks: state.seeks,
        topicId: metadata.topics.get(state.topic)?.topicId,
        fetchOffset: buffer.nextFetchOffset!,
        currentLeaderEpoch: state.leader.leaderEpoch,
        partitionMaxBytes: this.#config.maxPartitionFetchBytes,
      })
    }
    if (isLeaderMissing) this.#pump.refresh('a partition has no leader')
    return wantedOf
  }

  #replicaOf(state: PartitionState, nowMs: number): number | undefined {
    if (state.preferredReplica !== undefined) {
      const isKnown = this.#cluster.metadata.nodes.has(state.preferredReplica)
      if (state.preferredUntilMs > nowMs && isKnown) return state.preferredReplica
      state.preferredReplica = undefined
      // The leader gives no records to who has a nearer replica: until we know it there are none (as in Java).
      if (!isKnown) this.#pump.refresh('a preferred replica is not known')
    }
    return state.leader.leaderId >= 0 ? state.leader.leaderId : undefined
  }

  #node(nodeId: number): FetchNode {
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = new FetchNode(nodeId)
      this.#nodes.set(nodeId, node)
    }
    return node
  }

  #reservedBytes(): number {
    let bytes = 0
    for (const node of this.#nodes.values()) bytes += node.reservedBytes
    return bytes
  }

  /** As `fetchBudget`; before there is no room, what is held of paused partitions goes. */
  #budget(waiting: number): number | undefined {
    const budget = fetchBudget(this.#config, this.#taken(), waiting)
    if (budget !== undefined || this.#queue.heldBytes === 0) return budget
    this.#queue.clearPaused()
    return fetchBudget(this.#config, this.#taken(), waiting)
  }

  #taken(): Taken {
    return { heldBytes: this.#queue.heldBytes, reservedBytes: this.#reservedBytes() }
  }

  #common() {
    return {
      replicaId: -1,
      minBytes: this.#config.fetchMinBytes,
      isolationLevel: this.#config.isolationLevel === 'read_committed' ? 1 : 0,
      rackId: this.#config.clientRack,
    }
  }

  #fetch(
    node: FetchNode,
    lane: FetchLane,
    wanted: readonly SessionPartition[],
    {
      nowMs,
      untilMs,
      budget,
    }: { readonly nowMs: number; readonly untilMs: number; readonly budget: number | undefined },
  ): void {
    if (budget === undefined) {
      this.#isFull = true
      return
    }
    // Below its minimum a broker would wait for more.
    const firstBytes = Math.max(FIRST_REQUEST_BYTES, this.#config.fetchMinBytes)
    const maxBytes = node.hasAnswered ? budget : Math.min(budget, firstBytes)
    const reservedBytes = Math.min(maxBytes, wanted.length * this.#config.maxPartitionFetchBytes)
    const { request, usesTopicIds } = lane.begin(wanted, { reservedBytes, sinceMs: nowMs, untilMs })
    const maxWaitMs = Math.round(untilMs - nowMs)
    const body = { ...this.#common(), ...request, maxWaitMs, maxBytes }
    void this.#ask(node, lane, body, usesTopicIds ? FETCH_VERSION_MAX : FETCH_BY_NAME_VERSION_MAX)
    if (this.#hasFetched) return
    this.#hasFetched = true
    // When it is written.
    setImmediate(() => this.#host.fetching())
  }

  async #ask(node: FetchNode, lane: FetchLane, body: FetchRequestInput, maxVersion: number): Promise<void> {
    const sentMs = this.#clock.monotonicMs()
    try {
      const answer = await this.#cluster.call({ nodeId: node.nodeId }, apis.Fetch, body, {
        purpose: lane.purpose,
        signal: this.#pump.signal,
        timeoutMs: this.#config.requestTimeoutMs + body.maxWaitMs,
        maxVersion,
      })
      node.failures = 0
      node.hasAnswered = true
      lane.end()
      const [records, bytes] = [this.#records, this.#bytes]
      this.#answered(node, lane, answer.body)
      this.#fetches++
      if (fetchChannel.hasSubscribers) {
        const counts = { recordCount: this.#records - records, bytes: this.#bytes - bytes }
        this.#publish(node, sentMs, { ...counts, throttleMs: answer.body.throttleTimeMs, error: undefined })
      }
    } catch (error) {
      // A follower that does not answer may be gone: the leader knows (as in Java).
      for (const state of lane.underWay?.asked.keys() ?? [])
        if (state.preferredReplica === node.nodeId) state.preferredReplica = undefined
      lane.end()
      if (this.#pump.isClosed) return
      this.#failedFetches++
      if (fetchChannel.hasSubscribers) {
        this.#publish(node, sentMs, { recordCount: 0, bytes: 0, throttleMs: 0, error: error as Error })
      }
      lane.session.failed()
      this.#callFailed(node, error)
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

  #callFailed(node: FetchNode, error: unknown): void {
    node.retryAtMs = this.#clock.monotonicMs() + this.#backoffMs(node.failures++)
    const kafkaError =
      error instanceof KafkaError
        ? error
        : new KafkaError('UNKNOWN_SERVER_ERROR', 'a fetch failed', { cause: error, kind: 'bug' })
    if (kafkaError.kind !== 'retriable') return this.#host.failed(kafkaError)
    this.#cluster.logger.debug({ nodeId: node.nodeId, error: kafkaError.message }, 'a fetch failed and is repeated')
    this.#pump.refresh(`a fetch from node ${node.nodeId} failed`)
  }

  #answered(node: FetchNode, { session }: FetchLane, body: FetchResponse): void {
    // From before KIP-219 brokers wait themselves; since then the connection waits too. Known here for explain().
    if (body.throttleTimeMs > 0) node.throttledUntilMs = this.#clock.monotonicMs() + body.throttleTimeMs
    const asked = session.partitionsOf()
    if (!session.answered(body)) {
      const name = errorName(body.errorCode)
      this.#cluster.logger.debug({ nodeId: node.nodeId, error: name }, 'the fetch session is begun anew')
      if (name === 'UNKNOWN_TOPIC_ID' || name === 'INCONSISTENT_TOPIC_ID' || name === 'FETCH_SESSION_TOPIC_ID_ERROR')
        this.#pump.refresh(name)
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
    const sound = this.#soundPart(state, asked.fetchOffset, fetched)
    if (sound.batches.length === 0 && sound.nextOffset === asked.fetchOffset) return
    this.#bytes += records.length
    for (const { recordCount } of sound.batches) this.#records += recordCount
    this.#queue.append(state, sound, records.length)
  }

  /** What stands in front of a damaged batch, which is fetched again, some times. */
  #soundPart(state: PartitionState, fetchOffset: bigint, fetched: FetchedBatches): FetchedBatches {
    const at = firstDamaged(fetched)
    if (at === undefined || !this.#isAskedAgain(state, fetched.batches[at]!.baseOffset)) return fetched
    const { baseOffset, failure } = fetched.batches[at]!
    const { topic, partition } = state
    this.#cluster.logger.warn(
      { topic, partition, offset: String(baseOffset), error: (failure as Error).message },
      'a damaged batch was received, and is fetched again',
    )
    return inFrontOf(at, fetched, fetchOffset)
  }

  /** Whether damage at this offset may pass: then it is asked for again, later, and from the leader. */
  #isAskedAgain(state: PartitionState, offset: bigint): boolean {
    const before = this.#damage.noted(state, offset)
    if (before === undefined) return false
    state.retryAtMs = this.#clock.monotonicMs() + this.#backoffMs(before)
    state.preferredReplica = undefined
    return true
  }

  #backoffMs(attempt: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config
    return backoffMs({ initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs }, attempt)
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
    // The broker's own copy is damaged: another replica may lead soon.
    if (error === 'CORRUPT_MESSAGE' && this.#isAskedAgain(state, asked.fetchOffset)) return
    const remedy = remedyOf(error)
    if (remedy === 'refresh') {
      const { leaderId, leaderEpoch } = answer.currentLeader
      if (leaderId >= 0 && leaderEpoch > state.leader.leaderEpoch) {
        this.#cluster.learnLeader(state.topic, state.partition, { nodeId: leaderId, leaderEpoch }, body.nodeEndpoints)
        state.setLeader({ leaderId, leaderEpoch })
      } else {
        state.retryAtMs = this.#clock.monotonicMs() + this.#config.retryBackoffMs
        this.#pump.refresh(`${error} for ${state.name}`)
      }
      return
    }
    state.retryAtMs = this.#clock.monotonicMs() + this.#config.retryBackoffMs
    if (remedy === 'fail') this.#host.failed(errorOfCode(answer.errorCode, { what: `fetching ${state.name}` })!)
  }
}

type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number]
