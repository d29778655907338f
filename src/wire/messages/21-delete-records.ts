import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string } from '../schema.ts'

/** Deletes the records before an offset; API key 21 (KIP-107). */
export const deleteRecordsRequest = message(
  { name: 'DeleteRecordsRequest', type: 'request', apiKey: 21, versions: '0-2', flexible: '2+' },
  () => ({
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  }),
)
export interface DeleteRecordsRequest extends Infer<typeof deleteRecordsRequest.fields> {}
export interface DeleteRecordsRequestInput extends Input<typeof deleteRecordsRequest.fields> {}

/** Answers DeleteRecordsRequest: the new start of each log. */
export const deleteRecordsResponse = message(
  { name: 'DeleteRecordsResponse', type: 'response', apiKey: 21, versions: '0-2', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  }),
)
export interface DeleteRecordsResponse extends Infer<typeof deleteRecordsResponse.fields> {}
export interface DeleteRecordsResponseInput extends Input<typeof deleteRecordsResponse.fields> {}
