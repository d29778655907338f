import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int32, string, uuid } from '../schema.ts'

/** Key: what a member of a share group has now; record type 14 of __consumer_offsets (KIP-932). */
export const shareGroupCurrentMemberAssignmentKey = message(
  {
    name: 'ShareGroupCurrentMemberAssignmentKey',
    type: 'coordinator-key',
    apiKey: 14,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface ShareGroupCurrentMemberAssignmentKey
  extends Infer<typeof shareGroupCurrentMemberAssignmentKey.fields> {}
export interface ShareGroupCurrentMemberAssignmentKeyInput
  extends Input<typeof shareGroupCurrentMemberAssignmentKey.fields> {}

const topicPartitionsFields = {
  topicId: uuid(),
  partitions: array(int32()),
}

/** Value: what a member of a share group has now; record type 14 of __consumer_offsets (KIP-932). */
export const shareGroupCurrentMemberAssignmentValue = message(
  {
    name: 'ShareGroupCurrentMemberAssignmentValue',
    type: 'coordinator-value',
    apiKey: 14,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitionsFields),
  }),
)
export interface ShareGroupCurrentMemberAssignmentValue
  extends Infer<typeof shareGroupCurrentMemberAssignmentValue.fields> {}
export interface ShareGroupCurrentMemberAssignmentValueInput
  extends Input<typeof shareGroupCurrentMemberAssignmentValue.fields> {}
