import type { TopicPartition } from '../../../../assignor/index.ts'
import { type ErrorName, errorName, type JoinGroupResponse, type SyncGroupResponse } from '../../../../wire/index.ts'
import { KafkaError } from '../../../kafka-error.ts'
import { type ListenerCall, ownedAfter, retryDelayMs } from '../machine.ts'
import type { ClientAssignor, GroupMetadata, MembershipConfig } from '../membership.ts'
import { POLL_TIMEOUT, pollTimeoutSentence } from '../poll-timeout.ts'
import { formatPartitions, sameTopics, without } from '../topic-partitions.ts'
import { rebalanceProtocolOf, tellAssignor } from './assignors.ts'
import { chosenAssignor, givenAssignment, leadersTask } from './classic-answers.ts'
import type { ClassicEvent, ClassicStep, ClassicSubscription, TaskId } from './classic-events.ts'
import { joinRefusal, memberRefusal } from './classic-refusals.ts'
import { joinRequest, leaveRequest, syncRequest } from './classic-requests.ts'
import type { ClassicState } from './classic-state.ts'
import { isOut, type Standing, toGiveUpBeforeJoin } from './give-up.ts'
import type { MemberAssignment } from './protocol-metadata.ts'

type ClassicConfig = Pick<
  MembershipConfig,
  | 'groupId'
  | 'groupInstanceId'
  | 'sessionTimeoutMs'
  | 'maxPollIntervalMs'
  | 'clientRack'
  | 'retryBackoffMs'
  | 'retryBackoffMaxMs'
>

interface Leaving {
  readonly reason: string
  readonly tell: boolean
  readonly inRebalance: boolean
}

/**
 * A member of a classic group, as Java's ConsumerCoordinator is one (KIP-62, KIP-345, KIP-394, KIP-429, KIP-800, KIP-814). Pure: time,
 * requests and listeners are the step's. One thing at a time is under way: a request, an assignment or a listener.
 */
export class ClassicMember {
  readonly #config: ClassicConfig
  readonly #assignors: readonly ClientAssignor[]
  readonly #isCooperative: boolean
  #subscription: ClassicSubscription = { topics: [], matches: () => false }
  #state: ClassicState = 'left'
  #sinceMs = 0
  #memberId = ''
  #generationId = -1
  #owned: readonly TopicPartition[] = []
  #assignor: ClientAssignor | undefined
  #isLeader = false
  /** Of the leader: the shapes of the group's topics from which the assignment was made. */
  #watched: ReadonlyMap<string, string | undefined> | undefined
  #joinedTopics: readonly string[] = []
  /** Why to join again, once what is under way is done. */
  #rejoin: string | undefined
  /** What the next JoinGroup says; stays until a join succeeds. */
  #reason = ''
  #listening: ListenerCall | undefined
  #task: TaskId = 0
  /** The answer that is waited for; 0 = none. */
  #awaited: TaskId = 0
  #retryAtMs = Number.NEGATIVE_INFINITY
  #attempt = 0
  #assignment: { readonly given: MemberAssignment; readonly generationId: number; told: boolean } | undefined
  #hasPolled = false
  #leaving: Leaving | undefined
  #failure: KafkaError | undefined

  constructor(config: ClassicConfig, assignors: readonly ClientAssignor[]) {
    this.#config = config
    this.#assignors = assignors
    this.#isCooperative = rebalanceProtocolOf(assignors) === 'COOPERATIVE'
  }

  get state(): ClassicState {
    return this.#state
  }

  get sinceMs(): number {
    return this.#sinceMs
  }

  get owned(): readonly TopicPartition[] {
    return this.#owned
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  get assignorName(): string | null {
    return this.#assignor?.name ?? null
  }

  get rejoinReason(): string {
    return this.#rejoin ?? this.#reason
  }

  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#config
    return { groupId, memberId: this.#memberId, generationId: this.#generationId, groupInstanceId }
  }

  /** Monotonic; when `tick` wants to come. Infinity when never. */
  nextDeadlineMs(): number {
    if (this.#state === 'leaving') return this.#awaited === 0 ? this.#retryAtMs : Number.POSITIVE_INFINITY
    return this.#state === 'unjoined' && this.#listening === undefined ? this.#retryAtMs : Number.POSITIVE_INFINITY
  }

  handle(event: ClassicEvent, step: ClassicStep): void {
    try {
      this.#take(event, step)
      this.#proceed(step)
    } catch (error) {
      // An answer that cannot be, or an assignor of the application that fails: the membership is over.
      if (!(error instanceof KafkaError)) throw error
      this.#fail(error)
      this.#proceed(step)
    }
  }

  #take(event: ClassicEvent, step: ClassicStep): void {
    switch (event.type) {
      case 'start':
        if (this.#state !== 'left' && this.#state !== 'failed') return
        this.#failure = undefined
        this.#leaving = undefined
        this.#rejoin = undefined
        this.#reason = ''
        this.#attempt = 0
        this.#retryAtMs = step.nowMs
        return this.#enter('unjoined', step)
      case 'subscription':
        this.#subscription = event.subscription
        if (this.#isIn() && !sameTopics(event.subscription.topics, this.#joinedTopics)) {
          this.#requestRejoin('subscription has changed', step)
        }
        return
      case 'metadata':
        return this.#onMetadata(event.shapeOf, step)
      case 'rejoin':
        if (this.#isIn()) this.#requestRejoin(event.reason, step)
        return
      case 'leave':
        return this.#onLeave(event, step)
      case 'joined':
        if (this.#answers(event.id)) this.#onJoined(event.response, step)
        return
      case 'synced':
        if (this.#answers(event.id)) this.#onSynced(event.response, step)
        return
      case 'left':
        if (this.#answers(event.id)) this.#end(step)
        return
      case 'request-failed':
        if (!this.#answers(event.id)) return
        if (this.#state === 'leaving') return this.#leaveAgain(event.error, step)
        if (event.error.kind !== 'retriable') return this.#fail(event.error)
        return this.#retry(`rebalance failed due to ${event.error.code}`, step)
      case 'led':
        return this.#onLed(event, step)
      case 'lead-failed':
        if (this.#answers(event.id)) this.#fail(event.error)
        return
      case 'listened':
        this.#owned = ownedAfter(this.#owned, this.#listening!, without)
        this.#listening = undefined
        return
      case 'refused':
        return this.#onRefused(event, step)
      case 'poll-timeout':
        return this.#onPollTimeout(step)
      case 'polled':
        this.#hasPolled = true
        return
      case 'tick':
        return
    }
  }

  /** What comes next, when nothing is under way. */
  #proceed(step: ClassicStep): void {
    if (this.#listening !== undefined) {
      const isOut = this.#failure !== undefined || this.#generationId === -1
      if (isOut && this.#listening.type === 'revoked') step.lostMeanwhile(this.#failure?.message ?? this.rejoinReason)
      return
    }
    if (this.#failure !== undefined) return this.#giveUp(this.#failure, step)
    if (this.#leaving !== undefined) return this.#leave(this.#leaving, step)
    switch (this.#state) {
      case 'unjoined':
        if (step.nowMs >= this.#retryAtMs) this.#prepare(step)
        return
      case 'revoking':
        return this.#prepare(step)
      case 'assigned':
        return this.#tell(step)
      case 'stable':
        if (this.#rejoin !== undefined) this.#prepare(step)
        return
      case 'evicted':
        if (this.#owned.length > 0)
          return this.#listen({ type: 'lost', partitions: this.#owned, reason: POLL_TIMEOUT }, step)
        if (this.#hasPolled) this.#prepare(step)
        return
      case 'joining':
      case 'assigning':
      case 'syncing':
      case 'leaving':
      case 'left':
      case 'failed':
        return
    }
  }

  /** Java's onJoinPrepare: gives up what must be given up before joining, then joins. */
  #prepare(step: ClassicStep): void {
    this.#enter('revoking', step)
    this.#isLeader = false
    this.#watched = undefined
    const call = toGiveUpBeforeJoin(this.#standing, {
      isCooperative: this.#isCooperative,
      wants: (topic) => this.#subscription.matches(topic),
      reason: this.rejoinReason,
    })
    if (call !== undefined) return this.#listen(call, step)
    this.#join(step)
  }

  get #standing(): Standing {
    return { owned: this.#owned, memberId: this.#memberId, generationId: this.#generationId }
  }

  #join(step: ClassicStep): void {
    if (this.#rejoin !== undefined) this.#reason = this.#rejoin
    this.#rejoin = undefined
    this.#joinedTopics = this.#subscription.topics
    this.#enter('joining', step)
    step.beat(null)
    const request = joinRequest(this.#next(), this.#config, {
      member: this.groupMetadata(),
      assignors: this.#assignors,
      topics: this.#joinedTopics,
      owned: this.#owned,
      reason: this.#reason,
    })
    const { reason } = request.body
    step.log('info', `joining group ${this.#config.groupId}${reason == null ? '' : `: ${reason}`}`, {
      memberId: this.#memberId,
    })
    step.send(request)
  }

  #onJoined(response: JoinGroupResponse, step: ClassicStep): void {
    const error = errorName(response.errorCode)
    switch (error) {
      case 'NONE':
        return this.#onAdmitted(response, step)
      case 'MEMBER_ID_REQUIRED':
        // KIP-394. It comes at once and says nothing of the group.
        this.#memberId = response.memberId
        this.#generationId = -1
        if (this.#reason === '') this.#reason = `need to re-join with the given member-id: ${response.memberId}`
        this.#retryAtMs = step.nowMs
        return this.#enter('unjoined', step)
      case 'UNKNOWN_MEMBER_ID':
        this.#reset({ keepsId: false }, step)
        return this.#retry(`rebalance failed due to ${error}`, step)
      case 'ILLEGAL_GENERATION':
        return this.#retry(`rebalance failed due to ${error}`, step)
      default:
        if (!this.#passes(error, step)) this.#fail(joinRefusal(error, this.#config, this.#assignors))
    }
  }

  /** @returns whether trying again helps: then it joins again */
  #passes(error: ErrorName, step: ClassicStep): boolean {
    switch (error) {
      case 'REBALANCE_IN_PROGRESS':
      case 'COORDINATOR_LOAD_IN_PROGRESS':
        break
      case 'COORDINATOR_NOT_AVAILABLE':
      case 'NOT_COORDINATOR':
        step.coordinatorLost()
        break
      default:
        return false
    }
    this.#retry(`rebalance failed due to ${error}`, step)
    return true
  }

  #onAdmitted(response: JoinGroupResponse, step: ClassicStep): void {
    const { memberId, generationId } = response
    const assignor = chosenAssignor(response, this.#config, this.#assignors)
    this.#memberId = memberId
    this.#generationId = generationId
    this.#assignor = assignor
    this.#isLeader = response.leader === memberId
    const { groupId, groupInstanceId } = this.#config
    const isCooperative = this.#isCooperative
    step.beat({ protocol: 'classic', groupId, memberId, generationId, groupInstanceId, isCooperative })
    if (!this.#isLeader) return this.#sync([], step)
    const task = leadersTask(response, this.#config)
    this.#enter('assigning', step)
    step.assign({ id: this.#next(), assignor, ...task })
  }

  #onLed(event: Extract<ClassicEvent, { type: 'led' }>, step: ClassicStep): void {
    if (!this.#answers(event.id)) return
    this.#watched = event.shapes
    this.#sync(event.assignments, step)
  }

  #sync(assignments: Extract<ClassicEvent, { type: 'led' }>['assignments'], step: ClassicStep): void {
    this.#enter('syncing', step)
    step.send(syncRequest(this.#next(), this.groupMetadata(), this.#assignor!.name, assignments))
  }

  #onSynced(response: SyncGroupResponse, step: ClassicStep): void {
    const error = errorName(response.errorCode)
    switch (error) {
      case 'NONE':
        return this.#onAssignment(response, step)
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.#reset({ keepsId: error === 'ILLEGAL_GENERATION' }, step)
        return this.#retry(`rebalance failed due to ${error}`, step)
      default:
        if (!this.#passes(error, step)) this.#fail(memberRefusal(error, this.#config))
    }
  }

  #onAssignment(response: SyncGroupResponse, step: ClassicStep): void {
    const given = givenAssignment(response, this.#assignor!, this.#config, this.#assignors)
    this.#attempt = 0
    this.#reason = ''
    if (given.partitions.some(({ topic }) => !this.#subscription.matches(topic))) {
      // The subscription has changed since; nothing of this assignment is used (as in Java).
      this.#requestRejoin('received assignment does not match the current subscription', step)
      return this.#enter('stable', step)
    }
    this.#assignment = { given, generationId: this.#generationId, told: false }
    this.#enter('assigned', step)
  }

  /** Java's onJoinComplete: revoke what moved (cooperative), then take what came; one listener after the other. */
  #tell(step: ClassicStep): void {
    const assignment = this.#assignment!
    if (assignment.generationId !== this.#generationId) return this.#prepare(step)
    const { partitions } = assignment.given
    const revoked = assignment.told ? [] : without(this.#owned, partitions)
    if (revoked.length > 0) {
      this.#requestRejoin('need to revoke partitions and re-join', step)
      return this.#listen(
        { type: 'revoked', partitions: revoked, reason: 'the group has assigned them to another member' },
        step,
      )
    }
    if (!assignment.told) {
      assignment.told = true
      tellAssignor(this.#assignor!, assignment.given, this.groupMetadata())
      const added = without(partitions, this.#owned)
      return this.#listen({ type: 'assigned', added, all: partitions }, step)
    }
    this.#assignment = undefined
    this.#enter('stable', step)
    step.log(
      'info',
      `member of group ${this.#config.groupId} in generation ${this.#generationId}: ${formatPartitions(partitions) || 'no partitions'}`,
    )
    this.#proceed(step)
  }

  #onMetadata(shapeOf: (topic: string) => string | undefined, step: ClassicStep): void {
    if (this.#watched === undefined) return
    for (const [topic, shape] of this.#watched) {
      if (shapeOf(topic) !== shape) return this.#requestRejoin('cached metadata has changed', step)
    }
  }

  #onRefused(event: Extract<ClassicEvent, { type: 'refused' }>, step: ClassicStep): void {
    // Said of a generation that we have left behind ourselves.
    if (event.generationId !== this.#generationId || event.memberId !== this.#memberId) return
    const { error, api } = event
    // The answer to the JoinGroup under way says which one is the next.
    if (error === 'ILLEGAL_GENERATION' && this.#state === 'joining') return
    switch (error) {
      case 'REBALANCE_IN_PROGRESS':
        if (this.#state === 'stable' || this.#state === 'assigned')
          this.#requestRejoin('group is already rebalancing', step)
        return
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.#reset({ keepsId: error === 'ILLEGAL_GENERATION' }, step)
        // Whatever it was about to join for: this is why it lost what it had.
        this.#rejoin = undefined
        return this.#requestRejoin(`encountered ${error} from ${api} response`, step)
      default:
        return this.#fail(memberRefusal(error, this.#config))
    }
  }

  #onPollTimeout(step: ClassicStep): void {
    if (!this.#isIn() || this.#state === 'leaving') return
    step.log('warn', pollTimeoutSentence(this.#config.maxPollIntervalMs), { groupId: this.#config.groupId })
    this.#reset({ keepsId: false }, step)
    this.#rejoin = POLL_TIMEOUT
    this.#hasPolled = false
    this.#retryAtMs = step.nowMs
    this.#enter('evicted', step)
  }

  #onLeave({ reason, tell }: Extract<ClassicEvent, { type: 'leave' }>, step: ClassicStep): void {
    if (this.#state === 'left' || this.#state === 'failed') return step.left()
    if (this.#leaving !== undefined) return
    const inRebalance = this.#state === 'joining' || this.#state === 'assigning' || this.#state === 'syncing'
    this.#awaited = 0
    this.#leaving = { reason, tell, inRebalance }
  }

  #leave({ reason, tell, inRebalance }: Leaving, step: ClassicStep): void {
    if (this.#state === 'leaving') {
      if (this.#awaited === 0 && step.nowMs >= this.#retryAtMs) this.#sayLeave(reason, step)
      return
    }
    if (this.#owned.length > 0) {
      const isLost = inRebalance || isOut(this.#standing)
      return this.#listen({ type: isLost ? 'lost' : 'revoked', partitions: this.#owned, reason }, step)
    }
    step.beat(null)
    if (!tell || this.#memberId === '') return this.#end(step)
    this.#enter('leaving', step)
    this.#attempt = 0
    this.#sayLeave(reason, step)
  }

  #sayLeave(reason: string, step: ClassicStep): void {
    step.send(leaveRequest(this.#next(), this.groupMetadata(), reason))
  }

  /** It may not have been heard: said again, as long as the coordinator may still count this member. */
  #leaveAgain(error: KafkaError, step: ClassicStep): void {
    this.#retryAtMs = step.nowMs + retryDelayMs(this.#config, this.#attempt++, step.random())
    const isOver = this.#retryAtMs - this.#sinceMs >= this.#config.sessionTimeoutMs
    if (error.kind !== 'retriable' || isOver) this.#end(step)
  }

  #end(step: ClassicStep): void {
    this.#reset({ keepsId: false }, step)
    this.#leaving = undefined
    this.#rejoin = undefined
    this.#enter('left', step)
    step.left()
  }

  #giveUp(failure: KafkaError, step: ClassicStep): void {
    if (this.#state === 'failed') return
    step.beat(null)
    if (this.#owned.length > 0)
      return this.#listen({ type: 'lost', partitions: this.#owned, reason: failure.message }, step)
    const leaving = this.#leaving !== undefined
    this.#reset({ keepsId: false }, step)
    this.#leaving = undefined
    this.#enter('failed', step)
    if (leaving) step.left()
    step.fail(failure)
  }

  #fail(error: KafkaError): void {
    this.#awaited = 0
    this.#failure ??= error
  }

  /** Java's resetStateAndGeneration: heartbeats of the former self end, and what waits for an answer does not wait any more. */
  #reset({ keepsId }: { keepsId: boolean }, step: ClassicStep): void {
    step.beat(null)
    this.#generationId = -1
    if (!keepsId) this.#memberId = ''
    this.#isLeader = false
    this.#watched = undefined
    if (this.#awaited === 0 || this.#state === 'leaving') return
    this.#awaited = 0
    this.#retryAtMs = step.nowMs
    this.#enter('unjoined', step)
  }

  #requestRejoin(reason: string, step: ClassicStep): void {
    if (this.#rejoin !== undefined) return
    step.log('info', `group ${this.#config.groupId} shall be joined again: ${reason}`)
    this.#rejoin = reason
  }

  /** The first time at once, as in Java; then after ever longer waits. */
  #retry(reason: string, step: ClassicStep): void {
    step.log('info', `${reason}; joining group ${this.#config.groupId} again`)
    this.#reason = reason
    const { nowMs } = step
    this.#retryAtMs = this.#attempt === 0 ? nowMs : nowMs + retryDelayMs(this.#config, this.#attempt - 1, step.random())
    this.#attempt++
    this.#enter('unjoined', step)
  }

  #listen(call: ListenerCall, step: ClassicStep): void {
    this.#listening = call
    step.listen(call)
  }

  #next(): TaskId {
    this.#awaited = ++this.#task
    return this.#awaited
  }

  #answers(id: TaskId): boolean {
    if (id !== this.#awaited) return false
    this.#awaited = 0
    return true
  }

  #isIn(): boolean {
    return this.#state !== 'left' && this.#state !== 'failed'
  }

  #enter(state: ClassicState, { nowMs }: ClassicStep): void {
    if (state === this.#state) return
    this.#state = state
    this.#sinceMs = nowMs
  }
}
