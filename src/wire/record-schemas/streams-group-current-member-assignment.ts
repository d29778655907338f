import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int32, string } from '../schema.ts'

/** Key: tasks that a member of a streams group has now; record type 22 of __consumer_offsets (KIP-1071). */
export const streamsGroupCurrentMemberAssignmentKey = message(
  {
    name: 'StreamsGroupCurrentMemberAssignmentKey',
    type: 'coordinator-key',
    apiKey: 22,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface StreamsGroupCurrentMemberAssignmentKey
  extends Infer<typeof streamsGroupCurrentMemberAssignmentKey.fields> {}
export interface StreamsGroupCurrentMemberAssignmentKeyInput
  extends Input<typeof streamsGroupCurrentMemberAssignmentKey.fields> {}

const taskIdsFields = {
  subtopologyId: string(),
  partitions: array(int32()),
  assignmentEpochs: array(int32(), { nullable: '0+', tag: 0 }),
}

/** Value: tasks that a member of a streams group has now; record type 22 of __consumer_offsets (KIP-1071). */
export const streamsGroupCurrentMemberAssignmentValue = message(
  {
    name: 'StreamsGroupCurrentMemberAssignmentValue',
    type: 'coordinator-value',
    apiKey: 22,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    activeTasks: array(taskIdsFields),
    standbyTasks: array(taskIdsFields),
    warmupTasks: array(taskIdsFields),
    activeTasksPendingRevocation: array(taskIdsFields),
    standbyTasksPendingRevocation: array(taskIdsFields),
    warmupTasksPendingRevocation: array(taskIdsFields),
  }),
)
export interface StreamsGroupCurrentMemberAssignmentValue
  extends Infer<typeof streamsGroupCurrentMemberAssignmentValue.fields> {}
export interface StreamsGroupCurrentMemberAssignmentValueInput
  extends Input<typeof streamsGroupCurrentMemberAssignmentValue.fields> {}
