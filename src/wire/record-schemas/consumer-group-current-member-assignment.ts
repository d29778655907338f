import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int32, string, uuid } from '../schema.ts'

/** Key: what a member of a consumer group has now; record type 8 of __consumer_offsets (KIP-848). */
export const consumerGroupCurrentMemberAssignmentKey = message(
  {
    name: 'ConsumerGroupCurrentMemberAssignmentKey',
    type: 'coordinator-key',
    apiKey: 8,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface ConsumerGroupCurrentMemberAssignmentKey
  extends Infer<typeof consumerGroupCurrentMemberAssignmentKey.fields> {}
export interface ConsumerGroupCurrentMemberAssignmentKeyInput
  extends Input<typeof consumerGroupCurrentMemberAssignmentKey.fields> {}

const topicPartitionsFields = {
  topicId: uuid(),
  partitions: array(int32()),
}

/** Value: what a member of a consumer group has now; record type 8 of __consumer_offsets (KIP-848). */
export const consumerGroupCurrentMemberAssignmentValue = message(
  {
    name: 'ConsumerGroupCurrentMemberAssignmentValue',
    type: 'coordinator-value',
    apiKey: 8,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitionsFields),
    partitionsPendingRevocation: array(topicPartitionsFields),
  }),
)
export interface ConsumerGroupCurrentMemberAssignmentValue
  extends Infer<typeof consumerGroupCurrentMemberAssignmentValue.fields> {}
export interface ConsumerGroupCurrentMemberAssignmentValueInput
  extends Input<typeof consumerGroupCurrentMemberAssignmentValue.fields> {}
