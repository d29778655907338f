import { holdingSystemClock, silentLogger } from '../platform/index.ts'
import { Admin } from './admin/index.ts'
import type { ConnectionStats } from './cluster/lanes.ts'
import { NetworkCluster } from './cluster/network-cluster.ts'
import {
  type AdminConfig,
  adminKeys,
  type CommonConfig,
  type ConfigTable,
  type ConsumerConfig,
  checkConsumerConfig,
  clusterSettings,
  commonKeys,
  configsOf,
  consumerKeys,
  type KafkaConfig,
  type ProducerConfig,
  type Properties,
  producerKeys,
  resolveConfig,
} from './config/index.ts'
import {
  Consumer,
  type ConsumerStats,
  consumerSettings,
  type RawProducer,
  type RecordSerdes,
} from './consumer/index.ts'
import { KafkaError } from './kafka-error.ts'
import { Producer, type ProducerStats } from './producer/index.ts'
import { bytes } from './serdes/index.ts'

const tables = {
  kafka: { where: 'new Kafka()', keys: commonKeys },
  consumer: { where: 'kafka.consumer()', keys: consumerKeys },
  producer: { where: 'kafka.producer()', keys: producerKeys },
  admin: { where: 'kafka.admin()', keys: adminKeys },
} as const satisfies Record<string, ConfigTable>
const allTables: readonly ConfigTable[] = Object.values(tables)

export interface KafkaCloseOptions {
  /** Of each consumer and producer; default theirs. */
  readonly timeoutMs?: number
  /** Ends the waits: what is not done by then is given up. */
  readonly signal?: AbortSignal
}

export interface KafkaStats {
  /** null while no broker has been asked. */
  readonly clusterId: string | null
  readonly metadata: { readonly version: number; readonly nodes: number; readonly topics: number }
  readonly connections: readonly ConnectionStats[]
  readonly consumers: readonly ConsumerStats[]
  readonly producers: readonly ProducerStats[]
}

/** What `Kafka.fromProperties` read for consumers, producers and admin clients: defaults of theirs. */
interface Inherited {
  readonly consumer: object
  readonly producer: object
  readonly admin: object
}

/**
 * A client of one Kafka cluster: makes consumers, producers and admin clients, which share its metadata and connections. Connects when one of
 * them first needs to.
 *
 *     await using kafka = new Kafka({ bootstrapServers: ['localhost:9092'], clientId: 'billing' })
 */
export class Kafka implements AsyncDisposable {
  readonly #config: CommonConfig
  readonly #cluster: NetworkCluster
  /** What is closed before the connections. */
  readonly #open = new Set<{ close(options?: KafkaCloseOptions): Promise<void> }>()
  #inherited: Inherited = { consumer: {}, producer: {}, admin: {} }
  #deadLetters: Producer | undefined
  #closed: Promise<void> | undefined

  /** @throws KafkaError INVALID_CONFIG */
  constructor(config: KafkaConfig) {
    this.#config = resolveConfig(tables.kafka, config, allTables)
    this.#cluster = new NetworkCluster({
      settings: clusterSettings(this.#config),
      clock: holdingSystemClock,
      logger: this.#config.logger ?? silentLogger,
    })
  }

  /**
   * A client from Kafka's own names: `{ 'bootstrap.servers': 'localhost:9092', 'group.id': 'billing' }`, a Map, or the text of a properties
   * file. Keys of consumers and producers become defaults of those that it makes.
   * @param more what text cannot say (`logger`, `sasl`, `connect`); goes before the properties
   * @throws KafkaError INVALID_CONFIG
   */
  static fromProperties(properties: Properties, more: Partial<KafkaConfig> = {}): Kafka {
    const [common, consumer, producer, admin] = configsOf(properties, allTables)
    const kafka = new Kafka({ ...common, ...more } as KafkaConfig)
    kafka.#inherited = { consumer: consumer!, producer: producer!, admin: admin! }
    return kafka
  }

  /** A consumer; it connects when it is first asked for something. @throws KafkaError INVALID_CONFIG */
  consumer<K = Buffer | null, V = Buffer | null>(config: ConsumerConfig<K, V> = {}): Consumer<K, V> {
    this.#checkOpen()
    const given = withDefaults(tables.consumer, this.#inherited.consumer, config)
    const resolved = resolveConfig(tables.consumer, given, allTables)
    checkConsumerConfig(resolved, given)
    const serdes = { key: config.key ?? bytes(), value: config.value ?? bytes() } as RecordSerdes<K, V>
    const consumer: Consumer<K, V> = new Consumer({
      cluster: this.#cluster,
      settings: consumerSettings(this.#config, resolved),
      serdes,
      producer: () => this.#deadLetterProducer(),
      onClosed: () => void this.#open.delete(consumer),
    })
    this.#open.add(consumer)
    return consumer
  }

  /** A producer; it connects when something is first sent. @throws KafkaError INVALID_CONFIG */
  producer<K = string | Uint8Array | null, V = string | Uint8Array | null>(
    config: ProducerConfig<K, V> = {},
  ): Producer<K, V> {
    this.#checkOpen()
    const given = withDefaults(tables.producer, this.#inherited.producer, config)
    const resolved = resolveConfig(tables.producer, given, allTables)
    const producer: Producer<K, V> = new Producer<K, V>({
      cluster: this.#cluster,
      config: resolved,
      common: this.#config,
      onClosed: () => void this.#open.delete(producer),
    })
    this.#open.add(producer)
    return producer
  }

  /** An admin client. @throws KafkaError INVALID_CONFIG */
  admin(config: AdminConfig = {}): Admin {
    this.#checkOpen()
    const resolved = resolveConfig(tables.admin, withDefaults(tables.admin, this.#inherited.admin, config), allTables)
    const admin: Admin = new Admin({
      cluster: this.#cluster,
      common: this.#config,
      defaultApiTimeoutMs: resolved.defaultApiTimeoutMs ?? this.#config.defaultApiTimeoutMs,
      onClosed: () => void this.#open.delete(admin),
    })
    this.#open.add(admin)
    return admin
  }

  /** A snapshot, for metrics and for looking at a client that hangs. Cheap. */
  stats(): KafkaStats {
    const { version, clusterId, nodes, topics } = this.#cluster.metadata
    const parts = [...this.#open]
    return {
      clusterId,
      metadata: { version, nodes: nodes.size, topics: topics.size },
      connections: this.#cluster.lanes.stats(),
      consumers: parts.filter((part) => part instanceof Consumer).map((consumer) => consumer.stats()),
      producers: parts.filter((part) => part instanceof Producer).map((producer) => producer.stats()),
    }
  }

  /** Closes all that it has made, consumers and producers first, then the connections. What waits rejects with CLOSED. */
  close(options: KafkaCloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async #close(options: KafkaCloseOptions): Promise<void> {
    // Consumers first: what they still handle may send.
    const parts = [...this.#open]
    const consumers = parts.filter((part) => !(part instanceof Producer))
    const producers = parts.filter((part) => part instanceof Producer)
    const outcomes = await Promise.allSettled(consumers.map((part) => part.close(options)))
    outcomes.push(...(await Promise.allSettled(producers.map((part) => part.close(options)))))
    await this.#cluster.close()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Acknowledged by all, whatever producers of the application are configured to. */
  #deadLetterProducer(): RawProducer {
    this.#deadLetters ??= new Producer({
      cluster: this.#cluster,
      config: resolveConfig(tables.producer, {}, allTables),
      common: this.#config,
      onClosed: () => {},
    })
    const producer = this.#deadLetters
    this.#open.add(producer)
    return {
      send: ({ headers, ...record }, options) =>
        producer.send({ ...record, headers: headers.map(({ key, value }) => [key, value] as const) }, options),
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new KafkaError('CLOSED', 'this Kafka was closed')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** @throws KafkaError INVALID_CONFIG for what is no object */
function withDefaults<C extends object>({ where }: ConfigTable, defaults: object, config: C): C {
  if (typeof config !== 'object' || config === null) throw new KafkaError('INVALID_CONFIG', `${where} takes an object`)
  return { ...defaults, ...config }
}
