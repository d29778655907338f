import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uuid } from '../schema.ts'

/** Sets the start offsets of a share group; API key 91 (KIP-932). */
export const alterShareGroupOffsetsRequest = message(
  { name: 'AlterShareGroupOffsetsRequest', type: 'request', apiKey: 91, versions: '0', flexible: '0+' },
  () => ({
    groupId: string(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        startOffset: int64(),
      }),
    }),
  }),
)
export interface AlterShareGroupOffsetsRequest extends Infer<typeof alterShareGroupOffsetsRequest.fields> {}
export interface AlterShareGroupOffsetsRequestInput extends Input<typeof alterShareGroupOffsetsRequest.fields> {}

/** Answers AlterShareGroupOffsetsRequest: an error code for each partition. */
export const alterShareGroupOffsetsResponse = message(
  { name: 'AlterShareGroupOffsetsResponse', type: 'response', apiKey: 91, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  }),
)
export interface AlterShareGroupOffsetsResponse extends Infer<typeof alterShareGroupOffsetsResponse.fields> {}
export interface AlterShareGroupOffsetsResponseInput extends Input<typeof alterShareGroupOffsetsResponse.fields> {}
