import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import { apis, type CompressionType, ErrorCode, type ErrorName, type ProduceResponse } from '../../wire/index.ts'
import { type Backoff, backoffMs } from '../backoff.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ProducerSettings } from '../config/index.ts'
import { errorOfCode, KafkaError } from '../kafka-error.ts'
import { type PartitionQueue, readyAtMs } from './partition-queue.ts'
import { isMetadataStale, mayPass } from './produce-errors.ts'
import { type ProduceOutcome, ProduceRequest, recordErrors } from './produce-request.ts'
import { NO_PRODUCER, NO_SEQUENCE, type ProducerBatch } from './producer-batch.ts'
import { ProducerIdentity } from './producer-identity.ts'
import { SendCounts, type SenderStats } from './send-counts.ts'

export interface SenderOptions {
  readonly cluster: Cluster
  readonly settings: ProducerSettings
  readonly maxInFlight: number
  readonly maxRequestSize: number
  readonly retries: number
  readonly backoff: Backoff
  readonly compression: CompressionType
  readonly compressionLevel: number | undefined
  /** A batch has had its outcome: its memory is free. */
  onDone(batch: ProducerBatch): void
  /** A batch that was too large is these now. */
  onSplit(batch: ProducerBatch, parts: readonly ProducerBatch[]): void
  /** Whether batches are to go before they are full or have lingered: somebody flushes, or waits for memory. */
  isUrged(): boolean
}

interface NodeState {
  inFlight: number
  /** Since when it takes nothing although there is something (KIP-794's availability); undefined while it takes what there is. */
  stuckSinceMs: number | undefined
}

/** Sends batches to the leaders of their partitions, as they become ready, and sees to it that each has one outcome. */
export class Sender {
  readonly #options: SenderOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #identity: ProducerIdentity
  readonly #counts: SendCounts
  readonly #nodes = new Map<number, NodeState>()
  /** Queues with something to send; those that have just sent stand last. */
  readonly #queued = new Set<PartitionQueue>()
  readonly #onWire = new Map<ProducerBatch, PartitionQueue>()
  /** No batch on the wire is due before; it may be earlier than the first that is. */
  #onWireDueMs = Number.POSITIVE_INFINITY
  #timer: { readonly atMs: number; readonly cancel: Cancel } | undefined
  #isScheduled = false
  #closed: KafkaError | undefined

  constructor(options: SenderOptions) {
    this.#options = options
    const { cluster, settings, backoff } = options
    this.#clock = cluster.clock
    this.#logger = cluster.logger
    this.#counts = new SendCounts(cluster)
    this.#identity = new ProducerIdentity({
      cluster,
      backoff,
      requestTimeoutMs: settings.requestTimeoutMs,
      onReady: () => this.wake(),
      onFailed: (error) => this.#failAll(error),
    })
  }

  /** Looks at the queue at the end of this turn, with all that the turn has brought. */
  wake(queue?: PartitionQueue): void {
    if (queue !== undefined) this.#queued.add(queue)
    if (this.#isScheduled || this.#closed !== undefined) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#closed === undefined) this.#pump()
    })
  }

  /** A queue has a new batch that is not due yet; cheaper than `wake` where nothing will happen in this turn. */
  added(queue: PartitionQueue): void {
    const isNew = !this.#queued.has(queue)
    if (isNew || queue.batches.length > 1 || queue.batches[0]?.isFull === true) this.wake(queue)
  }

  /** Whether a node has not taken for so long what waits for it. */
  isUnavailable(nodeId: number, timeoutMs: number): boolean {
    const since = this.#nodes.get(nodeId)?.stuckSinceMs
    return timeoutMs > 0 && since !== undefined && this.#clock.monotonicMs() - since > timeoutMs
  }

  stats(): SenderStats {
    let requestsInFlight = 0
    for (const { inFlight } of this.#nodes.values()) requestsInFlight += inFlight
    return this.#counts.stats(requestsInFlight)
  }

  close(error: KafkaError): void {
    this.#closed = error
    this.#timer?.cancel.cancel()
    this.#identity.close(error)
    this.#failAll(error)
  }

  #failAll(error: KafkaError): void {
    for (const queue of this.#queued) {
      for (const batch of queue.batches.splice(0)) {
        queue.sequences.abandoned(batch)
        this.fail(batch, error)
      }
    }
    this.#queued.clear()
  }

  #pump(): void {
    const nowMs = this.#clock.monotonicMs()
    const { cluster, settings, isUrged, maxInFlight } = this.#options
    const { topics } = cluster.metadata
    const urged = isUrged()
    const byNode = new Map<number, PartitionQueue[]>()
    this.#expireOnWire(nowMs)
    let nextMs = Number.POSITIVE_INFINITY
    let lacksLeader = false
    for (const queue of this.#queued) {
      this.#expire(queue, nowMs)
      const first = queue.batches[0]
      if (first === undefined) {
        this.#queued.delete(queue)
        continue
      }
      nextMs = Math.min(nextMs, first.createdMs + settings.deliveryTimeoutMs)
      const leaderId = topics.get(queue.topic)?.partitions[queue.partition]?.leaderId ?? -1
      if (leaderId < 0) {
        lacksLeader = true
        continue
      }
      if (!settings.isIdempotent && maxInFlight === 1 && queue.onWire > 0) continue
      const isNodeIdle = (this.#nodes.get(leaderId)?.inFlight ?? 0) === 0
      const atMs = readyAtMs(queue, settings, { nowMs, isUrged: urged, isNodeIdle })
      if (atMs > 0) {
        nextMs = Math.min(nextMs, atMs)
        continue
      }
      const queues = byNode.get(leaderId)
      if (queues === undefined) byNode.set(leaderId, [queue])
      else queues.push(queue)
    }
    for (const [nodeId, queues] of byNode) this.#sendTo(nodeId, queues, nowMs)
    if (lacksLeader) this.#refresh('a partition to produce to has no leader')
    this.#arm(Math.min(nextMs, this.#onWireDueMs))
  }

  #sendTo(nodeId: number, queues: readonly PartitionQueue[], nowMs: number): void {
    const { maxInFlight, maxRequestSize } = this.#options
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = { inFlight: 0, stuckSinceMs: undefined }
      this.#nodes.set(nodeId, node)
    }
    while (node.inFlight < maxInFlight) {
      const batches: ProducerBatch[] = []
      const from: PartitionQueue[] = []
      let bytes = 0
      for (const queue of queues) {
        const batch = this.#next(queue, nowMs)
        if (batch === undefined || !this.#isReady(queue, node, nowMs)) continue
        if (batches.length > 0 && bytes + batch.byteLength > maxRequestSize) continue
        bytes += batch.byteLength
        this.#take(queue, batch)
        batches.push(batch)
        from.push(queue)
      }
      if (batches.length === 0) {
        node.stuckSinceMs = undefined
        return
      }
      void this.#send(nodeId, node, batches, from)
    }
    node.stuckSinceMs ??= nowMs
  }

  #isReady(queue: PartitionQueue, { inFlight }: NodeState, nowMs: number): boolean {
    const { settings, isUrged } = this.#options
    return readyAtMs(queue, settings, { nowMs, isUrged: isUrged(), isNodeIdle: inFlight === 0 }) === 0
  }

  /** The batch of the queue that may be sent now, if its id and sequence allow it. */
  #next(queue: PartitionQueue, nowMs: number): ProducerBatch | undefined {
    const batch = queue.batches[0]
    if (batch === undefined || batch.retryAtMs > nowMs) return undefined
    const { settings, maxInFlight } = this.#options
    if (!settings.isIdempotent) return maxInFlight === 1 && queue.onWire > 0 ? undefined : batch
    const { sequences } = queue
    let current = this.#identity.current
    if (current === undefined) return undefined
    if (sequences.mustRestart) {
      this.#logger.info({ topic: queue.topic, partition: queue.partition }, 'the producer begins a new epoch')
      current = this.#identity.bump()
      if (current === undefined) return undefined
      sequences.restart(current)
    }
    return sequences.maySend(batch, current) ? batch : undefined
  }

  #take(queue: PartitionQueue, batch: ProducerBatch): void {
    queue.batches.shift()
    // Behind the others of its node, so that none starves.
    this.#queued.delete(queue)
    if (queue.batches.length > 0) this.#queued.add(queue)
    queue.onWire++
    batch.isClosed = true
    batch.attempts++
    this.#onWire.set(batch, queue)
    this.#onWireDueMs = Math.min(this.#onWireDueMs, batch.createdMs + this.#options.settings.deliveryTimeoutMs)
    if (this.#options.settings.isIdempotent) queue.sequences.sent(batch, this.#identity.current!)
    else {
      batch.producer = NO_PRODUCER
      batch.baseSequence = NO_SEQUENCE
    }
  }

  async #send(
    nodeId: number,
    node: NodeState,
    batches: readonly ProducerBatch[],
    from: readonly PartitionQueue[],
  ): Promise<void> {
    const { cluster, settings, compression, compressionLevel } = this.#options
    const { acks, requestTimeoutMs } = settings
    node.inFlight++
    for (const batch of batches) batch.nodeId = nodeId
    const request = new ProduceRequest(batches, (topic) => cluster.metadata.topics.get(topic)?.topicId)
    let error: KafkaError | undefined
    let answer: ProduceResponse | undefined
    let version = 0
    try {
      const records = batches.map((batch) => batch.bytes(compression, compressionLevel))
      const body = (negotiated: number) => request.body(negotiated, records, { acks, timeoutMs: requestTimeoutMs })
      const result = await cluster.call({ nodeId }, apis.Produce, body, {
        purpose: 'produce',
        timeoutMs: requestTimeoutMs,
        ...request.versions(compression),
        expectsAnswer: acks !== 0,
      })
      answer = result.body
      version = result.version
    } catch (thrown) {
      error =
        thrown instanceof KafkaError ? thrown : new KafkaError('INVALID_ARGUMENT', String(thrown), { cause: thrown })
    }
    node.inFlight--
    for (const [i, batch] of batches.entries()) {
      const queue = from[i]!
      this.#onWire.delete(batch)
      queue.onWire--
      if (settings.isIdempotent) queue.sequences.returned()
    }
    if (error !== undefined) this.#unanswered(batches, from, error)
    else if (acks === 0) for (const batch of batches) this.#acknowledge(batch, -1n, -1)
    else this.#answered(batches, from, answer!, request.outcomes(version, answer!))
    this.wake()
  }

  /** Nobody knows what became of them, unless they were not sent at all. */
  #unanswered(batches: readonly ProducerBatch[], from: readonly PartitionQueue[], error: KafkaError): void {
    if (this.#closed === undefined && error.kind === 'retriable') this.#refresh('a produce request failed')
    for (const [i, batch] of batches.entries()) {
      const queue = from[i]!
      if (error.kind === 'retriable' && this.#mayRetry(batch)) this.#retry(queue, batch, error, true)
      else {
        queue.sequences.abandoned(batch)
        this.fail(batch, error)
      }
    }
  }

  #answered(
    batches: readonly ProducerBatch[],
    from: readonly PartitionQueue[],
    answer: ProduceResponse,
    outcomes: readonly (ProduceOutcome | undefined)[],
  ): void {
    for (const [i, batch] of batches.entries()) {
      const outcome = outcomes[i]
      const queue = from[i]!
      if (outcome === undefined) {
        // The broker is wrong: what is not named was not done.
        this.#refused(
          queue,
          batch,
          new KafkaError('UNKNOWN_TOPIC_ID', 'the answer does not name the partition'),
          answer,
        )
      } else this.#outcome(queue, batch, outcome, answer)
    }
  }

  #outcome(queue: PartitionQueue, batch: ProducerBatch, outcome: ProduceOutcome, answer: ProduceResponse): void {
    const { errorCode } = outcome
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      if (batch.baseSequence !== NO_SEQUENCE) queue.sequences.acknowledged(batch)
      this.#acknowledge(batch, errorCode === ErrorCode.NONE ? outcome.baseOffset : -1n, Number(outcome.logAppendTimeMs))
      return
    }
    if (errorCode === ErrorCode.MESSAGE_TOO_LARGE && batch.recordCount > 1 && !batch.isDone)
      return this.#split(queue, batch)
    const what = `producing to ${batch.topic}-${batch.partition}`
    const error = errorOfCode(errorCode, { what, brokerMessage: outcome.errorMessage })!
    this.#refused(queue, batch, error, answer, outcome)
  }

  #refused(
    queue: PartitionQueue,
    batch: ProducerBatch,
    error: KafkaError,
    answer: ProduceResponse,
    outcome?: ProduceOutcome,
  ): void {
    const name = error.code as ErrorName
    const hasNewLeader = outcome !== undefined && this.#learnLeader(batch, outcome, answer)
    if (isMetadataStale(name) && !hasNewLeader) this.#refresh(`${batch.topic}-${batch.partition}: ${name}`)
    const isSequenced = batch.baseSequence !== NO_SEQUENCE
    const isExpected = isSequenced && name === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && queue.sequences.outOfOrder(batch)
    if (isSequenced && (name === 'UNKNOWN_PRODUCER_ID' || name === 'INVALID_PRODUCER_EPOCH'))
      queue.sequences.unknownProducer()
    const passes = mayPass(name, isSequenced)
    if (passes && this.#mayRetry(batch)) return this.#retry(queue, batch, error, !hasNewLeader && !isExpected)
    if (passes) queue.sequences.abandoned(batch)
    else queue.sequences.refused(batch)
    this.fail(batch, error, outcome && recordErrors(error, outcome))
  }

  /** KIP-951. @returns whether the batch has somewhere else to go, which another answer may have told before this one */
  #learnLeader(batch: ProducerBatch, { currentLeader }: ProduceOutcome, { nodeEndpoints }: ProduceResponse): boolean {
    const { leaderId, leaderEpoch } = currentLeader
    if (leaderId < 0 || leaderEpoch < 0) return false
    const { cluster } = this.#options
    const known = cluster.metadata.topics.get(batch.topic)?.partitions[batch.partition]
    cluster.learnLeader(batch.topic, batch.partition, { nodeId: leaderId, leaderEpoch }, nodeEndpoints)
    if (known === undefined || leaderEpoch < known.leaderEpoch) return false
    return leaderEpoch > known.leaderEpoch || (leaderId === known.leaderId && leaderId !== batch.nodeId)
  }

  #mayRetry(batch: ProducerBatch): boolean {
    const { settings, retries } = this.#options
    if (this.#closed !== undefined || batch.attempts > retries || batch.isDone) return false
    return this.#clock.monotonicMs() < batch.createdMs + settings.deliveryTimeoutMs
  }

  #retry(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError, backsOff: boolean): void {
    const { backoff } = this.#options
    batch.lastError = error
    this.#counts.retried()
    batch.retryAtMs = backsOff ? this.#clock.monotonicMs() + backoffMs(backoff, batch.attempts - 1) : 0
    this.#logger.debug(
      { topic: batch.topic, partition: batch.partition, code: error.code },
      `sending again: ${error.message}`,
    )
    queue.putBack([batch])
    this.#queued.add(queue)
  }

  /** As Java does: the broker's limit is below ours. */
  #split(queue: PartitionQueue, batch: ProducerBatch): void {
    const parts = batch.split()
    queue.sequences.split(batch, parts)
    // It may be asked for more later, but this one is known to be refused.
    queue.batchBytesMax = Math.max(1, Math.floor(batch.byteLength / 2))
    queue.putBack(parts)
    this.#queued.add(queue)
    this.#options.onSplit(batch, parts)
  }

  /** What has waited for `delivery.timeout.ms` fails. */
  #expire(queue: PartitionQueue, nowMs: number): void {
    const { deliveryTimeoutMs } = this.#options.settings
    for (let batch = queue.batches[0]; batch !== undefined; batch = queue.batches[0]) {
      if (nowMs < batch.createdMs + deliveryTimeoutMs) return
      queue.batches.shift()
      queue.sequences.abandoned(batch)
      this.#tooLate(batch)
    }
  }

  /** What is on the wire fails at its deadline too (KIP-91), but its sequences wait for the answer: it may have been appended. */
  #expireOnWire(nowMs: number): void {
    if (nowMs < this.#onWireDueMs) return
    const { deliveryTimeoutMs } = this.#options.settings
    this.#onWireDueMs = Number.POSITIVE_INFINITY
    for (const [batch, queue] of this.#onWire) {
      if (batch.isDone) continue
      const dueMs = batch.createdMs + deliveryTimeoutMs
      if (nowMs < dueMs) this.#onWireDueMs = Math.min(this.#onWireDueMs, dueMs)
      else {
        queue.sequences.expired(batch)
        this.#tooLate(batch)
      }
    }
  }

  #tooLate(batch: ProducerBatch): void {
    const { deliveryTimeoutMs } = this.#options.settings
    const why = batch.lastError === undefined ? '' : `; the last failure was: ${batch.lastError.message}`
    const sentence = `${batch.recordCount} records for ${batch.topic}-${batch.partition} were not delivered within ${deliveryTimeoutMs} ms${why}`
    this.fail(batch, new KafkaError('TIMEOUT', sentence, { cause: batch.lastError }))
  }

  #acknowledge(batch: ProducerBatch, baseOffset: bigint, logAppendTimeMs: number): void {
    this.#counts.acknowledged(batch, baseOffset)
    batch.acknowledge(baseOffset, logAppendTimeMs)
    this.#options.onDone(batch)
  }

  /** The batch's outcome, unless it has one. @param errors of single records (KIP-467) */
  fail(batch: ProducerBatch, error: KafkaError, errors?: ReadonlyMap<number, KafkaError>): void {
    this.#counts.failed(batch, error)
    batch.fail(error, errors)
    this.#options.onDone(batch)
  }

  #refresh(reason: string): void {
    this.#options.cluster.refresh(reason).then(
      () => this.wake(),
      () => {},
    )
  }

  #arm(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY || this.#closed !== undefined) return
    if (this.#timer !== undefined && this.#timer.atMs <= atMs && this.#timer.atMs > this.#clock.monotonicMs()) return
    this.#timer?.cancel.cancel()
    this.#timer = {
      atMs,
      cancel: this.#clock.at(atMs, () => {
        this.#timer = undefined
        if (this.#closed === undefined) this.#pump()
      }),
    }
  }
}
