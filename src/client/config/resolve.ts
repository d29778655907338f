import { KafkaError } from '../kafka-error.ts'
import { insteadOf } from './foreign-keys.ts'
import { camelName, dottedName, INT_MAX, type Key, type Keys, type Resolved } from './keys.ts'
import { nearest } from './nearest.ts'

/** One table: where its keys belong, for messages. */
export interface ConfigTable {
  /** 'new Kafka()', 'kafka.consumer()'. */
  readonly where: string
  readonly keys: Keys
}

/**
 * Checks what was given, and adds the defaults.
 * @param others tables to which a misplaced key may belong
 * @throws KafkaError INVALID_CONFIG for a key that is unknown, belongs elsewhere or has a wrong value
 */
export function resolveConfig<K extends Keys>(
  table: { readonly where: string; readonly keys: K },
  config: object,
  others: readonly ConfigTable[],
): Resolved<K> {
  if (typeof config !== 'object' || config === null) throw invalid(`${table.where} takes an object`)
  const resolved: Record<string, unknown> = {}
  for (const [name, key] of Object.entries<Key<unknown, unknown>>(table.keys)) resolved[name] = key.default
  for (const [name, value] of Object.entries(config)) {
    const key = Object.hasOwn(table.keys, name) ? table.keys[name] : undefined
    if (key === undefined) throw unknownKey(name, table, others)
    if (value === undefined) continue
    if (Number.isInteger(value) && (value as number) > INT_MAX && key.expected.startsWith('a whole number'))
      throw invalid(`${name} must be at most ${INT_MAX}, and is ${shown(value)}`)
    if (!key.accepts(value)) throw invalid(`${name} must be ${key.expected}, and is ${shown(value)}`)
    resolved[name] = value
  }
  return resolved as Resolved<K>
}

function unknownKey(name: string, table: ConfigTable, others: readonly ConfigTable[]): KafkaError {
  const inCamel = camelName(name)
  const own = Object.hasOwn(table.keys, inCamel)
  if (own)
    return invalid(`${table.where}: ${name} is called ${inCamel} here; Kafka.fromProperties() takes names with dots`)
  for (const candidate of [name, inCamel]) {
    const home = others.find(({ keys }) => Object.hasOwn(keys, candidate))
    if (home !== undefined) return invalid(`${table.where} has no ${name}: it belongs to ${home.where}`)
  }
  const instead = insteadOf(name) ?? insteadOf(dottedName(inCamel))
  if (instead !== undefined) return invalid(`${table.where} has no ${name}; what there is instead: ${instead}`)
  const near = nearest(inCamel, Object.keys(table.keys))
  return invalid(`${table.where} has no ${name}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

export function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_CONFIG', message)
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  return JSON.stringify(value) ?? String(value)
}
