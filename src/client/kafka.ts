import { holdingSystemClock, silentLogger } from '../platform/index.ts'
import { NetworkCluster } from './cluster/network-cluster.ts'
import {
  adminKeys,
  type CommonConfig,
  type ConsumerConfig,
  checkConsumerConfig,
  clusterSettings,
  commonKeys,
  configsOf,
  consumerKeys,
  type Face,
  type KafkaConfig,
  type Properties,
  producerKeys,
  resolveConfig,
} from './config/index.ts'
import { Consumer, consumerSettings, type RecordSerdes } from './consumer/index.ts'
import { KafkaError } from './kafka-error.ts'
import { bytes } from './serdes/index.ts'

const faces = {
  kafka: { where: 'new Kafka()', keys: commonKeys },
  consumer: { where: 'kafka.consumer()', keys: consumerKeys },
  producer: { where: 'kafka.producer()', keys: producerKeys },
  admin: { where: 'kafka.admin()', keys: adminKeys },
} as const satisfies Record<string, Face>
const allFaces: readonly Face[] = Object.values(faces)

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
  readonly #open = new Set<{ close(): Promise<void> }>()
  #closed: Promise<void> | undefined

  /** @throws KafkaError INVALID_CONFIG */
  constructor(config: KafkaConfig) {
    this.#config = resolveConfig(faces.kafka, config, allFaces)
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
    const [common] = configsOf(properties, allFaces)
    return new Kafka({ ...common, ...more } as KafkaConfig)
  }

  /** A consumer; it connects when it is first asked for something. @throws KafkaError INVALID_CONFIG */
  consumer<K = Buffer | null, V = Buffer | null>(config: ConsumerConfig<K, V> = {}): Consumer<K, V> {
    const resolved = resolveConfig(faces.consumer, config, allFaces)
    checkConsumerConfig(resolved, config)
    const serdes = { key: config.key ?? bytes(), value: config.value ?? bytes() } as RecordSerdes<K, V>
    const consumer: Consumer<K, V> = new Consumer({
      cluster: this.#cluster,
      settings: consumerSettings(this.#config, resolved),
      serdes,
      producer: () => {
        throw new KafkaError('INVALID_STATE', 'dead letters need a producer, which this client does not have yet')
      },
      onClosed: () => void this.#open.delete(consumer),
    })
    this.#open.add(consumer)
    return consumer
  }

  /** Closes all that it has made, consumers and producers first, then the connections. What waits rejects with CLOSED. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#open, (part) => part.close()))
    await this.#cluster.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
