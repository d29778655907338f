import type { ConfigResourceType } from '../../../src/broker/configs/index.ts'

/** One request of the scenario, as it goes to Apache Kafka and to our functions alike. */
export type Step = { readonly name: string } & (
  | {
      readonly describe: ConfigResourceType
      readonly resource: string
      readonly keys?: readonly string[]
      readonly documentation?: true
    }
  | {
      readonly alter: ConfigResourceType
      readonly resource: string
      readonly operations: readonly Operation[]
      readonly validateOnly?: true
    }
  | { readonly replace: ConfigResourceType; readonly resource: string; readonly configs: Configs }
  | { readonly createTopic: string; readonly configs: Configs }
)

type Configs = readonly (readonly [name: string, value: string | null])[]
type Operation = readonly [
  operation: 'SET' | 'DELETE' | 'APPEND' | 'SUBTRACT' | number,
  name: string,
  value: string | null,
]

/** What a step gives: rows for `describe`, else the error, NONE included. */
export interface Outcome {
  readonly errorCode: string
  readonly message: string | null
  readonly rows?: readonly OutcomeRow[]
}

export interface OutcomeRow {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly source: number
  readonly sensitive: boolean
  readonly type: number
  readonly synonyms: readonly string[]
  readonly documentation?: string | null
}

export interface ConfigTarget {
  run(step: Step): Promise<Outcome>
}

/** What the broker of the scenario is started with, over what every broker needs. */
export const brokerSettings: Readonly<Record<string, string>> = {
  'log.retention.hours': '48',
  'log.roll.ms': '7200000',
  'compression.type': ' gzip ',
  'log.cleanup.policy': 'compact , delete',
  'broker.rack': 'r0',
  'group.consumer.session.timeout.ms': '50000',
  'ssl.keystore.password': 'secret',
  'log.cleaner.min.cleanable.ratio': '1',
}

let counter = 0

function alter(type: ConfigResourceType, resource: string, ...operations: Operation[]): Step {
  const text = operations.map(([operation, name, value]) => `${operation} ${name}=${value?.slice(0, 60)}`).join(', ')
  return { name: `${++counter}. ${type} '${resource}': ${text}`, alter: type, resource, operations }
}

function set(type: ConfigResourceType, resource: string, name: string, value: string): Step {
  return alter(type, resource, ['SET', name, value])
}

function replace(type: ConfigResourceType, resource: string, ...configs: Configs): Step {
  const text = configs.map(([name, value]) => `${name}=${value}`).join(', ')
  return { name: `${++counter}. ${type} '${resource}' replaced: ${text}`, replace: type, resource, configs }
}

function describe(type: ConfigResourceType, resource: string, ...keys: string[]): Step {
  return { name: `${++counter}. ${type} '${resource}' described: ${keys}`, describe: type, resource, keys }
}

function describeWithDocumentation(type: ConfigResourceType, resource: string): Step {
  return { name: `${++counter}. all of ${type} '${resource}'`, describe: type, resource, documentation: true }
}

function createTopic(topic: string, ...configs: Configs): Step {
  const text = configs.map(([name, value]) => `${name}=${value}`).join(', ')
  return { name: `${++counter}. topic ${topic} created: ${text}`, createTopic: topic, configs }
}

/** A list that is longer than a value may be, when it is put together in two steps. */
function replicas(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `${from + index}:1`).join(',')
}

/** Values that one topic config after the other is set to: most are refused. */
const topicValues: readonly (readonly [string, string])[] = [
  ['retention.ms', 'abc'],
  ['retention.ms', ''],
  ['retention.ms', '-2'],
  ['retention.ms', '9223372036854775808'],
  ['retention.ms', '1.5'],
  ['retention.ms', ' +0060000 '],
  ['retention.bytes', '-7'],
  ['segment.bytes', '100'],
  ['segment.bytes', '2147483648'],
  ['internal.segment.bytes', '100'],
  ['max.message.bytes', '-1'],
  ['preallocate', 'yes'],
  ['preallocate', ' TRUE'],
  ['min.cleanable.dirty.ratio', '2'],
  ['min.cleanable.dirty.ratio', '-1e-9'],
  ['min.cleanable.dirty.ratio', '0.00001'],
  ['min.cleanable.dirty.ratio', '.5f'],
  ['min.cleanable.dirty.ratio', 'half'],
  ['cleanup.policy', 'remove'],
  ['cleanup.policy', 'delete,delete'],
  ['cleanup.policy', 'delete,,compact'],
  ['cleanup.policy', 'delete,'],
  ['cleanup.policy', ''],
  ['cleanup.policy', ' compact ,  delete '],
  ['message.timestamp.type', 'createTime'],
  ['message.timestamp.type', 'LogAppendTime'],
  ['compression.type', 'brotli'],
  ['compression.type', 'none'],
  ['compression.type', 'zstd'],
  ['compression.gzip.level', '0'],
  ['compression.gzip.level', '10'],
  ['compression.gzip.level', '-1'],
  ['compression.lz4.level', '18'],
  ['compression.zstd.level', '23'],
  ['compression.zstd.level', '-131073'],
  ['leader.replication.throttled.replicas', '0:1,1:2'],
  ['leader.replication.throttled.replicas', '*'],
  ['leader.replication.throttled.replicas', '0:1,x'],
  ['follower.replication.throttled.replicas', 'none'],
  ['max.compaction.lag.ms', '0'],
  ['min.compaction.lag.ms', '9223372036854775807'],
  ['remote.storage.enable', 'true'],
  ['remote.log.copy.disable', 'true'],
  ['local.retention.ms', '-1'],
  ['min.insync.replicas', '0'],
  ['min.insync.replicas', '3'],
  ['unclean.leader.election.enable', 'true'],
  ['flush.ms', '-1'],
  ['no.such.config', '1'],
  ['log.retention.ms', '1'],
  ['message.format.version', '2.8'],
]

const brokerValues: readonly (readonly [string, string])[] = [
  ['num.partitions', '3'],
  ['log.retention.hours', '3'],
  ['no.such.config', 'hidden'],
  ['ssl.keystore.location', '/tmp/a'],
  ['log.retention.ms', 'abc'],
  ['log.retention.ms', '0'],
  ['log.retention.ms', '-5'],
  ['log.retention.ms', '5000'],
  ['log.roll.ms', '0'],
  ['log.segment.bytes', '10'],
  ['num.io.threads', '100'],
  ['num.io.threads', '0'],
  ['num.io.threads', '3'],
  ['num.io.threads', '16'],
  ['num.network.threads', '7'],
  ['log.cleaner.threads', '3'],
  ['background.threads', '4'],
  ['max.connections.per.ip', '0'],
  ['max.connections.per.ip', '1000'],
  ['leader.replication.throttled.rate', '-1'],
  ['leader.replication.throttled.rate', '1000'],
  ['min.insync.replicas', '2'],
  ['compression.type', 'gzip9'],
  ['compression.type', 'lz4'],
  ['listener.name.plaintext.max.connections', '1000'],
  ['listener.name.sasl_ssl.plain.sasl.jaas.config', 'secret'],
  ['log.cleanup.policy', 'delete , compact'],
  ['producer.id.expiration.ms', '0'],
  ['producer.id.expiration.ms', '60000'],
  ['transaction.partition.verification.enable', 'maybe'],
]

const groupValues: readonly (readonly [string, string])[] = [
  ['consumer.session.timeout.ms', '44000'],
  ['consumer.session.timeout.ms', '1'],
  ['consumer.session.timeout.ms', '60001'],
  ['consumer.session.timeout.ms', 'x'],
  ['consumer.heartbeat.interval.ms', '1'],
  ['consumer.heartbeat.interval.ms', '15001'],
  ['consumer.heartbeat.interval.ms', '6000'],
  ['share.session.timeout.ms', '60001'],
  ['share.heartbeat.interval.ms', '4999'],
  ['share.record.lock.duration.ms', '14999'],
  ['share.record.lock.duration.ms', '999'],
  ['share.record.lock.duration.ms', '20000'],
  ['share.auto.offset.reset', 'earliest'],
  ['share.auto.offset.reset', 'none'],
  ['share.auto.offset.reset', 'by_duration'],
  ['share.auto.offset.reset', 'by_duration:P3D'],
  ['share.auto.offset.reset', 'by_duration:-P3D'],
  ['share.auto.offset.reset', 'by_duration:PT'],
  ['share.auto.offset.reset', 'by_duration:P1DT2H3M4.5S'],
  ['share.isolation.level', 'read_uncommitted'],
  ['share.isolation.level', 'READ_COMMITTED'],
  ['streams.num.standby.replicas', '3'],
  ['streams.num.standby.replicas', '2'],
  ['streams.session.timeout.ms', '44999'],
  ['streams.heartbeat.interval.ms', '16000'],
  ['streams.initial.rebalance.delay.ms', '-1'],
  ['no.such.config', '1'],
]

const clientMetricsValues: readonly (readonly [string, string])[] = [
  ['interval.ms', '99'],
  ['interval.ms', '3600001'],
  ['interval.ms', 'x'],
  ['interval.ms', '100'],
  ['metrics', 'org.apache.kafka.consumer., org.apache.kafka.producer.'],
  ['metrics', 'a,a'],
  ['match', 'client_id=a.*, client_software_name=Java'],
  ['match', 'color=red'],
  ['match', 'client_id'],
  ['match', 'client_id=['],
  ['no.such.config', '1'],
]

export const steps: readonly Step[] = [
  createTopic('t'),
  describeWithDocumentation('BROKER', '1'),
  describeWithDocumentation('TOPIC', 't'),
  describeWithDocumentation('GROUP', 'g'),
  describeWithDocumentation('CLIENT_METRICS', 'm'),
  describe('BROKER', ''),

  ...topicValues.map(([name, value]) => set('TOPIC', 't', name, value)),
  describe('TOPIC', 't'),
  alter('TOPIC', 't', ['APPEND', 'cleanup.policy', 'compact']),
  alter('TOPIC', 't', ['SUBTRACT', 'cleanup.policy', 'delete']),
  alter('TOPIC', 't', ['APPEND', 'cleanup.policy', 'remove']),
  alter('TOPIC', 't', ['APPEND', 'cleanup.policy', '']),
  alter('TOPIC', 't', ['APPEND', 'retention.ms', '1']),
  alter('TOPIC', 't', ['SUBTRACT', 'no.such.config', '1']),
  alter('TOPIC', 't', ['SUBTRACT', 'follower.replication.throttled.replicas', '0:1']),
  alter('TOPIC', 't', ['APPEND', 'follower.replication.throttled.replicas', '0:1,1:1,,']),
  set('TOPIC', 't', 'leader.replication.throttled.replicas', replicas(0, 4_000)),
  alter('TOPIC', 't', ['APPEND', 'leader.replication.throttled.replicas', replicas(4_000, 6_000)]),
  alter('TOPIC', 't', ['DELETE', 'leader.replication.throttled.replicas', null]),
  alter('TOPIC', 't', ['DELETE', 'preallocate', null], ['SET', 'segment.ms', '1']),
  alter('TOPIC', 't', ['DELETE', 'no.such.config', null]),
  alter('TOPIC', 't', ['SET', 'segment.ms', null], ['SET', 'retention.ms', null]),
  alter('TOPIC', 't', ['SET', 'segment.ms', '1'], ['SET', 'segment.ms', '2']),
  alter('TOPIC', 't', ['SET', 'segment.ms', '2'], ['SET', 'retention.ms', '-2']),
  alter('TOPIC', 't', ['SET', 'min.compaction.lag.ms', '10'], ['SET', 'max.compaction.lag.ms', '5']),
  alter('TOPIC', ''),
  alter('TOPIC', '', ['SET', 'segment.ms', '2']),
  {
    name: 'only validated',
    alter: 'TOPIC',
    resource: 't',
    operations: [['SET', 'segment.ms', '77']],
    validateOnly: true,
  },
  describe('TOPIC', 't'),
  replace('TOPIC', 't', ['retention.ms', '5'], ['cleanup.policy', 'delete']),
  replace('TOPIC', 't', ['retention.ms', null]),
  replace('TOPIC', 't', ['retention.ms', 'x']),
  replace('TOPIC', 't', ['retention.ms', '1'], ['retention.ms', '2']),
  replace('TOPIC', 't', ['no.such.config', '1']),
  describe('TOPIC', 't', 'retention.ms', 'segment.ms', 'no.such.config', 'cleanup.policy'),

  createTopic('u', ['retention.ms', 'x']),
  createTopic('u', ['no.such.config', '1']),
  createTopic('u', ['retention.ms', null]),
  createTopic('u', ['min.compaction.lag.ms', '10'], ['max.compaction.lag.ms', '5']),
  createTopic('u', ['retention.ms', '7'], ['internal.segment.bytes', '14']),
  describe('TOPIC', 'u', 'retention.ms', 'segment.bytes', 'internal.segment.bytes'),

  ...brokerValues.map(([name, value]) => set('BROKER', '1', name, value)),
  describe('BROKER', '1'),
  ...brokerValues.map(([name, value]) => set('BROKER', '', name, value)),
  describe('BROKER', ''),
  describe('TOPIC', 't'),
  set('BROKER', '', 'listeners', 'PLAINTEXT://:1'),
  set('BROKER', '', 'listener.name.plaintext.ssl.client.auth', 'none'),
  set('BROKER', '2', 'log.retention.ms', '1'),
  set('BROKER', 'one', 'log.retention.ms', '1'),
  set('BROKER', '-1', 'log.retention.ms', '1'),
  alter('BROKER', '1', ['APPEND', 'log.cleanup.policy', 'delete']),
  alter('BROKER', '1', ['APPEND', 'num.io.threads', '1']),
  alter('BROKER', '1', ['SET', 'log.roll.ms', null]),
  alter('BROKER', '1', ['DELETE', 'compression.type', null], ['DELETE', 'never.set', null]),
  describe('BROKER', '1', 'compression.type', 'log.retention.ms', 'log.retention.hours', 'log.roll.hours', 'no.such'),
  replace('BROKER', '1', ['log.retention.ms', '9000']),
  replace('BROKER', '1', ['num.partitions', '9000']),
  describe('BROKER', '1'),
  replace('BROKER', ''),
  describe('BROKER', ''),
  describe('BROKER', '2'),
  describe('BROKER', 'one'),
  describe('BROKER_LOGGER', ''),
  describe('BROKER_LOGGER', '2'),
  describe('BROKER_LOGGER', 'one'),

  ...groupValues.map(([name, value]) => set('GROUP', 'g', name, value)),
  describe('GROUP', 'g'),
  set('GROUP', '', 'consumer.session.timeout.ms', '45000'),
  alter('GROUP', 'g', ['APPEND', 'consumer.session.timeout.ms', '1']),
  alter('GROUP', 'g', ['DELETE', 'consumer.session.timeout.ms', null]),
  describe('GROUP', 'g', 'consumer.session.timeout.ms'),
  describe('GROUP', ''),

  ...clientMetricsValues.map(([name, value]) => set('CLIENT_METRICS', 'm', name, value)),
  describe('CLIENT_METRICS', 'm'),
  alter('CLIENT_METRICS', 'm', ['APPEND', 'metrics', 'x']),
  set('CLIENT_METRICS', '', 'interval.ms', '1000'),
  describe('CLIENT_METRICS', 'm', 'metrics'),
  describe('CLIENT_METRICS', ''),

  set('BROKER_LOGGER', '1', 'root', 'DEBUG'),
  set('BROKER_LOGGER', '1', 'root', 'LOUD'),
  set('BROKER_LOGGER', '1', 'no.such.logger', 'DEBUG'),
  set('BROKER_LOGGER', '2', 'root', 'DEBUG'),
  set('BROKER_LOGGER', 'one', 'root', 'DEBUG'),
  alter('BROKER_LOGGER', '1', ['DELETE', 'root', null]),
  alter('BROKER_LOGGER', '1', ['APPEND', 'root', 'DEBUG']),
  alter('BROKER_LOGGER', '1', ['SUBTRACT', 'root', 'DEBUG']),
]
