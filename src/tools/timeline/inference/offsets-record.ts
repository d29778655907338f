import type {
  ConsumerGroupCurrentMemberAssignmentValue,
  ConsumerGroupMemberMetadataValue,
  ConsumerGroupMetadataValue,
  ConsumerGroupTargetAssignmentMetadataValue,
  GroupMetadataValue,
  OffsetCommitValue,
} from '../../../wire/index.ts'
import * as wire from '../../../wire/index.ts'

/** What `__consumer_offsets` says of one group, as far as it tells what happened. A null value: removed. */
export type OffsetsRecord =
  | {
      readonly type: 'OffsetCommit'
      readonly topic: string
      readonly partition: number
      readonly value: OffsetCommitValue | null
    }
  | { readonly type: 'GroupMetadata'; readonly value: GroupMetadataValue | null }
  | { readonly type: 'ConsumerGroupMetadata'; readonly value: ConsumerGroupMetadataValue | null }
  | {
      readonly type: 'ConsumerGroupMemberMetadata'
      readonly memberId: string
      readonly value: ConsumerGroupMemberMetadataValue | null
    }
  | {
      readonly type: 'ConsumerGroupTargetAssignmentMetadata'
      readonly value: ConsumerGroupTargetAssignmentMetadataValue | null
    }
  | {
      readonly type: 'ConsumerGroupCurrentMemberAssignment'
      readonly memberId: string
      readonly value: ConsumerGroupCurrentMemberAssignmentValue | null
    }

const LEGACY_OFFSET_COMMIT = 0

/** Undefined for records of other groups, and of types that tell nothing of what happened. @throws WireError for damaged ones */
export function decodeOffsetsRecord(
  key: Buffer | null,
  value: Buffer | null,
  groupId: string,
): OffsetsRecord | undefined {
  if (key === null || key.length < 2) return undefined
  const body = key.subarray(2)
  const decode = <T>(schema: { decode(bytes: Uint8Array, version: number): T }): T | null =>
    // A copy: fields of bytes are views, and would keep the fetched batch.
    value && schema.decode(Buffer.from(value.subarray(2)), value.readInt16BE(0))
  switch (key.readInt16BE(0)) {
    case LEGACY_OFFSET_COMMIT:
    case wire.offsetCommitKey.apiKey: {
      const { group, topic, partition } = wire.offsetCommitKey.decode(body, 0)
      if (group !== groupId) return undefined
      return { type: 'OffsetCommit', topic, partition, value: decode(wire.offsetCommitValue) }
    }
    case wire.groupMetadataKey.apiKey:
      if (wire.groupMetadataKey.decode(body, 0).group !== groupId) return undefined
      return { type: 'GroupMetadata', value: decode(wire.groupMetadataValue) }
    case wire.consumerGroupMetadataKey.apiKey:
      if (wire.consumerGroupMetadataKey.decode(body, 0).groupId !== groupId) return undefined
      return { type: 'ConsumerGroupMetadata', value: decode(wire.consumerGroupMetadataValue) }
    case wire.consumerGroupMemberMetadataKey.apiKey: {
      const { groupId: group, memberId } = wire.consumerGroupMemberMetadataKey.decode(body, 0)
      if (group !== groupId) return undefined
      return { type: 'ConsumerGroupMemberMetadata', memberId, value: decode(wire.consumerGroupMemberMetadataValue) }
    }
    case wire.consumerGroupTargetAssignmentMetadataKey.apiKey:
      if (wire.consumerGroupTargetAssignmentMetadataKey.decode(body, 0).groupId !== groupId) return undefined
      return {
        type: 'ConsumerGroupTargetAssignmentMetadata',
        value: decode(wire.consumerGroupTargetAssignmentMetadataValue),
      }
    case wire.consumerGroupCurrentMemberAssignmentKey.apiKey: {
      const { groupId: group, memberId } = wire.consumerGroupCurrentMemberAssignmentKey.decode(body, 0)
      if (group !== groupId) return undefined
      const decoded = decode(wire.consumerGroupCurrentMemberAssignmentValue)
      return { type: 'ConsumerGroupCurrentMemberAssignment', memberId, value: decoded }
    }
    default:
      return undefined
  }
}
