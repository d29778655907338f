import type { LogConfig, LogStore, PartitionLog } from '../../log/index.ts'
import type { Clock, Logger } from '../../platform/index.ts'
import { encodeKeyedRecords, replayRecords } from '../log-records.ts'
import { MetadataState } from './metadata-state.ts'
import type {
  ConfigChange,
  ConfigResource,
  MetadataImage,
  MetadataResult,
  MetadataStore,
  Topic,
} from './metadata-store.ts'
import {
  type BrokerRegistration,
  type ConfigResourceTypeName,
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
} from './records.ts'

/** Kafka's own id and name for the log of cluster metadata (Uuid.METADATA_TOPIC_ID). It is not a topic in Metadata. */
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
export const METADATA_TOPIC = '__cluster_metadata'

/** Ids taken at a time, as Kafka's controller hands them out (ProducerIdsBlock). Those not given before a stop are skipped. */
const PRODUCER_ID_BLOCK_SIZE = 1000n

export interface MetadataLogOptions {
  readonly logs: LogStore
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeId: number
  readonly registration: BrokerRegistration
  /** Taken by a cluster that has no id yet. */
  readonly clusterId: string
  /** Whether the log store's last stop was clean; false raises the leader epoch, whatever the records say. */
  readonly wasClean: boolean
  /** A random UUID in Kafka's base64url form. */
  randomId(): string
}

/** The data folder belongs to a broker with another node id. */
export class WrongNodeError extends Error {
  constructor(stored: readonly number[], nodeId: number) {
    super(`the data belongs to node ${stored.join(', ')}, but node.id is ${nodeId}`)
    this.name = 'WrongNodeError'
  }
}

/** The log cannot take the records that a start must write first. */
export class MetadataWriteError extends Error {
  constructor(message: string) {
    super(`cannot write the metadata log: ${message}`)
    this.name = 'MetadataWriteError'
  }
}

type Decision = readonly MetadataRecord[] | Exclude<MetadataResult, { readonly errorCode: 'NONE' }>

interface PendingChange {
  /** Decides in order, on a draft with everything before it; its records are applied to the draft. */
  decide(draft: MetadataState): Decision
  done(result: MetadataResult): void
}

/** `MetadataStore` on a partition log: one writer, changes gathered while a write is on its way (group commit), applied when durable. */
export class MetadataLog implements MetadataStore {
  readonly #logs: LogStore
  readonly #log: PartitionLog
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #randomId: () => string
  readonly #listeners: ((image: MetadataImage, previous: MetadataImage) => void)[] = []
  #state: MetadataState
  #image: MetadataImage
  #pending: PendingChange[] = []
  #isWriting = false
  #nextProducerId = 0n
  #producerIdBlockEnd = 0n
  #producerIdBlock: Promise<MetadataResult> | undefined

  private constructor(options: MetadataLogOptions, log: PartitionLog, state: MetadataState) {
    this.#logs = options.logs
    this.#log = log
    this.#clock = options.clock
    this.#logger = options.logger
    this.#randomId = options.randomId
    this.#state = state
    this.#image = state.image(0)
  }

  /**
   * Replays the log, raises the leader epoch unless a clean stop came before, and records this start.
   * @throws NewerFormatError, WrongNodeError, MetadataWriteError.
   */
  static async open(options: MetadataLogOptions): Promise<MetadataLog> {
    const { logs, nodeId, registration } = options
    const log = logs.open({ topicId: METADATA_TOPIC_ID, topic: METADATA_TOPIC, partition: 0 }, METADATA_LOG_CONFIG)
    const state = new MetadataState()
    await replayRecords(log, ({ key, value }) => state.apply(decodeMetadataRecord({ key, value })))
    state.forgetEmptiedGroups()
    if (state.brokers.size > 0 && !state.brokers.has(nodeId))
      throw new WrongNodeError([...state.brokers.keys()], nodeId)
    const store = new MetadataLog(options, log, state)
    const leaderEpoch = state.cleanShutdown && options.wasClean ? state.leaderEpoch : state.leaderEpoch + 1
    logs.setLeaderEpoch(leaderEpoch)
    const result = await store.#change((draft) => {
      const records: MetadataRecord[] = [{ type: 'LeaderEpoch', leaderEpoch, cleanShutdown: false }]
      if (draft.clusterId === undefined) records.push({ type: 'Cluster', clusterId: options.clusterId })
      records.push({ type: 'Broker', nodeId, registration })
      return records
    })
    if (result.errorCode !== 'NONE') throw new MetadataWriteError(result.message)
    return store
  }

  get image(): MetadataImage {
    return this.#image
  }

  get clusterId(): string {
    return this.#state.clusterId!
  }

  get log(): PartitionLog {
    return this.#log
  }

  async createTopic(request: {
    readonly name: string
    readonly partitionCount: number
    readonly configs: ReadonlyMap<string, string>
    readonly isInternal?: boolean
  }): Promise<MetadataResult & { readonly topic?: Topic }> {
    const { name, partitionCount, configs, isInternal = false } = request
    const topicId = this.#randomId()
    const result = await this.#change((draft) => {
      if (draft.topic(name) !== undefined) return refuse('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
      const records: MetadataRecord[] = []
      if (configs.size > 0) records.push({ type: 'Config', resourceType: 'TOPIC', resourceName: name, configs })
      records.push({ type: 'Topic', name, topic: { topicId, partitionCount, isInternal } })
      return records
    })
    if (result.errorCode !== 'NONE') return result
    return { errorCode: 'NONE', topic: { name, topicId, partitionCount, isInternal, configs } }
  }

  deleteTopic(topic: Topic): Promise<MetadataResult> {
    const { name } = topic
    return this.#change((draft) => {
      if (draft.topic(name)?.topicId !== topic.topicId) return unknownTopic(name)
      const records: MetadataRecord[] = [{ type: 'Topic', name, topic: null }]
      if (draft.configsOf({ type: 'TOPIC', name }).size > 0) {
        records.push({ type: 'Config', resourceType: 'TOPIC', resourceName: name, configs: null })
      }
      return records
    })
  }

  setPartitionCount(topic: Topic, partitionCount: number): Promise<MetadataResult> {
    const { name } = topic
    return this.#change((draft) => {
      const current = draft.topic(name)
      if (current === undefined || current.topicId !== topic.topicId) return unknownTopic(name)
      if (current.partitionCount >= partitionCount) {
        return refuse(
          'INVALID_PARTITIONS',
          `The topic ${name} currently has ${current.partitionCount} partition(s); ${partitionCount} would not be an increase.`,
        )
      }
      const { topicId, isInternal } = current
      return [{ type: 'Topic', name, topic: { topicId, partitionCount, isInternal } }]
    })
  }

  setConfigs(resource: ConfigResource, configs: ReadonlyMap<string, string>): Promise<MetadataResult> {
    return this.updateConfigs(resource, () => configs)
  }

  updateConfigs(resource: ConfigResource, change: ConfigChange): Promise<MetadataResult> {
    const { type, name } = resource
    return this.#change((draft) => {
      if (type === 'TOPIC' && draft.topic(name) === undefined) return unknownTopic(name)
      const current = draft.configsOf(resource)
      const configs = change(current)
      if ('errorCode' in configs) return configs
      if (sameConfigs(current, configs)) return []
      return [{ type: 'Config', resourceType: type, resourceName: name, configs: configs.size === 0 ? null : configs }]
    })
  }

  configsOf(resource: ConfigResource): ReadonlyMap<string, string> {
    return this.#state.configsOf(resource)
  }

  resourcesWithConfigs(type: ConfigResourceTypeName): readonly string[] {
    return this.#state.resourcesWithConfigs(type)
  }

  async allocateProducerId(): Promise<{
    readonly errorCode: MetadataResult['errorCode']
    readonly producerId: bigint
  }> {
    while (this.#nextProducerId >= this.#producerIdBlockEnd) {
      this.#producerIdBlock ??= this.#takeProducerIdBlock()
      const result = await this.#producerIdBlock
      if (result.errorCode !== 'NONE') return { errorCode: result.errorCode, producerId: -1n }
    }
    const producerId = this.#nextProducerId
    this.#nextProducerId += 1n
    return { errorCode: 'NONE', producerId }
  }

  onChange(listener: (image: MetadataImage, previous: MetadataImage) => void): void {
    this.#listeners.push(listener)
  }

  /** Records the clean stop, after which the next start keeps the leader epoch. The log store is closed after it, by its owner. */
  async close(): Promise<void> {
    const { leaderEpoch } = this.#state
    const result = await this.#change(() => [{ type: 'LeaderEpoch', leaderEpoch, cleanShutdown: true }])
    if (result.errorCode !== 'NONE') {
      this.#logger.warn(
        { errorCode: result.errorCode },
        'the clean stop could not be recorded; the next start raises the leader epoch',
      )
    }
  }

  async #takeProducerIdBlock(): Promise<MetadataResult> {
    let first = 0n
    const result = await this.#change((draft) => {
      first = draft.nextProducerId
      return [{ type: 'ProducerIds', nextProducerId: first + PRODUCER_ID_BLOCK_SIZE }]
    })
    if (result.errorCode === 'NONE') {
      this.#nextProducerId = first
      this.#producerIdBlockEnd = first + PRODUCER_ID_BLOCK_SIZE
    }
    this.#producerIdBlock = undefined
    return result
  }

  #change(decide: PendingChange['decide']): Promise<MetadataResult> {
    return new Promise((done) => {
      this.#pending.push({ decide, done })
      if (!this.#isWriting) void this.#writeAll()
    })
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    // One turn later, so that all topics of one request are one batch and one flush.
    await undefined
    while (this.#pending.length > 0) {
      const changes = this.#pending
      this.#pending = []
      await this.#write(changes)
    }
    this.#isWriting = false
  }

  async #write(changes: readonly PendingChange[]): Promise<void> {
    const draft = this.#state.draft()
    const records: MetadataRecord[] = []
    const results = changes.map(({ decide }): MetadataResult => {
      const decision = this.#decide(decide, draft)
      if ('errorCode' in decision) return decision
      for (const record of decision) {
        draft.apply(record)
        records.push(record)
      }
      return { errorCode: 'NONE' }
    })
    const failure = records.length > 0 ? await this.#append(records) : undefined
    if (failure === undefined && records.length > 0) this.#publish(draft)
    for (const [index, { done }] of changes.entries()) {
      const result = results[index]!
      done(failure !== undefined && result.errorCode === 'NONE' ? failure : result)
    }
  }

  /** A mistake of ours in one change is that change's failure; those behind it go on. */
  #decide(decide: PendingChange['decide'], draft: MetadataState): Decision {
    try {
      return decide(draft)
    } catch (error) {
      this.#logger.error({ err: error }, 'A metadata change failed by a mistake of the broker.')
      return refuse('UNKNOWN_SERVER_ERROR', 'The change failed by a mistake of the broker.')
    }
  }

  async #append(
    records: readonly MetadataRecord[],
  ): Promise<Exclude<MetadataResult, { errorCode: 'NONE' }> | undefined> {
    const batches = encodeKeyedRecords(records.map(encodeMetadataRecord), this.#clock.wallMs())
    const outcome = await this.#logs.append([{ log: this.#log, batches }], 'durable')
    return outcome.errorCode === 'NONE' ? undefined : refuse(outcome.errorCode, outcome.message)
  }

  #publish(state: MetadataState): void {
    const previous = this.#image
    this.#state = state
    this.#image = state.image(previous.version + 1)
    for (const listener of this.#listeners) {
      try {
        listener(this.#image, previous)
      } catch (error) {
        this.#logger.error({ err: error }, 'What follows the metadata failed by a mistake of the broker.')
      }
    }
  }
}

/** Compacted by key; small segments, because there is little of it and all of it is read at a start. */
const METADATA_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * 1024,
  segmentMs: 7 * 24 * 3600 * 1000,
  segmentIndexBytes: 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionMs: -1,
  retentionBytes: -1,
  cleanupPolicy: ['compact'],
  messageTimestampType: 'CreateTime',
  deleteRetentionMs: 24 * 3600 * 1000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
}

function refuse<E extends Exclude<MetadataResult['errorCode'], 'NONE'>>(errorCode: E, message: string) {
  return { errorCode, message }
}

function unknownTopic(name: string): Exclude<MetadataResult, { errorCode: 'NONE' }> {
  return refuse('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
}

function sameConfigs(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false
  for (const [name, value] of a) if (b.get(name) !== value) return false
  return true
}
