import { ErrorCode, type ListConfigResourcesRequest, type ListConfigResourcesResponseInput } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { type ConfigResourceType, configResourceTypeId, configResourceTypeOf } from '../configs/index.ts'
import type { Handler } from '../handler.ts'

const ALL = Object.values(configResourceTypeId)

/** Names of resources that have configs (KIP-1142); before version 1, of client metrics subscriptions only (KIP-1000). */
export const handleListConfigResources: Handler<ListConfigResourcesRequest, ListConfigResourcesResponseInput> = (
  { resourceTypes },
  { apiVersion },
  broker,
) => {
  const asked =
    apiVersion === 0 ? [configResourceTypeId.CLIENT_METRICS] : resourceTypes.length === 0 ? ALL : resourceTypes
  const types = new Map(asked.map((id) => [id, configResourceTypeOf(id)]))
  const configResources: ListConfigResourcesResponseInput['configResources'][number][] = []
  for (const [resourceType, type] of types) {
    if (type === undefined) {
      return { throttleTimeMs: 0, errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] }
    }
    for (const resourceName of namesOf(type, broker)) configResources.push({ resourceName, resourceType })
  }
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, configResources }
}

function namesOf(type: ConfigResourceType, broker: Broker): Iterable<string> {
  switch (type) {
    case 'TOPIC':
      return broker.metadata.image.topicsByName.keys()
    case 'BROKER':
    case 'BROKER_LOGGER':
      return [String(broker.nodeId)]
    case 'GROUP':
    case 'CLIENT_METRICS':
      return broker.metadata.resourcesWithConfigs(type)
  }
}
