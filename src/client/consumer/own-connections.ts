import type { Clock, Logger } from '../../platform/index.ts'
import type { Api } from '../../wire/index.ts'
import type {
  Answer,
  CallOptions,
  Cluster,
  CoordinatorType,
  OwnPurpose,
  Purpose,
  Target,
  TopicWatch,
  Unsubscribe,
  WaitOptions,
  WatchOptions,
} from '../cluster/cluster.ts'
import type { ClusterSettings } from '../cluster/cluster-settings.ts'
import type { MetadataImage, Node } from '../cluster/metadata-image.ts'

/**
 * The cluster as one consumer sees it: its own connections for fetches and for its group, all else shared. On a shared one a JoinGroup would hold back the
 * heartbeats of another member of the same process, for which it waits, and a long fetch those of other consumers.
 */
export class OwnConnections implements Cluster {
  readonly #cluster: Cluster
  readonly #fetch: OwnPurpose
  readonly #fetchAside: OwnPurpose
  readonly #group: OwnPurpose

  /** @param name different for each consumer of the cluster */
  constructor(cluster: Cluster, name: string) {
    this.#cluster = cluster
    this.#fetch = `fetch/${name}`
    this.#fetchAside = `fetch-aside/${name}`
    this.#group = `group/${name}`
  }

  get clock(): Clock {
    return this.#cluster.clock
  }

  get logger(): Logger {
    return this.#cluster.logger
  }

  get clientId(): string {
    return this.#cluster.clientId
  }

  get settings(): ClusterSettings | undefined {
    return this.#cluster.settings
  }

  get metadata(): MetadataImage {
    return this.#cluster.metadata
  }

  watchTopics(topics: readonly string[] | 'all', options?: WatchOptions): TopicWatch {
    return this.#cluster.watchTopics(topics, options)
  }

  onMetadata(fn: (image: MetadataImage) => void): Unsubscribe {
    return this.#cluster.onMetadata(fn)
  }

  refresh(reason: string, options?: WaitOptions): Promise<MetadataImage> {
    return this.#cluster.refresh(reason, options)
  }

  learnLeader(...args: Parameters<Cluster['learnLeader']>): void {
    this.#cluster.learnLeader(...args)
  }

  call<Req, In, Res, ResIn>(
    target: Target,
    api: Api<Req, In, Res, ResIn>,
    body: NoInfer<In> | ((version: number) => NoInfer<In>),
    options?: CallOptions,
  ): Promise<Answer<Res>> {
    return this.#cluster.call(target, api, body, this.#own(options))
  }

  versionOf(target: Target, api: Api, options?: CallOptions): Promise<number | undefined> {
    return this.#cluster.versionOf(target, api, this.#own(options))
  }

  coordinator(type: CoordinatorType, key: string, options?: WaitOptions): Promise<Node> {
    return this.#cluster.coordinator(type, key, options)
  }

  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#cluster.forgetCoordinator(type, key)
  }

  release(purpose: OwnPurpose): void {
    this.#cluster.release(purpose)
  }

  /** Of its own connections only. */
  async close(): Promise<void> {
    this.#cluster.release(this.#fetch)
    this.#cluster.release(this.#fetchAside)
    this.#cluster.release(this.#group)
  }

  #own(options: CallOptions | undefined): CallOptions | undefined {
    const purpose = this.#ownPurpose(options?.purpose)
    return purpose === undefined ? options : { ...options, purpose }
  }

  #ownPurpose(purpose: Purpose | undefined): OwnPurpose | undefined {
    if (purpose === 'fetch') return this.#fetch
    if (purpose === 'fetch-aside') return this.#fetchAside
    return purpose === 'group' ? this.#group : undefined
  }
}
