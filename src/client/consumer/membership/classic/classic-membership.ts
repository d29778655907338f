import { type Api, apis, type ErrorName, errorName } from '../../../../wire/index.ts'
import type { Cluster } from '../../../cluster/cluster.ts'
import { KafkaError } from '../../../kafka-error.ts'
import { asKafkaError } from '../as-kafka-error.ts'
import { callListener } from '../call-listener.ts'
import { type HeartbeatReport, leaveGroupBody } from '../heartbeat/heartbeat-events.ts'
import { MachineRunner } from '../machine-runner.ts'
import type {
  GroupMetadata,
  LeaveOptions,
  Membership,
  MembershipConfig,
  MembershipHost,
  MembershipReport,
} from '../membership.ts'
import { WAITS_FOR_CLUSTER } from '../membership.ts'
import { MembershipLife } from '../membership-life.ts'
import type { MembershipOptions } from '../membership-options.ts'
import { assignorError, clientAssignors } from './assignors.ts'
import type { AssignTask, ClassicEvent, ClassicRequest, ClassicStep } from './classic-events.ts'
import { ClassicMember } from './classic-member.ts'
import { waitsFor } from './classic-state.ts'
import { lead } from './lead.ts'
import { type TopicShape, TopicShapes } from './topic-shapes.ts'

/** Drives a ClassicMember: sends what it wants sent, tells the consumer what it wants told. */
export class ClassicMembership implements Membership {
  readonly #cluster: Cluster
  readonly #config: MembershipConfig
  readonly #host: MembershipHost
  readonly #requestTimeoutMs: number
  readonly #member: ClassicMember
  readonly #life: MembershipLife
  readonly #shapes = new TopicShapes()
  /** Of the listener under way: the member was put out. */
  #lost = new AbortController()
  readonly #runner: MachineRunner<ClassicEvent, ClassicStep>
  /** Of the last JoinGroup; the machine forgets it when it has joined. */
  #lastReason = ''

  constructor(options: MembershipOptions) {
    const { cluster, config, host, requestTimeoutMs } = options
    this.#cluster = cluster
    this.#config = config
    this.#host = host
    this.#requestTimeoutMs = requestTimeoutMs
    this.#member = new ClassicMember(config, clientAssignors(config.partitionAssignmentStrategy))
    this.#life = new MembershipLife(options, (report) => this.#onReport(report))
    this.#runner = new MachineRunner<ClassicEvent, ClassicStep>({
      clock: cluster.clock,
      machine: this.#member,
      makeStep: () => this.#step(),
      tick: { type: 'tick' },
    })
  }

  start(): void {
    const { state } = this.#member
    if (state !== 'left' && state !== 'failed') return
    this.#life.begin((areOthers) => this.#onImage(areOthers))
    // An assignor of the application runs before anything else of it does.
    if (this.#config.partitionAssignmentStrategy.some((entry) => typeof entry !== 'string')) this.#life.mayBlock()
    this.#life.prepare((signal) => this.#begin(signal))
  }

  subscriptionChanged(): void {
    this.#life.topics.subscriptionChanged()
    this.#tellSubscription()
  }

  polled(): void {
    this.#life.polled()
    this.#life.notice()
    if (this.#member.state === 'evicted') this.#hear({ type: 'polled' })
  }

  waiting(isWaiting: boolean): void {
    this.#life.waiting(isWaiting)
    if (isWaiting) this.polled()
  }

  mayBlock(): void {
    this.#life.mayBlock()
  }

  enforceRebalance(reason = 'rebalance enforced by user'): void {
    this.#hear({ type: 'rejoin', reason })
  }

  groupMetadata(): GroupMetadata {
    return this.#member.groupMetadata()
  }

  commitRefused(error: Exclude<ErrorName, 'NONE'>, { memberId, generationId }: GroupMetadata): void {
    switch (error) {
      case 'REBALANCE_IN_PROGRESS':
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
      case 'FENCED_INSTANCE_ID':
        this.#hear({ type: 'refused', api: 'OFFSET_COMMIT', error, memberId, generationId })
    }
  }

  async newerThan(): Promise<GroupMetadata | undefined> {
    return undefined
  }

  describe(): MembershipReport {
    const member = this.#member
    return {
      ...member.groupMetadata(),
      protocol: 'classic',
      state: this.#life.preparesSinceMs === undefined ? member.state : 'unjoined',
      sinceMs: this.#life.preparesSinceMs ?? member.sinceMs,
      waitsFor: this.#life.preparesSinceMs === undefined ? waitsFor[member.state] : WAITS_FOR_CLUSTER,
      isLeader: member.isLeader,
      assignor: member.assignorName,
      rejoinReason: member.rejoinReason,
      target: null,
      heartbeats: this.#life.heartbeats?.mode ?? 'none',
    }
  }

  async leave(reason: string, { signal, groupMembershipOperation = 'default' }: LeaveOptions = {}): Promise<void> {
    const isDynamic = this.#config.groupInstanceId === null
    const tell = groupMembershipOperation === 'leave-group' || (groupMembershipOperation === 'default' && isDynamic)
    const done = this.#life.leaving.wait(signal)
    this.#hear({ type: 'leave', reason, tell })
    await done
    if (tell && signal?.aborted === true) this.#leaveUnawaited(reason)
    await this.#stop()
  }

  /** The last commit or the listener was waited for too long: the group must not wait for a member that is gone, until its session ends (nor does it with Java's). */
  #leaveUnawaited(reason: string): void {
    const { state } = this.#member
    const { memberId } = this.#member.groupMetadata()
    if (memberId === '' || state === 'left' || state === 'leaving' || state === 'failed') return
    const member = { memberId, groupInstanceId: this.#config.groupInstanceId, reason }
    const body = (version: number) => leaveGroupBody(this.#config.groupId, member, version)
    const timeoutMs = this.#requestTimeoutMs
    this.#cluster.call(this.#coordinator, apis.LeaveGroup, body, { timeoutMs }).catch(() => {}) // its session will end
  }

  /** Patterns need to know the topics before the first join; for names the leader asks. */
  async #begin(signal: AbortSignal): Promise<void> {
    try {
      if (this.#life.topics.hasPatterns()) await this.#life.topics.ready({ signal })
    } catch (error) {
      if (signal.aborted) return
      this.#host.failed(asKafkaError(error))
      return void this.#stop()
    }
    if (signal.aborted) return
    this.#life.topics.refresh()
    this.#tellSubscription()
    this.#hear({ type: 'start' })
  }

  #tellSubscription(): void {
    const subscription = {
      topics: this.#life.topics.topics,
      matches: (topic: string) => this.#life.topics.matches(topic),
    }
    this.#hear({ type: 'subscription', subscription })
  }

  #onImage(areOthers: boolean): void {
    if (areOthers) this.#tellSubscription()
    this.#shapes.see(this.#cluster.metadata)
    this.#hear({ type: 'metadata', shapeOf: (topic) => this.#shapeText(topic) })
  }

  #shapeText(topic: string): string | undefined {
    return this.#shapes.text(topic, { withRacks: this.#config.clientRack !== '' })
  }

  #onReport(report: HeartbeatReport): void {
    switch (report.type) {
      case 'refused':
        return this.#hear({ ...report, api: 'HEARTBEAT' })
      case 'poll-timeout':
        this.#hear({ type: 'poll-timeout' })
        // It was late, but it is asking now.
        if (this.#life.isWaiting) this.polled()
        return
      case 'failed': {
        const { memberId, generationId } = this.#member.groupMetadata()
        const error = report.code as Extract<ClassicEvent, { type: 'refused' }>['error']
        return this.#hear({ type: 'refused', api: 'HEARTBEAT', error, memberId, generationId })
      }
      case 'answer':
      case 'left':
        return
    }
  }

  #hear(event: ClassicEvent): void {
    this.#life.notice()
    this.#runner.dispatch(event)
  }

  #step(): ClassicStep {
    const { logger } = this.#cluster
    return {
      nowMs: this.#cluster.clock.monotonicMs(),
      random: Math.random,
      lostMeanwhile: (reason) => this.#lost.abort(reason),
      log: (level, message, fields = {}) => logger[level]({ groupId: this.#config.groupId, ...fields }, message),
      listen: (call) => {
        this.#lost = new AbortController()
        if (call.type === 'assigned') this.#life.rebalanced(this.#lastReason)
        void callListener(this.#host, call, this.#lost.signal).then(() => this.#hear({ type: 'listened' }))
      },
      send: (request) => void this.#send(request),
      assign: (task) => void this.#assign(task),
      beat: (beat) => this.#life.heartbeats?.beat(beat),
      coordinatorLost: () => this.#cluster.forgetCoordinator('group', this.#config.groupId),
      fail: (error) => {
        void this.#stop()
        this.#host.failed(error)
      },
      left: () => this.#life.leaving.done(),
    }
  }

  async #send(request: ClassicRequest): Promise<void> {
    const { id } = request
    const { signal } = this.#life
    try {
      switch (request.api) {
        case 'JoinGroup':
          this.#lastReason = request.body.reason ?? ''
          return this.#hear({ type: 'joined', id, response: await this.#call(apis.JoinGroup, request, 5) })
        case 'SyncGroup':
          return this.#hear({ type: 'synced', id, response: await this.#call(apis.SyncGroup, request, 3) })
        case 'LeaveGroup': {
          const body = (version: number) => leaveGroupBody(this.#config.groupId, request.member, version)
          // Not behind a JoinGroup that is waiting: Kafka reads a connection on only when it has answered.
          const { body: answer } = await this.#cluster.call(this.#coordinator, apis.LeaveGroup, body, {
            timeoutMs: this.#requestTimeoutMs,
            signal,
          })
          const error = errorName(answer.errorCode)
          if (error !== 'NONE' && isCoordinatorsTrouble(error)) {
            this.#cluster.forgetCoordinator('group', this.#config.groupId)
            throw new KafkaError(error)
          }
          return this.#hear({ type: 'left', id })
        }
      }
    } catch (error) {
      if (signal.aborted) return
      this.#hear({ type: 'request-failed', id, error: asKafkaError(error) })
    }
  }

  get #coordinator(): { readonly coordinator: 'group'; readonly key: string } {
    return { coordinator: 'group', key: this.#config.groupId }
  }

  async #call<Req, In, Res, ResIn>(
    api: Api<Req, In, Res, ResIn>,
    { body, timeoutMs = 0 }: { readonly body: NoInfer<In>; readonly timeoutMs?: number },
    staticSince: number,
  ): Promise<Res> {
    const minVersion = this.#config.groupInstanceId === null ? 0 : staticSince
    const timeout = Math.max(timeoutMs, this.#requestTimeoutMs)
    const options = { timeoutMs: timeout, signal: this.#life.signal, minVersion, purpose: 'group' } as const
    return (await this.#cluster.call(this.#coordinator, api, body, options)).body
  }

  async #assign({ id, assignor, members, topics, skip }: AssignTask): Promise<void> {
    const { signal } = this.#life
    try {
      this.#life.topics.alsoWatch(topics)
      await this.#life.topics.ready({ signal, timeoutMs: this.#config.maxPollIntervalMs })
      this.#shapes.see(this.#cluster.metadata)
      const shapes = new Map(topics.map((topic) => [topic, this.#shapeText(topic)]))
      const existing = new Map<string, TopicShape>()
      for (const topic of topics) {
        const shape = this.#shapes.of(topic)
        if (shape !== undefined) existing.set(topic, shape)
      }
      const { assignments, assignedTopics } = skip
        ? { assignments: [], assignedTopics: [] }
        : await lead(assignor, members, existing)
      const unasked = assignedTopics.filter((topic) => !shapes.has(topic))
      if (unasked.length > 0) this.#life.topics.alsoWatch([...topics, ...unasked])
      this.#hear({ type: 'led', id, assignments, shapes })
    } catch (error) {
      if (signal.aborted) return
      this.#hear({ type: 'lead-failed', id, error: assignorError(assignor.name, error) })
    }
  }

  async #stop(): Promise<void> {
    this.#runner.stop()
    await this.#life.end()
  }
}

function isCoordinatorsTrouble(error: ErrorName): boolean {
  return (
    error === 'NOT_COORDINATOR' || error === 'COORDINATOR_NOT_AVAILABLE' || error === 'COORDINATOR_LOAD_IN_PROGRESS'
  )
}
