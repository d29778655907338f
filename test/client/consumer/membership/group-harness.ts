import type { TopicPartition } from '../../../../src/assignor/index.ts'
import { type ClusterSettings, defaultClusterSettings } from '../../../../src/client/cluster/cluster-settings.ts'
import { NetworkCluster } from '../../../../src/client/cluster/network-cluster.ts'
import { createMembership } from '../../../../src/client/consumer/membership/create-membership.ts'
import type {
  GroupSubscription,
  Membership,
  MembershipConfig,
  MembershipHost,
} from '../../../../src/client/consumer/membership/membership.ts'
import { sortPartitions, without } from '../../../../src/client/consumer/membership/topic-partitions.ts'
import type { KafkaError } from '../../../../src/client/kafka-error.ts'
import { type Logger, silentLogger, systemClock } from '../../../../src/platform/index.ts'

export const defaultConfig: MembershipConfig = {
  groupId: 'g',
  groupInstanceId: null,
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 50,
  maxPollIntervalMs: 300_000,
  groupProtocol: 'classic',
  partitionAssignmentStrategy: ['range', 'cooperative-sticky'],
  groupRemoteAssignor: null,
  clientRack: '',
  retryBackoffMs: 20,
  retryBackoffMaxMs: 200,
  excludeInternalTopics: true,
  heartbeat: 'inline',
}

export interface MemberOptions {
  readonly bootstrapServers: string
  readonly config?: Partial<MembershipConfig>
  readonly subscription: Partial<GroupSubscription>
  readonly clientId?: string
  readonly heartbeatWorkerFile?: URL
  readonly logger?: Logger
  readonly cluster?: Partial<ClusterSettings>
}

/** A member without a consumer: what the consumer's side is told, in its order. */
export class TestMember implements AsyncDisposable, MembershipHost {
  readonly cluster: NetworkCluster
  readonly membership: Membership
  readonly told: string[] = []
  failure: KafkaError | undefined
  errors: unknown[] = []
  wanted: GroupSubscription
  /** Called before a listener's end. */
  beforeDone: (what: string) => Promise<void> | void = () => {}
  #owned: readonly TopicPartition[] = []
  /** Of all members: a condition may be about several. */
  static readonly #waiters = new Set<() => void>()

  constructor(options: MemberOptions) {
    const { bootstrapServers, config = {}, subscription, clientId = 'test', logger = silentLogger } = options
    this.wanted = { topics: [], patterns: [], ...subscription }
    const [host, port] = bootstrapServers.split(':') as [string, string]
    const bootstrap = [{ host, port: Number(port) }]
    const settings = { ...defaultClusterSettings, clientId, bootstrapServers: bootstrap, ...options.cluster }
    this.cluster = new NetworkCluster({ settings, clock: systemClock, logger })
    this.membership = createMembership({
      cluster: this.cluster,
      config: { ...defaultConfig, ...config },
      host: this,
      requestTimeoutMs: options.cluster?.requestTimeoutMs ?? 30_000,
      allowAutoCreateTopics: false,
      heartbeatWorkerFile: options.heartbeatWorkerFile,
    })
  }

  static start(options: MemberOptions): TestMember {
    const member = new TestMember(options)
    member.membership.start()
    return member
  }

  subscription(): GroupSubscription {
    return this.wanted
  }

  owned(): readonly TopicPartition[] {
    return this.#owned
  }

  get has(): string {
    return text(this.#owned)
  }

  async assigned(added: readonly TopicPartition[], all: readonly TopicPartition[]): Promise<void> {
    this.#owned = all
    await this.#tell(`+ ${text(added)}`)
  }

  async revoked(partitions: readonly TopicPartition[], _reason: string): Promise<void> {
    await this.#tell(`- ${text(partitions)}`)
    this.#owned = without(this.#owned, partitions)
  }

  async lost(partitions: readonly TopicPartition[], _reason: string): Promise<void> {
    await this.#tell(`! ${text(partitions)}`)
    this.#owned = without(this.#owned, partitions)
  }

  listenerFailed(error: unknown): void {
    this.errors.push(error)
  }

  failed(error: KafkaError): void {
    this.failure = error
    this.#wake()
  }

  subscribe(subscription: Partial<GroupSubscription>): void {
    this.wanted = { topics: [], patterns: [], ...subscription }
    this.membership.subscriptionChanged()
  }

  async until(check: () => boolean): Promise<void> {
    while (!check()) {
      if (this.failure !== undefined) throw this.failure
      await new Promise<void>((resolve) => TestMember.#waiters.add(resolve))
    }
  }

  async untilFailed(): Promise<KafkaError> {
    while (this.failure === undefined) await new Promise<void>((resolve) => TestMember.#waiters.add(resolve))
    return this.failure
  }

  untilHas(partitions: string): Promise<void> {
    return this.until(() => this.has === partitions)
  }

  async close(): Promise<void> {
    await this.membership.leave('the consumer is being closed')
    await this.cluster.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #tell(what: string): Promise<void> {
    this.told.push(what)
    await this.beforeDone(what)
    queueMicrotask(() => this.#wake())
  }

  #wake(): void {
    for (const wake of [...TestMember.#waiters]) wake()
    TestMember.#waiters.clear()
  }
}

/** 't0 t1 u0' */
export function text(partitions: readonly TopicPartition[]): string {
  return sortPartitions(partitions)
    .map(({ topic, partition }) => `${topic}${partition}`)
    .join(' ')
}
