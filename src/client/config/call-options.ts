import type { TopicPartition } from '../../assignor/index.ts'
import { KafkaError } from '../kafka-error.ts'
import { insteadOf } from './foreign-keys.ts'
import { nearest } from './nearest.ts'

/** What one option of a call takes. */
export interface OptionCheck {
  /** For messages: 'true or false'. */
  readonly expected: string
  accepts(value: unknown): boolean
}

export type OptionChecks = Readonly<Record<string, OptionCheck>>

/**
 * Checks what a call was given where types have not: an option that the call does not have would be ignored without a word.
 * @param call as the application writes it: 'run()'
 * @throws KafkaError INVALID_ARGUMENT
 */
export function checkOptions(call: string, options: unknown, checks: OptionChecks): void {
  if (typeof options !== 'object' || options === null)
    throw invalidArgument(`${call} takes an object of options, not ${shown(options)}`)
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(call, name, checks)
    const value = (options as Readonly<Record<string, unknown>>)[name]
    const check = checks[name]!
    if (value !== undefined && !check.accepts(value))
      throw invalidArgument(`${name} of ${call} must be ${check.expected}, not ${shown(value)}`)
  }
}

/** @throws KafkaError INVALID_ARGUMENT for what is no name */
export function checkTopic(topic: string): void {
  if (typeof topic !== 'string' || topic === '')
    throw invalidArgument(`a topic is named by a string, not ${shown(topic)}`)
}

/** @throws KafkaError INVALID_ARGUMENT for what is no list of partitions */
export function checkPartitions(call: string, partitions: Iterable<TopicPartition>): void {
  if (!Array.isArray(partitions))
    throw invalidArgument(`${call} takes a list of { topic, partition }, not ${shown(partitions)}`)
  for (const partition of partitions) checkPartition(call, partition)
}

/** @throws KafkaError INVALID_ARGUMENT for what is no partition */
export function checkPartition(call: string, given: TopicPartition): void {
  const { topic, partition } = (given ?? {}) as Partial<TopicPartition>
  if (typeof topic === 'string' && topic !== '' && Number.isInteger(partition) && partition! >= 0) return
  throw invalidArgument(`${call}: a partition is { topic, partition }, a name and a number, not ${shown(given)}`)
}

export const timeoutCheck: OptionCheck = {
  expected: 'a number of milliseconds',
  accepts: (value) => typeof value === 'number' && value >= 0,
}

export const signalCheck: OptionCheck = {
  expected: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
}

export const functionCheck: OptionCheck = { expected: 'a function', accepts: (value) => typeof value === 'function' }

export function wholeNumberCheck(min: number): OptionCheck {
  return {
    expected: `a whole number of at least ${min}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min,
  }
}

export function wordCheck(words: readonly string[]): OptionCheck {
  return {
    expected: words.map((word) => `'${word}'`).join(' or '),
    accepts: (value) => words.includes(value as string),
  }
}

const SHOWN_MAX = 200

/** A value, for messages. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return String(value)
  if (value instanceof AbortController) return 'an AbortController'
  try {
    const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))
    return (text ?? String(value)).slice(0, SHOWN_MAX)
  } catch {
    return 'an object'
  }
}

export function invalidArgument(message: string): KafkaError {
  return new KafkaError('INVALID_ARGUMENT', message)
}

function unknownOption(call: string, name: string, checks: OptionChecks): KafkaError {
  const own = ownNames[name]
  if (own !== undefined && Object.hasOwn(checks, own))
    return invalidArgument(`${call} has no ${name}: it is called ${own} here`)
  const instead = insteadOf(name)
  if (instead !== undefined) return invalidArgument(`${call} has no ${name}; what there is instead: ${instead}`)
  const near = nearest(name, Object.keys(checks))
  return invalidArgument(`${call} has no ${name}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

/** What other clients call an option that a call has here. */
const ownNames: Readonly<Record<string, string>> = {
  eachMessage: 'handler',
  partitionsConsumedConcurrently: 'concurrency',
  timeout: 'timeoutMs',
  maxMessages: 'maxPollRecords',
  retries: 'attempts',
  backoff: 'backoffMs',
}
