import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, uuid } from '../schema.ts'

/** Deletes the state of share partitions; API key 86 (KIP-932). */
export const deleteShareGroupStateRequest = message(
  { name: 'DeleteShareGroupStateRequest', type: 'request', apiKey: 86, versions: '0', flexible: '0+' },
  () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
      }),
    }),
  }),
)
export interface DeleteShareGroupStateRequest extends Infer<typeof deleteShareGroupStateRequest.fields> {}
export interface DeleteShareGroupStateRequestInput extends Input<typeof deleteShareGroupStateRequest.fields> {}

/** Answers DeleteShareGroupStateRequest: an error code for each partition. */
export const deleteShareGroupStateResponse = message(
  { name: 'DeleteShareGroupStateResponse', type: 'response', apiKey: 86, versions: '0', flexible: '0+' },
  () => ({
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  }),
)
export interface DeleteShareGroupStateResponse extends Infer<typeof deleteShareGroupStateResponse.fields> {}
export interface DeleteShareGroupStateResponseInput extends Input<typeof deleteShareGroupStateResponse.fields> {}
