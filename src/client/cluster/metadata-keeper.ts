import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import { type Api, apis, ErrorCode, errorName, type MetadataResponse } from '../../wire/index.ts'
import { backoffMs } from '../backoff.ts'
import { bounded } from '../bounded.ts'
import { checkTopic } from '../config/call-options.ts'
import { KafkaError } from '../kafka-error.ts'
import type { TopicWatch, Unsubscribe, WaitOptions, WatchOptions } from './cluster.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { CallAny } from './coordinators.ts'
import { isUnsettled, type LearnedLeader, updatedImage, withLeaders } from './image-update.ts'
import { emptyImage, type MetadataImage, type Node } from './metadata-image.ts'

export interface MetadataKeeperOptions {
  readonly settings: Pick<
    ClusterSettings,
    'metadataMaxAgeMs' | 'retryBackoff' | 'rebootstrapTriggerMs' | 'rebootstraps'
  >
  readonly clock: Clock
  readonly logger: Logger
  readonly callAny: CallAny
  /** The nodes that are known are of no use: the next question goes to bootstrap addresses. */
  rebootstrap(reason: string): void
  /** Each new image, before anybody else sees it. */
  onImage(image: MetadataImage): void
}

interface Waiter {
  resolve(image: MetadataImage): void
  reject(error: unknown): void
}

interface Watched {
  topics: readonly string[] | 'all'
  readonly allowAutoTopicCreation: boolean
}

/** Keeps the metadata image fresh: when somebody needs it, when it is incomplete, and from time to time. One request at a time. */
export class MetadataKeeper {
  readonly #options: MetadataKeeperOptions
  readonly #watches = new Set<Watched>()
  readonly #listeners = new Set<(image: MetadataImage) => void>()
  #image: MetadataImage = emptyImage
  /** Who waits for an attempt that has not begun. */
  #waiting: Waiter[] = []
  #isRunning = false
  #timer: { readonly atMs: number; readonly cancel: Cancel } | undefined
  #lastAttemptMs = Number.NEGATIVE_INFINITY
  /** In a row: of attempts, and of images that were incomplete. */
  #failures = 0
  #unsettled = 0
  #failingSinceMs: number | undefined
  #learned: LearnedLeader[] = []
  #learnedNodes: Node[] = []
  #startsAnew = false
  #closed: KafkaError | undefined

  constructor(options: MetadataKeeperOptions) {
    this.#options = options
  }

  get image(): MetadataImage {
    return this.#image
  }

  watch(topics: readonly string[] | 'all', { allowAutoTopicCreation = false }: WatchOptions = {}): TopicWatch {
    // One that cannot be asked for would keep all others from being asked for.
    if (topics !== 'all') for (const topic of topics) checkTopic(topic)
    const watched: Watched = { topics, allowAutoTopicCreation }
    this.#watches.add(watched)
    // What an image in `errors` says of a topic may be old news; and 'all' needs an image that was asked for all.
    let answered: Promise<MetadataImage> | undefined = this.#covers(topics) ? undefined : this.#soon()
    return {
      ready: (options) => bounded(answered ?? Promise.resolve(this.#image), options, this.#options.clock, 'metadata'),
      set: (next) => {
        watched.topics = next
        answered = this.#covers(next) ? undefined : this.#soon()
      },
      release: () => {
        this.#watches.delete(watched)
      },
    }
  }

  onImage(fn: (image: MetadataImage) => void): Unsubscribe {
    this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  refresh(reason: string, options?: WaitOptions): Promise<MetadataImage> {
    this.#options.logger.debug({ reason }, `refreshing metadata: ${reason}`)
    return bounded(this.#next(this.#pace()), options, this.#options.clock, 'metadata')
  }

  /** As `refresh`, for who waits for nothing. */
  request(): void {
    if (this.#closed === undefined) this.#schedule(this.#pace())
  }

  /** Leaders that are learned in one turn make one image. */
  learnLeader(leader: LearnedLeader, nodes: readonly Node[]): void {
    if (this.#learned.length === 0) queueMicrotask(() => this.#applyLearned())
    this.#learned.push(leader)
    this.#learnedNodes.push(...nodes)
  }

  close(error: KafkaError): void {
    this.#closed = error
    this.#timer?.cancel.cancel()
    this.#timer = undefined
    this.#rejectAll(error)
    this.#listeners.clear()
  }

  #covers(topics: readonly string[] | 'all'): boolean {
    return topics !== 'all' && this.#image.version > 0 && topics.every((name) => this.#image.topics.has(name))
  }

  /** The next image, asked for at once: somebody begins to use a topic (as in Java, no backoff holds that up). */
  #soon(): Promise<MetadataImage> {
    return this.#next(this.#failures > 0 ? this.#pace() : this.#options.clock.monotonicMs())
  }

  #next(atMs: number): Promise<MetadataImage> {
    if (this.#closed !== undefined) return silenced(Promise.reject(this.#closed))
    const next = new Promise<MetadataImage>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#schedule(atMs)
    return silenced(next)
  }

  /** When the next attempt may be made. */
  #pace(): number {
    const { retryBackoff } = this.#options.settings
    return this.#lastAttemptMs + backoffMs(retryBackoff, Math.max(0, Math.max(this.#failures, this.#unsettled) - 1))
  }

  #schedule(atMs: number): void {
    if (this.#isRunning || this.#closed !== undefined) return
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return
    this.#timer?.cancel.cancel()
    this.#timer = undefined
    if (atMs <= this.#options.clock.monotonicMs()) void this.#attempt()
    else this.#timer = { atMs, cancel: this.#options.clock.at(atMs, () => void this.#attempt()) }
  }

  async #attempt(): Promise<void> {
    const { clock, logger, settings } = this.#options
    this.#timer = undefined
    this.#isRunning = true
    this.#lastAttemptMs = clock.monotonicMs()
    // Watches that are set in this turn are asked for too.
    await undefined
    const waiters = this.#waiting
    this.#waiting = []
    try {
      const image = await this.#fetch()
      this.#isRunning = false
      if (this.#closed !== undefined) return reject(waiters, this.#closed)
      this.#failures = 0
      this.#failingSinceMs = undefined
      this.#install(image)
      for (const { resolve } of waiters) resolve(image)
      this.#unsettled = isUnsettled(image) ? this.#unsettled + 1 : 0
      // Not all clients that started together at the same time.
      const ageMs = settings.metadataMaxAgeMs * (0.9 + 0.1 * Math.random())
      this.#schedule(this.#unsettled > 0 || this.#waiting.length > 0 ? this.#pace() : this.#lastAttemptMs + ageMs)
    } catch (error) {
      this.#isRunning = false
      if (this.#closed !== undefined) return reject(waiters, this.#closed)
      this.#failures++
      this.#failingSinceMs ??= this.#lastAttemptMs
      const isHopeless = !(error instanceof KafkaError) || error.kind !== 'retriable'
      if (isHopeless) reject(waiters, error)
      else this.#waiting = [...waiters, ...this.#waiting]
      const { message, code } = error as KafkaError
      if (isHopeless) logger.error({ code }, `no metadata: ${message}`)
      else logger.debug({ code }, `no metadata yet: ${message}`)
      this.#rebootstrapWhenDue()
      // Who came while the attempt was under way waits for the next one.
      if (!isHopeless || this.#waiting.length > 0 || this.#watches.size > 0) this.#schedule(this.#pace())
    }
  }

  async #fetch(): Promise<MetadataImage> {
    const answers: MetadataResponse[] = []
    for (const question of this.#questions()) answers.push(await this.#ask(question))
    const missing = this.#missing(answers)
    if (missing.length > 0) answers.push(await this.#ask({ topics: missing, allowAutoTopicCreation: true }))
    const previous = this.#startsAnew ? { ...emptyImage, version: this.#image.version } : this.#image
    const image = updatedImage(previous, answers)
    if (image.nodes.size === 0) throw new KafkaError('BROKER_NOT_AVAILABLE', 'the answer names no broker', RETRIABLE)
    this.#startsAnew = false
    return this.#withUnknown(image)
  }

  /** One question, or two where only some topics may be created. */
  #questions(): readonly Question[] {
    const named = new Map<string, boolean>()
    let isAll = false
    for (const { topics, allowAutoTopicCreation } of this.#watches) {
      if (topics === 'all') isAll = true
      else for (const name of topics) named.set(name, allowAutoTopicCreation || named.get(name) === true)
    }
    if (isAll) return [{ topics: null, allowAutoTopicCreation: false }]
    const [creatable, others] = [true, false].map((wanted) =>
      [...named].flatMap(([n, may]) => (may === wanted ? [n] : [])),
    )
    if (creatable!.length === 0) return [{ topics: others!, allowAutoTopicCreation: false }]
    const creating = { topics: creatable!, allowAutoTopicCreation: true }
    return others!.length === 0 ? [creating] : [{ topics: others!, allowAutoTopicCreation: false }, creating]
  }

  /** Topics that may be created, and that an answer about all topics has not. */
  #missing(answers: readonly MetadataResponse[]): readonly string[] {
    const watches = [...this.#watches]
    if (!watches.some(({ topics }) => topics === 'all')) return []
    const present = new Set(answers.flatMap(({ topics }) => topics.map(({ name }) => name)))
    const wanted = watches.flatMap((one) => (one.allowAutoTopicCreation && one.topics !== 'all' ? one.topics : []))
    return wanted.filter((name) => !present.has(name))
  }

  /** An answer about all topics has no word on those that do not exist. */
  #withUnknown(image: MetadataImage): MetadataImage {
    const errors = new Map(image.errors)
    for (const { topics } of this.#watches) {
      if (topics === 'all') continue
      for (const name of topics) {
        if (!image.topics.has(name) && !errors.has(name)) errors.set(name, 'UNKNOWN_TOPIC_OR_PARTITION')
      }
    }
    return { ...image, errors }
  }

  async #ask({ topics, allowAutoTopicCreation }: Question): Promise<MetadataResponse> {
    const api = apis.Metadata as unknown as Api<never, Request, MetadataResponse, never>
    const list = topics?.map((name) => ({ name })) ?? null
    // Version 0 cannot ask for no topic, version 4 was the first that need not create them.
    const body = (version: number): Request =>
      version >= 4 ? { topics: list, allowAutoTopicCreation } : { topics: list }
    const { body: answer } = await this.#options.callAny(api, body, { minVersion: 1 })
    if (answer.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED) {
      this.rebootstrap('the broker asks for it')
      throw new KafkaError('REBOOTSTRAP_REQUIRED', undefined, RETRIABLE)
    }
    if (answer.errorCode !== 0) throw new KafkaError(errorName(answer.errorCode) as 'UNKNOWN_SERVER_ERROR')
    return answer
  }

  /** What is known of nodes and leaders is not to be believed any more. */
  rebootstrap(reason: string): void {
    this.#startsAnew = true
    this.#options.rebootstrap(reason)
  }

  #rebootstrapWhenDue(): void {
    const { settings, clock } = this.#options
    const sinceMs = this.#failingSinceMs
    if (!settings.rebootstraps || sinceMs === undefined) return
    if (clock.monotonicMs() - sinceMs < settings.rebootstrapTriggerMs) return
    this.#failingSinceMs = clock.monotonicMs()
    this.rebootstrap(`no metadata for ${settings.rebootstrapTriggerMs} ms`)
  }

  #applyLearned(): void {
    const leaders = this.#learned
    const nodes = this.#learnedNodes
    this.#learned = []
    this.#learnedNodes = []
    if (this.#closed !== undefined) return
    const image = withLeaders(this.#image, leaders, nodes)
    if (image !== this.#image) this.#install(image)
  }

  #install(image: MetadataImage): void {
    // Leaders may have been learned while the answer was on its way.
    this.#image = image.version > this.#image.version ? image : { ...image, version: this.#image.version + 1 }
    this.#options.onImage(this.#image)
    for (const fn of this.#listeners) fn(this.#image)
  }

  #rejectAll(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    reject(waiting, error)
  }
}

const RETRIABLE = { kind: 'retriable' } as const

interface Question {
  /** null for all. */
  readonly topics: readonly string[] | null
  readonly allowAutoTopicCreation: boolean
}

interface Request {
  readonly topics: readonly { readonly name: string }[] | null
  readonly allowAutoTopicCreation?: boolean
}

function reject(waiters: readonly Waiter[], error: unknown): void {
  for (const waiter of waiters) waiter.reject(error)
}

/** Nobody need look at it. */
function silenced<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
