import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string } from '../schema.ts'

/** Asks for cluster id, controller and brokers; API key 60 (KIP-700, KIP-919, KIP-1073). */
export const describeClusterRequest = message(
  { name: 'DescribeClusterRequest', type: 'request', apiKey: 60, versions: '0-2', flexible: '0+' },
  () => ({
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ versions: '1+', default: 1 }),
    includeFencedBrokers: bool({ versions: '2+' }),
  }),
)
export interface DescribeClusterRequest extends Infer<typeof describeClusterRequest.fields> {}
export interface DescribeClusterRequestInput extends Input<typeof describeClusterRequest.fields> {}

/** Answers DescribeClusterRequest: the cluster. */
export const describeClusterResponse = message(
  { name: 'DescribeClusterResponse', type: 'response', apiKey: 60, versions: '0-2', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    endpointType: int8({ versions: '1+', default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: '0+', default: null }),
      isFenced: bool({ versions: '2+' }),
    }),
    clusterAuthorizedOperations: int32({ default: -2147483648 }),
  }),
)
export interface DescribeClusterResponse extends Infer<typeof describeClusterResponse.fields> {}
export interface DescribeClusterResponseInput extends Input<typeof describeClusterResponse.fields> {}
