import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string } from '../schema.ts'

/** Stores a group's positions within a transaction; API key 28 (KIP-98, KIP-447, KIP-890). */
export const txnOffsetCommitRequest = message(
  { name: 'TxnOffsetCommitRequest', type: 'request', apiKey: 28, versions: '0-5', flexible: '3+' },
  () => ({
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ versions: '3+', default: -1 }),
    memberId: string({ versions: '3+', default: '' }),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: '2+', default: -1, ignorable: true }),
        committedMetadata: string({ nullable: '0+' }),
      }),
    }),
  }),
)
export interface TxnOffsetCommitRequest extends Infer<typeof txnOffsetCommitRequest.fields> {}
export interface TxnOffsetCommitRequestInput extends Input<typeof txnOffsetCommitRequest.fields> {}

/** Answers TxnOffsetCommitRequest: an error code for each partition. */
export const txnOffsetCommitResponse = message(
  { name: 'TxnOffsetCommitResponse', type: 'response', apiKey: 28, versions: '0-5', flexible: '3+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
)
export interface TxnOffsetCommitResponse extends Infer<typeof txnOffsetCommitResponse.fields> {}
export interface TxnOffsetCommitResponseInput extends Input<typeof txnOffsetCommitResponse.fields> {}
