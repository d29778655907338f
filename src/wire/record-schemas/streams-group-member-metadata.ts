import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int32, string, struct, uint16 } from '../schema.ts'

/** Key: client, topology and process of a member of a streams group; record type 19 of __consumer_offsets (KIP-1071). */
export const streamsGroupMemberMetadataKey = message(
  { name: 'StreamsGroupMemberMetadataKey', type: 'coordinator-key', apiKey: 19, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface StreamsGroupMemberMetadataKey extends Infer<typeof streamsGroupMemberMetadataKey.fields> {}
export interface StreamsGroupMemberMetadataKeyInput extends Input<typeof streamsGroupMemberMetadataKey.fields> {}

const endpointFields = {
  host: string(),
  port: uint16(),
}

const keyValueFields = {
  key: string(),
  value: string(),
}

/** Value: client, topology and process of a member of a streams group; record type 19 of __consumer_offsets (KIP-1071). */
export const streamsGroupMemberMetadataValue = message(
  { name: 'StreamsGroupMemberMetadataValue', type: 'coordinator-value', apiKey: 19, versions: '0', flexible: '0+' },
  () => ({
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: struct(endpointFields, { nullable: '0+', default: null }),
    clientTags: array(keyValueFields),
  }),
)
export interface StreamsGroupMemberMetadataValue extends Infer<typeof streamsGroupMemberMetadataValue.fields> {}
export interface StreamsGroupMemberMetadataValueInput extends Input<typeof streamsGroupMemberMetadataValue.fields> {}
