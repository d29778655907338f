import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string, uuid } from '../schema.ts'

/** Asks for the brokers of the cluster and the partitions of topics, creating topics where configured; API key 3 (KIP-4, KIP-430, KIP-516, KIP-700, KIP-1102). */
export const metadataRequest = message(
  { name: 'MetadataRequest', type: 'request', apiKey: 3, versions: '0-13', flexible: '9+' },
  () => ({
    /** null for all topics; in version 0 an empty list means all. */
    topics: array(
      {
        topicId: uuid({ versions: '10+', ignorable: true }),
        name: string({ nullable: '10+' }),
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool({ versions: '4+', default: true }),
    includeClusterAuthorizedOperations: bool({ versions: '8-10' }),
    includeTopicAuthorizedOperations: bool({ versions: '8+' }),
  }),
)
export interface MetadataRequest extends Infer<typeof metadataRequest.fields> {}
export interface MetadataRequestInput extends Input<typeof metadataRequest.fields> {}

/** Answers MetadataRequest: brokers, topics and partition leaders. */
export const metadataResponse = message(
  { name: 'MetadataResponse', type: 'response', apiKey: 3, versions: '0-13', flexible: '9+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ versions: '1+', nullable: '1+', default: null, ignorable: true }),
    }),
    clusterId: string({ versions: '2+', nullable: '2+', default: null, ignorable: true }),
    controllerId: int32({ versions: '1+', default: -1, ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '12+' }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      isInternal: bool({ versions: '1+', default: false, ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { versions: '5+', ignorable: true }),
      }),
      topicAuthorizedOperations: int32({ versions: '8+', default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32({ versions: '8-10', default: -2147483648 }),
    errorCode: int16({ versions: '13+', ignorable: true }),
  }),
)
export interface MetadataResponse extends Infer<typeof metadataResponse.fields> {}
export interface MetadataResponseInput extends Input<typeof metadataResponse.fields> {}
