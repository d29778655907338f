import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, int64, string } from '../schema.ts'

/** Key: epoch of a consumer group; record type 3 of __consumer_offsets (KIP-848). */
export const consumerGroupMetadataKey = message(
  { name: 'ConsumerGroupMetadataKey', type: 'coordinator-key', apiKey: 3, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
  }),
)
export interface ConsumerGroupMetadataKey extends Infer<typeof consumerGroupMetadataKey.fields> {}
export interface ConsumerGroupMetadataKeyInput extends Input<typeof consumerGroupMetadataKey.fields> {}

/** Value: epoch of a consumer group; record type 3 of __consumer_offsets (KIP-848). */
export const consumerGroupMetadataValue = message(
  { name: 'ConsumerGroupMetadataValue', type: 'coordinator-value', apiKey: 3, versions: '0', flexible: '0+' },
  () => ({
    epoch: int32(),
    metadataHash: int64({ default: 0n, tag: 0 }),
  }),
)
export interface ConsumerGroupMetadataValue extends Infer<typeof consumerGroupMetadataValue.fields> {}
export interface ConsumerGroupMetadataValueInput extends Input<typeof consumerGroupMetadataValue.fields> {}
