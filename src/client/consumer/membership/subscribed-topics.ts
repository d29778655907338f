import type { Cluster, TopicWatch, Unsubscribe, WaitOptions } from '../../cluster/cluster.ts'
import type { MetadataImage } from '../../cluster/metadata-image.ts'
import type { GroupSubscription } from './membership.ts'

/** Which topics the subscription means now: names, and what patterns match among the topics that exist. Keeps them in the cluster's image. */
export class SubscribedTopics {
  readonly #cluster: Cluster
  readonly #subscription: () => GroupSubscription
  readonly #excludeInternalTopics: boolean
  readonly #allowAutoCreation: boolean
  #watch: TopicWatch | undefined
  #watched: readonly string[] | 'all' = []
  #unsubscribe: Unsubscribe | undefined
  #others: readonly string[] = []
  #topics: readonly string[] = []

  constructor(options: {
    readonly cluster: Cluster
    readonly subscription: () => GroupSubscription
    readonly excludeInternalTopics: boolean
    readonly allowAutoTopicCreation: boolean
  }) {
    this.#cluster = options.cluster
    this.#subscription = options.subscription
    this.#excludeInternalTopics = options.excludeInternalTopics
    this.#allowAutoCreation = options.allowAutoTopicCreation
  }

  /** Sorted. */
  get topics(): readonly string[] {
    return this.#topics
  }

  get image(): MetadataImage {
    return this.#cluster.metadata
  }

  /** @param changed called with each new image; whether the topics are others than before. */
  start(changed: (areOthers: boolean) => void): void {
    this.#topics = this.#resolve()
    this.#watched = this.#toWatch()
    this.#watch = this.#cluster.watchTopics(this.#watched, { allowAutoTopicCreation: this.#allowAutoCreation })
    this.#unsubscribe = this.#cluster.onMetadata(() => changed(this.refresh()))
  }

  /** Patterns are matched against the topics of today: those of the image may be minutes old. */
  subscriptionChanged(): void {
    this.refresh()
    if (this.#watch !== undefined && this.hasPatterns())
      this.#cluster.refresh('a pattern was subscribed').catch(() => {})
  }

  /** The subscription has changed, or the image: whether the topics are others than before. */
  refresh(): boolean {
    const before = this.#topics
    this.#topics = this.#resolve()
    this.#setWatch()
    return before.length !== this.#topics.length || before.some((topic, index) => topic !== this.#topics[index])
  }

  /** Topics that are in the image for other reasons: those of the group, for its leader; those assigned by the broker. */
  alsoWatch(topics: readonly string[]): void {
    this.#others = topics
    this.#setWatch()
  }

  async ready(options?: WaitOptions): Promise<MetadataImage> {
    return this.#watch!.ready(options)
  }

  /** Whether the application wants this topic, known to the image or not. */
  matches(topic: string): boolean {
    const { topics, patterns } = this.#subscription()
    return topics.includes(topic) || patterns.some((pattern) => isMatch(pattern, topic))
  }

  hasPatterns(): boolean {
    return this.#subscription().patterns.length > 0
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#watch?.release()
    this.#unsubscribe = undefined
    this.#watch = undefined
    this.#others = []
  }

  #resolve(): readonly string[] {
    const { topics, patterns } = this.#subscription()
    const found = new Set(topics)
    if (patterns.length > 0) {
      for (const [name, { isInternal }] of this.#cluster.metadata.topics) {
        if (isInternal && this.#excludeInternalTopics) continue
        if (patterns.some((pattern) => isMatch(pattern, name))) found.add(name)
      }
    }
    return [...found].sort()
  }

  #toWatch(): readonly string[] | 'all' {
    return this.hasPatterns() ? 'all' : [...new Set([...this.#topics, ...this.#others])].sort()
  }

  #setWatch(): void {
    const wanted = this.#toWatch()
    if (wanted === this.#watched || (wanted !== 'all' && this.#watched !== 'all' && sameNames(wanted, this.#watched)))
      return
    this.#watched = wanted
    this.#watch?.set(wanted)
  }
}

/** Expressions with the flags g and y remember where they were. */
function isMatch(pattern: RegExp, topic: string): boolean {
  pattern.lastIndex = 0
  return pattern.test(topic)
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index])
}
