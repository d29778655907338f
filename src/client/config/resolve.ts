import { KafkaError } from '../kafka-error.ts'
import { foreignKeys } from './foreign-keys.ts'
import { camelName, dottedName, type Key, type Keys, type Resolved } from './keys.ts'
import { nearest } from './nearest.ts'

/** One table: where its keys belong, for messages. */
export interface Face {
  /** 'new Kafka()', 'kafka.consumer()'. */
  readonly where: string
  readonly keys: Keys
}

/**
 * Checks what was given, and adds the defaults.
 * @param others faces to which a misplaced key may belong
 * @throws KafkaError INVALID_CONFIG for a key that is unknown, belongs elsewhere or has a wrong value
 */
export function resolveConfig<K extends Keys>(
  face: { readonly where: string; readonly keys: K },
  config: object,
  others: readonly Face[],
): Resolved<K> {
  if (typeof config !== 'object' || config === null) throw invalid(`${face.where} takes an object`)
  const resolved: Record<string, unknown> = {}
  for (const [name, key] of Object.entries<Key<unknown, unknown>>(face.keys)) resolved[name] = key.default
  for (const [name, value] of Object.entries(config)) {
    const key = Object.hasOwn(face.keys, name) ? face.keys[name] : undefined
    if (key === undefined) throw unknownKey(name, face, others)
    if (value === undefined) continue
    if (!key.accepts(value)) throw invalid(`${name} must be ${key.expected}, and is ${shown(value)}`)
    resolved[name] = value
  }
  return resolved as Resolved<K>
}

function unknownKey(name: string, face: Face, others: readonly Face[]): KafkaError {
  const inCamel = camelName(name)
  const own = Object.hasOwn(face.keys, inCamel)
  if (own)
    return invalid(`${face.where}: ${name} is called ${inCamel} here; Kafka.fromProperties() takes names with dots`)
  for (const candidate of [name, inCamel]) {
    const home = others.find(({ keys }) => Object.hasOwn(keys, candidate))
    if (home !== undefined) return invalid(`${face.where} has no ${name}: it belongs to ${home.where}`)
  }
  const foreign = Object.hasOwn(foreignKeys, name) ? name : dottedName(inCamel)
  if (Object.hasOwn(foreignKeys, foreign)) {
    return invalid(`${face.where} has no ${name}; what there is instead: ${foreignKeys[foreign]!}`)
  }
  const near = nearest(inCamel, Object.keys(face.keys))
  return invalid(`${face.where} has no ${name}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

export function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_CONFIG', message)
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  return JSON.stringify(value) ?? String(value)
}
