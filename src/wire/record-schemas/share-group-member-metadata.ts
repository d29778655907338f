import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, string } from '../schema.ts'

/** Key: subscription and client of a member of a share group; record type 10 of __consumer_offsets (KIP-932). */
export const shareGroupMemberMetadataKey = message(
  { name: 'ShareGroupMemberMetadataKey', type: 'coordinator-key', apiKey: 10, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface ShareGroupMemberMetadataKey extends Infer<typeof shareGroupMemberMetadataKey.fields> {}
export interface ShareGroupMemberMetadataKeyInput extends Input<typeof shareGroupMemberMetadataKey.fields> {}

/** Value: subscription and client of a member of a share group; record type 10 of __consumer_offsets (KIP-932). */
export const shareGroupMemberMetadataValue = message(
  { name: 'ShareGroupMemberMetadataValue', type: 'coordinator-value', apiKey: 10, versions: '0', flexible: '0+' },
  () => ({
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
  }),
)
export interface ShareGroupMemberMetadataValue extends Infer<typeof shareGroupMemberMetadataValue.fields> {}
export interface ShareGroupMemberMetadataValueInput extends Input<typeof shareGroupMemberMetadataValue.fields> {}
