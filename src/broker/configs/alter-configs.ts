import type { BrokerConfig } from './broker-config.ts'
import { brokerConfigsProblem } from './broker-problems.ts'
import { brokerConfigDefinitions, type ConfigDefinitions, topicConfigDefinitions } from './definitions.ts'
import { clientMetricsConfigsProblem, groupConfigsProblem } from './group-problems.ts'
import { type ConfigProblem, invalidConfig, invalidRequest, resourceNameProblem } from './resource-names.ts'
import { topicConfigsProblem } from './topic-problems.ts'

type Configs = ReadonlyMap<string, string>

/** Resources with durable configs; the names of topics must exist, which is the caller's to check. */
export interface AlteredResource {
  readonly type: 'TOPIC' | 'BROKER' | 'GROUP' | 'CLIENT_METRICS'
  /** BROKER: this broker's id, or '' for the defaults of all brokers. */
  readonly name: string
  /** What is set now. */
  readonly overrides: Configs
}

export type AlterConfigsResult =
  /** The overrides that shall hold from now on, whole. */
  { readonly ok: true; readonly overrides: Configs } | ({ readonly ok: false } & ConfigProblem)

/** Operations of IncrementalAlterConfigs, with their ids on the wire (KIP-339). */
export const alterConfigOpId = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

export interface AlterConfigOperation {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

/** IncrementalAlterConfigs of one resource: all operations, or none and the first problem. */
export function alterConfigs(
  config: BrokerConfig,
  resource: AlteredResource,
  operations: readonly AlterConfigOperation[],
): AlterConfigsResult {
  const { SET, DELETE, APPEND, SUBTRACT } = alterConfigOpId
  const withoutValue = operations.filter(({ configOperation, value }) => configOperation !== DELETE && value === null)
  const problem = requestProblem(config, resource, operations, withoutValue)
  if (problem !== undefined) return { ok: false, ...problem }
  const overrides = new Map(resource.overrides)
  for (const { name, configOperation, value } of operations) {
    switch (configOperation) {
      case SET:
        overrides.set(name, value!)
        break
      case DELETE:
        overrides.delete(name)
        break
      case APPEND:
      case SUBTRACT: {
        const operation = configOperation === APPEND ? 'APPEND' : 'SUBTRACT'
        const listProblem = listOperationProblem(resource.type, name, operation)
        if (listProblem !== undefined) return { ok: false, ...listProblem }
        const now = parts(overrides.get(name) ?? listDefinitions(resource.type).get(name)?.kafkaDefault ?? '')
        overrides.set(name, (operation === 'APPEND' ? append(now, value!) : subtract(now, value!)).join(','))
        break
      }
      default:
        return { ok: false, ...invalidRequest(`Unknown operations type ${configOperation}`) }
    }
  }
  return checked(config, resource, overrides)
}

/** AlterConfigs of one resource, the old way (KIP-133): what the request does not name goes back to its default. */
export function replaceConfigs(
  config: BrokerConfig,
  resource: AlteredResource,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): AlterConfigsResult {
  const problem = requestProblem(
    config,
    resource,
    configs,
    configs.filter(({ value }) => value === null),
  )
  if (problem !== undefined) return { ok: false, ...problem }
  return checked(config, resource, new Map(configs.map(({ name, value }) => [name, value!])))
}

/** The configs of CreateTopics: INVALID_CONFIG and a sentence, or the overrides of the new topic. */
export function newTopicConfigs(
  config: BrokerConfig,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): AlterConfigsResult {
  const withoutValue = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (withoutValue.length > 0) {
    return { ok: false, ...invalidConfig(`Null value not supported for topic configs: ${withoutValue.join(',')}`) }
  }
  const overrides = new Map(configs.map(({ name, value }) => [name, value!]))
  const problem = tooLongProblem(overrides) ?? topicConfigsProblem(config, overrides)
  return problem === undefined ? { ok: true, overrides } : { ok: false, ...problem }
}

function requestProblem(
  config: BrokerConfig,
  resource: AlteredResource,
  configs: readonly { readonly name: string }[],
  withoutValue: readonly { readonly name: string }[],
): ConfigProblem | undefined {
  if (new Set(configs.map(({ name }) => name)).size !== configs.length) {
    return invalidRequest('Error due to duplicate config keys')
  }
  if (withoutValue.length > 0) {
    return invalidRequest(`Null value not supported for : ${withoutValue.map(({ name }) => name).join(', ')}`)
  }
  return resourceNameProblem('alter', { type: resource.type, name: resource.name, nodeId: config.values.nodeId })
}

function checked(config: BrokerConfig, resource: AlteredResource, overrides: Configs): AlterConfigsResult {
  const problem = tooLongProblem(overrides) ?? contentProblem(config, resource, overrides)
  return problem === undefined ? { ok: true, overrides } : { ok: false, ...problem }
}

function contentProblem(
  config: BrokerConfig,
  resource: AlteredResource,
  overrides: Configs,
): ConfigProblem | undefined {
  switch (resource.type) {
    case 'TOPIC':
      return topicConfigsProblem(config, overrides)
    case 'BROKER':
      return brokerConfigsProblem(config, resource.name === '' ? 'default' : 'broker', overrides)
    case 'GROUP':
      return groupConfigsProblem(config, overrides)
    case 'CLIENT_METRICS':
      return clientMetricsConfigsProblem(overrides)
  }
}

const VALUE_LENGTH_MAX = 32_767

function tooLongProblem(overrides: Configs): ConfigProblem | undefined {
  for (const value of overrides.values()) {
    if (value.length > VALUE_LENGTH_MAX) {
      const limit = `it exceeds the maximum value size of ${VALUE_LENGTH_MAX} bytes.`
      return invalidConfig(`The configuration value cannot be added because ${limit}`)
    }
  }
  return undefined
}

function listOperationProblem(
  type: AlteredResource['type'],
  name: string,
  operation: 'APPEND' | 'SUBTRACT',
): ConfigProblem | undefined {
  // Kafka does not know the types of group and client metrics configs here, and so takes none of them for a list.
  const hasTypes = type === 'TOPIC' || type === 'BROKER'
  if (hasTypes && listDefinitions(type).get(name)?.type === 'LIST') return undefined
  // Brokers are checked by another part of Kafka before the one that checks all resources.
  if (type === 'BROKER') {
    return invalidConfig(`Config value ${operation.toLowerCase()} is not allowed for config key: ${name}`)
  }
  return invalidConfig(`Can't ${operation} to key ${name} because its type is not LIST.`)
}

function listDefinitions(type: AlteredResource['type']): ConfigDefinitions {
  return type === 'BROKER' ? brokerConfigDefinitions() : topicConfigDefinitions()
}

function append(now: readonly string[], value: string): string[] {
  const result = [...now]
  for (const part of javaSplit(value)) if (!result.includes(part)) result.push(part)
  return result
}

function subtract(now: readonly string[], value: string): string[] {
  const result = [...now]
  for (const part of javaSplit(value)) {
    const index = result.indexOf(part)
    if (index >= 0) result.splice(index, 1)
  }
  return result
}

function parts(value: string): string[] {
  return value.split(',').filter((part) => part !== '')
}

/** Java's split: without empty parts at the end, but never without any part. */
function javaSplit(value: string): string[] {
  const split = value.split(',')
  while (split.length > 1 && split.at(-1) === '') split.pop()
  return split
}
