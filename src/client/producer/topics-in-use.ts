import type { Cluster, TopicWatch } from '../cluster/cluster.ts'
import type { TopicMetadata } from '../cluster/metadata-image.ts'
import { checkTopic } from '../config/call-options.ts'
import { KafkaError } from '../kafka-error.ts'
import { loadChecksums } from '../load-checksums.ts'
import { hasNot } from './partition-chooser.ts'

export interface TopicsInUseOptions {
  readonly cluster: Cluster
  readonly metadataMaxIdleMs: number
  /** Nothing has been sent to it for `metadata.max.idle.ms`. */
  onForgotten(topic: string): void
}

export interface ReadyOptions {
  /** Default: any. */
  readonly partition?: number | undefined
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
}

/** The topics that a producer sends to: watched from their first record on, until nothing has been sent to them for `metadata.max.idle.ms`. */
export class TopicsInUse {
  readonly #options: TopicsInUseOptions
  readonly #lastUsedMs = new Map<string, number>()
  #watch: TopicWatch | undefined

  constructor(options: TopicsInUseOptions) {
    this.#options = options
  }

  /** The topic, where it is in use and metadata has it. */
  get(name: string): TopicMetadata | undefined {
    return this.#lastUsedMs.has(name) ? this.#options.cluster.metadata.topics.get(name) : undefined
  }

  /** A record goes to it. */
  used(name: string, nowMs: number): void {
    this.#lastUsedMs.set(name, nowMs)
  }

  /**
   * The topic, when metadata has it, and this partition of it. Asks again until then, as Java's producer does: it may have been created a moment ago.
   * @throws KafkaError what the cluster says of it; the last such after the deadline
   */
  async ready(name: string, { partition = 0, deadlineMs, signal }: ReadyOptions): Promise<TopicMetadata> {
    checkTopic(name)
    const { cluster } = this.#options
    this.#use(name)
    /** What the cluster said last tells more than that the time is over. */
    let last: KafkaError | undefined
    for (;;) {
      const timeoutMs = Math.max(0, deadlineMs - cluster.clock.monotonicMs())
      const image = await this.#watch!.ready({ signal, timeoutMs }).catch((failure: unknown) => {
        throw last !== undefined && failure instanceof KafkaError && failure.code === 'TIMEOUT' ? last : failure
      })
      const topic = cluster.metadata.topics.get(name) ?? image.topics.get(name)
      const hasLeader = topic?.partitions.some(({ leaderId }) => leaderId >= 0) === true
      if (hasLeader && partition < topic.partitions.length) return topic
      const error = hasLeader
        ? new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', hasNot(topic, partition))
        : notReady(name, image.errors.get(name))
      if (error.kind !== 'retriable' || timeoutMs === 0) throw error
      last = error
      await cluster.refresh(`${name} is not there yet`, { signal, timeoutMs }).catch((failure: unknown) => {
        throw failure instanceof KafkaError && failure.code === 'TIMEOUT' ? error : failure
      })
    }
  }

  release(): void {
    this.#watch?.release()
  }

  #use(name: string): void {
    const { cluster, metadataMaxIdleMs, onForgotten } = this.#options
    const nowMs = cluster.clock.monotonicMs()
    const isNew = !this.#lastUsedMs.has(name)
    if (isNew) setImmediate(loadChecksums)
    this.#lastUsedMs.set(name, nowMs)
    if (!isNew && this.#watch !== undefined) return
    for (const [topic, usedMs] of this.#lastUsedMs) {
      if (nowMs - usedMs <= metadataMaxIdleMs) continue
      this.#lastUsedMs.delete(topic)
      onForgotten(topic)
    }
    const topics = [...this.#lastUsedMs.keys()]
    if (this.#watch === undefined) this.#watch = cluster.watchTopics(topics, { allowAutoTopicCreation: true })
    else this.#watch.set(topics)
  }
}

function notReady(name: string, code: KafkaError['code'] = 'LEADER_NOT_AVAILABLE'): KafkaError {
  return new KafkaError(code, `${name} cannot be produced to: ${new KafkaError(code).message}`)
}
