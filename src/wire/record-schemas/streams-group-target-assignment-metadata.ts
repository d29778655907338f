import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, string } from '../schema.ts'

/** Key: epoch of the target assignment of a streams group; record type 20 of __consumer_offsets (KIP-1071). */
export const streamsGroupTargetAssignmentMetadataKey = message(
  {
    name: 'StreamsGroupTargetAssignmentMetadataKey',
    type: 'coordinator-key',
    apiKey: 20,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
  }),
)
export interface StreamsGroupTargetAssignmentMetadataKey
  extends Infer<typeof streamsGroupTargetAssignmentMetadataKey.fields> {}
export interface StreamsGroupTargetAssignmentMetadataKeyInput
  extends Input<typeof streamsGroupTargetAssignmentMetadataKey.fields> {}

/** Value: epoch of the target assignment of a streams group; record type 20 of __consumer_offsets (KIP-1071). */
export const streamsGroupTargetAssignmentMetadataValue = message(
  {
    name: 'StreamsGroupTargetAssignmentMetadataValue',
    type: 'coordinator-value',
    apiKey: 20,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    assignmentEpoch: int32(),
  }),
)
export interface StreamsGroupTargetAssignmentMetadataValue
  extends Infer<typeof streamsGroupTargetAssignmentMetadataValue.fields> {}
export interface StreamsGroupTargetAssignmentMetadataValueInput
  extends Input<typeof streamsGroupTargetAssignmentMetadataValue.fields> {}
