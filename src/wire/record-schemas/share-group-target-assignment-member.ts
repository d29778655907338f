import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string, uuid } from '../schema.ts'

export const shareGroupTargetAssignmentMemberKey = message(
  { name: 'ShareGroupTargetAssignmentMemberKey', type: 'coordinator-key', apiKey: 13, versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export interface ShareGroupTargetAssignmentMemberKey extends Infer<typeof shareGroupTargetAssignmentMemberKey.fields> {}
export interface ShareGroupTargetAssignmentMemberKeyInput
  extends Input<typeof shareGroupTargetAssignmentMemberKey.fields> {}

export const shareGroupTargetAssignmentMemberValue = message(
  {
    name: 'ShareGroupTargetAssignmentMemberValue',
    type: 'coordinator-value',
    apiKey: 13,
    versions: '0',
    flexible: '0+',
  },
  {
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
)
export interface ShareGroupTargetAssignmentMemberValue
  extends Infer<typeof shareGroupTargetAssignmentMemberValue.fields> {}
export interface ShareGroupTargetAssignmentMemberValueInput
  extends Input<typeof shareGroupTargetAssignmentMemberValue.fields> {}
