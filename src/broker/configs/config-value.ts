import type { ConfigType } from './config-ids.ts'
import type { ConfigDefinition, ConfigValidator } from './definitions.ts'

/** BOOLEAN boolean, INT SHORT DOUBLE number, LONG bigint, STRING CLASS PASSWORD string, LIST string[]. */
export type ConfigValue = boolean | number | bigint | string | readonly string[]

export type ValueResult =
  | { readonly ok: true; readonly parsed: ConfigValue | null }
  | { readonly ok: false; readonly message: string }

/**
 * Reads a value as Kafka's ConfigDef does, with the same messages. Classes are not looked for: there are none to load.
 * @param value null = not set, valid where Kafka allows it
 */
export function validateConfigValue(
  definition: Pick<ConfigDefinition, 'name' | 'type' | 'validator'>,
  value: string | null,
): ValueResult {
  const read = value === null ? null : parse(definition.type, trim(value))
  if (read instanceof Unparsable) return invalid(definition.name, value, read.why)
  // Of values that come twice in a list Kafka drops the second, where it looks at the list at all.
  const parsed = definition.validator?.kind === 'list-of' && Array.isArray(read) ? [...new Set(read)] : read
  const message = definition.validator === null ? null : check(definition, definition.validator, parsed)
  return message === null ? { ok: true, parsed } : { ok: false, message }
}

type Named = Pick<ConfigDefinition, 'name' | 'type'>

/** The text of a value as DescribeConfigs shows it: numbers without leading zeros, lists without spaces. */
export function formatConfigValue(type: ConfigType, parsed: ConfigValue): string {
  if (Array.isArray(parsed)) return parsed.join(',')
  return type === 'DOUBLE' ? javaDouble(parsed as number) : String(parsed)
}

class Unparsable {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

const limits = {
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n],
} as const

function parse(type: ConfigType, text: string): ConfigValue | Unparsable {
  switch (type) {
    case 'BOOLEAN': {
      const lower = text.toLowerCase()
      if (lower === 'true' || lower === 'false') return lower === 'true'
      return new Unparsable('Expected value to be either true or false')
    }
    case 'STRING':
    case 'PASSWORD':
    case 'CLASS':
      return text
    case 'SHORT':
    case 'INT':
    case 'LONG': {
      const [min, max] = limits[type]
      const integer = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : null
      if (integer === null || integer < min || integer > max) return new Unparsable(`Not a number of type ${type}`)
      return type === 'LONG' ? integer : Number(integer)
    }
    case 'DOUBLE': {
      const match = /^([+-]?)(?:(NaN|Infinity)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?)$/.exec(text)
      if (match === null) return new Unparsable('Not a number of type DOUBLE')
      return Number(`${match[1]}${match[2] ?? match[3]}`)
    }
    case 'LIST':
      return text === '' ? [] : text.split(/\s*,\s*/)
  }
}

function check(definition: Named, validator: ConfigValidator, parsed: ConfigValue | null): string | null {
  switch (validator.kind) {
    case 'range':
      return checkRange(definition, validator, parsed as number | bigint | null)
    case 'level': {
      const level = parsed as number
      if (level >= Number(validator.min) && level <= Number(validator.max)) return null
      if (level === Number(validator.default)) return null
      const { min, max } = validator
      return text(definition, parsed, `Value must be between ${min} and ${max} or equal to ${validator.default}`)
    }
    case 'one-of':
      if (validator.values.includes(parsed as string)) return null
      return text(definition, parsed, `String must be one of: ${validator.values.join(', ')}`)
    case 'one-of-any-case':
      if (parsed !== null && validator.values.includes((parsed as string).toUpperCase())) return null
      return text(definition, parsed, `String must be one of (case insensitive): ${validator.values.join(', ')}`)
    case 'list-of':
      return checkList(definition, validator, parsed as readonly string[] | null)
    case 'non-empty':
      return parsed === '' ? text(definition, parsed, 'String must be non-empty') : null
    case 'non-null':
      return parsed === null ? text(definition, parsed, 'entry must be non null') : null
    case 'throttled-replicas':
      return checkThrottledReplicas(definition, parsed as readonly string[])
    case 'share-auto-offset-reset':
      return checkShareAutoOffsetReset(definition, parsed as string)
    case 'controller-quorum':
      // Addresses of controllers, which one node does not have; Kafka reads them, kohort keeps them as they are.
      return parsed === null ? `Invalid value null for configuration ${definition.name}` : null
  }
}

function checkRange(
  definition: Named,
  validator: { readonly min?: string; readonly max?: string },
  parsed: number | bigint | null,
): string | null {
  if (parsed === null) return text(definition, parsed, 'Value must be non-null')
  // As doubles, like Kafka.
  const value = Number(parsed)
  if (validator.min !== undefined && value < Number(validator.min)) {
    return text(definition, parsed, `Value must be at least ${validator.min}`)
  }
  if (validator.max !== undefined && value > Number(validator.max)) {
    return text(definition, parsed, `Value must be no more than ${validator.max}`)
  }
  return null
}

function checkList(
  definition: Named,
  validator: Extract<ConfigValidator, { kind: 'list-of' }>,
  parsed: readonly string[] | null,
): string | null {
  const { values } = validator
  if (parsed === null)
    return validator.nullAllowed ? null : `Configuration '${definition.name}' values must not be null.`
  if (parsed.length === 0 && !validator.emptyAllowed) {
    const valid = values.length === 0 ? 'any non-empty value' : `[${values.join(', ')}]`
    return `Configuration '${definition.name}' must not be empty. Valid values include: ${valid}`
  }
  for (const value of parsed) {
    if (value === '') return `Configuration '${definition.name}' values must not be empty.`
    if (values.length > 0 && !values.includes(value)) {
      return text(definition, value, `String must be one of: ${values.join(', ')}`)
    }
  }
  return null
}

function checkThrottledReplicas(definition: Named, parsed: readonly string[]): string | null {
  const replicas = parsed.map(trim)
  if (replicas.every((replica) => /^([0-9]+:[0-9]+)?$/.test(replica)) || replicas.join('') === '*') return null
  const form =
    "must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],..."
  return text(definition, parsed, `${definition.name} ${form}`)
}

const isoDuration = /^[+-]?P(?=.)([+-]?\d+D)?(T(?=.)([+-]?\d+H)?([+-]?\d+M)?([+-]?\d+([.,]\d{0,9})?S)?)?$/i

function checkShareAutoOffsetReset(definition: Named, parsed: string): string | null {
  if (parsed === 'earliest' || parsed === 'latest') return null
  const duration = parsed.startsWith('by_duration:') ? parsed.slice('by_duration:'.length) : ''
  // Negative parts can only make a negative duration, or one that nobody would write.
  if (isoDuration.test(duration) && !duration.includes('-')) return null
  const form = "The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
  return text(definition, parsed, `Invalid value \`${parsed}\` for configuration ${definition.name}. ${form}`)
}

function invalid(name: string, value: string | null, why: string): ValueResult {
  return { ok: false, message: `Invalid value ${value} for configuration ${name}: ${why}` }
}

/** Kafka shows what it parsed where a check fails, and what came where it cannot be parsed. */
function text(definition: Named, parsed: ConfigValue | null, why: string): string {
  const { name, type } = definition
  const shown = Array.isArray(parsed)
    ? `[${parsed.join(', ')}]`
    : parsed === null
      ? 'null'
      : formatConfigValue(type, parsed)
  return `Invalid value ${shown} for configuration ${name}: ${why}`
}

/** Java's Double.toString: always a fraction, and an exponent below 10^-3 and from 10^7 on. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Object.is(value, -0)) return '-0.0'
  const magnitude = Math.abs(value)
  if (value === 0 || (magnitude >= 1e-3 && magnitude < 1e7))
    return Number.isInteger(value) ? `${value}.0` : String(value)
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

/** Java's String.trim: every character up to the space, and nothing else. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}
