import type { IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponseInput } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { alterConfigs, alterLoggerLevels, configResourceTypeId, resourceNameProblem } from '../configs/index.ts'
import type { Handler } from '../handler.ts'
import type { MetadataResult } from '../metadata/metadata-store.ts'
import { alterEach, alterResource } from '../resources/alter-resource.ts'

type Resource = IncrementalAlterConfigsRequest['resources'][number]

/** Sets, deletes, appends to and subtracts from single configs (KIP-339), and sets the levels of loggers (KIP-412). */
export const handleIncrementalAlterConfigs: Handler<
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponseInput
> = async ({ resources, validateOnly }, _, broker) => {
  const responses = await alterEach(resources, async (resource) => {
    if (resource.resourceType === configResourceTypeId.BROKER_LOGGER) return alterLevels(resource, validateOnly, broker)
    return alterResource(resource, validateOnly, broker, (current) =>
      alterConfigs(broker.config, current, resource.configs),
    )
  })
  return { throttleTimeMs: 0, responses }
}

function alterLevels({ resourceName: name, configs }: Resource, validateOnly: boolean, broker: Broker): MetadataResult {
  const problem = resourceNameProblem('alter', { type: 'BROKER_LOGGER', name, nodeId: broker.nodeId })
  if (problem !== undefined) return problem
  const result = alterLoggerLevels(broker.logLevels.read(), configs)
  if (!result.ok) return { errorCode: result.errorCode, message: result.message }
  if (!validateOnly) broker.logLevels.write(result.levels)
  return { errorCode: 'NONE' }
}
