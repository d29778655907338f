import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string, uuid } from '../schema.ts'

/** Key: target assignment of one member of a share group; record type 13 of __consumer_offsets (KIP-932). */
export const shareGroupTargetAssignmentMemberKey = message(
  { name: 'ShareGroupTargetAssignmentMemberKey', type: 'coordinator-key', apiKey: 13, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface ShareGroupTargetAssignmentMemberKey extends Infer<typeof shareGroupTargetAssignmentMemberKey.fields> {}
export interface ShareGroupTargetAssignmentMemberKeyInput
  extends Input<typeof shareGroupTargetAssignmentMemberKey.fields> {}

/** Value: target assignment of one member of a share group; record type 13 of __consumer_offsets (KIP-932). */
export const shareGroupTargetAssignmentMemberValue = message(
  {
    name: 'ShareGroupTargetAssignmentMemberValue',
    type: 'coordinator-value',
    apiKey: 13,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  }),
)
export interface ShareGroupTargetAssignmentMemberValue
  extends Infer<typeof shareGroupTargetAssignmentMemberValue.fields> {}
export interface ShareGroupTargetAssignmentMemberValueInput
  extends Input<typeof shareGroupTargetAssignmentMemberValue.fields> {}
