import { type BrokerConfig, baseOfListenerConfig } from './broker-config.ts'
import { type ConfigValue, validateConfigValue } from './config-value.ts'
import { brokerConfigDefinitions } from './definitions.ts'
import { type ConfigProblem, invalidRequest } from './resource-names.ts'

type Configs = ReadonlyMap<string, string>

/**
 * What is wrong with the dynamic configs of this broker or of all brokers: each alone, then all layers together. Kafka's
 * DynamicBrokerConfig.validate, which answers INVALID_REQUEST where INVALID_CONFIG would be expected (KAFKA-13609).
 */
export function brokerConfigsProblem(
  config: BrokerConfig,
  scope: 'broker' | 'default',
  overrides: Configs,
): ConfigProblem | undefined {
  const problem = namesProblem(overrides) ?? valuesProblem(overrides) ?? scopeProblem(scope, overrides)
  if (problem !== undefined) return invalidRequest(problem)
  const merged = config.merged({
    broker: scope === 'broker' ? overrides : config.dynamic('broker'),
    default: scope === 'default' ? overrides : config.dynamic('default'),
  })
  const together = mergedConfigsProblem(config, merged) ?? reconfigurationProblem(config, merged)
  return together === undefined ? undefined : invalidRequest(together)
}

function namesProblem(overrides: Configs): string | undefined {
  const definitions = brokerConfigDefinitions()
  const names = [...overrides.keys()]
  const readOnly = names.filter((name) => definitions.get(name)?.dynamic === 'read-only')
  if (readOnly.length > 0) return `Cannot update these configs dynamically: ${scalaSet(readOnly)}`
  const perListener = names.filter((name) => definitions.get(name)?.perListenerOnly === true)
  if (perListener.length === 0) return undefined
  const why = 'can be dynamically updated only per-listener using the listener prefix'
  return `These security configs ${why}: HashSet(${perListener.join(', ')})`
}

/** Names that Kafka does not know are allowed: plug-ins may read them. They are kept, and shown without their values. */
function valuesProblem(overrides: Configs): string | undefined {
  for (const [name, value] of overrides) {
    const definition = brokerConfigDefinitions().get(baseOfListenerConfig(name) ?? name)
    const result = definition === undefined ? undefined : validateConfigValue(definition, value)
    if (result?.ok === false) return result.message
  }
  return undefined
}

/** Listener configs that may be set for all brokers at once. */
const clusterLevelListenerConfigs = ['max.connections', 'max.connection.creation.rate', 'num.network.threads']

function scopeProblem(scope: 'broker' | 'default', overrides: Configs): string | undefined {
  if (scope === 'broker') return undefined
  const perBroker = [...overrides.keys()].filter((name) => {
    const base = baseOfListenerConfig(name)
    if (base !== undefined) return !clusterLevelListenerConfigs.includes(base)
    return brokerConfigDefinitions().get(name)?.dynamic === 'per-broker'
  })
  if (perBroker.length === 0) return undefined
  const why = 'Cannot update these configs at default cluster level, broker id must be specified'
  return `${why}: ${scalaSet(perBroker)}`
}

/**
 * What is wrong with a broker's static or merged configs as a whole: Kafka's KafkaConfig.validateValues, as far as it is
 * about things that one node has.
 */
export function mergedConfigsProblem(config: BrokerConfig, merged: Configs): string | undefined {
  for (const [name, value] of merged) {
    const definition = brokerConfigDefinitions().get(name)
    const result = definition === undefined ? undefined : validateConfigValue(definition, value)
    if (result?.ok === false) return result.message
  }
  const number = (name: string): number | null => {
    const value = config.getFrom(merged, name)
    return value === null ? null : Number(value as number | bigint)
  }
  if (number('node.id') !== number('broker.id')) {
    return 'You must set `node.id` to the same value as `broker.id`.'
  }
  const rollMs = number('log.roll.ms') ?? number('log.roll.hours')! * 3_600_000
  if (rollMs < 1) return requirement('log.roll.ms must be greater than or equal to 1')
  const rollJitterMs = number('log.roll.jitter.ms') ?? number('log.roll.jitter.hours')! * 3_600_000
  if (rollJitterMs < 0) return requirement('log.roll.jitter.ms must be greater than or equal to 0')
  const retentionMs =
    number('log.retention.ms') ??
    (number('log.retention.minutes') === null
      ? number('log.retention.hours')! * 3_600_000
      : number('log.retention.minutes')! * 60_000)
  if (retentionMs === 0) {
    return requirement('log.retention.ms must be unlimited (-1) or, greater than or equal to 1')
  }
  if (number('log.cleaner.dedupe.buffer.size')! / number('log.cleaner.threads')! <= 1024 * 1024) {
    return requirement('log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.')
  }
  const queuedMaxBytes = number('queued.max.request.bytes')!
  if (queuedMaxBytes > 0 && queuedMaxBytes < number('socket.request.max.bytes')!) {
    return requirement('queued.max.request.bytes must be larger or equal to socket.request.max.bytes')
  }
  const consumerGroups = consumerGroupsProblem((name) => config.getFrom(merged, name)!)
  if (consumerGroups !== undefined) return requirement(consumerGroups)
  if (number('max.connections.per.ip') === 0 && config.getFrom(merged, 'max.connections.per.ip.overrides') === '') {
    const only = 'max.connections.per.ip can be set to zero only if'
    return requirement(`${only} max.connections.per.ip.overrides property is set.`)
  }
  return undefined
}

/** Kafka's GroupCoordinatorConfig.validate, of the consumer protocol. */
function consumerGroupsProblem(value: (name: string) => ConfigValue): string | undefined {
  const [session, heartbeat] = ['group.consumer.session.timeout.ms', 'group.consumer.heartbeat.interval.ms'] as const
  for (const [name, kind] of [
    [heartbeat, 'heartbeat.interval.ms'],
    [session, 'session.timeout.ms'],
  ] as const) {
    const [min, max] = [`group.consumer.min.${kind}`, `group.consumer.max.${kind}`] as const
    if (value(max) < value(min)) return `${max} must be greater than or equal to ${min}`
    if (value(name) < value(min)) return `${name} must be greater than or equal to ${min}`
    if (value(name) > value(max)) return `${name} must be less than or equal to ${max}`
  }
  if (value(heartbeat) >= value(session)) return `${heartbeat} must be less than ${session}`
  const assignors = value('group.consumer.assignors') as readonly string[]
  const unknown = assignors.find((name) => name !== 'uniform' && name !== 'range')
  return unknown === undefined ? undefined : `group.consumer.assignors: kohort has uniform and range, not ${unknown}`
}

/** Thread counts, which Kafka lets be halved or doubled at most. Nothing here has threads, but tools expect the answer. */
const threadCounts = [
  'background.threads',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
]

function reconfigurationProblem(config: BrokerConfig, merged: Configs): string | undefined {
  for (const name of [...threadCounts, 'log.cleaner.threads']) {
    const problem = threadCountProblem(name, config.get(name) as number, config.getFrom(merged, name) as number)
    if (problem === undefined) continue
    // This is how Kafka words it: it takes the exception for a value.
    const exception = `org.apache.kafka.common.config.ConfigException: ${problem}`
    return `Invalid value ${exception} for configuration Invalid dynamic configuration`
  }
  for (const name of ['listeners', 'listener.security.protocol.map']) {
    if (String(config.get(name)) !== String(config.getFrom(merged, name))) {
      return `kohort reads ${name} when it starts: change server.properties or --listen, and start it again.`
    }
  }
  return undefined
}

function threadCountProblem(name: string, before: number, after: number): string | undefined {
  const isTooFew = after < Math.floor(before / 2)
  if (!isTooFew && after <= before * 2) return undefined
  if (name === 'log.cleaner.threads') {
    const change = isTooFew ? 'reduced to less than half' : 'increased to more than double'
    return `Log cleaner threads cannot be ${change} the current value ${before}`
  }
  const limit = isTooFew ? 'be at least half' : 'not be greater than double'
  const failed = `Dynamic thread count update validation failed for ${name}=${after}`
  return `${failed}, value should ${limit} the current value ${before}`
}

/** As `require` words it in Scala. */
function requirement(message: string): string {
  return `requirement failed: ${message}`
}

/** A set as Scala prints it. */
function scalaSet(names: readonly string[]): string {
  return `${names.length > 4 ? 'HashSet' : 'Set'}(${names.join(', ')})`
}
