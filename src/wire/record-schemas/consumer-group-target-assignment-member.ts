import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string, uuid } from '../schema.ts'

/** Key: target assignment of one member of a consumer group; record type 7 of __consumer_offsets (KIP-848). */
export const consumerGroupTargetAssignmentMemberKey = message(
  {
    name: 'ConsumerGroupTargetAssignmentMemberKey',
    type: 'coordinator-key',
    apiKey: 7,
    versions: '0',
    flexible: 'none',
  },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface ConsumerGroupTargetAssignmentMemberKey
  extends Infer<typeof consumerGroupTargetAssignmentMemberKey.fields> {}
export interface ConsumerGroupTargetAssignmentMemberKeyInput
  extends Input<typeof consumerGroupTargetAssignmentMemberKey.fields> {}

/** Value: target assignment of one member of a consumer group; record type 7 of __consumer_offsets (KIP-848). */
export const consumerGroupTargetAssignmentMemberValue = message(
  {
    name: 'ConsumerGroupTargetAssignmentMemberValue',
    type: 'coordinator-value',
    apiKey: 7,
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
export interface ConsumerGroupTargetAssignmentMemberValue
  extends Infer<typeof consumerGroupTargetAssignmentMemberValue.fields> {}
export interface ConsumerGroupTargetAssignmentMemberValueInput
  extends Input<typeof consumerGroupTargetAssignmentMemberValue.fields> {}
