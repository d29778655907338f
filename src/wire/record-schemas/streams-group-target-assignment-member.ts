import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string } from '../schema.ts'

/** Key: target tasks of one member of a streams group; record type 21 of __consumer_offsets (KIP-1071). */
export const streamsGroupTargetAssignmentMemberKey = message(
  {
    name: 'StreamsGroupTargetAssignmentMemberKey',
    type: 'coordinator-key',
    apiKey: 21,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface StreamsGroupTargetAssignmentMemberKey
  extends Infer<typeof streamsGroupTargetAssignmentMemberKey.fields> {}
export interface StreamsGroupTargetAssignmentMemberKeyInput
  extends Input<typeof streamsGroupTargetAssignmentMemberKey.fields> {}

const taskIdsFields = {
  subtopologyId: string(),
  partitions: array(int32()),
}

/** Value: target tasks of one member of a streams group; record type 21 of __consumer_offsets (KIP-1071). */
export const streamsGroupTargetAssignmentMemberValue = message(
  {
    name: 'StreamsGroupTargetAssignmentMemberValue',
    type: 'coordinator-value',
    apiKey: 21,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    activeTasks: array(taskIdsFields),
    standbyTasks: array(taskIdsFields),
    warmupTasks: array(taskIdsFields),
  }),
)
export interface StreamsGroupTargetAssignmentMemberValue
  extends Infer<typeof streamsGroupTargetAssignmentMemberValue.fields> {}
export interface StreamsGroupTargetAssignmentMemberValueInput
  extends Input<typeof streamsGroupTargetAssignmentMemberValue.fields> {}
