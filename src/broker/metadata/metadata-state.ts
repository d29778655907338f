import type { ConfigResource, MetadataImage, Topic } from './metadata-store.ts'
import type { BrokerRegistration, ConfigResourceTypeName, MetadataRecord } from './records.ts'

/**
 * What the records of the metadata log add up to. `apply` is its only writer, on load and live. A draft is a copy that a batch of changes is
 * tried on before it is written.
 */
export class MetadataState {
  clusterId: string | undefined
  leaderEpoch = -1
  cleanShutdown = false
  nextProducerId = 0n
  readonly brokers: Map<number, BrokerRegistration>
  #topics: Map<string, Topic>
  #configs: Map<string, ReadonlyMap<string, string>>

  constructor() {
    this.brokers = new Map()
    this.#topics = new Map()
    this.#configs = new Map()
  }

  draft(): MetadataState {
    const draft = new MetadataState()
    draft.clusterId = this.clusterId
    draft.leaderEpoch = this.leaderEpoch
    draft.cleanShutdown = this.cleanShutdown
    draft.nextProducerId = this.nextProducerId
    for (const [nodeId, registration] of this.brokers) draft.brokers.set(nodeId, registration)
    draft.#topics = new Map(this.#topics)
    draft.#configs = new Map(this.#configs)
    return draft
  }

  apply(record: MetadataRecord): void {
    switch (record.type) {
      case 'Cluster':
        this.clusterId = record.clusterId
        return
      case 'Broker':
        this.brokers.set(record.nodeId, record.registration)
        return
      case 'LeaderEpoch':
        this.leaderEpoch = record.leaderEpoch
        this.cleanShutdown = record.cleanShutdown
        return
      case 'ProducerIds':
        this.nextProducerId = record.nextProducerId
        return
      case 'Topic':
        if (record.topic === null) this.#topics.delete(record.name)
        else {
          const { name, topic } = record
          this.#topics.set(name, { name, ...topic, configs: this.configsOf({ type: 'TOPIC', name }) })
        }
        return
      case 'Config':
        this.#applyConfig(record.resourceType, record.resourceName, record.configs)
    }
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  configsOf(resource: ConfigResource): ReadonlyMap<string, string> {
    return this.#configs.get(configsKey(resource.type, resource.name)) ?? NO_CONFIGS
  }

  /** Resources that have configs, and groups that had some since the start (Kafka's GroupConfigManager keeps those until a restart). */
  resourcesWithConfigs(type: ConfigResourceTypeName): string[] {
    const prefix = configsKey(type, '')
    const names: string[] = []
    for (const key of this.#configs.keys()) if (key.startsWith(prefix)) names.push(key.slice(prefix.length))
    return names
  }

  /** After the load: groups without configs are only listed while the process lives in which they lost them. */
  forgetEmptiedGroups(): void {
    for (const [key, configs] of this.#configs) if (configs.size === 0) this.#configs.delete(key)
  }

  image(version: number): MetadataImage {
    const topicsById = new Map<string, Topic>()
    for (const topic of this.#topics.values()) topicsById.set(topic.topicId, topic)
    return { version, topicsByName: new Map(this.#topics), topicsById, leaderEpoch: this.leaderEpoch }
  }

  #applyConfig(type: ConfigResourceTypeName, name: string, configs: ReadonlyMap<string, string> | null): void {
    const key = configsKey(type, name)
    if (configs !== null && configs.size > 0) this.#configs.set(key, configs)
    else if (type === 'GROUP') this.#configs.set(key, NO_CONFIGS)
    else this.#configs.delete(key)
    const topic = type === 'TOPIC' ? this.#topics.get(name) : undefined
    if (topic !== undefined) this.#topics.set(name, { ...topic, configs: configs ?? NO_CONFIGS })
  }
}

const NO_CONFIGS: ReadonlyMap<string, string> = new Map()

function configsKey(type: ConfigResourceTypeName, name: string): string {
  return `${type}/${name}`
}
