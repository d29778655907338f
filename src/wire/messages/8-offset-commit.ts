import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uuid } from '../schema.ts'

export const offsetCommitRequest = message(
  { name: 'OffsetCommitRequest', type: 'request', apiKey: 8, versions: '2-10', flexible: '8+' },
  {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ default: -1, ignorable: true }),
    memberId: string({ ignorable: true }),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    retentionTimeMs: int64({ versions: '2-4', default: -1n, ignorable: true }),
    topics: array({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: '6+', default: -1, ignorable: true }),
        committedMetadata: string({ nullable: '0+' }),
      }),
    }),
  },
)
export interface OffsetCommitRequest extends Infer<typeof offsetCommitRequest.fields> {}
export interface OffsetCommitRequestInput extends Input<typeof offsetCommitRequest.fields> {}

export const offsetCommitResponse = message(
  { name: 'OffsetCommitResponse', type: 'response', apiKey: 8, versions: '2-10', flexible: '8+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)
export interface OffsetCommitResponse extends Infer<typeof offsetCommitResponse.fields> {}
export interface OffsetCommitResponseInput extends Input<typeof offsetCommitResponse.fields> {}
