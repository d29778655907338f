import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string } from '../schema.ts'

/** Sets, deletes, appends to or subtracts from single configs; API key 44 (KIP-339). */
export const incrementalAlterConfigsRequest = message(
  { name: 'IncrementalAlterConfigsRequest', type: 'request', apiKey: 44, versions: '0-1', flexible: '1+' },
  () => ({
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        configOperation: int8(),
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: bool(),
  }),
)
export interface IncrementalAlterConfigsRequest extends Infer<typeof incrementalAlterConfigsRequest.fields> {}
export interface IncrementalAlterConfigsRequestInput extends Input<typeof incrementalAlterConfigsRequest.fields> {}

/** Answers IncrementalAlterConfigsRequest: what became of each resource. */
export const incrementalAlterConfigsResponse = message(
  { name: 'IncrementalAlterConfigsResponse', type: 'response', apiKey: 44, versions: '0-1', flexible: '1+' },
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
export interface IncrementalAlterConfigsResponse extends Infer<typeof incrementalAlterConfigsResponse.fields> {}
export interface IncrementalAlterConfigsResponseInput extends Input<typeof incrementalAlterConfigsResponse.fields> {}
