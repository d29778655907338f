import type { BrokerConfig } from './broker-config.ts'
import { type ConfigValue, validateConfigValue } from './config-value.ts'
import { type ConfigDefinitions, clientMetricsConfigDefinitions, groupConfigDefinitions } from './definitions.ts'
import { groupValue } from './describe-configs.ts'
import { type ConfigProblem, invalidConfig, invalidRequest } from './resource-names.ts'

type Configs = ReadonlyMap<string, string>

/** Group configs that the broker bounds, and the bounds' names. */
const bounds: readonly { readonly name: string; readonly min?: string; readonly max?: string }[] = [
  bound('consumer.heartbeat.interval.ms', 'group.consumer', 'heartbeat.interval.ms'),
  bound('consumer.session.timeout.ms', 'group.consumer', 'session.timeout.ms'),
  bound('share.heartbeat.interval.ms', 'group.share', 'heartbeat.interval.ms'),
  bound('share.session.timeout.ms', 'group.share', 'session.timeout.ms'),
  bound('share.record.lock.duration.ms', 'group.share', 'record.lock.duration.ms'),
  bound('streams.heartbeat.interval.ms', 'group.streams', 'heartbeat.interval.ms'),
  bound('streams.session.timeout.ms', 'group.streams', 'session.timeout.ms'),
  { name: 'streams.num.standby.replicas', max: 'group.streams.max.standby.replicas' },
]

function bound(name: string, prefix: string, rest: string): { name: string; min: string; max: string } {
  return { name, min: `${prefix}.min.${rest}`, max: `${prefix}.max.${rest}` }
}

/** What is wrong with a group's overrides, each alone and together with the broker's bounds; Kafka's GroupConfig.validate. */
export function groupConfigsProblem(config: BrokerConfig, overrides: Configs): ConfigProblem | undefined {
  const definitions = groupConfigDefinitions()
  for (const name of overrides.keys()) {
    if (!definitions.has(name)) return invalidConfig(`Unknown group config name: ${name}`)
  }
  const problem = valuesProblem(definitions, overrides)
  if (problem !== undefined) return invalidConfig(problem)
  const value = (name: string): ConfigValue => groupValue(config, definitions.get(name)!, overrides)!
  for (const { name, min, max } of bounds) {
    if (min !== undefined && value(name) < config.get(min)!) {
      return invalidConfig(`${name} must be greater than or equal to ${min}`)
    }
    if (max !== undefined && value(name) > config.get(max)!) {
      return invalidConfig(`${name} must be less than or equal to ${max}`)
    }
  }
  for (const kind of ['consumer', 'share', 'streams']) {
    const [session, heartbeat] = [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`]
    if (value(session) <= value(heartbeat)) return invalidConfig(`${session} must be greater than ${heartbeat}`)
  }
  return undefined
}

const INTERVAL_MS_MIN = 100
const INTERVAL_MS_MAX = 3_600_000

/** Kafka's ClientMetricsConfigs.validate. */
export function clientMetricsConfigsProblem(overrides: Configs): ConfigProblem | undefined {
  const definitions = clientMetricsConfigDefinitions()
  for (const name of overrides.keys()) {
    if (!definitions.has(name)) return invalidRequest(`Unknown client metrics configuration: ${name}`)
  }
  const problem = valuesProblem(definitions, overrides)
  if (problem !== undefined) return invalidConfig(problem)
  const intervalMs = Number(overrides.get('interval.ms')?.trim() ?? INTERVAL_MS_MIN)
  if (intervalMs < INTERVAL_MS_MIN || intervalMs > INTERVAL_MS_MAX) {
    const why = 'interval must be between 100 and 3600000 (1 hour)'
    return invalidRequest(`Invalid value ${intervalMs} for interval.ms, ${why}`)
  }
  const match = overrides.get('match')?.trim() ?? ''
  const illegal = match === '' ? undefined : match.split(/\s*,\s*/).find((pattern) => !isClientMatch(pattern))
  return illegal === undefined ? undefined : invalidConfig(`Illegal client matching pattern: ${illegal}`)
}

const clientProperties = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** `client_id=…`, with a regular expression. JavaScript's differ from Java's in rare forms only. */
function isClientMatch(pattern: string): boolean {
  const [property, expression, ...more] = pattern.split('=')
  if (expression === undefined || expression === '' || more.length > 0) return false
  if (!clientProperties.includes(property!.trim())) return false
  try {
    new RegExp(expression.trim())
    return true
  } catch {
    return false
  }
}

function valuesProblem(definitions: ConfigDefinitions, overrides: Configs): string | undefined {
  for (const [name, value] of overrides) {
    const result = validateConfigValue(definitions.get(name)!, value)
    if (!result.ok) return result.message
  }
  return undefined
}
