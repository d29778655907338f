import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, struct, uuid } from '../schema.ts'

/** Joins, stays in, or leaves a share group; API key 76 (KIP-932). */
export const shareGroupHeartbeatRequest = message(
  { name: 'ShareGroupHeartbeatRequest', type: 'request', apiKey: 76, versions: '1', flexible: '0+' },
  () => ({
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: string({ nullable: '0+', default: null }),
    subscribedTopicNames: array(string(), { nullable: '0+', default: null }),
  }),
)
export interface ShareGroupHeartbeatRequest extends Infer<typeof shareGroupHeartbeatRequest.fields> {}
export interface ShareGroupHeartbeatRequestInput extends Input<typeof shareGroupHeartbeatRequest.fields> {}

const responseTopicPartitionsFields = {
  topicId: uuid(),
  partitions: array(int32()),
}

/** Answers ShareGroupHeartbeatRequest: the member's epoch and, where it changed, its assignment. */
export const shareGroupHeartbeatResponse = message(
  { name: 'ShareGroupHeartbeatResponse', type: 'response', apiKey: 76, versions: '1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+', default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      {
        topicPartitions: array(responseTopicPartitionsFields),
      },
      { nullable: '0+', default: null },
    ),
  }),
)
export interface ShareGroupHeartbeatResponse extends Infer<typeof shareGroupHeartbeatResponse.fields> {}
export interface ShareGroupHeartbeatResponseInput extends Input<typeof shareGroupHeartbeatResponse.fields> {}
