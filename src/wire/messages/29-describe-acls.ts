import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Asks for the ACLs that match a filter; API key 29 (KIP-140, KIP-290). */
export const describeAclsRequest = message(
  { name: 'DescribeAclsRequest', type: 'request', apiKey: 29, versions: '1-3', flexible: '2+' },
  () => ({
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: '0+' }),
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: '0+' }),
    hostFilter: string({ nullable: '0+' }),
    operation: int8(),
    permissionType: int8(),
  }),
)
export interface DescribeAclsRequest extends Infer<typeof describeAclsRequest.fields> {}
export interface DescribeAclsRequestInput extends Input<typeof describeAclsRequest.fields> {}

/** Answers DescribeAclsRequest: the ACLs. */
export const describeAclsResponse = message(
  { name: 'DescribeAclsResponse', type: 'response', apiKey: 29, versions: '1-3', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  }),
)
export interface DescribeAclsResponse extends Infer<typeof describeAclsResponse.fields> {}
export interface DescribeAclsResponseInput extends Input<typeof describeAclsResponse.fields> {}
