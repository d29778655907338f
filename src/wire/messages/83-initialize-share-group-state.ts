import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uuid } from '../schema.ts'

/** Creates the state of share partitions; from the group to the share coordinator; API key 83 (KIP-932). */
export const initializeShareGroupStateRequest = message(
  { name: 'InitializeShareGroupStateRequest', type: 'request', apiKey: 83, versions: '0', flexible: '0+' },
  () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        startOffset: int64(),
      }),
    }),
  }),
)
export interface InitializeShareGroupStateRequest extends Infer<typeof initializeShareGroupStateRequest.fields> {}
export interface InitializeShareGroupStateRequestInput extends Input<typeof initializeShareGroupStateRequest.fields> {}

/** Answers InitializeShareGroupStateRequest: an error code for each partition. */
export const initializeShareGroupStateResponse = message(
  { name: 'InitializeShareGroupStateResponse', type: 'response', apiKey: 83, versions: '0', flexible: '0+' },
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
export interface InitializeShareGroupStateResponse extends Infer<typeof initializeShareGroupStateResponse.fields> {}
export interface InitializeShareGroupStateResponseInput
  extends Input<typeof initializeShareGroupStateResponse.fields> {}
