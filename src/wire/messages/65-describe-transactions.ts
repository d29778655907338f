import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string } from '../schema.ts'

/** Asks for the state of transactions; API key 65 (KIP-664). */
export const describeTransactionsRequest = message(
  { name: 'DescribeTransactionsRequest', type: 'request', apiKey: 65, versions: '0', flexible: '0+' },
  () => ({
    transactionalIds: array(string()),
  }),
)
export interface DescribeTransactionsRequest extends Infer<typeof describeTransactionsRequest.fields> {}
export interface DescribeTransactionsRequestInput extends Input<typeof describeTransactionsRequest.fields> {}

/** Answers DescribeTransactionsRequest: each transaction, as its coordinator sees it. */
export const describeTransactionsResponse = message(
  { name: 'DescribeTransactionsResponse', type: 'response', apiKey: 65, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: array(int32()),
      }),
    }),
  }),
)
export interface DescribeTransactionsResponse extends Infer<typeof describeTransactionsResponse.fields> {}
export interface DescribeTransactionsResponseInput extends Input<typeof describeTransactionsResponse.fields> {}
