import {
  array,
  bool,
  int8,
  int32,
  int64,
  type Message,
  message,
  Reader,
  string,
  uuid,
  Writer,
} from '../../wire/index.ts'

/**
 * The records of the metadata log: kohort's own, in the manner of Kafka's coordinator records. A key is an int16 record type and the key's
 * fields; a value is an int16 schema version and the value's fields; a null value removes what the key names. Record types and the meaning
 * of fields never change; new fields come as a new version or tagged.
 */
export const RecordType = { Cluster: 0, Broker: 1, LeaderEpoch: 2, ProducerIds: 3, Topic: 4, Config: 5 } as const

/** Types of config resources, with Kafka's numbers. */
export const ConfigResourceType = { TOPIC: 2, BROKER: 4, CLIENT_METRICS: 16, GROUP: 32 } as const
export type ConfigResourceTypeName = keyof typeof ConfigResourceType

export type MetadataRecord =
  | { readonly type: 'Cluster'; readonly clusterId: string }
  | { readonly type: 'Broker'; readonly nodeId: number; readonly registration: BrokerRegistration }
  | { readonly type: 'LeaderEpoch'; readonly leaderEpoch: number; readonly cleanShutdown: boolean }
  | { readonly type: 'ProducerIds'; readonly nextProducerId: bigint }
  | { readonly type: 'Topic'; readonly name: string; readonly topic: TopicRecord | null }
  | {
      readonly type: 'Config'
      readonly resourceType: ConfigResourceTypeName
      readonly resourceName: string
      /** null = no overrides. */
      readonly configs: ReadonlyMap<string, string> | null
    }

export interface BrokerRegistration {
  readonly rack: string | null
  readonly listeners: readonly { readonly host: string; readonly port: number }[]
}

export interface TopicRecord {
  readonly topicId: string
  readonly partitionCount: number
  readonly isInternal: boolean
}

/** The data folder was written by a newer program. Nothing was changed. */
export class NewerFormatError extends Error {
  constructor(what: string) {
    super(`the data was written by a newer version of kohort (${what}); start that version, or use another data folder`)
    this.name = 'NewerFormatError'
  }
}

const flexible0 = { type: 'data', versions: '0', flexible: '0+' } as const

const noKey = message({ name: 'EmptyKey', ...flexible0 }, () => ({}))
const brokerKey = message({ name: 'BrokerKey', ...flexible0 }, () => ({ nodeId: int32() }))
const topicKey = message({ name: 'TopicKey', ...flexible0 }, () => ({ name: string() }))
const configKey = message({ name: 'ConfigKey', ...flexible0 }, () => ({ resourceType: int8(), resourceName: string() }))

const clusterValue = message({ name: 'ClusterValue', ...flexible0 }, () => ({ clusterId: string() }))
const brokerValue = message({ name: 'BrokerValue', ...flexible0 }, () => ({
  rack: string({ nullable: '0+' }),
  listeners: array({ host: string(), port: int32() }),
}))
const leaderEpochValue = message({ name: 'LeaderEpochValue', ...flexible0 }, () => ({
  leaderEpoch: int32(),
  cleanShutdown: bool(),
}))
const producerIdsValue = message({ name: 'ProducerIdsValue', ...flexible0 }, () => ({ nextProducerId: int64() }))
const topicValue = message({ name: 'TopicValue', ...flexible0 }, () => ({
  topicId: uuid(),
  partitionCount: int32(),
  isInternal: bool(),
}))
const configValue = message({ name: 'ConfigValue', ...flexible0 }, () => ({
  configs: array({ name: string(), value: string() }),
}))

export interface KeyedBytes {
  readonly key: Buffer
  readonly value: Buffer | null
}

export function encodeMetadataRecord(record: MetadataRecord): KeyedBytes {
  switch (record.type) {
    case 'Cluster':
      return encoded(RecordType.Cluster, noKey, {}, clusterValue, { clusterId: record.clusterId })
    case 'Broker':
      return encoded(RecordType.Broker, brokerKey, { nodeId: record.nodeId }, brokerValue, record.registration)
    case 'LeaderEpoch': {
      const { leaderEpoch, cleanShutdown } = record
      return encoded(RecordType.LeaderEpoch, noKey, {}, leaderEpochValue, { leaderEpoch, cleanShutdown })
    }
    case 'ProducerIds':
      return encoded(RecordType.ProducerIds, noKey, {}, producerIdsValue, { nextProducerId: record.nextProducerId })
    case 'Topic':
      return encoded(RecordType.Topic, topicKey, { name: record.name }, topicValue, record.topic)
    case 'Config': {
      const key = { resourceType: ConfigResourceType[record.resourceType], resourceName: record.resourceName }
      const configs = record.configs && { configs: Array.from(record.configs, ([name, value]) => ({ name, value })) }
      return encoded(RecordType.Config, configKey, key, configValue, configs)
    }
  }
}

/** @throws NewerFormatError for a record type or version that this program does not know. */
export function decodeMetadataRecord({ key, value }: KeyedBytes): MetadataRecord {
  const keyReader = new Reader(key)
  const type = keyReader.int16()
  switch (type) {
    case RecordType.Cluster:
      return { type: 'Cluster', ...readValue(clusterValue, value)! }
    case RecordType.Broker: {
      const registration = readValue(brokerValue, value)!
      return { type: 'Broker', nodeId: brokerKey.read(keyReader, 0).nodeId, registration }
    }
    case RecordType.LeaderEpoch:
      return { type: 'LeaderEpoch', ...readValue(leaderEpochValue, value)! }
    case RecordType.ProducerIds:
      return { type: 'ProducerIds', ...readValue(producerIdsValue, value)! }
    case RecordType.Topic:
      return { type: 'Topic', name: topicKey.read(keyReader, 0).name, topic: readValue(topicValue, value) }
    case RecordType.Config: {
      const { resourceType, resourceName } = configKey.read(keyReader, 0)
      const configs = readValue(configValue, value)
      return {
        type: 'Config',
        resourceType: resourceTypeName(resourceType),
        resourceName,
        configs: configs && new Map(configs.configs.map(({ name, value: text }) => [name, text])),
      }
    }
    default:
      throw new NewerFormatError(`metadata record type ${type}`)
  }
}

function encoded<K, V>(
  type: number,
  keySchema: Message<unknown, K>,
  key: K,
  schema: Message<unknown, V>,
  value: V | null,
): KeyedBytes {
  const keyWriter = new Writer()
  keyWriter.int16(type)
  keySchema.write(keyWriter, key, 0)
  if (value === null) return { key: keyWriter.toBuffer(), value: null }
  const valueWriter = new Writer()
  valueWriter.int16(schema.highestVersion)
  schema.write(valueWriter, value, schema.highestVersion)
  return { key: keyWriter.toBuffer(), value: valueWriter.toBuffer() }
}

function readValue<T>(schema: Message<T>, value: Buffer | null): T | null {
  if (value === null) return null
  const reader = new Reader(value)
  const version = reader.int16()
  if (version > schema.highestVersion) throw new NewerFormatError(`${schema.name} version ${version}`)
  return schema.read(reader, version)
}

function resourceTypeName(type: number): ConfigResourceTypeName {
  for (const [name, number] of Object.entries(ConfigResourceType)) {
    if (number === type) return name as ConfigResourceTypeName
  }
  throw new NewerFormatError(`config resource type ${type}`)
}
