import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Deletes the ACLs that match filters; API key 31 (KIP-140, KIP-290). */
export const deleteAclsRequest = message(
  { name: 'DeleteAclsRequest', type: 'request', apiKey: 31, versions: '1-3', flexible: '2+' },
  () => ({
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: '0+' }),
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullable: '0+' }),
      hostFilter: string({ nullable: '0+' }),
      operation: int8(),
      permissionType: int8(),
    }),
  }),
)
export interface DeleteAclsRequest extends Infer<typeof deleteAclsRequest.fields> {}
export interface DeleteAclsRequestInput extends Input<typeof deleteAclsRequest.fields> {}

/** Answers DeleteAclsRequest: the ACLs that were deleted. */
export const deleteAclsResponse = message(
  { name: 'DeleteAclsResponse', type: 'response', apiKey: 31, versions: '1-3', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  }),
)
export interface DeleteAclsResponse extends Infer<typeof deleteAclsResponse.fields> {}
export interface DeleteAclsResponseInput extends Input<typeof deleteAclsResponse.fields> {}
