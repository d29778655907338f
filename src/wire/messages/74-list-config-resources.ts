import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Asks for resources that have dynamic configs; API key 74 (KIP-1142, before that KIP-714). */
export const listConfigResourcesRequest = message(
  { name: 'ListConfigResourcesRequest', type: 'request', apiKey: 74, versions: '0-1', flexible: '0+' },
  () => ({
    resourceTypes: array(int8(), { versions: '1+' }),
  }),
)
export interface ListConfigResourcesRequest extends Infer<typeof listConfigResourcesRequest.fields> {}
export interface ListConfigResourcesRequestInput extends Input<typeof listConfigResourcesRequest.fields> {}

/** Answers ListConfigResourcesRequest: their types and names. */
export const listConfigResourcesResponse = message(
  { name: 'ListConfigResourcesResponse', type: 'response', apiKey: 74, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ versions: '1+', default: 16, ignorable: true }),
    }),
  }),
)
export interface ListConfigResourcesResponse extends Infer<typeof listConfigResourcesResponse.fields> {}
export interface ListConfigResourcesResponseInput extends Input<typeof listConfigResourcesResponse.fields> {}
