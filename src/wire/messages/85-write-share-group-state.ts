import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string, uuid } from '../schema.ts'

/** Writes the state of share partitions; API key 85 (KIP-932, KIP-1226). */
export const writeShareGroupStateRequest = message(
  { name: 'WriteShareGroupStateRequest', type: 'request', apiKey: 85, versions: '0-1', flexible: '0+' },
  () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ versions: '1+', default: -1, ignorable: true }),
        stateBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryState: int8(),
          deliveryCount: int16(),
        }),
      }),
    }),
  }),
)
export interface WriteShareGroupStateRequest extends Infer<typeof writeShareGroupStateRequest.fields> {}
export interface WriteShareGroupStateRequestInput extends Input<typeof writeShareGroupStateRequest.fields> {}

/** Answers WriteShareGroupStateRequest: an error code for each partition. */
export const writeShareGroupStateResponse = message(
  { name: 'WriteShareGroupStateResponse', type: 'response', apiKey: 85, versions: '0-1', flexible: '0+' },
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
export interface WriteShareGroupStateResponse extends Infer<typeof writeShareGroupStateResponse.fields> {}
export interface WriteShareGroupStateResponseInput extends Input<typeof writeShareGroupStateResponse.fields> {}
