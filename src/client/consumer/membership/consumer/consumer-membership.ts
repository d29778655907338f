import { apis, type ErrorName } from '../../../../wire/index.ts'
import type { Cluster } from '../../../cluster/cluster.ts'
import { delay } from '../../../cluster/retries.ts'
import { KafkaError, type KafkaErrorCode } from '../../../kafka-error.ts'
import { asKafkaError } from '../as-kafka-error.ts'
import { callListener } from '../call-listener.ts'
import { goodbyeBody, type HeartbeatReport } from '../heartbeat/heartbeat-events.ts'
import { retryDelayMs } from '../machine.ts'
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
import { Pending } from '../pending.ts'
import type { ConsumerEvent, ConsumerStep } from './consumer-events.ts'
import { ConsumerMember, type ConsumerState } from './consumer-member.ts'
import { unsupportedProtocol } from './consumer-refusals.ts'

/** Drives a ConsumerMember: its heartbeats, and what it tells the consumer. */
export class ConsumerMembership implements Membership {
  readonly #cluster: Cluster
  readonly #config: MembershipConfig
  readonly #host: MembershipHost
  readonly #member: ConsumerMember
  readonly #life: MembershipLife
  /** Of the listener under way: the member was put out. */
  #lost = new AbortController()
  readonly #runner: MachineRunner<ConsumerEvent, ConsumerStep>
  readonly #epochChange = new Pending()
  /** Names of topics that only the broker's answers named, by id. */
  readonly #namesById = new Map<string, string>()
  #isResolving = false

  constructor(options: MembershipOptions) {
    const { cluster, config, host } = options
    this.#cluster = cluster
    this.#config = config
    this.#host = host
    this.#member = new ConsumerMember(config, newMemberId)
    this.#life = new MembershipLife(options, (report) => this.#onReport(report))
    this.#runner = new MachineRunner<ConsumerEvent, ConsumerStep>({
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

  enforceRebalance(): void {
    this.#cluster.logger.info(
      { groupId: this.#config.groupId },
      'enforceRebalance() has no effect with the consumer group protocol: the broker decides',
    )
  }

  groupMetadata(): GroupMetadata {
    return this.#member.groupMetadata()
  }

  commitRefused(error: Exclude<ErrorName, 'NONE'>, { memberId, generationId }: GroupMetadata): void {
    switch (error) {
      case 'UNKNOWN_MEMBER_ID':
      case 'FENCED_MEMBER_EPOCH': {
        const reason = `the group has put this member out: its commit was refused with ${error}`
        this.#hear({ type: 'put-out', memberId, memberEpoch: generationId, reason })
      }
    }
  }

  async newerThan(
    generationId: number,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<GroupMetadata | undefined> {
    const { incarnation } = this.#member
    const timeout = new AbortController()
    const { clock } = this.#cluster
    const timer = clock.at(clock.monotonicMs() + timeoutMs, () => timeout.abort())
    try {
      for (;;) {
        const now = this.#member.groupMetadata()
        // The epoch of another life commits nothing of this one.
        if (this.#member.incarnation !== incarnation || now.generationId < 0) return undefined
        if (now.generationId > generationId) return now
        if (timeout.signal.aborted) return undefined
        await this.#epochChange.wait(timeout.signal)
      }
    } finally {
      timer.cancel()
    }
  }

  describe(): MembershipReport {
    const member = this.#member
    return {
      ...member.groupMetadata(),
      protocol: 'consumer',
      state: this.#life.preparesSinceMs === undefined ? member.state : 'unjoined',
      sinceMs: this.#life.preparesSinceMs ?? member.sinceMs,
      waitsFor: this.#waitsFor(),
      isLeader: false,
      assignor: this.#config.groupRemoteAssignor,
      rejoinReason: member.rejoinReason,
      target: member.target(),
      heartbeats: this.#life.heartbeats?.mode ?? 'none',
    }
  }

  #waitsFor(): string {
    if (this.#life.preparesSinceMs !== undefined) return WAITS_FOR_CLUSTER
    const { unresolved, state } = this.#member
    return unresolved.length > 0 ? 'it waits for the names of topics that it was assigned' : waitsFor[state]
  }

  async leave(reason: string, { signal, groupMembershipOperation = 'default' }: LeaveOptions = {}): Promise<void> {
    const isStatic = this.#config.groupInstanceId !== null
    // KIP-848: -2 keeps a static member's place until its session ends. KIP-1092: who remains says nothing, if it is dynamic.
    const away = isStatic ? -2 : null
    const goodbye =
      groupMembershipOperation === 'leave-group' ? -1 : groupMembershipOperation === 'default' ? (away ?? -1) : away
    const done = this.#life.leaving.wait(signal)
    this.#hear({ type: 'leave', reason, goodbye })
    await done
    if (goodbye !== null && signal?.aborted === true) this.#leaveUnawaited(goodbye)
    await this.#stop()
  }

  /** The last commit or the listener was waited for too long: the group must not wait for a member that is gone, until its session ends (nor does it with Java's). */
  #leaveUnawaited(memberEpoch: -1 | -2): void {
    if (this.#member.state !== 'leaving') return
    const { groupId, groupInstanceId: instanceId } = this.#config
    const { memberId } = this.#member.groupMetadata()
    const coordinator = { coordinator: 'group', key: groupId } as const
    const body = goodbyeBody({ groupId, memberId, instanceId }, memberEpoch)
    this.#cluster.call(coordinator, apis.ConsumerGroupHeartbeat, body).catch(() => {}) // its session will end
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const coordinator = { coordinator: 'group', key: this.#config.groupId } as const
    try {
      if (this.#life.topics.hasPatterns()) await this.#life.topics.ready({ signal })
      for (let attempt = 0; ; attempt++) {
        try {
          const version = await this.#cluster.versionOf(coordinator, apis.ConsumerGroupHeartbeat, {
            signal,
            purpose: 'group',
          })
          const { remotePattern = null } = this.#host.subscription()
          if (version === undefined) throw unsupportedProtocol(null, null)
          if (version < 1 && remotePattern !== null) throw unsupportedProtocol(null, remotePattern)
          break
        } catch (error) {
          if (signal.aborted || !(error instanceof KafkaError) || error.kind !== 'retriable') throw error
          await delay(this.#cluster.clock, retryDelayMs(this.#config, attempt, Math.random()), signal)
        }
      }
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
    const { remotePattern = null } = this.#host.subscription()
    this.#hear({ type: 'subscription', subscription: { topics: this.#life.topics.topics, remotePattern } })
  }

  #onImage(areOthers: boolean): void {
    if (areOthers) this.#tellSubscription()
    this.#hear({ type: 'metadata' })
  }

  #onReport(report: HeartbeatReport): void {
    switch (report.type) {
      case 'answer':
        return this.#hear(report)
      case 'poll-timeout':
        this.#hear({ type: 'poll-timeout' })
        if (this.#life.isWaiting) this.polled()
        return
      case 'left':
        return this.#hear({ type: 'left' })
      case 'failed': {
        const { remotePattern = null } = this.#host.subscription()
        const error =
          report.code === 'UNSUPPORTED_VERSION'
            ? unsupportedProtocol(report.message, remotePattern)
            : new KafkaError(report.code as KafkaErrorCode, report.message)
        return this.#hear({ type: 'heartbeat-failed', error })
      }
      case 'refused':
        return
    }
  }

  #hear(event: ConsumerEvent): void {
    this.#life.notice()
    this.#runner.dispatch(event)
  }

  #step(): ConsumerStep {
    const { logger, metadata } = this.#cluster
    return {
      nowMs: this.#cluster.clock.monotonicMs(),
      random: Math.random,
      lostMeanwhile: (reason) => this.#lost.abort(reason),
      log: (level, message, fields = {}) => logger[level]({ groupId: this.#config.groupId, ...fields }, message),
      listen: (call) => {
        this.#lost = new AbortController()
        if (call.type === 'assigned') {
          this.#watchAssigned(call.all.map(({ topic }) => topic))
          this.#life.rebalanced(this.#member.rejoinReason)
        }
        void callListener(this.#host, call, this.#lost.signal).then(() => this.#hear({ type: 'listened' }))
      },
      beat: (beat) => this.#life.heartbeats?.beat(beat),
      sayGoodbye: (memberEpoch) => this.#sayGoodbye(memberEpoch),
      topicName: (topicId) => metadata.topicsById.get(topicId)?.name ?? this.#namesById.get(topicId),
      resolveTopics: () => void this.#resolve(),
      epochChanged: () => this.#epochChange.done(),
      fail: (error) => {
        void this.#stop()
        this.#host.failed(error)
      },
      left: () => this.#life.leaving.done(),
    }
  }

  #sayGoodbye(memberEpoch: -1 | -2): void {
    if (this.#life.heartbeats === undefined) this.#hear({ type: 'left' })
    else this.#life.heartbeats.leave(memberEpoch)
  }

  /** Topics that a pattern of the broker's chose are in no subscription, and must be in the image to be fetched. */
  #watchAssigned(topics: readonly string[]): void {
    if (this.#host.subscription().remotePattern !== undefined) this.#life.topics.alsoWatch([...new Set(topics)])
  }

  /** By id, until all are known: an assignment may name a topic before the metadata of the broker that is asked has it. */
  async #resolve(): Promise<void> {
    if (this.#isResolving) return
    this.#isResolving = true
    const { signal } = this.#life
    try {
      for (let attempt = 0; !signal.aborted; attempt++) {
        // The machine's step is over then.
        await delay(
          this.#cluster.clock,
          attempt === 0 ? 0 : retryDelayMs(this.#config, attempt - 1, Math.random()),
          signal,
        )
        if (this.#member.unresolved.length === 0) return
        await this.#askForNames(this.#member.unresolved, signal)
        this.#hear({ type: 'metadata' })
      }
    } catch (error) {
      if (!signal.aborted) this.#hear({ type: 'heartbeat-failed', error: asKafkaError(error) })
    } finally {
      this.#isResolving = false
    }
  }

  async #askForNames(topicIds: readonly string[], signal: AbortSignal): Promise<void> {
    const body = {
      topics: topicIds.map((topicId) => ({ topicId, name: null })),
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    }
    try {
      const answer = await this.#cluster.call('any', apis.Metadata, body, { signal, minVersion: 12 })
      for (const { topicId, name } of answer.body.topics) {
        if (name !== null && name !== '') this.#namesById.set(topicId, name)
      }
    } catch (error) {
      if (!(error instanceof KafkaError) || error.kind !== 'retriable') throw error
    }
  }

  async #stop(): Promise<void> {
    this.#runner.stop()
    const ended = this.#life.end()
    this.#epochChange.done()
    await ended
  }
}

/** As Kafka's Uuid prints one: 22 characters of base64url, of which none begins with '-', so that shells take it as an argument. */
function newMemberId(): string {
  for (;;) {
    const bytes = process.getBuiltinModule('node:crypto').randomBytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const id = bytes.toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

const waitsFor: { readonly [State in ConsumerState]: string } = {
  joining: "it waits for the coordinator's answer to its first heartbeat",
  reconciling:
    'it goes over to the partitions that the group wants it to have: listeners and running handlers are awaited',
  stable: 'nothing: it has what the group wants it to have',
  fenced: 'it was put out of the group, gives up what it had, and joins again',
  evicted: 'the application has not asked for records within maxPollIntervalMs; it joins again when it asks',
  leaving: 'it gives up its partitions, then waits for the coordinator to confirm that it has left',
  left: 'it is not a member of the group',
  failed: 'it was put out of the group for good',
}
