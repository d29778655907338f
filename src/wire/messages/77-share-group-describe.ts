import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string, struct, uuid } from '../schema.ts'

/** Asks for the state and members of share groups; API key 77 (KIP-932). */
export const shareGroupDescribeRequest = message(
  { name: 'ShareGroupDescribeRequest', type: 'request', apiKey: 77, versions: '1', flexible: '0+' },
  () => ({
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  }),
)
export interface ShareGroupDescribeRequest extends Infer<typeof shareGroupDescribeRequest.fields> {}
export interface ShareGroupDescribeRequestInput extends Input<typeof shareGroupDescribeRequest.fields> {}

const responseTopicPartitionsFields = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const responseAssignmentFields = {
  topicPartitions: array(responseTopicPartitionsFields),
}

/** Answers ShareGroupDescribeRequest: each group, as its coordinator sees it. */
export const shareGroupDescribeResponse = message(
  { name: 'ShareGroupDescribeResponse', type: 'response', apiKey: 77, versions: '1', flexible: '0+' },
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
        rackId: string({ nullable: '0+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        assignment: struct(responseAssignmentFields),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  }),
)
export interface ShareGroupDescribeResponse extends Infer<typeof shareGroupDescribeResponse.fields> {}
export interface ShareGroupDescribeResponseInput extends Input<typeof shareGroupDescribeResponse.fields> {}
