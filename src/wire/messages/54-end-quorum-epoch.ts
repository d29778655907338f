import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, uint16, uuid } from '../schema.ts'

/** Announces that a Raft leader resigns; API key 54 (KIP-595, KIP-853). */
export const endQuorumEpochRequest = message(
  { name: 'EndQuorumEpochRequest', type: 'request', apiKey: 54, versions: '0-1', flexible: '1+' },
  () => ({
    clusterId: string({ nullable: '0+', default: null }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32(),
        preferredSuccessors: array(int32(), { versions: '0', ignorable: true }),
        preferredCandidates: array(
          {
            candidateId: int32(),
            candidateDirectoryId: uuid(),
          },
          { versions: '1+', ignorable: true },
        ),
      }),
    }),
    leaderEndpoints: array(
      {
        name: string(),
        host: string(),
        port: uint16(),
      },
      { versions: '1+', ignorable: true },
    ),
  }),
)
export interface EndQuorumEpochRequest extends Infer<typeof endQuorumEpochRequest.fields> {}
export interface EndQuorumEpochRequestInput extends Input<typeof endQuorumEpochRequest.fields> {}

/** Answers EndQuorumEpochRequest: whether it was accepted. */
export const endQuorumEpochResponse = message(
  { name: 'EndQuorumEpochResponse', type: 'response', apiKey: 54, versions: '0-1', flexible: '1+' },
  () => ({
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: uint16(),
      },
      { versions: '1+', tag: 0 },
    ),
  }),
)
export interface EndQuorumEpochResponse extends Infer<typeof endQuorumEpochResponse.fields> {}
export interface EndQuorumEpochResponseInput extends Input<typeof endQuorumEpochResponse.fields> {}
