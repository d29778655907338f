import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string } from '../schema.ts'

/** Asks where a leader epoch ended, to find truncation; API key 23 (KIP-101, KIP-279, KIP-320). */
export const offsetForLeaderEpochRequest = message(
  { name: 'OffsetForLeaderEpochRequest', type: 'request', apiKey: 23, versions: '2-4', flexible: '4+' },
  () => ({
    replicaId: int32({ versions: '3+', default: -2, ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ default: -1, ignorable: true }),
        leaderEpoch: int32(),
      }),
    }),
  }),
)
export interface OffsetForLeaderEpochRequest extends Infer<typeof offsetForLeaderEpochRequest.fields> {}
export interface OffsetForLeaderEpochRequestInput extends Input<typeof offsetForLeaderEpochRequest.fields> {}

/** Answers OffsetForLeaderEpochRequest: the end offset of the epoch. */
export const offsetForLeaderEpochResponse = message(
  { name: 'OffsetForLeaderEpochResponse', type: 'response', apiKey: 23, versions: '2-4', flexible: '4+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ default: -1, ignorable: true }),
        endOffset: int64({ default: -1n }),
      }),
    }),
  }),
)
export interface OffsetForLeaderEpochResponse extends Infer<typeof offsetForLeaderEpochResponse.fields> {}
export interface OffsetForLeaderEpochResponseInput extends Input<typeof offsetForLeaderEpochResponse.fields> {}
