import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, uint16, uuid } from '../schema.ts'

/** Announces a new Raft leader; API key 53 (KIP-595, KIP-853). */
export const beginQuorumEpochRequest = message(
  { name: 'BeginQuorumEpochRequest', type: 'request', apiKey: 53, versions: '0-1', flexible: '1+' },
  () => ({
    clusterId: string({ nullable: '0+', default: null }),
    voterId: int32({ versions: '1+', default: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        voterDirectoryId: uuid({ versions: '1+', ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
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
export interface BeginQuorumEpochRequest extends Infer<typeof beginQuorumEpochRequest.fields> {}
export interface BeginQuorumEpochRequestInput extends Input<typeof beginQuorumEpochRequest.fields> {}

/** Answers BeginQuorumEpochRequest: whether it was accepted. */
export const beginQuorumEpochResponse = message(
  { name: 'BeginQuorumEpochResponse', type: 'response', apiKey: 53, versions: '0-1', flexible: '1+' },
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
export interface BeginQuorumEpochResponse extends Infer<typeof beginQuorumEpochResponse.fields> {}
export interface BeginQuorumEpochResponseInput extends Input<typeof beginQuorumEpochResponse.fields> {}
