import type { ErrorName } from '../../wire/index.ts'
import type { ConfigResourceType } from './config-ids.ts'

/** A client's mistake, as it stands in the response. */
export interface ConfigProblem {
  readonly errorCode: Exclude<ErrorName, 'NONE'>
  readonly message: string
}

export function invalidConfig(message: string): ConfigProblem {
  return { errorCode: 'INVALID_CONFIG', message }
}

export function invalidRequest(message: string): ConfigProblem {
  return { errorCode: 'INVALID_REQUEST', message }
}

interface NamedResource {
  readonly type: ConfigResourceType
  readonly name: string
  readonly nodeId: number
}

/**
 * What Kafka finds wrong with the name of a resource before it looks at its configs. Topic names are the caller's to
 * check, and whether a topic exists.
 */
export function resourceNameProblem(purpose: 'describe' | 'alter', resource: NamedResource): ConfigProblem | undefined {
  return purpose === 'describe' ? describedNameProblem(resource) : alteredNameProblem(resource)
}

function describedNameProblem({ type, name, nodeId }: NamedResource): ConfigProblem | undefined {
  switch (type) {
    case 'TOPIC':
      return undefined
    case 'BROKER':
      if (name === '') return undefined
      if (!isInteger(name)) return invalidRequest(`Broker id must be an integer, but it is: ${name}`)
      if (Number(name) === nodeId) return undefined
      return invalidRequest(`Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`)
    case 'BROKER_LOGGER':
      if (name === '') return invalidRequest('Broker id must not be empty')
      if (!isInteger(name)) return invalidRequest(`Broker id must be an integer, but it is: ${name}`)
      if (Number(name) === nodeId) return undefined
      return invalidRequest(`Unexpected broker id, expected ${nodeId} but received ${name}`)
    case 'CLIENT_METRICS':
      return name === '' ? invalidRequest('Client metrics subscription name must not be empty') : undefined
    case 'GROUP':
      return name === '' ? invalidRequest('Group name must not be empty') : undefined
  }
}

function alteredNameProblem({ type, name, nodeId }: NamedResource): ConfigProblem | undefined {
  switch (type) {
    case 'TOPIC':
      return name === '' ? invalidRequest('Default topic resources are not allowed.') : undefined
    case 'BROKER':
      if (name === '') return undefined
      if (!isInteger(name)) return invalidRequest(`Node id must be an integer, but it is: ${name}`)
      if (Number(name) === nodeId) return undefined
      return invalidRequest(`Unexpected broker id, expected ${nodeId}, but received ${name}`)
    case 'BROKER_LOGGER':
      if (!isInteger(name)) return invalidRequest(`Node id must be an integer, but it is: ${name}`)
      if (Number(name) === nodeId) return undefined
      return invalidRequest(`Unexpected node id. Expected ${nodeId}, but received ${Number(name)}`)
    case 'CLIENT_METRICS':
      return name === '' ? invalidRequest("Subscription name can't be empty") : undefined
    case 'GROUP':
      return name === '' ? invalidRequest('Default group resources are not allowed.') : undefined
  }
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) < 2 ** 31
}
