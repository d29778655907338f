import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string } from '../schema.ts'

/** Replaces all dynamic configs of a resource; IncrementalAlterConfigs is the better one; API key 33 (KIP-133). */
export const alterConfigsRequest = message(
  { name: 'AlterConfigsRequest', type: 'request', apiKey: 33, versions: '0-2', flexible: '2+' },
  () => ({
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: bool(),
  }),
)
export interface AlterConfigsRequest extends Infer<typeof alterConfigsRequest.fields> {}
export interface AlterConfigsRequestInput extends Input<typeof alterConfigsRequest.fields> {}

/** Answers AlterConfigsRequest: what became of each resource. */
export const alterConfigsResponse = message(
  { name: 'AlterConfigsResponse', type: 'response', apiKey: 33, versions: '0-2', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
    }),
  }),
)
export interface AlterConfigsResponse extends Infer<typeof alterConfigsResponse.fields> {}
export interface AlterConfigsResponseInput extends Input<typeof alterConfigsResponse.fields> {}
