import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string } from '../schema.ts'

/** Asks for the producers that write to partitions; API key 61 (KIP-664). */
export const describeProducersRequest = message(
  { name: 'DescribeProducersRequest', type: 'request', apiKey: 61, versions: '0', flexible: '0+' },
  () => ({
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
  }),
)
export interface DescribeProducersRequest extends Infer<typeof describeProducersRequest.fields> {}
export interface DescribeProducersRequestInput extends Input<typeof describeProducersRequest.fields> {}

/** Answers DescribeProducersRequest: ids, epochs, sequences and open transactions. */
export const describeProducersResponse = message(
  { name: 'DescribeProducersResponse', type: 'response', apiKey: 61, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1n }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1n }),
        }),
      }),
    }),
  }),
)
export interface DescribeProducersResponse extends Infer<typeof describeProducersResponse.fields> {}
export interface DescribeProducersResponseInput extends Input<typeof describeProducersResponse.fields> {}
