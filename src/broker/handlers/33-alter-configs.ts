import type { AlterConfigsRequest, AlterConfigsResponseInput } from '../../wire/index.ts'
import { replaceConfigs } from '../configs/index.ts'
import type { Handler } from '../handler.ts'
import { alterEach, alterResource } from '../resources/alter-resource.ts'

/** Replaces all overrides of resources (KIP-133); what a request does not name goes back to its default. */
export const handleAlterConfigs: Handler<AlterConfigsRequest, AlterConfigsResponseInput> = async (
  request,
  _,
  broker,
) => {
  const responses = await alterEach(request.resources, (resource) =>
    alterResource(resource, request.validateOnly, broker, (current) =>
      replaceConfigs(broker.config, current, resource.configs),
    ),
  )
  return { throttleTimeMs: 0, responses }
}
