import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, string } from '../schema.ts'

/** Key: epoch of the target assignment of a consumer group; record type 6 of __consumer_offsets (KIP-848). */
export const consumerGroupTargetAssignmentMetadataKey = message(
  {
    name: 'ConsumerGroupTargetAssignmentMetadataKey',
    type: 'coordinator-key',
    apiKey: 6,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
  }),
)
export interface ConsumerGroupTargetAssignmentMetadataKey
  extends Infer<typeof consumerGroupTargetAssignmentMetadataKey.fields> {}
export interface ConsumerGroupTargetAssignmentMetadataKeyInput
  extends Input<typeof consumerGroupTargetAssignmentMetadataKey.fields> {}

/** Value: epoch of the target assignment of a consumer group; record type 6 of __consumer_offsets (KIP-848). */
export const consumerGroupTargetAssignmentMetadataValue = message(
  {
    name: 'ConsumerGroupTargetAssignmentMetadataValue',
    type: 'coordinator-value',
    apiKey: 6,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    assignmentEpoch: int32(),
  }),
)
export interface ConsumerGroupTargetAssignmentMetadataValue
  extends Infer<typeof consumerGroupTargetAssignmentMetadataValue.fields> {}
export interface ConsumerGroupTargetAssignmentMetadataValueInput
  extends Input<typeof consumerGroupTargetAssignmentMetadataValue.fields> {}
