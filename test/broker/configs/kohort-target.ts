import {
  type AlterConfigOperation,
  type AlterConfigsResult,
  alterConfigOpId,
  alterConfigs,
  alterLoggerLevels,
  BrokerConfig,
  type ConfigProblem,
  type DescribedResource,
  describeConfigs,
  newTopicConfigs,
  replaceConfigs,
  resourceNameProblem,
} from '../../../src/broker/configs/index.ts'
import { outcomeRows } from './kafka-target.ts'
import type { ConfigTarget, Outcome, Step } from './scenario.ts'

/** Runs steps against the functions of src/broker/configs, with what handlers and metadata do around them. */
export class KohortTarget implements ConfigTarget {
  readonly #config: BrokerConfig
  readonly #overrides = new Map<string, ReadonlyMap<string, string>>()
  #levels: ReadonlyMap<string, string> = new Map([['root', 'ERROR']])

  constructor(serverProperties: ReadonlyMap<string, string>) {
    this.#config = new BrokerConfig({ static: serverProperties, defaults: 'kafka' })
  }

  async run(step: Step): Promise<Outcome> {
    if ('describe' in step) return this.#describe(step)
    if ('createTopic' in step) {
      const result = newTopicConfigs(
        this.#config,
        step.configs.map(([name, value]) => ({ name, value })),
      )
      return this.#store('TOPIC', step.createTopic, result)
    }
    if ('replace' in step) {
      const configs = step.configs.map(([name, value]) => ({ name, value }))
      return this.#store(
        step.replace,
        step.resource,
        replaceConfigs(this.#config, this.#resource(step.replace, step.resource), configs),
      )
    }
    const operations = step.operations.map(([operation, name, value]) => ({
      name,
      configOperation: typeof operation === 'number' ? operation : alterConfigOpId[operation],
      value,
    }))
    if (step.alter === 'BROKER_LOGGER') return this.#alterLevels(step.resource, operations)
    const result = alterConfigs(this.#config, this.#resource(step.alter, step.resource), operations)
    if (step.validateOnly === true) return result.ok ? none : failed(result)
    return this.#store(step.alter, step.resource, result)
  }

  #alterLevels(resource: string, operations: readonly AlterConfigOperation[]): Outcome {
    const nodeId = this.#config.values.nodeId
    const problem = resourceNameProblem('alter', { type: 'BROKER_LOGGER', name: resource, nodeId })
    if (problem !== undefined) return failed(problem)
    const result = alterLoggerLevels(this.#levels, operations)
    if (!result.ok) return failed(result)
    this.#levels = result.levels
    return none
  }

  #describe(step: Extract<Step, { describe: unknown }>): Outcome {
    const nodeId = this.#config.values.nodeId
    const problem = resourceNameProblem('describe', { type: step.describe, name: step.resource, nodeId })
    if (problem !== undefined) return { ...failed(problem), rows: [] }
    const rows = describeConfigs(this.#config, this.#described(step), {
      configurationKeys: step.keys ?? null,
      includeSynonyms: true,
      includeDocumentation: step.documentation ?? false,
    })
    return { ...none, message: '', rows: outcomeRows(rows, step.documentation) }
  }

  #described(step: Extract<Step, { describe: unknown }>): DescribedResource {
    switch (step.describe) {
      case 'BROKER':
        return { type: 'BROKER', scope: step.resource === '' ? 'default' : 'broker' }
      case 'BROKER_LOGGER':
        return { type: 'BROKER_LOGGER', levels: this.#levels }
      default:
        return { type: step.describe, overrides: this.#resource(step.describe, step.resource).overrides }
    }
  }

  #resource(type: string, name: string) {
    return {
      type: type as 'TOPIC' | 'BROKER' | 'GROUP' | 'CLIENT_METRICS',
      name,
      overrides: this.#overrides.get(`${type} ${name}`) ?? new Map<string, string>(),
    }
  }

  #store(type: string, name: string, result: AlterConfigsResult): Outcome {
    if (!result.ok) return failed(result)
    this.#overrides.set(`${type} ${name}`, result.overrides)
    if (type === 'BROKER') this.#config.setDynamic(name === '' ? 'default' : 'broker', result.overrides)
    return none
  }
}

const none: Outcome = { errorCode: 'NONE', message: null }

function failed(problem: ConfigProblem): Outcome {
  return { errorCode: problem.errorCode, message: problem.message }
}
