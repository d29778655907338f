import type { TopicPartition } from '../../assignor/index.ts'
import type { Cluster, TopicWatch, Unsubscribe } from '../cluster/cluster.ts'
import type { MetadataImage } from '../cluster/metadata-image.ts'
import { KafkaError, kindOf } from '../kafka-error.ts'
import { loadChecksums } from '../load-checksums.ts'
import type { Commits } from './commit/commits.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { RecordSerdes } from './fetch/consumer-record.ts'
import { FetchQueue } from './fetch/fetch-queue.ts'
import { Fetcher } from './fetch/fetcher.ts'
import type { ListOptions } from './fetch/list-offsets.ts'
import { Positions } from './fetch/positions.ts'
import { Delivery } from './iterate/delivery.ts'
import type { Membership } from './membership/membership.ts'
import type { RawProducer } from './on-error.ts'
import type { Subscription } from './subscription.ts'

export interface ReadingOptions<K, V> {
  readonly cluster: Cluster
  readonly settings: ConsumerSettings
  readonly subscription: Subscription
  readonly serdes: RecordSerdes<K, V>
  readonly producer: () => RawProducer
  readonly membership: () => Membership | undefined
  /** Of a consumer with a group. */
  readonly commits: () => Commits
}

/** The way of the records of the assigned partitions: positions are found, the fetcher fills the queue, the delivery hands out what is in it. */
export class Reading<K, V> {
  readonly queue: FetchQueue<K, V>
  readonly delivery: Delivery<K, V>
  readonly fetcher: Fetcher<K, V>
  readonly #cluster: Cluster
  readonly #settings: ConsumerSettings
  readonly #subscription: Subscription
  readonly #positions: Positions
  readonly #ignoreMetadata: Unsubscribe
  #watch: TopicWatch | undefined

  constructor({ cluster, settings, subscription, serdes, producer, membership, commits }: ReadingOptions<K, V>) {
    this.#cluster = cluster
    this.#settings = settings
    this.#subscription = subscription
    this.queue = new FetchQueue(serdes, {
      readable: () => this.delivery.notify(),
      drained: () => this.fetcher.drained(),
    })
    this.delivery = new Delivery({
      clock: cluster.clock,
      subscription,
      queue: this.queue,
      host: {
        polled: () => membership()?.polled(),
        waiting: (isWaiting) => membership()?.waiting(isWaiting),
        producer,
        clientId: cluster.clientId,
        groupId: settings.groupId,
      },
    })
    const failed = (error: KafkaError): void => this.delivery.failOnce(error)
    const committed: Commits['committed'] = (partitions, options) => commits().committed(partitions, options)
    this.#positions = new Positions({
      cluster,
      subscription,
      config: settings,
      host: {
        committed:
          settings.groupId === undefined ? undefined : (partitions, signal) => committed(partitions, { signal }),
        changed: () => {
          this.fetcher.wake()
          this.delivery.partitionsChanged()
        },
        failed,
      },
    })
    this.fetcher = new Fetcher({
      cluster,
      subscription,
      queue: this.queue,
      config: settings,
      host: {
        outOfRange: (state, offset) => this.#positions.outOfRange(state, offset),
        fetching: () => {
          loadChecksums()
          membership()?.mayBlock()
        },
        failed,
      },
    })
    this.#ignoreMetadata = cluster.onMetadata((image) => this.#metadataChanged(image))
  }

  /** Partitions came or went: their topics are watched, their positions found, and they are fetched. */
  assignmentChanged(): void {
    const topics = this.#subscription.assignedTopics()
    if (topics.length === 0) {
      this.#watch?.release()
      this.#watch = undefined
    } else if (this.#watch === undefined) {
      this.#watch = this.#cluster.watchTopics(topics)
      this.#watch.ready().catch((error) => {
        if (error instanceof KafkaError && error.kind !== 'closed') this.delivery.failOnce(error)
      })
    } else this.#watch.set(topics)
    this.fetcher.prepare()
    this.moved()
  }

  /** Positions are others, or partitions may be read that might not. */
  moved(): void {
    this.#positions.wake()
    this.fetcher.wake()
    this.delivery.notify()
  }

  /** The offset of the next record to hand out. Waits where it is not known yet. @throws KafkaError; the signal's reason */
  async position(partition: TopicPartition, { signal, timeoutMs }: ListOptions): Promise<bigint> {
    const deadlineMs = this.#cluster.clock.monotonicMs() + (timeoutMs ?? this.#settings.defaultApiTimeoutMs)
    for (;;) {
      const state = this.#subscription.require(partition)
      if (state.failure !== undefined) throw state.failure
      if (state.position !== undefined) return state.position.offset
      if (state.retryAtMs === Number.POSITIVE_INFINITY) state.retryAtMs = 0
      this.#positions.wake()
      const leftMs = deadlineMs - this.#cluster.clock.monotonicMs()
      if (leftMs <= 0) throw new KafkaError('TIMEOUT', `the position of ${state.name} is not known in the time allowed`)
      await this.delivery.changed({ signal, timeoutMs: leftMs })
    }
  }

  /** Nothing is asked of the cluster any more. What was fetched stays until the queue is cleared. */
  stop(): void {
    this.#ignoreMetadata()
    this.fetcher.close()
    this.#positions.close()
    this.#watch?.release()
  }

  #metadataChanged(image: MetadataImage): void {
    this.#subscription.metadataChanged(image)
    for (const topic of this.#subscription.assignedTopics()) {
      const error = image.errors.get(topic)
      if (error !== undefined && kindOf(error) === 'unauthorized')
        this.delivery.failOnce(new KafkaError(error, `topic ${topic}: ${error}`))
    }
    this.moved()
  }
}
