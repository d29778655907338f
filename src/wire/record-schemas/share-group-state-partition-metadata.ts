import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string, uuid } from '../schema.ts'

/** Key: share partitions whose state exists or comes and goes; record type 15 of __consumer_offsets (KIP-932). */
export const shareGroupStatePartitionMetadataKey = message(
  { name: 'ShareGroupStatePartitionMetadataKey', type: 'coordinator-key', apiKey: 15, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
  }),
)
export interface ShareGroupStatePartitionMetadataKey extends Infer<typeof shareGroupStatePartitionMetadataKey.fields> {}
export interface ShareGroupStatePartitionMetadataKeyInput
  extends Input<typeof shareGroupStatePartitionMetadataKey.fields> {}

const topicPartitionsInfoFields = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const topicInfoFields = {
  topicId: uuid(),
  topicName: string(),
}

/** Value: share partitions whose state exists or comes and goes; record type 15 of __consumer_offsets (KIP-932). */
export const shareGroupStatePartitionMetadataValue = message(
  {
    name: 'ShareGroupStatePartitionMetadataValue',
    type: 'coordinator-value',
    apiKey: 15,
    versions: '0',
    flexible: '0+',
  },
  () => ({
    initializingTopics: array(topicPartitionsInfoFields),
    initializedTopics: array(topicPartitionsInfoFields),
    deletingTopics: array(topicInfoFields),
  }),
)
export interface ShareGroupStatePartitionMetadataValue
  extends Infer<typeof shareGroupStatePartitionMetadataValue.fields> {}
export interface ShareGroupStatePartitionMetadataValueInput
  extends Input<typeof shareGroupStatePartitionMetadataValue.fields> {}
