import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, bytes, int16, int32, string } from '../schema.ts'

/** Asks for the state and members of classic groups; API key 15 (KIP-430, KIP-345, KIP-1043). */
export const describeGroupsRequest = message(
  { name: 'DescribeGroupsRequest', type: 'request', apiKey: 15, versions: '0-6', flexible: '5+' },
  () => ({
    groups: array(string()),
    includeAuthorizedOperations: bool({ versions: '3+' }),
  }),
)
export interface DescribeGroupsRequest extends Infer<typeof describeGroupsRequest.fields> {}
export interface DescribeGroupsRequestInput extends Input<typeof describeGroupsRequest.fields> {}

/** Answers DescribeGroupsRequest: each group, as its coordinator sees it. */
export const describeGroupsResponse = message(
  { name: 'DescribeGroupsResponse', type: 'response', apiKey: 15, versions: '0-6', flexible: '5+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ versions: '6+', nullable: '6+', default: null }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ versions: '4+', nullable: '4+', default: null, ignorable: true }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ versions: '3+', default: -2147483648 }),
    }),
  }),
)
export interface DescribeGroupsResponse extends Infer<typeof describeGroupsResponse.fields> {}
export interface DescribeGroupsResponseInput extends Input<typeof describeGroupsResponse.fields> {}
