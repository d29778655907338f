import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Deletes empty groups with their offsets; API key 42 (KIP-229). */
export const deleteGroupsRequest = message(
  { name: 'DeleteGroupsRequest', type: 'request', apiKey: 42, versions: '0-2', flexible: '2+' },
  () => ({
    groupsNames: array(string()),
  }),
)
export interface DeleteGroupsRequest extends Infer<typeof deleteGroupsRequest.fields> {}
export interface DeleteGroupsRequestInput extends Input<typeof deleteGroupsRequest.fields> {}

/** Answers DeleteGroupsRequest: an error code for each group. */
export const deleteGroupsResponse = message(
  { name: 'DeleteGroupsResponse', type: 'response', apiKey: 42, versions: '0-2', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    results: array({
      groupId: string(),
      errorCode: int16(),
    }),
  }),
)
export interface DeleteGroupsResponse extends Infer<typeof deleteGroupsResponse.fields> {}
export interface DeleteGroupsResponseInput extends Input<typeof deleteGroupsResponse.fields> {}
