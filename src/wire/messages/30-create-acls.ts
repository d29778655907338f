import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Creates ACLs; API key 30 (KIP-140, KIP-290). */
export const createAclsRequest = message(
  { name: 'CreateAclsRequest', type: 'request', apiKey: 30, versions: '1-3', flexible: '2+' },
  () => ({
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  }),
)
export interface CreateAclsRequest extends Infer<typeof createAclsRequest.fields> {}
export interface CreateAclsRequestInput extends Input<typeof createAclsRequest.fields> {}

/** Answers CreateAclsRequest: what became of each ACL. */
export const createAclsResponse = message(
  { name: 'CreateAclsResponse', type: 'response', apiKey: 30, versions: '1-3', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
    }),
  }),
)
export interface CreateAclsResponse extends Infer<typeof createAclsResponse.fields> {}
export interface CreateAclsResponseInput extends Input<typeof createAclsResponse.fields> {}
