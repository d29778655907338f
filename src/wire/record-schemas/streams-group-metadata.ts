import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, int64, string } from '../schema.ts'

/** Key: epoch of a streams group; record type 17 of __consumer_offsets (KIP-1071). */
export const streamsGroupMetadataKey = message(
  { name: 'StreamsGroupMetadataKey', type: 'coordinator-key', apiKey: 17, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
  }),
)
export interface StreamsGroupMetadataKey extends Infer<typeof streamsGroupMetadataKey.fields> {}
export interface StreamsGroupMetadataKeyInput extends Input<typeof streamsGroupMetadataKey.fields> {}

const lastAssignmentConfigFields = {
  key: string(),
  value: string(),
}

/** Value: epoch of a streams group; record type 17 of __consumer_offsets (KIP-1071). */
export const streamsGroupMetadataValue = message(
  { name: 'StreamsGroupMetadataValue', type: 'coordinator-value', apiKey: 17, versions: '0', flexible: '0+' },
  () => ({
    epoch: int32(),
    metadataHash: int64(),
    validatedTopologyEpoch: int32({ default: -1, tag: 0 }),
    lastAssignmentConfigs: array(lastAssignmentConfigFields, { nullable: '0+', tag: 1 }),
  }),
)
export interface StreamsGroupMetadataValue extends Infer<typeof streamsGroupMetadataValue.fields> {}
export interface StreamsGroupMetadataValueInput extends Input<typeof streamsGroupMetadataValue.fields> {}
