import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, uuid } from '../schema.ts'

/** Deletes the offsets of a share group; API key 92 (KIP-932). */
export const deleteShareGroupOffsetsRequest = message(
  { name: 'DeleteShareGroupOffsetsRequest', type: 'request', apiKey: 92, versions: '0', flexible: '0+' },
  () => ({
    groupId: string(),
    topics: array({
      topicName: string(),
    }),
  }),
)
export interface DeleteShareGroupOffsetsRequest extends Infer<typeof deleteShareGroupOffsetsRequest.fields> {}
export interface DeleteShareGroupOffsetsRequestInput extends Input<typeof deleteShareGroupOffsetsRequest.fields> {}

/** Answers DeleteShareGroupOffsetsRequest: an error code for each topic. */
export const deleteShareGroupOffsetsResponse = message(
  { name: 'DeleteShareGroupOffsetsResponse', type: 'response', apiKey: 92, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  }),
)
export interface DeleteShareGroupOffsetsResponse extends Infer<typeof deleteShareGroupOffsetsResponse.fields> {}
export interface DeleteShareGroupOffsetsResponseInput extends Input<typeof deleteShareGroupOffsetsResponse.fields> {}
