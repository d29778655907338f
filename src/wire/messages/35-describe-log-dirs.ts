import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string } from '../schema.ts'

/** Asks for the folders of a broker's logs and the size of the logs; API key 35 (KIP-113, KIP-827). */
export const describeLogDirsRequest = message(
  { name: 'DescribeLogDirsRequest', type: 'request', apiKey: 35, versions: '1-4', flexible: '2+' },
  () => ({
    topics: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: '0+' },
    ),
  }),
)
export interface DescribeLogDirsRequest extends Infer<typeof describeLogDirsRequest.fields> {}
export interface DescribeLogDirsRequestInput extends Input<typeof describeLogDirsRequest.fields> {}

/** Answers DescribeLogDirsRequest: folders, partitions and sizes. */
export const describeLogDirsResponse = message(
  { name: 'DescribeLogDirsResponse', type: 'response', apiKey: 35, versions: '1-4', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '3+', ignorable: true }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ versions: '4+', default: -1n, ignorable: true }),
      usableBytes: int64({ versions: '4+', default: -1n, ignorable: true }),
    }),
  }),
)
export interface DescribeLogDirsResponse extends Infer<typeof describeLogDirsResponse.fields> {}
export interface DescribeLogDirsResponseInput extends Input<typeof describeLogDirsResponse.fields> {}
