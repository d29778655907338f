import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uuid } from '../schema.ts'

/** Stores a group's positions; API key 8 (KIP-211, KIP-320, KIP-345, KIP-848). */
export const offsetCommitRequest = message(
  { name: 'OffsetCommitRequest', type: 'request', apiKey: 8, versions: '2-10', flexible: '8+' },
  () => ({
    groupId: string(),
    /** Generation of a classic group, member epoch of a consumer group, -1 outside of any (KIP-848). */
    generationIdOrMemberEpoch: int32({ default: -1, ignorable: true }),
    memberId: string({ ignorable: true }),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    /** How long to keep the offsets, in ms; -1 for offsets.retention.minutes of the broker (gone with KIP-211). */
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
  }),
)
export interface OffsetCommitRequest extends Infer<typeof offsetCommitRequest.fields> {}
export interface OffsetCommitRequestInput extends Input<typeof offsetCommitRequest.fields> {}

/** Answers OffsetCommitRequest: an error code for each partition. */
export const offsetCommitResponse = message(
  { name: 'OffsetCommitResponse', type: 'response', apiKey: 8, versions: '2-10', flexible: '8+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
)
export interface OffsetCommitResponse extends Infer<typeof offsetCommitResponse.fields> {}
export interface OffsetCommitResponseInput extends Input<typeof offsetCommitResponse.fields> {}
