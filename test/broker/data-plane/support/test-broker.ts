import type { Broker } from '../../../../src/broker/broker.ts'
import { BrokerConfig } from '../../../../src/broker/configs/index.ts'
import { fetchStateOf } from '../../../../src/broker/fetch/index.ts'
import { handlers } from '../../../../src/broker/handlers/index.ts'
import type { MetadataImage, MetadataStore, Topic } from '../../../../src/broker/metadata/metadata-store.ts'
import { Dispatcher } from '../../../../src/broker/server/dispatcher.ts'
import { createMemoryLogStore, type LogStore, type PartitionLog } from '../../../../src/log/index.ts'
import { type NetLimits, RequestServer } from '../../../../src/net/index.ts'
import { type Clock, type Logger, silentLogger, systemClock } from '../../../../src/platform/index.ts'
import { topicIdOf } from '../../../log/support/batches.ts'

export interface TestBrokerOptions {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly configs?: Readonly<Record<string, string>>
  readonly limits?: Partial<NetLimits>
  readonly flush?: () => Promise<void>
  /** Default 0. */
  readonly leaderEpoch?: number
}

/** A broker of the data plane only, in this process: metadata is what the test says, records are in memory. */
export class TestBroker {
  readonly broker: Broker
  readonly logs: LogStore
  readonly server: RequestServer
  port = 0
  #image: MetadataImage = { version: 1, topicsByName: new Map(), topicsById: new Map(), leaderEpoch: 0 }
  #nextProducerId = 1000n
  #nextTopicNumber = 1

  constructor(options: TestBrokerOptions = {}) {
    const clock = options.clock ?? systemClock
    const logger = options.logger ?? silentLogger
    const flush = options.flush === undefined ? {} : { flush: options.flush }
    const logs = createMemoryLogStore({ clock, logger, ...flush })
    this.#image = { ...this.#image, leaderEpoch: options.leaderEpoch ?? 0 }
    logs.setLeaderEpoch(this.#image.leaderEpoch)
    const config = new BrokerConfig({ static: new Map(Object.entries(options.configs ?? {})) })
    const metadata = this.#metadata()
    this.logs = logs
    this.broker = {
      nodeId: 1,
      clusterId: 'test-cluster',
      clock,
      logger,
      config,
      metadata,
      logs,
      leaderOf: () => 1,
      coordinatorOf: () => 1,
      partitionLog: (topic: Topic, partition: number) => this.#partitionLog(topic, partition),
    } as unknown as Broker
    const dispatcher = new Dispatcher(this.broker, handlers)
    this.server = new RequestServer({
      clock,
      logger,
      limits: options.limits ?? {},
      onRequest: (frame, slot) => dispatcher.dispatch(frame, slot),
    })
  }

  async start(): Promise<this> {
    const listener = await this.server.listen({ host: '127.0.0.1', port: 0 })
    this.port = listener.port
    return this
  }

  async stop(): Promise<void> {
    fetchStateOf(this.broker).delayed.stop()
    await this.server.close(1000)
    await this.logs.close()
  }

  createTopic(name: string, partitionCount: number, configs: Readonly<Record<string, string>> = {}): Topic {
    const topic: Topic = {
      name,
      topicId: topicIdOf(this.#nextTopicNumber++),
      partitionCount,
      isInternal: name.startsWith('__'),
      configs: new Map(Object.entries(configs)),
    }
    this.#change((byName, byId) => {
      byName.set(name, topic)
      byId.set(topic.topicId, topic)
    })
    return topic
  }

  async deleteTopic(topic: Topic): Promise<void> {
    const logs = Array.from({ length: topic.partitionCount }, (_, i) => this.#partitionLog(topic, i)!)
    this.#change((byName, byId) => {
      byName.delete(topic.name)
      byId.delete(topic.topicId)
    })
    await this.logs.drop(logs)
  }

  log(topic: Topic, partition = 0): PartitionLog {
    return this.#partitionLog(topic, partition)!
  }

  #partitionLog(topic: Topic, partition: number): PartitionLog | undefined {
    if (partition < 0 || partition >= topic.partitionCount) return undefined
    const config = this.broker.config.topicConfig(topic.configs)
    return this.logs.open({ topicId: topic.topicId, topic: topic.name, partition }, config)
  }

  #change(fn: (byName: Map<string, Topic>, byId: Map<string, Topic>) => void): void {
    const topicsByName = new Map(this.#image.topicsByName)
    const topicsById = new Map(this.#image.topicsById)
    fn(topicsByName, topicsById)
    this.#image = { ...this.#image, version: this.#image.version + 1, topicsByName, topicsById }
  }

  #metadata(): MetadataStore {
    const image = (): MetadataImage => this.#image
    return {
      get image() {
        return image()
      },
      allocateProducerId: async () => ({ errorCode: 'NONE', producerId: this.#nextProducerId++ }),
    } as unknown as MetadataStore
  }
}
