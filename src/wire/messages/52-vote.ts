import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string, uint16, uuid } from '../schema.ts'

/** Asks for a vote in the Raft election of controllers; API key 52 (KIP-595, KIP-853, KIP-996). */
export const voteRequest = message(
  { name: 'VoteRequest', type: 'request', apiKey: 52, versions: '0-2', flexible: '0+' },
  () => ({
    clusterId: string({ nullable: '0+', default: null }),
    voterId: int32({ versions: '1+', default: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        replicaEpoch: int32(),
        replicaId: int32(),
        replicaDirectoryId: uuid({ versions: '1+', ignorable: true }),
        voterDirectoryId: uuid({ versions: '1+', ignorable: true }),
        lastOffsetEpoch: int32(),
        lastOffset: int64(),
        preVote: bool({ versions: '2+' }),
      }),
    }),
  }),
)
export interface VoteRequest extends Infer<typeof voteRequest.fields> {}
export interface VoteRequestInput extends Input<typeof voteRequest.fields> {}

/** Answers VoteRequest: the vote. */
export const voteResponse = message(
  { name: 'VoteResponse', type: 'response', apiKey: 52, versions: '0-2', flexible: '0+' },
  () => ({
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        voteGranted: bool(),
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
export interface VoteResponse extends Infer<typeof voteResponse.fields> {}
export interface VoteResponseInput extends Input<typeof voteResponse.fields> {}
