import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uuid } from '../schema.ts'

/** Reads the start offsets of share partitions; API key 87 (KIP-932, KIP-1226). */
export const readShareGroupStateSummaryRequest = message(
  { name: 'ReadShareGroupStateSummaryRequest', type: 'request', apiKey: 87, versions: '0-1', flexible: '0+' },
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
export interface ReadShareGroupStateSummaryRequest extends Infer<typeof readShareGroupStateSummaryRequest.fields> {}
export interface ReadShareGroupStateSummaryRequestInput
  extends Input<typeof readShareGroupStateSummaryRequest.fields> {}

/** Answers ReadShareGroupStateSummaryRequest: the start offset of each partition. */
export const readShareGroupStateSummaryResponse = message(
  { name: 'ReadShareGroupStateSummaryResponse', type: 'response', apiKey: 87, versions: '0-1', flexible: '0+' },
  () => ({
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ versions: '1+', default: -1, ignorable: true }),
      }),
    }),
  }),
)
export interface ReadShareGroupStateSummaryResponse extends Infer<typeof readShareGroupStateSummaryResponse.fields> {}
export interface ReadShareGroupStateSummaryResponseInput
  extends Input<typeof readShareGroupStateSummaryResponse.fields> {}
