import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Moves replicas between folders of a broker; API key 34 (KIP-113). */
export const alterReplicaLogDirsRequest = message(
  { name: 'AlterReplicaLogDirsRequest', type: 'request', apiKey: 34, versions: '1-2', flexible: '2+' },
  () => ({
    dirs: array({
      path: string(),
      topics: array({
        name: string(),
        partitions: array(int32()),
      }),
    }),
  }),
)
export interface AlterReplicaLogDirsRequest extends Infer<typeof alterReplicaLogDirsRequest.fields> {}
export interface AlterReplicaLogDirsRequestInput extends Input<typeof alterReplicaLogDirsRequest.fields> {}

/** Answers AlterReplicaLogDirsRequest: an error code for each partition. */
export const alterReplicaLogDirsResponse = message(
  { name: 'AlterReplicaLogDirsResponse', type: 'response', apiKey: 34, versions: '1-2', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
)
export interface AlterReplicaLogDirsResponse extends Infer<typeof alterReplicaLogDirsResponse.fields> {}
export interface AlterReplicaLogDirsResponseInput extends Input<typeof alterReplicaLogDirsResponse.fields> {}
