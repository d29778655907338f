import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

export const listPartitionReassignmentsRequest = message(
  { name: 'ListPartitionReassignmentsRequest', type: 'request', apiKey: 46, versions: '0', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    topics: array(
      {
        name: string(),
        partitionIndexes: array(int32()),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export interface ListPartitionReassignmentsRequest extends Infer<typeof listPartitionReassignmentsRequest.fields> {}
export interface ListPartitionReassignmentsRequestInput
  extends Input<typeof listPartitionReassignmentsRequest.fields> {}

export const listPartitionReassignmentsResponse = message(
  { name: 'ListPartitionReassignmentsResponse', type: 'response', apiKey: 46, versions: '0', flexible: '0+' },
  {
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
  },
)
export interface ListPartitionReassignmentsResponse extends Infer<typeof listPartitionReassignmentsResponse.fields> {}
export interface ListPartitionReassignmentsResponseInput
  extends Input<typeof listPartitionReassignmentsResponse.fields> {}
