import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Deletes a group's positions in topics to which nobody in the group subscribes; API key 47 (KIP-496). */
export const offsetDeleteRequest = message(
  { name: 'OffsetDeleteRequest', type: 'request', apiKey: 47, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  }),
)
export interface OffsetDeleteRequest extends Infer<typeof offsetDeleteRequest.fields> {}
export interface OffsetDeleteRequestInput extends Input<typeof offsetDeleteRequest.fields> {}

/** Answers OffsetDeleteRequest: an error code for each partition. */
export const offsetDeleteResponse = message(
  { name: 'OffsetDeleteResponse', type: 'response', apiKey: 47, versions: '0', flexible: 'none' },
  () => ({
    errorCode: int16(),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
)
export interface OffsetDeleteResponse extends Infer<typeof offsetDeleteResponse.fields> {}
export interface OffsetDeleteResponseInput extends Input<typeof offsetDeleteResponse.fields> {}
