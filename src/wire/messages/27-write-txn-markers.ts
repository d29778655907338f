import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, int64, string } from '../schema.ts'

/** Ends transactions in partitions; from the transaction coordinator to leaders; API key 27 (KIP-98). */
export const writeTxnMarkersRequest = message(
  { name: 'WriteTxnMarkersRequest', type: 'request', apiKey: 27, versions: '1-2', flexible: '1+' },
  () => ({
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ versions: '2+', default: 0, ignorable: true }),
    }),
  }),
)
export interface WriteTxnMarkersRequest extends Infer<typeof writeTxnMarkersRequest.fields> {}
export interface WriteTxnMarkersRequestInput extends Input<typeof writeTxnMarkersRequest.fields> {}

/** Answers WriteTxnMarkersRequest: an error code for each partition. */
export const writeTxnMarkersResponse = message(
  { name: 'WriteTxnMarkersResponse', type: 'response', apiKey: 27, versions: '1-2', flexible: '1+' },
  () => ({
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  }),
)
export interface WriteTxnMarkersResponse extends Infer<typeof writeTxnMarkersResponse.fields> {}
export interface WriteTxnMarkersResponseInput extends Input<typeof writeTxnMarkersResponse.fields> {}
