import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  type GroupMetadataValue,
  WireError,
} from '../../../wire/index.ts'
import type { GroupSnapshot, Partitions } from './group-snapshot.ts'

/** A classic group as its record in `__consumer_offsets` has it. */
export function classicSnapshot(groupId: string, value: GroupMetadataValue): GroupSnapshot {
  const isConsumer = value.protocolType === 'consumer'
  return {
    groupId,
    protocol: 'classic',
    generationId: value.generation,
    assignor: value.protocol ?? undefined,
    leaderId: value.leader ?? undefined,
    members: value.members.map(({ memberId, groupInstanceId, clientId, clientHost, subscription, assignment }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      subscription: isConsumer ? topicsOf(subscription).join(',') : '',
      assignment: isConsumer ? assignmentOf(assignment) : {},
    })),
  }
}

export function topicsOf(subscription: Buffer): readonly string[] {
  if (subscription.length < 2) return []
  const version = Math.min(subscription.readInt16BE(0), consumerProtocolSubscription.highestVersion)
  return tolerant([], () =>
    [...consumerProtocolSubscription.decodePrefix(subscription.subarray(2), version).topics].sort(),
  )
}

function assignmentOf(assignment: Buffer): Partitions {
  if (assignment.length < 2) return {}
  return tolerant({}, () => {
    const { assignedPartitions } = consumerProtocolAssignment.decodePrefix(assignment.subarray(2), 0)
    return Object.fromEntries(
      assignedPartitions.map(({ topic, partitions }) => [topic, [...partitions].sort((a, b) => a - b)]),
    )
  })
}

/** Other programs than consumers may put into a group what they like. */
function tolerant<T>(fallback: T, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof WireError) return fallback
    throw error
  }
}
