import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Asks a broker for the groups that it coordinates; API key 16 (KIP-518, KIP-848). */
export const listGroupsRequest = message(
  { name: 'ListGroupsRequest', type: 'request', apiKey: 16, versions: '0-5', flexible: '3+' },
  () => ({
    statesFilter: array(string(), { versions: '4+' }),
    typesFilter: array(string(), { versions: '5+' }),
  }),
)
export interface ListGroupsRequest extends Infer<typeof listGroupsRequest.fields> {}
export interface ListGroupsRequestInput extends Input<typeof listGroupsRequest.fields> {}

/** Answers ListGroupsRequest: ids, protocol types, states and types of groups. */
export const listGroupsResponse = message(
  { name: 'ListGroupsResponse', type: 'response', apiKey: 16, versions: '0-5', flexible: '3+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: '4+', ignorable: true }),
      groupType: string({ versions: '5+', ignorable: true }),
    }),
  }),
)
export interface ListGroupsResponse extends Infer<typeof listGroupsResponse.fields> {}
export interface ListGroupsResponseInput extends Input<typeof listGroupsResponse.fields> {}
