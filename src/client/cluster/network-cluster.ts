import type { Clock, Logger } from '../../platform/index.ts'
import type { Api } from '../../wire/index.ts'
import { bounded } from '../bounded.ts'
import type { Lane } from '../connection/lane.ts'
import { KafkaError } from '../kafka-error.ts'
import type {
  Answer,
  CallOptions,
  Cluster,
  CoordinatorType,
  OwnPurpose,
  Target,
  TopicWatch,
  Unsubscribe,
  WaitOptions,
  WatchOptions,
} from './cluster.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import { Coordinators } from './coordinators.ts'
import { type Candidate, Lanes } from './lanes.ts'
import type { MetadataImage, Node } from './metadata-image.ts'
import { MetadataKeeper } from './metadata-keeper.ts'

export interface NetworkClusterOptions {
  readonly settings: ClusterSettings
  readonly clock: Clock
  readonly logger: Logger
}

/** A lane, and whose it is. */
interface Route {
  readonly lane: Lane
  readonly nodeId: number | undefined
}

/** The Cluster over TCP. Connects when it is first asked for something. */
export class NetworkCluster implements Cluster {
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: ClusterSettings
  readonly #lanes: Lanes
  readonly #metadata: MetadataKeeper
  readonly #coordinators: Coordinators
  /** Until the next image, only bootstrap addresses are asked. */
  #distrustsNodes = false
  #closed: KafkaError | undefined

  constructor({ settings, clock, logger }: NetworkClusterOptions) {
    this.settings = settings
    this.clock = clock
    this.logger = logger
    const callAny = <In, Res>(
      api: Api<never, In, Res, never>,
      body: (version: number) => In,
      options: CallOptions,
    ): Promise<Answer<Res>> => this.#call('any', api, body, options)
    this.#lanes = new Lanes({ settings, clock, logger, onTrouble: () => this.#metadata.request() })
    this.#coordinators = new Coordinators(callAny, settings.requestTimeoutMs)
    this.#metadata = new MetadataKeeper({
      settings,
      clock,
      logger,
      callAny,
      rebootstrap: (reason) => {
        logger.info({ reason }, `asking the bootstrap addresses again: ${reason}`)
        this.#distrustsNodes = true
      },
      onImage: (image) => {
        this.#distrustsNodes = false
        this.#lanes.leaveBootstrap(image)
      },
    })
  }

  get clientId(): string {
    return this.settings.clientId
  }

  get metadata(): MetadataImage {
    return this.#metadata.image
  }

  /** For statistics. */
  get lanes(): Lanes {
    return this.#lanes
  }

  watchTopics(topics: readonly string[] | 'all', options?: WatchOptions): TopicWatch {
    return this.#metadata.watch(topics, options)
  }

  onMetadata(fn: (image: MetadataImage) => void): Unsubscribe {
    return this.#metadata.onImage(fn)
  }

  refresh(reason: string, options?: WaitOptions): Promise<MetadataImage> {
    return this.#metadata.refresh(reason, options)
  }

  learnLeader(
    topic: string,
    partition: number,
    { nodeId, leaderEpoch }: { readonly nodeId: number; readonly leaderEpoch: number },
    nodes: readonly Node[] = [],
  ): void {
    this.#metadata.learnLeader({ topic, partition, nodeId, leaderEpoch }, nodes)
  }

  call<Req, In, Res, ResIn>(
    target: Target,
    api: Api<Req, In, Res, ResIn>,
    body: NoInfer<In> | ((version: number) => NoInfer<In>),
    options: CallOptions = {},
  ): Promise<Answer<Res>> {
    return this.#call(target, api as unknown as Api<never, In, Res, never>, body, options)
  }

  async versionOf(target: Target, api: Api, options: CallOptions = {}): Promise<number | undefined> {
    const { lane } = this.#known(target, options) ?? (await this.#route(target, options))
    return await lane.versionOf(api, options)
  }

  coordinator(type: CoordinatorType, key: string, options: WaitOptions = {}): Promise<Node> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const found = this.#coordinators.find(type, key)
    return bounded(found, options, this.clock, `coordinator of ${type} '${key}'`).then((node) => this.#named(node))
  }

  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.forget(type, key)
  }

  release(purpose: OwnPurpose): void {
    this.#lanes.release(purpose)
  }

  async close(): Promise<void> {
    if (this.#closed !== undefined) return
    this.#closed = new KafkaError('CLOSED', 'the client was closed')
    this.#metadata.close(this.#closed)
    this.#lanes.close(this.#closed)
  }

  #call<In, Res>(
    target: Target,
    api: Api<never, In, Res, never>,
    body: In | ((version: number) => In),
    options: CallOptions,
  ): Promise<Answer<Res>> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const route = this.#known(target, options)
    if (route !== undefined) return this.#send(target, route, api, body, options)
    const startedMs = this.clock.monotonicMs()
    const { timeoutMs = this.settings.requestTimeoutMs } = options
    return this.#route(target, { ...options, timeoutMs }).then((found) => {
      const leftMs = Math.max(1, timeoutMs - (this.clock.monotonicMs() - startedMs))
      return this.#send(target, found, api, body, { ...options, timeoutMs: leftMs })
    })
  }

  async #send<In, Res>(
    target: Target,
    { lane, nodeId }: Route,
    api: Api<never, In, Res, never>,
    body: In | ((version: number) => In),
    options: CallOptions,
  ): Promise<Answer<Res>> {
    try {
      const answer = await lane.call(api, body, options)
      return { body: answer.body, version: answer.version, nodeId }
    } catch (error) {
      // The node may be gone for good, and its groups elsewhere.
      if (isCoordinator(target) && nodeId !== undefined && error instanceof KafkaError && error.kind === 'retriable') {
        this.#coordinators.forgetNode(target.coordinator, target.key, nodeId)
      }
      throw error
    }
  }

  /** Where the target is, when that needs no question. */
  #known(target: Target, { purpose = 'default' }: CallOptions): Route | undefined {
    if (this.#closed !== undefined) return undefined
    if (target === 'any') {
      if (this.#distrustsNodes) return undefined
      const [best] = this.#lanes.candidates(this.metadata)
      return best?.lane.isConnected === true ? best : undefined
    }
    const { nodes, controllerId } = this.metadata
    const node =
      target === 'controller'
        ? nodes.get(controllerId)
        : isCoordinator(target)
          ? this.#coordinators.known(target.coordinator, target.key)
          : nodes.get(target.nodeId)
    if (node === undefined) return undefined
    return { lane: this.#lanes.to(this.#named(node), purpose), nodeId: node.nodeId }
  }

  async #route(target: Target, options: CallOptions): Promise<Route> {
    if (this.#closed !== undefined) throw this.#closed
    const { purpose = 'default', signal, timeoutMs = this.settings.requestTimeoutMs } = options
    if (target === 'any') return await this.#anyNode({ signal, timeoutMs })
    if (isCoordinator(target)) {
      const node = await this.coordinator(target.coordinator, target.key, { signal, timeoutMs })
      return { lane: this.#lanes.to(node, purpose), nodeId: node.nodeId }
    }
    const image = await this.refresh('a node is not known', { signal, timeoutMs })
    const nodeId = target === 'controller' ? image.controllerId : target.nodeId
    const node = image.nodes.get(nodeId)
    if (node !== undefined) return { lane: this.#lanes.to(node, purpose), nodeId }
    const what = target === 'controller' ? 'the controller' : `node ${nodeId}`
    throw new KafkaError('BROKER_NOT_AVAILABLE', `${what} is not known at present`, { kind: 'retriable' })
  }

  /** The first that can be connected to: nothing is lost when another is tried, as nothing was sent. */
  async #anyNode(options: WaitOptions & { readonly timeoutMs: number }): Promise<Candidate> {
    const deadlineMs = this.clock.monotonicMs() + options.timeoutMs
    const { nodes } = this.metadata
    const known = this.#distrustsNodes ? [] : this.#lanes.candidates(this.metadata)
    let failure: unknown
    const firstOf = async (candidates: readonly Candidate[]): Promise<Candidate | undefined> => {
      for (const candidate of candidates) {
        const timeoutMs = deadlineMs - this.clock.monotonicMs()
        if (timeoutMs <= 0) break
        try {
          await candidate.lane.ready({ signal: options.signal, timeoutMs })
          return candidate
        } catch (error) {
          failure = error
          options.signal?.throwIfAborted()
          if (!(error instanceof KafkaError) || error.kind !== 'retriable') throw error
        }
      }
      return undefined
    }
    const found = await firstOf(known)
    if (found !== undefined) return found
    const mayBootstrap = nodes.size === 0 || this.#distrustsNodes || this.settings.rebootstraps
    const bootstrap = mayBootstrap ? await firstOf(await this.#lanes.bootstrapCandidates()) : undefined
    if (bootstrap !== undefined) {
      // No known node answers: they may be others by now (KIP-899).
      if (nodes.size > 0 && !this.#distrustsNodes) this.#metadata.rebootstrap('no known node can be reached')
      return bootstrap
    }
    throw failure ?? new KafkaError('TIMEOUT', `no node could be reached within ${Math.round(options.timeoutMs)} ms`)
  }

  /** The node as metadata has it: with its rack, and where it is now. */
  #named(node: Node): Node {
    return this.metadata.nodes.get(node.nodeId) ?? node
  }
}

function isCoordinator(target: Target): target is { readonly coordinator: CoordinatorType; readonly key: string } {
  return typeof target === 'object' && 'coordinator' in target
}
