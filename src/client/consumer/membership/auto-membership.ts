import { apis, type ErrorName, errorName } from '../../../wire/index.ts'
import { withRetries } from '../../cluster/retries.ts'
import { errorOfCode, type KafkaError } from '../../kafka-error.ts'
import { asKafkaError } from './as-kafka-error.ts'
import { ClassicMembership } from './classic/classic-membership.ts'
import { ConsumerMembership } from './consumer/consumer-membership.ts'
import type { GroupMetadata, LeaveOptions, Membership, MembershipHost, MembershipReport } from './membership.ts'
import type { MembershipOptions } from './membership-options.ts'

export type GroupProtocol = 'classic' | 'consumer'

/**
 * `groupProtocol: 'auto'`: the protocol of an existing group that has members; the consumer protocol for an empty or absent one, where the broker has
 * it. Never with assignors of the application, which the broker cannot run.
 * @throws KafkaError GROUP_AUTHORIZATION_FAILED and what else no retry helps; the signal's reason
 */
export async function chooseProtocol(
  { cluster, config, host }: MembershipOptions,
  signal: AbortSignal,
): Promise<GroupProtocol> {
  if (config.partitionAssignmentStrategy.some((entry) => typeof entry !== 'string')) return 'classic'
  const { groupId, retryBackoffMs, retryBackoffMaxMs } = config
  const target = { coordinator: 'group', key: groupId } as const
  const backoff = { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs }
  return withRetries(cluster, { what: `looking for the type of group ${groupId}`, backoff, signal }, async () => {
    const version = await cluster.versionOf(target, apis.ConsumerGroupHeartbeat, { signal })
    // Only the broker can match such a pattern: where it cannot, joining says so.
    if (host.subscription().remotePattern !== undefined) return 'consumer'
    if (version === undefined) return 'classic'
    const body = { groups: [groupId], includeAuthorizedOperations: false }
    const group = (await cluster.call(target, apis.DescribeGroups, body, { signal })).body.groups[0]!
    const error = errorName(group.errorCode)
    if (error === 'GROUP_ID_NOT_FOUND') return 'consumer'
    if (error === 'NOT_COORDINATOR' || error === 'COORDINATOR_NOT_AVAILABLE')
      cluster.forgetCoordinator('group', groupId)
    const failure = errorOfCode(group.errorCode, { what: `describing group ${groupId}` })
    if (failure !== undefined) throw failure
    // A group of the consumer protocol is shown as Dead here, an absent one too.
    return group.groupState === 'Empty' || group.groupState === 'Dead' ? 'consumer' : 'classic'
  })
}

/** Decides at the first start; when somebody else was faster and made the group one of the other type, takes that. */
export class AutoMembership implements Membership {
  readonly #options: MembershipOptions
  #chosen: Membership | undefined
  #life = new AbortController()
  #isWaiting = false
  #hasSwitched = false
  #hasJoined = false
  #isStarting = false
  #startedAtMs = 0

  constructor(options: MembershipOptions) {
    this.#options = { ...options, host: this.#watching(options.host) }
  }

  start(): void {
    if (this.#chosen !== undefined) return this.#chosen.start()
    if (this.#isStarting) return
    this.#isStarting = true
    this.#startedAtMs = this.#options.cluster.clock.monotonicMs()
    this.#life = new AbortController()
    const { signal } = this.#life
    chooseProtocol(this.#options, signal)
      .then((protocol) => {
        if (!signal.aborted) this.#begin(protocol)
      })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#options.host.failed(asKafkaError(error))
      })
      .finally(() => {
        this.#isStarting = false
      })
  }

  subscriptionChanged(): void {
    this.#chosen?.subscriptionChanged()
  }

  polled(): void {
    this.#chosen?.polled()
  }

  waiting(isWaiting: boolean): void {
    this.#isWaiting = isWaiting
    this.#chosen?.waiting(isWaiting)
  }

  mayBlock(): void {
    this.#chosen?.mayBlock()
  }

  enforceRebalance(reason?: string): void {
    this.#chosen?.enforceRebalance(reason)
  }

  groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#options.config
    return this.#chosen?.groupMetadata() ?? { groupId, memberId: '', generationId: -1, groupInstanceId }
  }

  commitRefused(error: Exclude<ErrorName, 'NONE'>, sentAs: GroupMetadata): void {
    this.#chosen?.commitRefused(error, sentAs)
  }

  async newerThan(generationId: number, options: { readonly timeoutMs: number }): Promise<GroupMetadata | undefined> {
    return this.#chosen?.newerThan(generationId, options)
  }

  describe(): MembershipReport {
    if (this.#chosen !== undefined) return this.#chosen.describe()
    return {
      ...this.groupMetadata(),
      protocol: 'classic',
      state: 'unjoined',
      sinceMs: this.#startedAtMs,
      waitsFor: 'it asks for the type of the group (groupProtocol: auto)',
      isLeader: false,
      assignor: null,
      rejoinReason: '',
      target: null,
      heartbeats: 'none',
    }
  }

  async leave(reason: string, options?: LeaveOptions): Promise<void> {
    this.#life.abort()
    await this.#chosen?.leave(reason, options)
  }

  #begin(protocol: GroupProtocol): void {
    const { cluster, config } = this.#options
    cluster.logger.info(
      { groupId: config.groupId },
      `groupProtocol auto: group ${config.groupId} is joined with the ${protocol} protocol`,
    )
    this.#chosen = protocol === 'classic' ? new ClassicMembership(this.#options) : new ConsumerMembership(this.#options)
    this.#chosen.waiting(this.#isWaiting)
    this.#chosen.start()
  }

  #watching(host: MembershipHost): MembershipHost {
    return {
      subscription: () => host.subscription(),
      assigned: (added, all) => {
        this.#hasJoined = true
        return host.assigned(added, all)
      },
      revoked: (partitions, reason, lost) => host.revoked(partitions, reason, lost),
      lost: (partitions, reason) => host.lost(partitions, reason),
      listenerFailed: (error) => host.listenerFailed(error),
      failed: (error) => this.#onFailed(error, host),
    }
  }

  #onFailed(error: KafkaError, host: MembershipHost): void {
    const wasConsumer = this.#chosen instanceof ConsumerMembership
    const isOtherType = wasConsumer ? error.code === 'GROUP_ID_NOT_FOUND' : error.code === 'INCONSISTENT_GROUP_PROTOCOL'
    if (this.#hasJoined || this.#hasSwitched || !isOtherType || this.#chosen === undefined) return host.failed(error)
    this.#hasSwitched = true
    this.#begin(wasConsumer ? 'classic' : 'consumer')
  }
}
