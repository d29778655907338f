import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string } from '../schema.ts'

/** Moves partitions to other brokers; API key 45 (KIP-455, KIP-860). */
export const alterPartitionReassignmentsRequest = message(
  { name: 'AlterPartitionReassignmentsRequest', type: 'request', apiKey: 45, versions: '0-1', flexible: '0+' },
  () => ({
    timeoutMs: int32({ default: 60000 }),
    allowReplicationFactorChange: bool({ versions: '1+', default: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32(), { nullable: '0+', default: null }),
      }),
    }),
  }),
)
export interface AlterPartitionReassignmentsRequest extends Infer<typeof alterPartitionReassignmentsRequest.fields> {}
export interface AlterPartitionReassignmentsRequestInput
  extends Input<typeof alterPartitionReassignmentsRequest.fields> {}

/** Answers AlterPartitionReassignmentsRequest: what became of each partition. */
export const alterPartitionReassignmentsResponse = message(
  { name: 'AlterPartitionReassignmentsResponse', type: 'response', apiKey: 45, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool({ versions: '1+', default: true, ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    }),
  }),
)
export interface AlterPartitionReassignmentsResponse extends Infer<typeof alterPartitionReassignmentsResponse.fields> {}
export interface AlterPartitionReassignmentsResponseInput
  extends Input<typeof alterPartitionReassignmentsResponse.fields> {}
