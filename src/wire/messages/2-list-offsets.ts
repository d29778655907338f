import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string } from '../schema.ts'

export const listOffsetsRequest = message(
  { name: 'ListOffsetsRequest', type: 'request', apiKey: 2, versions: '1-11', flexible: '6+' },
  {
    replicaId: int32(),
    isolationLevel: int8({ versions: '2+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: '4+', default: -1, ignorable: true }),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ versions: '10+', ignorable: true }),
  },
)
export interface ListOffsetsRequest extends Infer<typeof listOffsetsRequest.fields> {}
export interface ListOffsetsRequestInput extends Input<typeof listOffsetsRequest.fields> {}

export const listOffsetsResponse = message(
  { name: 'ListOffsetsResponse', type: 'response', apiKey: 2, versions: '1-11', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ default: -1n }),
        offset: int64({ default: -1n }),
        leaderEpoch: int32({ versions: '4+', default: -1 }),
      }),
    }),
  },
)
export interface ListOffsetsResponse extends Infer<typeof listOffsetsResponse.fields> {}
export interface ListOffsetsResponseInput extends Input<typeof listOffsetsResponse.fields> {}
