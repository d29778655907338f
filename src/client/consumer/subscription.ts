import type { TopicPartition } from '../../assignor/index.ts'
import type { MetadataImage } from '../cluster/metadata-image.ts'
import { KafkaError } from '../kafka-error.ts'
import { PartitionState } from './partition-state.ts'

/** Topics by name, by pattern, or both. A pattern is matched against whole names where it says so (`^`, `$`), as JavaScript does. */
export type TopicsInput = string | RegExp | readonly (string | RegExp)[]

/** KIP-848: RE2 syntax, matched as a whole by the broker (Java's SubscriptionPattern). */
export interface RemotePattern {
  readonly re2: string
}

export type SubscriptionMode = 'none' | 'subscribed' | 'assigned'

/**
 * What the application wants, which partitions it has, and how far each of them is (Java's SubscriptionState). Pure: who changes it does the I/O
 * that follows from it.
 */
export class Subscription {
  #mode: SubscriptionMode = 'none'
  #topics: readonly string[] = []
  #patterns: readonly RegExp[] = []
  #remotePattern: string | undefined
  readonly #partitions = new Map<string, Map<number, PartitionState>>()
  #size = 0
  #assignmentEpoch = 0
  readonly #countsAtFirst = new Map<string, number>()
  /** The next assignment is the first for some topics: what exists then is not new. */
  #isFirst = true

  get mode(): SubscriptionMode {
    return this.#mode
  }

  /** Named topics, without duplicates. */
  get topics(): readonly string[] {
    return this.#topics
  }

  get patterns(): readonly RegExp[] {
    return this.#patterns
  }

  get remotePattern(): string | undefined {
    return this.#remotePattern
  }

  get assignmentEpoch(): number {
    return this.#assignmentEpoch
  }

  /** How many partitions are assigned. */
  get size(): number {
    return this.#size
  }

  /** Takes the place of the topics before; the group decides what of the assignment stays. @throws KafkaError INVALID_STATE, INVALID_ARGUMENT */
  subscribe(input: TopicsInput | RemotePattern): void {
    if (this.#mode === 'assigned') {
      throw new KafkaError(
        'INVALID_STATE',
        'subscribe() after assign(): a consumer does the one or the other; call unsubscribe() between',
      )
    }
    if (isRemotePattern(input)) {
      if (typeof input.re2 !== 'string' || input.re2 === '') throw notTopics()
      this.#set([], [], input.re2)
      return
    }
    const list: readonly (string | RegExp)[] = typeof input === 'string' || input instanceof RegExp ? [input] : input
    if (!Array.isArray(list)) throw notTopics()
    if (list.length === 0)
      throw new KafkaError('INVALID_ARGUMENT', 'subscribe() needs a topic or a pattern; unsubscribe() ends it')
    const topics = list.filter((item) => typeof item === 'string')
    const patterns = list.filter((item) => item instanceof RegExp)
    if (topics.length + patterns.length !== list.length || topics.includes('')) throw notTopics()
    this.#set([...new Set(topics)], patterns, undefined)
  }

  /** Partitions without a group to give them: takes the place of those before. Those that stay keep their position. */
  assign(partitions: Iterable<TopicPartition>): {
    readonly added: PartitionState[]
    readonly removed: PartitionState[]
  } {
    if (this.#mode === 'subscribed') {
      throw new KafkaError(
        'INVALID_STATE',
        'assign() after subscribe(): a consumer does the one or the other; call unsubscribe() between',
      )
    }
    this.#mode = 'assigned'
    const wanted = [...partitions]
    return { removed: this.retain(wanted), added: this.add(wanted) }
  }

  /** @returns the partitions that it had. */
  unsubscribe(): PartitionState[] {
    this.#mode = 'none'
    this.#topics = []
    this.#patterns = []
    this.#remotePattern = undefined
    this.#countsAtFirst.clear()
    return this.retain([])
  }

  /** Whether the pattern or the names ask for this topic. */
  wants(topic: string): boolean {
    return this.#topics.includes(topic) || this.#patterns.some((pattern) => matches(pattern, topic))
  }

  /**
   * The group gave these partitions, those that it has already left alone.
   * @param image with the partitions of today, from which a later assignment can tell those that are new in the world
   */
  add(partitions: Iterable<TopicPartition>, image?: MetadataImage): PartitionState[] {
    this.#assignmentEpoch++
    if (image !== undefined && this.#mode === 'subscribed') this.#noteCounts(image)
    const added: PartitionState[] = []
    for (const { topic, partition } of partitions) {
      if (this.get(topic, partition) !== undefined) continue
      const state = new PartitionState({
        topic,
        partition,
        assignmentEpoch: this.#assignmentEpoch,
        isBornLater: this.#mode === 'subscribed' && partition >= (this.#countsAtFirst.get(topic) ?? 0),
      })
      let ofTopic = this.#partitions.get(topic)
      if (ofTopic === undefined) {
        ofTopic = new Map()
        this.#partitions.set(topic, ofTopic)
      }
      ofTopic.set(partition, state)
      this.#size++
      if (image !== undefined) setLeader(state, image)
      added.push(state)
    }
    return added
  }

  /** @returns the partitions that went: all but these. */
  retain(partitions: readonly TopicPartition[]): PartitionState[] {
    const kept = new Set(partitions.map(({ topic, partition }) => this.get(topic, partition)))
    return this.remove([...this].filter((state) => !kept.has(state)))
  }

  remove(partitions: Iterable<TopicPartition>): PartitionState[] {
    const removed: PartitionState[] = []
    for (const { topic, partition } of partitions) {
      const ofTopic = this.#partitions.get(topic)
      const state = ofTopic?.get(partition)
      if (state === undefined) continue
      state.beginRevoke('the partition is not assigned any more')
      ofTopic!.delete(partition)
      if (ofTopic!.size === 0) this.#partitions.delete(topic)
      this.#size--
      removed.push(state)
    }
    return removed
  }

  get(topic: string, partition: number): PartitionState | undefined {
    return this.#partitions.get(topic)?.get(partition)
  }

  /** Whether this very assignment is the one of today. */
  has(state: PartitionState): boolean {
    return this.get(state.topic, state.partition) === state
  }

  /** @throws KafkaError INVALID_STATE where it is not assigned */
  require({ topic, partition }: TopicPartition): PartitionState {
    const state = this.get(topic, partition)
    if (state === undefined)
      throw new KafkaError('INVALID_STATE', `${topic}-${partition} is not assigned to this consumer`)
    return state
  }

  *[Symbol.iterator](): Iterator<PartitionState> {
    for (const ofTopic of this.#partitions.values()) yield* ofTopic.values()
  }

  /** Topics that have an assigned partition. */
  assignedTopics(): string[] {
    return [...this.#partitions.keys()]
  }

  partitions(): TopicPartition[] {
    return Array.from(this, ({ topic, partition }) => ({ topic, partition }))
  }

  /** A new image: leaders, and with them what has to be validated. */
  metadataChanged(image: MetadataImage): void {
    for (const state of this) setLeader(state, image)
  }

  /** How many partitions topics have at the first assignment after a `subscribe`; those counted before keep their count. */
  #noteCounts(image: MetadataImage): void {
    if (!this.#isFirst) return
    this.#isFirst = false
    for (const { name, partitions } of image.topics.values()) {
      if (!this.#countsAtFirst.has(name)) this.#countsAtFirst.set(name, partitions.length)
    }
  }

  #set(topics: readonly string[], patterns: readonly RegExp[], remotePattern: string | undefined): void {
    this.#mode = 'subscribed'
    this.#isFirst = true
    this.#topics = topics
    this.#patterns = patterns
    this.#remotePattern = remotePattern
  }
}

export interface BirthEvidence {
  readonly partition: number
  /** Committed offsets of the group, by partition of the topic. */
  readonly committed: ReadonlySet<number>
}

/**
 * Whether the group's commits tell that a partition without one came to be after the group: they are those of the partitions below it, without a gap.
 * A partition that the group had from the beginning has its commit like its neighbours, also where it never had a record.
 */
export function isBornAfterCommits({ partition, committed }: BirthEvidence): boolean {
  if (committed.size === 0 || committed.size > partition) return false
  for (let i = 0; i < committed.size; i++) if (!committed.has(i)) return false
  return true
}

/** As JavaScript does. */
export function matches(pattern: RegExp, topic: string): boolean {
  pattern.lastIndex = 0 // of a pattern with the flag g or y, which would go on where it ended
  return pattern.test(topic)
}

function setLeader(state: PartitionState, image: MetadataImage): void {
  const partition = image.topics.get(state.topic)?.partitions[state.partition]
  if (partition !== undefined) state.setLeader(partition)
}

function isRemotePattern(input: TopicsInput | RemotePattern): input is RemotePattern {
  return typeof input === 'object' && input !== null && 're2' in input
}

function notTopics(): KafkaError {
  return new KafkaError(
    'INVALID_ARGUMENT',
    "subscribe() takes names of topics, regular expressions, a list of both, or { re2: 'a pattern' }; where to begin is the consumer's autoOffsetReset",
  )
}
