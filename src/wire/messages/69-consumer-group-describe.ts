import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string, struct, uuid } from '../schema.ts'

/** Asks for the state and members of groups of the consumer protocol; API key 69 (KIP-848, KIP-1099). */
export const consumerGroupDescribeRequest = message(
  { name: 'ConsumerGroupDescribeRequest', type: 'request', apiKey: 69, versions: '0-1', flexible: '0+' },
  () => ({
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  }),
)
export interface ConsumerGroupDescribeRequest extends Infer<typeof consumerGroupDescribeRequest.fields> {}
export interface ConsumerGroupDescribeRequestInput extends Input<typeof consumerGroupDescribeRequest.fields> {}

const responseTopicPartitionsFields = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const responseAssignmentFields = {
  topicPartitions: array(responseTopicPartitionsFields),
}

/** Answers ConsumerGroupDescribeRequest: each group, as its coordinator sees it. */
export const consumerGroupDescribeResponse = message(
  { name: 'ConsumerGroupDescribeResponse', type: 'response', apiKey: 69, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        subscribedTopicRegex: string({ nullable: '0+', default: null }),
        assignment: struct(responseAssignmentFields),
        targetAssignment: struct(responseAssignmentFields),
        memberType: int8({ versions: '1+', default: -1, ignorable: true }),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  }),
)
export interface ConsumerGroupDescribeResponse extends Infer<typeof consumerGroupDescribeResponse.fields> {}
export interface ConsumerGroupDescribeResponseInput extends Input<typeof consumerGroupDescribeResponse.fields> {}
