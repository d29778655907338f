import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

export const offsetDeleteRequest = message(
  { name: 'OffsetDeleteRequest', type: 'request', apiKey: 47, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
)
export interface OffsetDeleteRequest extends Infer<typeof offsetDeleteRequest.fields> {}
export interface OffsetDeleteRequestInput extends Input<typeof offsetDeleteRequest.fields> {}

export const offsetDeleteResponse = message(
  { name: 'OffsetDeleteResponse', type: 'response', apiKey: 47, versions: '0', flexible: 'none' },
  {
    errorCode: int16(),
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)
export interface OffsetDeleteResponse extends Infer<typeof offsetDeleteResponse.fields> {}
export interface OffsetDeleteResponseInput extends Input<typeof offsetDeleteResponse.fields> {}
