import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, struct, uuid } from '../schema.ts'

/** Joins, stays in, or leaves a group of the consumer protocol; API key 68 (KIP-848, KIP-1082). */
export const consumerGroupHeartbeatRequest = message(
  { name: 'ConsumerGroupHeartbeatRequest', type: 'request', apiKey: 68, versions: '0-1', flexible: '0+' },
  () => ({
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: array(string(), { nullable: '0+', default: null }),
    subscribedTopicRegex: string({ versions: '1+', nullable: '1+', default: null }),
    serverAssignor: string({ nullable: '0+', default: null }),
    topicPartitions: array(
      {
        topicId: uuid(),
        partitions: array(int32()),
      },
      { nullable: '0+', default: null },
    ),
  }),
)
export interface ConsumerGroupHeartbeatRequest extends Infer<typeof consumerGroupHeartbeatRequest.fields> {}
export interface ConsumerGroupHeartbeatRequestInput extends Input<typeof consumerGroupHeartbeatRequest.fields> {}

const responseTopicPartitionsFields = {
  topicId: uuid(),
  partitions: array(int32()),
}

/** Answers ConsumerGroupHeartbeatRequest: the member's epoch and, where it changed, its assignment. */
export const consumerGroupHeartbeatResponse = message(
  { name: 'ConsumerGroupHeartbeatResponse', type: 'response', apiKey: 68, versions: '0-1', flexible: '0+' },
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
export interface ConsumerGroupHeartbeatResponse extends Infer<typeof consumerGroupHeartbeatResponse.fields> {}
export interface ConsumerGroupHeartbeatResponseInput extends Input<typeof consumerGroupHeartbeatResponse.fields> {}
