import {
  type ConsumerGroupHeartbeatRequestInput,
  type ConsumerGroupHeartbeatResponse,
  errorName,
} from '../../../../wire/index.ts'
import type { ClassicBeat } from '../classic/classic-events.ts'
import { POLL_TIMEOUT } from '../poll-timeout.ts'
import { unionById } from '../topic-partitions.ts'
import {
  type Beat,
  type ConsumerBeat,
  goodbyeBody,
  type HeartbeatAnswer,
  type HeartbeatEvent,
  type HeartbeatRequest,
  type HeartbeatSettings,
  type HeartbeatStep,
  type TopicIdPartitions,
} from './heartbeat-events.ts'

const JOIN_EPOCH = 0
/**
 * The first heartbeats of a cooperative generation come soon: partitions that have to move have no owner from their revocation until all members have heard of the
 * rebalance that follows, and they hear it by their heartbeats. With an interval of 3 s that was 3 s, as it is in Java.
 */
const EARLY_MS = [25, 50, 100, 200, 400, 800]

type Unnumbered<T> = T extends unknown ? Omit<T, 'id' | 'timeoutMs'> : never

/** That the member leaves: said again when it may not have been heard, as long as the coordinator may still count it. */
interface Goodbye {
  readonly request: Unnumbered<HeartbeatRequest>
  /** Monotonic: by then its session has ended anyway. */
  readonly untilMs: number
  /** Somebody waits for `left`. */
  readonly isAwaited: boolean
  /** Of the request under way; 0 = none. */
  id: number
  atMs: number
  attempt: number
}

/**
 * Keeps a member in its group: a heartbeat each interval, one in flight at a time, and goodbye when the application has not asked for
 * records for `max.poll.interval.ms` (KIP-62). Pure, and small: it runs in a thread whose main thread may stand still, so it knows the
 * member epoch (KIP-848) of the newest answer by itself.
 */
export class HeartbeatLoop {
  readonly #settings: HeartbeatSettings
  #beat: Beat | null = null
  #id = 0
  /** 0 = none. */
  #inFlight = 0
  #goodbye: Goodbye | undefined
  #nextBeatMs = Number.POSITIVE_INFINITY
  /** Classic: how many heartbeats of this generation have gone out. */
  #beats = 0
  #attempt = 0
  #progress = 0
  /** NaN: it never spoke for anybody. */
  #progressMs = Number.NaN
  /** KIP-848. */
  #memberEpoch = JOIN_EPOCH
  #intervalMs: number
  /** What the coordinator was last told; undefined: nothing that counts. */
  #said: ConsumerBeat | undefined
  /** How many assignments came in this incarnation. */
  #given = 0
  /** Assignments that the member has not heard of yet, as its thread is busy: it will take them when it does. */
  #unheard: { readonly number: number; readonly topicPartitions: readonly TopicIdPartitions[] }[] = []

  constructor(settings: HeartbeatSettings) {
    this.#settings = settings
    this.#intervalMs = settings.heartbeatIntervalMs
  }

  /** Monotonic; when `tick` wants to come. */
  nextDeadlineMs(): number {
    if (this.#beat === null) return this.#goodbye?.atMs ?? Number.POSITIVE_INFINITY
    const pollMs = this.#progressMs + this.#settings.maxPollIntervalMs
    return this.#inFlight === 0 ? Math.min(this.#nextBeatMs, pollMs) : pollMs
  }

  handle(event: HeartbeatEvent, step: HeartbeatStep): void {
    switch (event.type) {
      case 'beat':
        this.#onBeat(event.beat, event.memberEpoch ?? JOIN_EPOCH, step)
        break
      case 'leave':
        return this.#leave(event.memberEpoch, step)
      case 'answered':
        if (event.id === this.#goodbye?.id) return this.#onGoodbyeAnswered(this.#goodbye, event.response, step)
        if (event.id !== this.#inFlight) return
        this.#inFlight = 0
        this.#onAnswer(event.response, step)
        break
      case 'failed':
        if (event.id === this.#goodbye?.id) return this.#onGoodbyeFailed(this.#goodbye, event.isRetriable, step)
        if (event.id !== this.#inFlight) return
        this.#inFlight = 0
        this.#said = undefined
        if (event.isRetriable) this.#backOff(step)
        else {
          this.#stop()
          step.report({ type: 'failed', code: event.code, message: event.message })
        }
        break
      case 'tick':
        break
    }
    this.#proceed(step)
  }

  #onBeat(beat: Beat | null, memberEpoch: number, step: HeartbeatStep): void {
    const before = this.#beat
    if (beat === null) return this.#stop()
    // It joins again: what it said before must not put it out now.
    this.#goodbye = undefined
    // A rebalance is no progress of the application's: what hung before it hangs on (KIP-62).
    const progress = step.progress()
    if (Number.isNaN(this.#progressMs) || progress !== this.#progress) this.#progressMs = step.nowMs
    this.#progress = progress
    this.#beat = beat
    if (beat.protocol === 'classic') {
      const isNews =
        before?.protocol !== 'classic' || before.generationId !== beat.generationId || before.memberId !== beat.memberId
      if (!isNews) return
      this.#inFlight = 0
      this.#attempt = 0
      this.#beats = 0
      this.#nextBeatMs = step.nowMs + this.#classicIntervalMs(beat)
      return
    }
    if (before?.protocol !== 'consumer' || before.incarnation !== beat.incarnation) {
      this.#inFlight = 0
      this.#attempt = 0
      this.#memberEpoch = memberEpoch
      this.#said = undefined
      this.#given = beat.heard
      this.#unheard = []
      this.#nextBeatMs = step.nowMs
      return
    }
    this.#unheard = this.#unheard.filter(({ number }) => number > beat.heard)
    if (this.#attempt === 0 && this.#said !== undefined && this.#hasNews(this.#said, beat)) {
      this.#nextBeatMs = step.nowMs
    }
  }

  #proceed(step: HeartbeatStep): void {
    const beat = this.#beat
    if (beat === null) {
      const goodbye = this.#goodbye
      if (goodbye?.id === 0 && step.nowMs >= goodbye.atMs) this.#sayGoodbye(goodbye, step)
      return
    }
    const progress = step.progress()
    if (progress !== this.#progress) {
      this.#progress = progress
      this.#progressMs = step.nowMs
    } else if (step.nowMs - this.#progressMs >= this.#settings.maxPollIntervalMs) {
      return this.#evict(beat, step)
    }
    if (this.#inFlight !== 0 || step.nowMs < this.#nextBeatMs) return
    this.#inFlight = this.#send(
      beat.protocol === 'classic' ? classicHeartbeat(beat) : this.#consumerHeartbeat(beat),
      step,
    )
  }

  #consumerHeartbeat(beat: ConsumerBeat): Unnumbered<HeartbeatRequest> {
    const said = this.#said
    // What the member takes from what it has not heard yet is named, where all is said; what it has given up can wait.
    const now = {
      ...beat,
      topicPartitions: said !== undefined && this.#unheard.length > 0 ? said.topicPartitions : this.#held(beat),
    }
    const body = consumerHeartbeat(now, this.#memberEpoch, said)
    this.#said = now
    return { api: 'ConsumerGroupHeartbeat', body }
  }

  #held({ topicPartitions }: ConsumerBeat): readonly TopicIdPartitions[] {
    if (this.#unheard.length === 0) return topicPartitions
    return unionById([topicPartitions, ...this.#unheard.map((unheard) => unheard.topicPartitions)])
  }

  #hasNews(said: ConsumerBeat, beat: ConsumerBeat): boolean {
    return hasNews(said, this.#unheard.length > 0 ? { ...beat, topicPartitions: said.topicPartitions } : beat)
  }

  #onAnswer(response: HeartbeatAnswer, step: HeartbeatStep): void {
    const beat = this.#beat
    if (beat === null) return
    const error = errorName(response.errorCode)
    switch (error) {
      case 'COORDINATOR_NOT_AVAILABLE':
      case 'NOT_COORDINATOR':
        step.coordinatorLost()
        this.#said = undefined
        return this.#backOff(step)
      case 'COORDINATOR_LOAD_IN_PROGRESS':
        this.#said = undefined
        return this.#backOff(step)
      default: {
        this.#attempt = 0
        if (beat.protocol === 'consumer')
          return this.#onConsumerAnswer(beat, response as ConsumerGroupHeartbeatResponse, step)
        this.#beats++
        this.#nextBeatMs = step.nowMs + this.#classicIntervalMs(beat)
        if (error === 'NONE') return
        const { memberId, generationId } = beat
        if (error !== 'REBALANCE_IN_PROGRESS') this.#stop()
        step.report({ type: 'refused', error, memberId, generationId })
      }
    }
  }

  #classicIntervalMs({ isCooperative }: ClassicBeat): number {
    const early = isCooperative ? (EARLY_MS[this.#beats] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
    return Math.min(early, this.#settings.heartbeatIntervalMs)
  }

  #onConsumerAnswer(beat: ConsumerBeat, response: ConsumerGroupHeartbeatResponse, step: HeartbeatStep): void {
    const error = errorName(response.errorCode)
    if (error === 'NONE') {
      this.#memberEpoch = response.memberEpoch
      if (response.heartbeatIntervalMs > 0) this.#intervalMs = response.heartbeatIntervalMs
      // What has become known while the answer was under way goes out at once.
      if (response.assignment !== null) {
        this.#unheard.push({ number: ++this.#given, topicPartitions: response.assignment.topicPartitions })
      }
      const hasMore = this.#said !== undefined && this.#hasNews(this.#said, beat)
      this.#nextBeatMs = hasMore ? step.nowMs : step.nowMs + this.#intervalMs
    } else {
      this.#said = undefined
      this.#nextBeatMs = step.nowMs + this.#intervalMs
      // A topic that may not be read is the application's affair; the member stays (as in Java).
      if (error !== 'TOPIC_AUTHORIZATION_FAILED') this.#stop()
    }
    step.report({ type: 'answer', incarnation: beat.incarnation, response })
  }

  #evict(beat: Beat, step: HeartbeatStep): void {
    this.#stop()
    if (beat.protocol === 'consumer') {
      const memberEpoch = beat.instanceId === null ? -1 : -2
      this.#beginGoodbye({ api: 'ConsumerGroupHeartbeat', body: goodbyeBody(beat, memberEpoch) }, false, step)
    } else if (beat.groupInstanceId === null) {
      const { groupId, memberId } = beat
      const member = { memberId, groupInstanceId: null, reason: POLL_TIMEOUT }
      this.#beginGoodbye({ api: 'LeaveGroup', groupId, member }, false, step)
    }
    step.report({ type: 'poll-timeout' })
  }

  #leave(memberEpoch: -1 | -2, step: HeartbeatStep): void {
    const beat = this.#beat
    this.#stop()
    if (beat?.protocol !== 'consumer') return step.report({ type: 'left' })
    this.#beginGoodbye({ api: 'ConsumerGroupHeartbeat', body: goodbyeBody(beat, memberEpoch) }, true, step)
  }

  #beginGoodbye(request: Unnumbered<HeartbeatRequest>, isAwaited: boolean, step: HeartbeatStep): void {
    const untilMs = step.nowMs + this.#settings.sessionTimeoutMs
    this.#goodbye = { request, untilMs, isAwaited, id: 0, atMs: step.nowMs, attempt: 0 }
    this.#sayGoodbye(this.#goodbye, step)
  }

  #sayGoodbye(goodbye: Goodbye, step: HeartbeatStep): void {
    goodbye.atMs = Number.POSITIVE_INFINITY
    goodbye.id = this.#send(goodbye.request, step)
  }

  #onGoodbyeAnswered(goodbye: Goodbye, response: HeartbeatAnswer, step: HeartbeatStep): void {
    switch (errorName(response.errorCode)) {
      case 'COORDINATOR_NOT_AVAILABLE':
      case 'NOT_COORDINATOR':
        step.coordinatorLost()
        return this.#onGoodbyeFailed(goodbye, true, step)
      case 'COORDINATOR_LOAD_IN_PROGRESS':
        return this.#onGoodbyeFailed(goodbye, true, step)
      default:
        // Whatever else it is: it is not a member now.
        this.#endGoodbye(goodbye, step)
    }
  }

  #onGoodbyeFailed(goodbye: Goodbye, isRetriable: boolean, step: HeartbeatStep): void {
    goodbye.id = 0
    goodbye.atMs = step.nowMs + this.#backOffMs(goodbye.attempt++, step)
    if (!isRetriable || goodbye.atMs >= goodbye.untilMs) this.#endGoodbye(goodbye, step)
  }

  #endGoodbye({ isAwaited }: Goodbye, step: HeartbeatStep): void {
    this.#goodbye = undefined
    if (isAwaited) step.report({ type: 'left' })
  }

  #stop(): void {
    this.#beat = null
    this.#inFlight = 0
    this.#said = undefined
    this.#nextBeatMs = Number.POSITIVE_INFINITY
  }

  #backOff(step: HeartbeatStep): void {
    this.#nextBeatMs = step.nowMs + this.#backOffMs(this.#attempt++, step)
  }

  #backOffMs(attempt: number, step: HeartbeatStep): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#settings
    return Math.min(retryBackoffMs * 2 ** Math.min(attempt, 30), retryBackoffMaxMs) * (0.8 + 0.4 * step.random())
  }

  #send(request: Unnumbered<HeartbeatRequest>, step: HeartbeatStep): number {
    const { requestTimeoutMs, sessionTimeoutMs } = this.#settings
    const id = ++this.#id
    // Later than the session's end an answer is of no use.
    const timeoutMs = Math.min(requestTimeoutMs, sessionTimeoutMs)
    step.send({ ...request, id, timeoutMs } as HeartbeatRequest)
    return id
  }
}

function classicHeartbeat({
  groupId,
  generationId,
  memberId,
  groupInstanceId,
}: ClassicBeat): Unnumbered<HeartbeatRequest> {
  return { api: 'Heartbeat', body: { groupId, generationId, memberId, groupInstanceId } }
}

/** Everything when it joins; afterwards what differs from what was said, as Java's HeartbeatState. */
function consumerHeartbeat(
  beat: ConsumerBeat,
  memberEpoch: number,
  said: ConsumerBeat | undefined,
): ConsumerGroupHeartbeatRequestInput {
  const { groupId, memberId, instanceId, rebalanceTimeoutMs } = beat
  const isJoin = memberEpoch === JOIN_EPOCH
  const saysTopics = said === undefined || !same(said.subscribedTopicNames, beat.subscribedTopicNames)
  const saysRegex = said === undefined || said.subscribedTopicRegex !== beat.subscribedTopicRegex
  const saysOwned = said === undefined || !same(said.topicPartitions, beat.topicPartitions)
  const owned = isJoin ? [] : beat.topicPartitions
  return {
    groupId,
    memberId,
    memberEpoch,
    instanceId,
    rackId: isJoin ? beat.rackId : null,
    rebalanceTimeoutMs: said === undefined ? rebalanceTimeoutMs : -1,
    subscribedTopicNames: saysTopics ? [...beat.subscribedTopicNames] : null,
    // '' takes a former expression back; null says that nothing has changed.
    subscribedTopicRegex: saysRegex ? (beat.subscribedTopicRegex ?? (isJoin || said === undefined ? null : '')) : null,
    serverAssignor: said === undefined || said.serverAssignor !== beat.serverAssignor ? beat.serverAssignor : null,
    topicPartitions: saysOwned
      ? owned.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] }))
      : null,
  }
}

function hasNews(said: ConsumerBeat, beat: ConsumerBeat): boolean {
  return (
    !same(said.topicPartitions, beat.topicPartitions) ||
    !same(said.subscribedTopicNames, beat.subscribedTopicNames) ||
    said.subscribedTopicRegex !== beat.subscribedTopicRegex ||
    said.serverAssignor !== beat.serverAssignor
  )
}

/** Of small lists of plain values, which are in a fixed order. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
