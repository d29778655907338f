import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string, uuid } from '../schema.ts'

/** Reads the state of share partitions; API key 84 (KIP-932). */
export const readShareGroupStateRequest = message(
  { name: 'ReadShareGroupStateRequest', type: 'request', apiKey: 84, versions: '0', flexible: '0+' },
  () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32(),
      }),
    }),
  }),
)
export interface ReadShareGroupStateRequest extends Infer<typeof readShareGroupStateRequest.fields> {}
export interface ReadShareGroupStateRequestInput extends Input<typeof readShareGroupStateRequest.fields> {}

/** Answers ReadShareGroupStateRequest: the state of each partition. */
export const readShareGroupStateResponse = message(
  { name: 'ReadShareGroupStateResponse', type: 'response', apiKey: 84, versions: '0', flexible: '0+' },
  () => ({
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        stateEpoch: int32(),
        startOffset: int64(),
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
export interface ReadShareGroupStateResponse extends Infer<typeof readShareGroupStateResponse.fields> {}
export interface ReadShareGroupStateResponseInput extends Input<typeof readShareGroupStateResponse.fields> {}
