import type { LogStore, PartitionLog } from '../log/index.ts'
import type { Logger } from '../platform/index.ts'
import type { BrokerConfig } from './configs/index.ts'
import { METADATA_TOPIC_ID } from './metadata/metadata-log.ts'
import type { MetadataImage, MetadataStore, Topic } from './metadata/metadata-store.ts'

/** Keeps the partition logs that the metadata says there are, with the configs that it says they have. */
export class TopicLogs {
  readonly #logs: LogStore
  readonly #config: BrokerConfig
  readonly #byTopicId = new Map<string, PartitionLog[]>()

  /** Opens the logs of all topics, and follows every change from then on. */
  constructor(logs: LogStore, config: BrokerConfig, metadata: MetadataStore) {
    this.#logs = logs
    this.#config = config
    for (const topic of metadata.image.topicsById.values()) this.#open(topic)
    metadata.onChange((image, previous) => this.#follow(image, previous))
    config.onChange(() => {
      for (const topic of metadata.image.topicsById.values()) this.#configure(topic)
    })
  }

  get({ topicId }: Topic, partition: number): PartitionLog | undefined {
    return this.#byTopicId.get(topicId)?.[partition]
  }

  /** The logs of a topic that is gone, taken out: they are the caller's to drop. */
  take({ topicId }: Topic): readonly PartitionLog[] {
    const logs = this.#byTopicId.get(topicId) ?? []
    this.#byTopicId.delete(topicId)
    return logs
  }

  #follow(image: MetadataImage, previous: MetadataImage): void {
    for (const topic of image.topicsById.values()) {
      const before = previous.topicsById.get(topic.topicId)
      if (before === topic) continue
      if (before === undefined || before.partitionCount !== topic.partitionCount) this.#open(topic)
      if (before !== undefined && before.configs !== topic.configs) this.#configure(topic)
    }
  }

  #open({ topicId, name, partitionCount, configs }: Topic): void {
    const logs = this.#byTopicId.get(topicId) ?? []
    this.#byTopicId.set(topicId, logs)
    const config = this.#config.topicConfig(configs)
    for (let partition = logs.length; partition < partitionCount; partition++) {
      logs.push(this.#logs.open({ topicId, topic: name, partition }, config))
    }
  }

  #configure({ topicId, configs }: Topic): void {
    const config = this.#config.topicConfig(configs)
    for (const log of this.#byTopicId.get(topicId) ?? []) log.setConfig(config)
  }
}

/** Logs whose topic is gone: a deletion was durable in the metadata, but the process ended before the records went. */
export async function dropOrphans(logs: LogStore, { topicsById }: MetadataImage, logger: Logger): Promise<void> {
  const orphans = [...logs.logs()].filter(({ identity: { topicId, partition } }) => {
    if (topicId === METADATA_TOPIC_ID) return false
    const topic = topicsById.get(topicId)
    return topic === undefined || partition >= topic.partitionCount
  })
  if (orphans.length === 0) return
  const { errorCode } = await logs.drop(orphans)
  const partitions = orphans.map(({ identity }) => `${identity.topic}-${identity.partition}`)
  logger.info({ partitions, errorCode }, `removed the records of ${orphans.length} partitions of deleted topics`)
}
