import {
  type DescribeConfigsRequest,
  type DescribeConfigsResponseInput,
  ErrorCode,
  type ErrorName,
  errorMessage,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { configResourceTypeOf, type DescribedResource, describeConfigs, resourceNameProblem } from '../configs/index.ts'
import type { Handler } from '../handler.ts'
import { topicNameProblem } from '../topics/topic-name.ts'

type Resource = DescribeConfigsRequest['resources'][number]
interface Failure {
  readonly errorCode: ErrorName
  readonly message: string
}

/** Configs of topics, brokers, groups, client metrics subscriptions and loggers, with where each value comes from (KIP-226, KIP-569). */
export const handleDescribeConfigs: Handler<DescribeConfigsRequest, DescribeConfigsResponseInput> = (
  request,
  _,
  broker,
) => {
  const { includeSynonyms, includeDocumentation } = request
  const results = request.resources.map((resource) => {
    const { resourceType, resourceName, configurationKeys } = resource
    const described = resourceOf(resource, broker)
    if ('errorCode' in described) {
      const { errorCode, message } = described
      return { errorCode: ErrorCode[errorCode], errorMessage: message, resourceType, resourceName, configs: [] }
    }
    const options = { configurationKeys, includeSynonyms, includeDocumentation }
    const configs = describeConfigs(broker.config, described, options)
    return { errorCode: ErrorCode.NONE, errorMessage: '', resourceType, resourceName, configs }
  })
  return { throttleTimeMs: 0, results }
}

function resourceOf({ resourceType, resourceName: name }: Resource, broker: Broker): DescribedResource | Failure {
  const type = configResourceTypeOf(resourceType)
  if (type === undefined) return { errorCode: 'INVALID_REQUEST', message: errorMessage('INVALID_REQUEST') }
  const problem = resourceNameProblem('describe', { type, name, nodeId: broker.nodeId })
  if (problem !== undefined) return problem
  switch (type) {
    case 'TOPIC': {
      const nameProblem = topicNameProblem(name)
      if (nameProblem !== undefined) return { errorCode: 'INVALID_TOPIC_EXCEPTION', message: nameProblem }
      const topic = broker.metadata.image.topicsByName.get(name)
      if (topic === undefined) return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', message: '' }
      return { type, overrides: topic.configs }
    }
    case 'BROKER':
      return { type, scope: name === '' ? 'default' : 'broker' }
    case 'BROKER_LOGGER':
      return { type, levels: broker.logLevels.read() }
    case 'GROUP':
    case 'CLIENT_METRICS':
      return { type, overrides: broker.metadata.configsOf({ type, name }) }
  }
}
