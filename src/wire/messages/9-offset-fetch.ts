import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string, uuid } from '../schema.ts'

/** Asks for a group's stored positions; API key 9 (KIP-88, KIP-447, KIP-709, KIP-848). */
export const offsetFetchRequest = message(
  { name: 'OffsetFetchRequest', type: 'request', apiKey: 9, versions: '1-10', flexible: '6+' },
  () => ({
    groupId: string({ versions: '0-7' }),
    /** null for all topics with offsets. */
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { versions: '0-7', nullable: '2-7' },
    ),
    groups: array(
      {
        groupId: string(),
        memberId: string({ versions: '9+', nullable: '9+', default: null, ignorable: true }),
        memberEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
        /** null for all topics with offsets. */
        topics: array(
          {
            name: string({ versions: '8-9', ignorable: true }),
            topicId: uuid({ versions: '10+', ignorable: true }),
            partitionIndexes: array(int32()),
          },
          { nullable: '8+' },
        ),
      },
      { versions: '8+' },
    ),
    /** Answer UNSTABLE_OFFSET_COMMIT while a transaction has pending offsets (KIP-447). */
    requireStable: bool({ versions: '7+', default: false }),
  }),
)
export interface OffsetFetchRequest extends Infer<typeof offsetFetchRequest.fields> {}
export interface OffsetFetchRequestInput extends Input<typeof offsetFetchRequest.fields> {}

/** Answers OffsetFetchRequest: committed offsets, -1 where there is none. */
export const offsetFetchResponse = message(
  { name: 'OffsetFetchResponse', type: 'response', apiKey: 9, versions: '1-10', flexible: '6+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array(
      {
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ versions: '5-7', default: -1, ignorable: true }),
          metadata: string({ nullable: '0-7' }),
          errorCode: int16(),
        }),
      },
      { versions: '0-7' },
    ),
    errorCode: int16({ versions: '2-7', default: 0, ignorable: true }),
    groups: array(
      {
        groupId: string(),
        topics: array({
          name: string({ versions: '8-9', ignorable: true }),
          topicId: uuid({ versions: '10+', ignorable: true }),
          partitions: array({
            partitionIndex: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: int32({ default: -1, ignorable: true }),
            metadata: string({ nullable: '8+' }),
            errorCode: int16(),
          }),
        }),
        errorCode: int16({ default: 0 }),
      },
      { versions: '8+' },
    ),
  }),
)
export interface OffsetFetchResponse extends Infer<typeof offsetFetchResponse.fields> {}
export interface OffsetFetchResponseInput extends Input<typeof offsetFetchResponse.fields> {}
