import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uuid } from '../schema.ts'

/** Asks for the start offsets of share groups; API key 90 (KIP-932, KIP-1226). */
export const describeShareGroupOffsetsRequest = message(
  { name: 'DescribeShareGroupOffsetsRequest', type: 'request', apiKey: 90, versions: '0-1', flexible: '0+' },
  () => ({
    groups: array({
      groupId: string(),
      topics: array(
        {
          topicName: string(),
          partitions: array(int32()),
        },
        { nullable: '0+' },
      ),
    }),
  }),
)
export interface DescribeShareGroupOffsetsRequest extends Infer<typeof describeShareGroupOffsetsRequest.fields> {}
export interface DescribeShareGroupOffsetsRequestInput extends Input<typeof describeShareGroupOffsetsRequest.fields> {}

/** Answers DescribeShareGroupOffsetsRequest: the start offset of each partition. */
export const describeShareGroupOffsetsResponse = message(
  { name: 'DescribeShareGroupOffsetsResponse', type: 'response', apiKey: 90, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: int64(),
          leaderEpoch: int32(),
          lag: int64({ versions: '1+', default: -1n, ignorable: true }),
          errorCode: int16(),
          errorMessage: string({ nullable: '0+', default: null }),
        }),
      }),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  }),
)
export interface DescribeShareGroupOffsetsResponse extends Infer<typeof describeShareGroupOffsetsResponse.fields> {}
export interface DescribeShareGroupOffsetsResponseInput
  extends Input<typeof describeShareGroupOffsetsResponse.fields> {}
