import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bytes, int32, string, struct } from '../schema.ts'

/** Key: subscription and client of a member of a consumer group; record type 5 of __consumer_offsets (KIP-848). */
export const consumerGroupMemberMetadataKey = message(
  { name: 'ConsumerGroupMemberMetadataKey', type: 'coordinator-key', apiKey: 5, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    memberId: string(),
  }),
)
export interface ConsumerGroupMemberMetadataKey extends Infer<typeof consumerGroupMemberMetadataKey.fields> {}
export interface ConsumerGroupMemberMetadataKeyInput extends Input<typeof consumerGroupMemberMetadataKey.fields> {}

/** Value: subscription and client of a member of a consumer group; record type 5 of __consumer_offsets (KIP-848). */
export const consumerGroupMemberMetadataValue = message(
  { name: 'ConsumerGroupMemberMetadataValue', type: 'coordinator-value', apiKey: 5, versions: '0', flexible: '0+' },
  () => ({
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullable: '0+' }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullable: '0+' }),
    /** null for members that speak the consumer protocol: left out it is an empty struct, as in Kafka. */
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array({
          name: string(),
          metadata: bytes(),
        }),
      },
      { nullable: '0+', tag: 0 },
    ),
  }),
)
export interface ConsumerGroupMemberMetadataValue extends Infer<typeof consumerGroupMemberMetadataValue.fields> {}
export interface ConsumerGroupMemberMetadataValueInput extends Input<typeof consumerGroupMemberMetadataValue.fields> {}
