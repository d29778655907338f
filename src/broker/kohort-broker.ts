import type { GroupEvent } from '../coordinator/index.ts'
import type { LogStore, PartitionLog } from '../log/index.ts'
import type { Clock, Logger } from '../platform/index.ts'
import type { GroupRuntime } from '../runtime/index.ts'
import type { Broker, BrokerStorage, LogLevels } from './broker.ts'
import type { BrokerConfig } from './configs/index.ts'
import { startGroupRuntime } from './groups/group-runtime.ts'
import type { MetadataLog } from './metadata/metadata-log.ts'
import type { MetadataResult, Topic } from './metadata/metadata-store.ts'
import { TopicLogs } from './topic-logs.ts'
import { DeletedTopics } from './topics/deleted-topics.ts'
import { OFFSETS_TOPIC } from './topics/topic-name.ts'

export interface KohortBrokerOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly config: BrokerConfig
  readonly metadata: MetadataLog
  readonly logs: LogStore
  readonly storage: BrokerStorage
  readonly logLevels: LogLevels
  randomId(): string
  onGroupEvent(event: GroupEvent): void
}

/** One node that leads every partition and coordinates every group. */
export class KohortBroker implements Broker {
  readonly nodeId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly config: BrokerConfig
  readonly metadata: MetadataLog
  readonly logs: LogStore
  readonly groups: GroupRuntime
  readonly storage: BrokerStorage
  readonly logLevels: LogLevels
  readonly deletedTopics: DeletedTopics
  readonly #topicLogs: TopicLogs
  readonly #randomId: () => string

  constructor(options: KohortBrokerOptions) {
    const { clock, logger, config, metadata, logs } = options
    this.nodeId = config.values.nodeId
    this.clock = clock
    this.logger = logger
    this.config = config
    this.metadata = metadata
    this.logs = logs
    this.storage = options.storage
    this.logLevels = options.logLevels
    this.deletedTopics = new DeletedTopics(clock)
    this.#randomId = () => options.randomId()
    this.#takeDynamicConfigs()
    metadata.onChange(() => this.#takeDynamicConfigs())
    this.#topicLogs = new TopicLogs(logs, config, metadata)
    this.groups = startGroupRuntime({
      clock,
      logger,
      config,
      metadata,
      logs,
      shardLog: (shard) => this.#shardLog(shard),
      onEvent: (event) => options.onGroupEvent(event),
    })
  }

  get clusterId(): string {
    return this.metadata.clusterId
  }

  randomId(): string {
    return this.#randomId()
  }

  leaderOf(_topic: Topic, _partition: number): number {
    return this.nodeId
  }

  coordinatorOf(_groupId: string): number {
    return this.nodeId
  }

  partitionLog(topic: Topic, partition: number): PartitionLog | undefined {
    return this.#topicLogs.get(topic, partition)
  }

  async deleteTopic(topic: Topic): Promise<MetadataResult> {
    const result = await this.metadata.deleteTopic(topic)
    if (result.errorCode !== 'NONE') return result
    this.deletedTopics.add(topic.name)
    const logs = this.#topicLogs.take(topic)
    const { errorCode } = await this.logs.drop(logs)
    if (errorCode === 'NONE') return { errorCode }
    return { errorCode, message: `topic ${topic.name} is deleted, but its records could not be removed yet` }
  }

  #takeDynamicConfigs(): void {
    const { config, metadata, nodeId } = this
    config.setDynamic('default', metadata.configsOf({ type: 'BROKER', name: '' }))
    config.setDynamic('broker', metadata.configsOf({ type: 'BROKER', name: String(nodeId) }))
  }

  #shardLog(shard: number): PartitionLog {
    const topic = this.metadata.image.topicsByName.get(OFFSETS_TOPIC)
    const log = topic && this.#topicLogs.get(topic, shard)
    if (log === undefined) throw new Error(`${OFFSETS_TOPIC}-${shard} is opened before it exists`)
    return log
  }
}
