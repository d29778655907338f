import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Asks for moves of partitions that are going on; API key 46 (KIP-455). */
export const listPartitionReassignmentsRequest = message(
  { name: 'ListPartitionReassignmentsRequest', type: 'request', apiKey: 46, versions: '0', flexible: '0+' },
  () => ({
    timeoutMs: int32({ default: 60000 }),
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { nullable: '0+', default: null },
    ),
  }),
)
export interface ListPartitionReassignmentsRequest extends Infer<typeof listPartitionReassignmentsRequest.fields> {}
export interface ListPartitionReassignmentsRequestInput
  extends Input<typeof listPartitionReassignmentsRequest.fields> {}

/** Answers ListPartitionReassignmentsRequest: the moves. */
export const listPartitionReassignmentsResponse = message(
  { name: 'ListPartitionReassignmentsResponse', type: 'response', apiKey: 46, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  }),
)
export interface ListPartitionReassignmentsResponse extends Infer<typeof listPartitionReassignmentsResponse.fields> {}
export interface ListPartitionReassignmentsResponseInput
  extends Input<typeof listPartitionReassignmentsResponse.fields> {}
