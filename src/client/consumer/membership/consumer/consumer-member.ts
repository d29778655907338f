import type { TopicPartition } from '../../../../assignor/index.ts'
import { type ConsumerGroupHeartbeatResponse, errorName } from '../../../../wire/index.ts'
import type { KafkaError } from '../../../kafka-error.ts'
import type { TopicIdPartitions } from '../heartbeat/heartbeat-events.ts'
import { type ListenerCall, ownedAfter } from '../machine.ts'
import type { GroupMetadata, MembershipConfig } from '../membership.ts'
import { POLL_TIMEOUT, pollTimeoutSentence } from '../poll-timeout.ts'
import { formatPartitions, samePartitions, sortPartitions, unionById, without } from '../topic-partitions.ts'
import type { ConsumerEvent, ConsumerStep, ConsumerSubscription } from './consumer-events.ts'
import { heartbeatRefusal } from './consumer-refusals.ts'

/**
 * - joining: it says that it wants to join, with epoch 0, until an answer comes.
 * - reconciling: it goes from what it owns to what the broker wants it to own; heartbeats go on.
 * - stable: it owns what the broker wants, as far as it knows the topics' names.
 * - fenced: the group has put it out; what it owned is lost, and then it joins anew.
 * - evicted: it has left, as the application did not ask for records in time; joins anew when it does.
 * - leaving: it gives up what it owns, then says goodbye.
 * - left, failed: over, until `start`.
 */
export type ConsumerState = 'joining' | 'reconciling' | 'stable' | 'fenced' | 'evicted' | 'leaving' | 'left' | 'failed'

type ConsumerConfig = Pick<
  MembershipConfig,
  'groupId' | 'groupInstanceId' | 'maxPollIntervalMs' | 'clientRack' | 'groupRemoteAssignor'
>

type Target = readonly TopicIdPartitions[]

interface Reconciliation {
  target: Target | undefined
  /** Of the target, what has names. */
  all: readonly TopicPartition[]
  /** The application knows what it gets; before that it learns what it loses. */
  told: boolean
}

interface Leaving {
  readonly reason: string
  readonly goodbye: -1 | -2 | null
  isOut: boolean
  said: boolean
}

/**
 * A member of a group of the consumer protocol (KIP-848), as Java's ConsumerMembershipManager is one. Pure. The broker decides who owns what; the
 * member gives up first what it shall not have, then takes what is new, then says what it owns, which is what the others wait for. The
 * heartbeat loop does the saying: this machine tells it what is true.
 */
export class ConsumerMember {
  readonly #config: ConsumerConfig
  readonly #newMemberId: () => string
  #subscription: ConsumerSubscription = { topics: [], remotePattern: null }
  #state: ConsumerState = 'left'
  #sinceMs = 0
  #memberId = ''
  #memberEpoch = -1
  #incarnation = 0
  #owned: readonly TopicPartition[] = []
  /** Ids of owned topics; a topic may be gone from the image before it is revoked. */
  readonly #idOf = new Map<string, string>()
  #target: Target | undefined
  /** How many assignments came in this incarnation. */
  #heard = 0
  /** Of the target, what listeners run for. */
  #reconciling: Reconciliation | undefined
  #hasReconciled = false
  #unresolved: readonly string[] = []
  #listening: ListenerCall | undefined
  #lostReason = ''
  #hasPolled = false
  #leaving: Leaving | undefined
  #failure: KafkaError | undefined

  /** @param newMemberId a UUID in Kafka's form: members name themselves (KIP-1082). */
  constructor(config: ConsumerConfig, newMemberId: () => string) {
    this.#config = config
    this.#newMemberId = newMemberId
  }

  get state(): ConsumerState {
    return this.#state
  }

  get sinceMs(): number {
    return this.#sinceMs
  }

  get owned(): readonly TopicPartition[] {
    return this.#owned
  }

  get incarnation(): number {
    return this.#incarnation
  }

  get rejoinReason(): string {
    return this.#lostReason
  }

  /** Topics, by id, that the broker assigned and whose names are not known yet. */
  get unresolved(): readonly string[] {
    return this.#unresolved
  }

  /** What the broker wants it to own and it does not own yet, as far as names are known. */
  target(): readonly TopicPartition[] | null {
    return this.#reconciling?.all ?? null
  }

  /** The epoch is -1 outside of the group: a member that is out must not commit. */
  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#config
    return { groupId, memberId: this.#memberId, generationId: this.#memberEpoch, groupInstanceId }
  }

  nextDeadlineMs(): number {
    return Number.POSITIVE_INFINITY
  }

  handle(event: ConsumerEvent, step: ConsumerStep): void {
    this.#take(event, step)
    this.#proceed(step)
  }

  #take(event: ConsumerEvent, step: ConsumerStep): void {
    switch (event.type) {
      case 'start':
        if (this.#state !== 'left' && this.#state !== 'failed') return
        this.#failure = undefined
        this.#leaving = undefined
        this.#lostReason = ''
        this.#memberId = this.#newMemberId()
        return this.#join(step)
      case 'subscription':
        this.#subscription = event.subscription
        return this.#say(step)
      case 'answer':
        return this.#onAnswer(event.incarnation, event.response, step)
      case 'put-out':
        if (event.memberId !== this.#memberId || event.memberEpoch !== this.#memberEpoch) return
        if (!this.#isIn() && this.#state !== 'leaving') return
        return this.#goOut('fenced', event.reason, step)
      case 'listened':
        this.#owned = ownedAfter(this.#owned, this.#listening!, without)
        this.#listening = undefined
        return
      case 'leave':
        return this.#onLeave(event, step)
      case 'left':
        if (this.#state === 'leaving') this.#end(step)
        return
      case 'poll-timeout':
        if (!this.#isIn() && this.#state !== 'leaving') return
        step.log('warn', pollTimeoutSentence(this.#config.maxPollIntervalMs), { groupId: this.#config.groupId })
        this.#hasPolled = false
        return this.#goOut('evicted', POLL_TIMEOUT, step)
      case 'polled':
        this.#hasPolled = true
        return
      case 'heartbeat-failed':
        if (this.#isIn() || this.#state === 'leaving') this.#failure ??= event.error
        return
      case 'metadata':
      case 'tick':
        return
    }
  }

  #proceed(step: ConsumerStep): void {
    if (this.#listening !== undefined) {
      const isOut = this.#failure !== undefined || this.#memberEpoch === -1
      if (isOut && this.#listening.type === 'revoked') step.lostMeanwhile(this.#failure?.message ?? this.#lostReason)
      return
    }
    if (this.#failure !== undefined) return this.#giveUp(this.#failure, step)
    if (this.#leaving !== undefined) return this.#leave(this.#leaving, step)
    switch (this.#state) {
      case 'fenced':
      case 'evicted':
        if (this.#owned.length > 0) {
          return this.#listen({ type: 'lost', partitions: this.#owned, reason: this.#lostReason }, step)
        }
        if (this.#state === 'evicted' && !this.#hasPolled) return
        return this.#join(step)
      case 'reconciling':
      case 'stable':
        return this.#reconcile(step)
      case 'joining':
      case 'leaving':
      case 'left':
      case 'failed':
        return
    }
  }

  #join(step: ConsumerStep): void {
    this.#incarnation++
    this.#target = undefined
    this.#heard = 0
    this.#reconciling = undefined
    this.#hasReconciled = false
    this.#unresolved = []
    this.#enter('joining', step)
    const { groupId } = this.#config
    step.log('info', `joining group ${groupId}${this.#lostReason === '' ? '' : `: ${this.#lostReason}`}`, {
      memberId: this.#memberId,
    })
    this.#say(step)
  }

  /** Tells the heartbeat loop what is true now; it says what has changed. */
  #say(step: ConsumerStep): void {
    if (this.#state !== 'joining' && this.#state !== 'reconciling' && this.#state !== 'stable') return
    const { groupId, groupInstanceId, maxPollIntervalMs, clientRack, groupRemoteAssignor } = this.#config
    step.beat({
      protocol: 'consumer',
      groupId,
      memberId: this.#memberId,
      instanceId: groupInstanceId,
      rackId: clientRack === '' ? null : clientRack,
      incarnation: this.#incarnation,
      rebalanceTimeoutMs: maxPollIntervalMs,
      subscribedTopicNames: this.#subscription.topics,
      subscribedTopicRegex: this.#subscription.remotePattern,
      serverAssignor: groupRemoteAssignor,
      topicPartitions: this.#heldById(),
      heard: this.#heard,
    })
  }

  #onAnswer(incarnation: number, response: ConsumerGroupHeartbeatResponse, step: ConsumerStep): void {
    if (incarnation !== this.#incarnation) return
    if (this.#state === 'leaving') return this.#onAnswerWhileLeaving(response, step)
    if (!this.#isIn()) return
    if (this.#state === 'fenced' || this.#state === 'evicted') return
    const error = errorName(response.errorCode)
    switch (error) {
      case 'NONE':
        return this.#onSuccess(response, step)
      case 'FENCED_MEMBER_EPOCH':
      case 'UNKNOWN_MEMBER_ID':
        return this.#goOut('fenced', putOut(response.errorMessage ?? error), step)
      case 'TOPIC_AUTHORIZATION_FAILED':
        // The member stays, and asks again: an administrator may change it (as in Java).
        return step.log('warn', `group ${this.#config.groupId}: ${response.errorMessage ?? error}`)
      default:
        this.#failure ??= heartbeatRefusal(error, response.errorMessage, this.#config, this.#subscription.remotePattern)
    }
  }

  /** What it commits on its way out needs the epoch that the group has by now. */
  #onAnswerWhileLeaving(
    { errorCode, errorMessage, memberEpoch }: ConsumerGroupHeartbeatResponse,
    step: ConsumerStep,
  ): void {
    const error = errorName(errorCode)
    if (error === 'FENCED_MEMBER_EPOCH' || error === 'UNKNOWN_MEMBER_ID')
      return this.#goOut('fenced', putOut(errorMessage ?? error), step)
    if (error !== 'NONE' || memberEpoch <= this.#memberEpoch) return
    this.#memberEpoch = memberEpoch
    step.epochChanged()
  }

  #onSuccess({ memberEpoch, memberId, assignment }: ConsumerGroupHeartbeatResponse, step: ConsumerStep): void {
    if (memberId !== null && memberId !== '') this.#memberId = memberId
    if (memberEpoch !== this.#memberEpoch) {
      this.#memberEpoch = memberEpoch
      step.epochChanged()
    }
    if (this.#state === 'joining') this.#enter(assignment === null ? 'stable' : 'reconciling', step)
    // null: as before. Empty: nothing any more.
    if (assignment === null) return
    this.#target = assignment.topicPartitions
    this.#heard++
    this.#say(step)
  }

  /** One step towards the newest target; called again after each listener. */
  #reconcile(step: ConsumerStep): void {
    const reconciling = this.#reconciling ?? this.#nextTarget(step)
    if (reconciling === undefined) return
    // What the group has taken back since is not given to the application first.
    if (!reconciling.told && reconciling.target !== this.#target) {
      reconciling.target = this.#target
      reconciling.all = this.#resolved(step)
    }
    const revoked = reconciling.told ? [] : without(this.#owned, reconciling.all)
    if (revoked.length > 0) {
      return this.#listen(
        { type: 'revoked', partitions: revoked, reason: 'the group has assigned them to another member' },
        step,
      )
    }
    if (!reconciling.told) {
      reconciling.told = true
      this.#say(step)
      return this.#listen(
        { type: 'assigned', added: without(reconciling.all, this.#owned), all: reconciling.all },
        step,
      )
    }
    this.#reconciling = undefined
    this.#hasReconciled = true
    const { groupId } = this.#config
    step.log(
      'info',
      `member of group ${groupId} in epoch ${this.#memberEpoch}: ${formatPartitions(this.#owned) || 'no partitions'}`,
    )
    this.#say(step)
    this.#reconcile(step)
  }

  /** The newest target, as far as names are known, when it is other than what is owned. */
  #nextTarget(step: ConsumerStep): Reconciliation | undefined {
    const target = this.#target
    if (target === undefined) return undefined
    const all = this.#resolved(step)
    // The first one is told even when it is empty, as in Java.
    if (this.#hasReconciled && samePartitions(all, this.#owned)) {
      if (this.#unresolved.length > 0) return undefined
      this.#target = undefined
      this.#enter('stable', step)
      return undefined
    }
    this.#enter('reconciling', step)
    this.#reconciling = { target, all, told: false }
    return this.#reconciling
  }

  #resolved(step: ConsumerStep): readonly TopicPartition[] {
    const { all, unresolved } = this.#resolve(this.#target ?? [], step)
    if (unresolved.length > 0 && unresolved.join() !== this.#unresolved.join()) step.resolveTopics()
    this.#unresolved = unresolved
    return sortPartitions(all)
  }

  #resolve(target: Target, step: ConsumerStep): { all: TopicPartition[]; unresolved: string[] } {
    const all: TopicPartition[] = []
    const unresolved: string[] = []
    for (const { topicId, partitions } of target) {
      const topic = this.#ownedTopicOf(topicId) ?? step.topicName(topicId)
      // Of a topic that was deleted and created again the old incarnation is given up first.
      const isOther =
        topic !== undefined && this.#idOf.get(topic) !== topicId && this.#owned.some((p) => p.topic === topic)
      if (topic === undefined || isOther) {
        unresolved.push(topicId)
        continue
      }
      this.#idOf.set(topic, topicId)
      for (const partition of partitions) all.push({ topic, partition })
    }
    return { all, unresolved }
  }

  #goOut(state: 'fenced' | 'evicted', reason: string, step: ConsumerStep): void {
    if (this.#leaving?.said === true) return
    step.log('info', `group ${this.#config.groupId}: ${reason}`)
    this.#lostReason = reason
    this.#memberEpoch = -1
    this.#target = undefined
    this.#reconciling = undefined
    step.epochChanged()
    if (this.#leaving === undefined) this.#enter(state, step)
    else this.#leaving.isOut = true
    step.beat(null)
  }

  #onLeave({ reason, goodbye }: Extract<ConsumerEvent, { type: 'leave' }>, step: ConsumerStep): void {
    if (!this.#isIn() && this.#state !== 'leaving') return step.left()
    if (this.#leaving !== undefined) return
    const isOut = this.#state === 'fenced' || this.#state === 'evicted'
    this.#leaving = { reason, goodbye, isOut, said: false }
    this.#reconciling = undefined
    this.#enter('leaving', step)
  }

  #leave(leaving: Leaving, step: ConsumerStep): void {
    if (leaving.said) return
    if (this.#owned.length > 0) {
      return this.#listen(
        { type: leaving.isOut ? 'lost' : 'revoked', partitions: this.#owned, reason: leaving.reason },
        step,
      )
    }
    leaving.said = true
    if (leaving.goodbye === null || leaving.isOut) return this.#end(step)
    step.sayGoodbye(leaving.goodbye)
  }

  #end(step: ConsumerStep): void {
    this.#memberEpoch = -1
    this.#leaving = undefined
    this.#target = undefined
    this.#enter('left', step)
    step.beat(null)
    step.epochChanged()
    step.left()
  }

  #giveUp(failure: KafkaError, step: ConsumerStep): void {
    if (this.#state === 'failed') return
    step.beat(null)
    this.#reconciling = undefined
    this.#memberEpoch = -1
    if (this.#owned.length > 0) {
      return this.#listen({ type: 'lost', partitions: this.#owned, reason: failure.message }, step)
    }
    const wasLeaving = this.#leaving !== undefined
    this.#leaving = undefined
    this.#target = undefined
    this.#enter('failed', step)
    step.epochChanged()
    if (wasLeaving) step.left()
    step.fail(failure)
  }

  /**
   * What it has, and what it was given and takes before it hears more. When the group wants a partition back, the broker gives it to another as soon as a heartbeat
   * does not name it; Java's consumer names what is new only after its listener, and a heartbeat that says everything meanwhile gives that away.
   */
  #heldById(): TopicIdPartitions[] {
    const idOf = (partitions: readonly TopicPartition[]): TopicIdPartitions[] =>
      partitions.map(({ topic, partition }) => ({ topicId: this.#idOf.get(topic)!, partitions: [partition] }))
    const taking = this.#reconciling?.told === true ? this.#reconciling.all : []
    return unionById([idOf(this.#owned), idOf(taking), this.#target ?? []])
  }

  #ownedTopicOf(topicId: string): string | undefined {
    return this.#owned.find(({ topic }) => this.#idOf.get(topic) === topicId)?.topic
  }

  #listen(call: ListenerCall, step: ConsumerStep): void {
    this.#listening = call
    step.listen(call)
  }

  #isIn(): boolean {
    return this.#state !== 'left' && this.#state !== 'failed' && this.#state !== 'leaving'
  }

  #enter(state: ConsumerState, { nowMs }: ConsumerStep): void {
    if (state === this.#state) return
    this.#state = state
    this.#sinceMs = nowMs
  }
}

function putOut(why: string): string {
  return `the group has put this member out: ${why}`
}
