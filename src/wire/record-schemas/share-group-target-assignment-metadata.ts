import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, string } from '../schema.ts'

/** Key: epoch of the target assignment of a share group; record type 12 of __consumer_offsets (KIP-932). */
export const shareGroupTargetAssignmentMetadataKey = message(
  {
    name: 'ShareGroupTargetAssignmentMetadataKey',
    type: 'coordinator-key',
    apiKey: 12,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
  }),
)
export interface ShareGroupTargetAssignmentMetadataKey
  extends Infer<typeof shareGroupTargetAssignmentMetadataKey.fields> {}
export interface ShareGroupTargetAssignmentMetadataKeyInput
  extends Input<typeof shareGroupTargetAssignmentMetadataKey.fields> {}

/** Value: epoch of the target assignment of a share group; record type 12 of __consumer_offsets (KIP-932). */
export const shareGroupTargetAssignmentMetadataValue = message(
  {
    name: 'ShareGroupTargetAssignmentMetadataValue',
    type: 'coordinator-value',
    apiKey: 12,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    assignmentEpoch: int32(),
  }),
)
export interface ShareGroupTargetAssignmentMetadataValue
  extends Infer<typeof shareGroupTargetAssignmentMetadataValue.fields> {}
export interface ShareGroupTargetAssignmentMetadataValueInput
  extends Input<typeof shareGroupTargetAssignmentMetadataValue.fields> {}
