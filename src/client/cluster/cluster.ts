import type { Clock, Logger } from '../../platform/index.ts'
import type { Api } from '../../wire/index.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { MetadataImage, Node } from './metadata-image.ts'

export type CoordinatorType = 'group' | 'transaction'

/** Who is asked. */
export type Target =
  | { readonly nodeId: number }
  | { readonly coordinator: CoordinatorType; readonly key: string }
  | 'controller'
  /** Any node that is connected or can be. */
  | 'any'

/** Connections to the same node that do not wait for each other: a long fetch delays no commit, as in Java. */
export type Purpose = 'default' | 'fetch' | 'fetch-aside' | 'group' | 'produce' | OwnPurpose
/** Of one consumer: of two members of a group, the one's JoinGroup waits for the other's, and so do two fetches (answers come in order). */
export type OwnPurpose = `${'fetch' | 'fetch-aside' | 'group'}/${string}`

export interface CallOptions {
  /** Ends the wait with the signal's reason. The request, when sent, is not taken back: its answer is read and dropped. */
  readonly signal?: AbortSignal | undefined
  /** Longest wait, connecting included; default `request.timeout.ms`. */
  readonly timeoutMs?: number
  /** The caller can do with no newer version than this. */
  readonly maxVersion?: number
  /** Nor with an older one: else the call rejects with UNSUPPORTED_VERSION. */
  readonly minVersion?: number
  /** Default 'default'. */
  readonly purpose?: Purpose
  /** false for a Produce with acks=0: the answer's body is undefined, and comes when the request is written. Default true. */
  readonly expectsAnswer?: boolean
}

export interface Answer<Res> {
  readonly body: Res
  /** Of request and answer. */
  readonly version: number
  /** The node that answered; undefined where a bootstrap address did. */
  readonly nodeId: number | undefined
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: as long as the signal lets it. */
  readonly timeoutMs?: number
}

export type Unsubscribe = () => void

/** Topics that somebody needs to be in the image. */
export interface TopicWatch {
  /**
   * Resolves when an image made after the last `set` has answered for all of them, with their metadata or with an error each.
   * @throws KafkaError TIMEOUT; CLOSED; what makes connecting hopeless (SASL_AUTHENTICATION_FAILED, TLS_HANDSHAKE_FAILED)
   */
  ready(options?: WaitOptions): Promise<MetadataImage>
  /** Other topics from now on; asks for those that the image lacks. */
  set(topics: readonly string[] | 'all'): void
  release(): void
}

export interface WatchOptions {
  /** Whether asking may create topics, where the broker is configured so; default false (`allow.auto.create.topics` is the caller's). */
  readonly allowAutoTopicCreation?: boolean
}

/** The one way to the network. One object for a `Kafka`, shared by its consumers, producers and admin clients. */
export interface Cluster {
  readonly clock: Clock
  readonly logger: Logger
  readonly clientId: string
  /** What connections are made with: a thread makes its own. undefined where there is no network behind it. */
  readonly settings?: ClusterSettings | undefined
  /** The newest image; a new object with each refresh. */
  readonly metadata: MetadataImage
  /** Keeps these topics ('all' for patterns) in the image until released. */
  watchTopics(topics: readonly string[] | 'all', options?: WatchOptions): TopicWatch
  /** Called with each new image, until the returned function is called. Its throw is a bug. */
  onMetadata(fn: (image: MetadataImage) => void): Unsubscribe
  /** Asks for a fresh image soon, `retry.backoff.ms` after the last; resolves with the next one that is asked for after this call. */
  refresh(reason: string, options?: WaitOptions): Promise<MetadataImage>
  /** KIP-951: a leader that a Fetch or Produce answer names. Older epochs than the image's are ignored. */
  learnLeader(
    topic: string,
    partition: number,
    leader: { readonly nodeId: number; readonly leaderEpoch: number },
    nodes?: readonly Node[],
  ): void
  /**
   * One request in the highest version that both sides have (and the options allow). The body may depend on it.
   * Requests of one target and purpose leave in the order of calls, once the node is known and connected.
   * Resolves with the answer; error codes inside it are the caller's.
   *
   * Not retried: rejects with KafkaError `retriable` (CONNECTION_CLOSED, TIMEOUT, COORDINATOR_NOT_AVAILABLE, ...) when the connection is lost or the
   * coordinator or controller cannot be found now: see `withRetries`.
   */
  call<Req, In, Res, ResIn>(
    target: Target,
    api: Api<Req, In, Res, ResIn>,
    body: NoInfer<In> | ((version: number) => NoInfer<In>),
    options?: CallOptions,
  ): Promise<Answer<Res>>
  /** The highest version that both sides have, after connecting; undefined when the node lacks the API, or all versions that we have. */
  versionOf(target: Target, api: Api, options?: CallOptions): Promise<number | undefined>
  /** The coordinator's node, asked for where it is not known. @throws KafkaError as `call` */
  coordinator(type: CoordinatorType, key: string, options?: WaitOptions): Promise<Node>
  /** After NOT_COORDINATOR and its like: the next call asks FindCoordinator again. */
  forgetCoordinator(type: CoordinatorType, key: string): void
  /** Closes the connections of this purpose, which nobody uses any more; what waits on them rejects. */
  release(purpose: OwnPurpose): void
  /** Closes all connections; what waits rejects with CLOSED. */
  close(): Promise<void>
}
