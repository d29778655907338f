import type { TopicPartitions } from '../../assignor/index.ts'
import type { CoordinatorRecord } from '../records.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'
import { assignmentValueOf, metadataValueOf } from './member.ts'
import { listOf } from './partitions.ts'
import type { ResolvedRegex } from './subscriptions.ts'

// The records of a consumer group, as Kafka's GroupCoordinatorRecordHelpers makes them. Their order is Kafka's too: whoever reads the log
// of one while it is written by the other may rely on it.

export function memberMetadataRecord(groupId: string, member: ConsumerMember): CoordinatorRecord {
  const key = { groupId, memberId: member.memberId }
  return { type: 'ConsumerGroupMemberMetadata', key, value: metadataValueOf(member) }
}

export function currentAssignmentRecord(groupId: string, member: ConsumerMember): CoordinatorRecord {
  const key = { groupId, memberId: member.memberId }
  return { type: 'ConsumerGroupCurrentMemberAssignment', key, value: assignmentValueOf(member) }
}

export function targetRecord(groupId: string, memberId: string, target: TopicPartitions): CoordinatorRecord {
  const value = { topicPartitions: listOf(target) }
  return { type: 'ConsumerGroupTargetAssignmentMember', key: { groupId, memberId }, value }
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number): CoordinatorRecord {
  return { type: 'ConsumerGroupTargetAssignmentMetadata', key: { groupId }, value: { assignmentEpoch } }
}

export function epochRecord(groupId: string, epoch: number, metadataHash: bigint): CoordinatorRecord {
  return { type: 'ConsumerGroupMetadata', key: { groupId }, value: { epoch, metadataHash } }
}

export function regexRecord(groupId: string, regex: string, resolved: ResolvedRegex): CoordinatorRecord {
  const value = {
    topics: [...resolved.topics].sort(),
    version: BigInt(resolved.version),
    timestamp: BigInt(resolved.timestampMs),
  }
  return { type: 'ConsumerGroupRegularExpression', key: { groupId, regularExpression: regex }, value }
}

export function regexTombstone(groupId: string, regex: string): CoordinatorRecord {
  return { type: 'ConsumerGroupRegularExpression', key: { groupId, regularExpression: regex }, value: null }
}

export function partitionMetadataTombstone(groupId: string): CoordinatorRecord {
  return { type: 'ConsumerGroupPartitionMetadata', key: { groupId }, value: null }
}

/** In this order, so that no record speaks of a member that is gone. */
export function memberTombstones(groupId: string, memberId: string): readonly CoordinatorRecord[] {
  const key = { groupId, memberId }
  return [
    { type: 'ConsumerGroupCurrentMemberAssignment', key, value: null },
    { type: 'ConsumerGroupTargetAssignmentMember', key, value: null },
    { type: 'ConsumerGroupMemberMetadata', key, value: null },
  ]
}

export function groupTombstones({ groupId, members, subscriptions }: ConsumerGroup): readonly CoordinatorRecord[] {
  const keys = [...members.keys()].map((memberId) => ({ groupId, memberId }))
  return [
    ...keys.map((key) => ({ type: 'ConsumerGroupCurrentMemberAssignment', key, value: null }) as const),
    ...keys.map((key) => ({ type: 'ConsumerGroupTargetAssignmentMember', key, value: null }) as const),
    { type: 'ConsumerGroupTargetAssignmentMetadata', key: { groupId }, value: null },
    ...keys.map((key) => ({ type: 'ConsumerGroupMemberMetadata', key, value: null }) as const),
    ...[...subscriptions.resolved.keys()].map((regex) => regexTombstone(groupId, regex)),
    partitionMetadataTombstone(groupId),
    { type: 'ConsumerGroupMetadata', key: { groupId }, value: null },
  ]
}
