import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string } from '../schema.ts'

/** Asks for the offset at a timestamp, or at the ends of the log; API key 2 (KIP-79, KIP-207, KIP-396, KIP-734, KIP-405, KIP-1005, KIP-1075). */
export const listOffsetsRequest = message(
  { name: 'ListOffsetsRequest', type: 'request', apiKey: 2, versions: '1-11', flexible: '6+' },
  () => ({
    replicaId: int32(),
    isolationLevel: int8({ versions: '2+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: '4+', default: -1, ignorable: true }),
        /** In ms, or -1 latest, -2 earliest, -3 max timestamp, -4 earliest local, -5 latest tiered, -6 earliest pending upload. */
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ versions: '10+', ignorable: true }),
  }),
)
export interface ListOffsetsRequest extends Infer<typeof listOffsetsRequest.fields> {}
export interface ListOffsetsRequestInput extends Input<typeof listOffsetsRequest.fields> {}

/** Answers ListOffsetsRequest: the offset and timestamp found for each partition, -1 for none. */
export const listOffsetsResponse = message(
  { name: 'ListOffsetsResponse', type: 'response', apiKey: 2, versions: '1-11', flexible: '6+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
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
  }),
)
export interface ListOffsetsResponse extends Infer<typeof listOffsetsResponse.fields> {}
export interface ListOffsetsResponseInput extends Input<typeof listOffsetsResponse.fields> {}
