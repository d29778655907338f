import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string, uuid } from '../schema.ts'

/** Key: partition counts that a consumer group saw; record type 4 of __consumer_offsets. Kafka 4.1 and later only delete them (KIP-1101). */
export const consumerGroupPartitionMetadataKey = message(
  { name: 'ConsumerGroupPartitionMetadataKey', type: 'coordinator-key', apiKey: 4, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
  }),
)
export interface ConsumerGroupPartitionMetadataKey extends Infer<typeof consumerGroupPartitionMetadataKey.fields> {}
export interface ConsumerGroupPartitionMetadataKeyInput
  extends Input<typeof consumerGroupPartitionMetadataKey.fields> {}

/** Value: partition counts that a consumer group saw; record type 4 of __consumer_offsets. Kafka 4.1 and later only delete them (KIP-1101). */
export const consumerGroupPartitionMetadataValue = message(
  { name: 'ConsumerGroupPartitionMetadataValue', type: 'coordinator-value', apiKey: 4, versions: '0', flexible: '0+' },
  () => ({
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: array(string()),
      }),
    }),
  }),
)
export interface ConsumerGroupPartitionMetadataValue extends Infer<typeof consumerGroupPartitionMetadataValue.fields> {}
export interface ConsumerGroupPartitionMetadataValueInput
  extends Input<typeof consumerGroupPartitionMetadataValue.fields> {}
