import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, int64, string } from '../schema.ts'

/** Key: epoch of a share group; record type 11 of __consumer_offsets (KIP-932). */
export const shareGroupMetadataKey = message(
  { name: 'ShareGroupMetadataKey', type: 'coordinator-key', apiKey: 11, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
  }),
)
export interface ShareGroupMetadataKey extends Infer<typeof shareGroupMetadataKey.fields> {}
export interface ShareGroupMetadataKeyInput extends Input<typeof shareGroupMetadataKey.fields> {}

/** Value: epoch of a share group; record type 11 of __consumer_offsets (KIP-932). */
export const shareGroupMetadataValue = message(
  { name: 'ShareGroupMetadataValue', type: 'coordinator-value', apiKey: 11, versions: '0', flexible: '0+' },
  () => ({
    epoch: int32(),
    metadataHash: int64(),
  }),
)
export interface ShareGroupMetadataValue extends Infer<typeof shareGroupMetadataValue.fields> {}
export interface ShareGroupMetadataValueInput extends Input<typeof shareGroupMetadataValue.fields> {}
