import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, uint16, uuid } from '../schema.ts'

/** Asks for the state of the Raft quorum; API key 55 (KIP-595, KIP-836, KIP-853). */
export const describeQuorumRequest = message(
  { name: 'DescribeQuorumRequest', type: 'request', apiKey: 55, versions: '0-2', flexible: '0+' },
  () => ({
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  }),
)
export interface DescribeQuorumRequest extends Infer<typeof describeQuorumRequest.fields> {}
export interface DescribeQuorumRequestInput extends Input<typeof describeQuorumRequest.fields> {}

const responseReplicaStateFields = {
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+' }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: '1+', default: -1n, ignorable: true }),
  lastCaughtUpTimestamp: int64({ versions: '1+', default: -1n, ignorable: true }),
}

/** Answers DescribeQuorumRequest: leader, epoch, voters and observers. */
export const describeQuorumResponse = message(
  { name: 'DescribeQuorumResponse', type: 'response', apiKey: 55, versions: '0-2', flexible: '0+' },
  () => ({
    errorCode: int16(),
    errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array(responseReplicaStateFields),
        observers: array(responseReplicaStateFields),
      }),
    }),
    nodes: array(
      {
        nodeId: int32(),
        listeners: array({
          name: string(),
          host: string(),
          port: uint16(),
        }),
      },
      { versions: '2+' },
    ),
  }),
)
export interface DescribeQuorumResponse extends Infer<typeof describeQuorumResponse.fields> {}
export interface DescribeQuorumResponseInput extends Input<typeof describeQuorumResponse.fields> {}
