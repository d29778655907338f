import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, uuid } from '../schema.ts'

/** Tells the controller in which folders replicas are; API key 73 (KIP-858). */
export const assignReplicasToDirsRequest = message(
  { name: 'AssignReplicasToDirsRequest', type: 'request', apiKey: 73, versions: '0', flexible: '0+' },
  () => ({
    brokerId: int32(),
    brokerEpoch: int64({ default: -1n }),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
        }),
      }),
    }),
  }),
)
export interface AssignReplicasToDirsRequest extends Infer<typeof assignReplicasToDirsRequest.fields> {}
export interface AssignReplicasToDirsRequestInput extends Input<typeof assignReplicasToDirsRequest.fields> {}

/** Answers AssignReplicasToDirsRequest: an error code for each partition. */
export const assignReplicasToDirsResponse = message(
  { name: 'AssignReplicasToDirsResponse', type: 'response', apiKey: 73, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  }),
)
export interface AssignReplicasToDirsResponse extends Infer<typeof assignReplicasToDirsResponse.fields> {}
export interface AssignReplicasToDirsResponseInput extends Input<typeof assignReplicasToDirsResponse.fields> {}
